"""What `archcheck explain` says: one convention line by line, several in a table, and what a claim is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcheck.conventions import CONVENTIONS
from archcheck.explanation import Against, Answered, Explanation
from archcheck.readings import Totals, sentence
from archcheck.report.to_text import heading, table
from archcheck.units import count_text

NAMED = 4
"""So many layers are named; of more, how many there are."""


def explain_text(results: Sequence[Explanation], style: str) -> str:
    """Return all results as text; one that has an error says it elsewhere."""
    parts = [part for result in results if result.error is None for part in _parts(result, style)]
    return "\n\n".join(parts) + "\n" if parts else ""


def _parts(result: Explanation, style: str) -> Iterator[str]:
    yield _heading(result, style)
    if result.claim is not None and result.totals is not None:
        yield _claim(result.claim, result.totals)
    if len(result.against) == 1:
        yield from _one(result.against[0], style)
    elif result.against:
        yield _all(result.against, style)


def _heading(result: Explanation, style: str) -> str:
    samples = "" if result.batch == 1 else f", a batch of {result.batch}"
    return heading(result, style) + samples


def _claim(answer: Answered, totals: Totals) -> str:
    lines = [sentence(answer.claimed, one, totals) for one in answer.readings]
    return "\n".join(lines or [sentence(answer.claimed, None, totals)])


def _one(one: Against, style: str) -> Iterator[str]:
    convention = CONVENTIONS[one.convention]
    rows = [("archcheck", count_text(one.macs), "MACs"), (convention.title, *_told(one))]
    if one.asked is not None or one.asked_error is not None:
        rows.append((f"{convention.title}, asked", count_text(one.asked), _meeting(one)))
    yield table(("", "number", "counts"), rows, style, right=("number",))
    if one.lines:
        lines = [(_signed(line.amount), line.why, _named(line.layers)) for line in one.lines]
        total = (_signed(one.difference or 0), "in all", "")
        yield table(("difference", "why", "layers"), [*lines, total], style, right=("difference",))
    elif one.difference == 0:
        yield "no difference"
    remarks = [f"unknown: {why}" for why in one.unknown]
    remarks += [f"not to be seen from here: {convention.limits}"] if convention.limits else []
    yield "\n".join([*remarks, f"source: {convention.source}"])


def _told(one: Against) -> tuple[str, str]:
    convention = CONVENTIONS[one.convention]
    return count_text(one.amount), f"{convention.unit}: {convention.means}"


def _meeting(one: Against) -> str:
    if one.asked_error is not None:
        return one.asked_error
    return {True: "as the convention says", False: "the convention says otherwise", None: ""}[one.met]


def _all(found: Sequence[Against], style: str) -> str:
    ours = ("archcheck", count_text(found[0].macs), "MACs", "", "multiply-accumulates, without bias")
    asked = any(one.asked is not None or one.asked_error is not None for one in found)
    rows = [ours + (("",) if asked else ())]
    for one in found:
        convention = CONVENTIONS[one.convention]
        difference = "?" if one.difference is None else _signed(one.difference)
        counts = "; ".join(one.unknown) if one.amount is None else convention.means
        row = (one.convention, count_text(one.amount), convention.unit, difference, counts)
        rows.append(row + ((_asked(one),) if asked else ()))
    headers = ("convention", "number", "unit", "difference", "counts", *(("asked",) if asked else ()))
    return table(headers, rows, style, right=("number", "difference"))


def _asked(one: Against) -> str:
    if one.asked is None:
        return one.asked_error or "-"
    return (
        count_text(one.asked)
        if one.met is None
        else f"{count_text(one.asked)}: {'the same' if one.met else 'other'}"
    )


def _signed(amount: int) -> str:
    return f"{amount:+,}" if amount else "0"


def _named(layers: Sequence[str]) -> str:
    names = [name or "(network)" for name in layers]
    if len(names) > NAMED:
        return f"{len(names)} layers: {', '.join(names[: NAMED - 1])} ..."
    return ", ".join(names)
