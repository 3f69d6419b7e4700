"""`archcheck explain` for other programs: CSV, a row a line, and the JSON contract `archcheck.explain/1`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archcheck.conventions import CONVENTIONS
from archcheck.explanation import Against, Answered, Explanation
from archcheck.report.to_csv import csv_text
from archcheck.report.to_json import document_text
from archcheck.results import Plain

EXPLAIN_SCHEMA = "archcheck.explain/1"

COLUMNS = ("target", "convention", "macs", "amount", "unit", "line", "why", "layers")


def explain_csv(results: Sequence[Explanation]) -> str:
    """Return a row for every line, and one without a line where a convention has none; layers by spaces."""
    return csv_text(
        COLUMNS, (row for result in results for one in result.against for row in _rows(result, one))
    )


def _rows(result: Explanation, one: Against) -> Iterator[tuple[object, ...]]:
    first = (result.target, one.convention, one.macs, one.amount, CONVENTIONS[one.convention].unit)
    for line in one.lines:
        yield *first, line.amount, line.why, " ".join(line.layers)
    if not one.lines:
        yield *first, None, "; ".join(one.unknown), ""


def explain_json(results: Sequence[Explanation], environment: Mapping[str, Plain]) -> str:
    """Return the document of `archcheck explain`."""
    found: list[Plain] = [_result(result) for result in results]
    return document_text(EXPLAIN_SCHEMA, environment, found)


def _result(result: Explanation) -> Plain:
    return {
        "target": result.target,
        "name": result.name,
        "batch": result.batch,
        "error": result.error,
        "against": [_against(one) for one in result.against],
        "claim": None if result.claim is None else _claim(result.claim),
    }


def _against(one: Against) -> Plain:
    convention = CONVENTIONS[one.convention]
    return {
        "convention": one.convention,
        "unit": convention.unit,
        "source": convention.source,
        "macs": one.macs,
        "amount": one.amount,
        "difference": one.difference,
        "lines": [
            {"amount": line.amount, "why": line.why, "layers": list(line.layers)} for line in one.lines
        ],
        "unknown": list(one.unknown),
        "asked": one.asked,
        "asked_error": one.asked_error,
    }


def _claim(answer: Answered) -> Plain:
    return {
        "text": answer.claimed.text,
        "quantity": answer.claimed.quantity,
        "right": answer.right,
        "readings": [{"amount": one.amount, "words": one.words} for one in answer.readings],
    }
