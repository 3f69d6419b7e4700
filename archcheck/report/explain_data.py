"""`archcheck explain` for other programs: CSV, a row a line, and the JSON contract `archcheck.explain/1`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence

from archcheck.conventions import CONVENTIONS
from archcheck.explanation import Against, Answered, Explanation
from archcheck.results import Plain

EXPLAIN_SCHEMA = "archcheck.explain/1"

COLUMNS = ("target", "convention", "macs", "amount", "unit", "line", "why", "layers")


def explain_csv(results: Sequence[Explanation]) -> str:
    """Return a row for every line, and one without a line where a convention has none; layers by spaces."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for result in results:
        for one in result.against:
            first = (result.target, one.convention, one.macs, one.amount, CONVENTIONS[one.convention].unit)
            lines: list[tuple[int | None, str, str]] = [
                (line.amount, line.why, " ".join(line.layers)) for line in one.lines
            ]
            writer.writerows([*first, *line] for line in lines or [(None, "; ".join(one.unknown), "")])
    return out.getvalue()


def explain_json(results: Sequence[Explanation], environment: Mapping[str, Plain]) -> str:
    """Return the document of `archcheck explain`."""
    found: list[Plain] = [_result(result) for result in results]
    document = {"schema": EXPLAIN_SCHEMA, "environment": dict(environment), "results": found}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


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
