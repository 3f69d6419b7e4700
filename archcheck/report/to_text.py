"""Tables for a terminal (`table`) and for Markdown, and the verdicts of `verify` in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tabulate import tabulate

from archcheck.claim_ledger import Ledger
from archcheck.costs import Profile
from archcheck.explanation import Explanation
from archcheck.report.values import (
    NOTHING,
    check_lines,
    summary_text,
    unchecked_lines,
    unread_lines,
    value_text,
)
from archcheck.results import Check, Plain, Verification

FORMATS = {"table": "simple", "markdown": "github"}
"""Our formats, and what tabulate calls them."""
MOST_CHARACTERS = 32
"""Of a value in a cell."""


def verify_text(results: Sequence[Verification], style: str, *, every_row: bool) -> str:
    """Return the verdicts: of one target its table, of several a line each; then all that is wrong.

    `every_row`: the tables of all targets, with the rows where the document is silent and all agrees.
    """
    parts: list[str] = []
    for result in results:
        if result.error is None and (every_row or len(results) == 1):
            parts += [heading(result, style), *_check_table(result, style, every_row)]
    if len(results) > 1:
        parts.append(_summary_table(results, style))
    elif results and results[0].error is None:
        parts.append(summary_text(results[0]))
    for title, lines_of in _LISTINGS.items():
        if lines := [line for result in results for line in lines_of(result)]:
            parts.append(listing(title, lines, style))
    return "\n\n".join(parts) + "\n" if parts else ""


def failing_text(results: Sequence[Verification]) -> str:
    """Return what fails and no more, a line each with what there is to say below it; nothing where all is well."""
    lines = [line for one in results for line in (*check_lines(one, "differs"), *unread_lines(one))]
    failing = [one for one in results if not one.ok and one.error is None]
    counts = [f"{one.target}: {summary_text(one)}" for one in failing]
    return "\n".join([*lines, *counts]) + "\n" if failing else ""


def _notes(result: Verification) -> list[str]:
    return [f"{result.target}: {result.note}"] if result.note else []


def _calls(result: Verification) -> list[str]:
    return [f"{result.target}: {call}" for call in result.calls]


_LISTINGS: Mapping[str, Callable[[Verification], list[str]]] = {
    "Shapes and counts only, nothing computed (meta)": _notes,
    "Inputs": _calls,
    "Differs": partial(check_lines, status="differs"),
    "Known to be wrong": partial(check_lines, status="known wrong"),
    "Not reached": unread_lines,
    "Unchecked": unchecked_lines,
}
"""What stands below the tables, each under its title where there is anything of it."""


def table(
    headers: Sequence[str], rows: Sequence[Sequence[object]], style: str, right: Sequence[str] = ()
) -> str:
    """Return one table; the columns in `right` are aligned to the right."""
    align = ["right" if header in right else "left" for header in headers]
    if style == "markdown":  # a bar in a cell, even in code, would begin the next one
        rows = [[str(cell).replace("|", r"\|") for cell in row] for row in rows]
    return tabulate(rows, headers, FORMATS[style], colalign=align if rows else None, disable_numparse=True)


def heading(result: Verification | Profile | Explanation | Ledger, style: str) -> str:
    """Return what stands above a result: the network's name and title, and its file, or a target that says more."""
    text = f"{result.name}: {result.title}" if result.title not in ("", result.name) else result.name
    path = result.path if isinstance(result, Verification | Ledger) else None
    place = path or result.target
    where = f" ({place})" if place != result.name else ""
    return f"## {text}{where}" if style == "markdown" else text + where


def listing(title: str, lines: Sequence[str], style: str) -> str:
    """Return lines under a title, as they are."""
    if style == "markdown":
        return f"**{title}**\n\n```\n" + "\n".join(lines) + "\n```"
    return f"{title}:\n" + "\n".join(lines)


def _check_table(result: Verification, style: str, every_row: bool) -> list[str]:
    """Return the table of a result, or nothing where it has no row."""
    checks = [one for one in result.checks if every_row or one.claimed or one.status != "agrees"]
    if not checks:
        return []
    of_document = all(check.said is not None or check.quantity == "code" for check in checks)
    columns: list[tuple[str, list[object]]] = [
        ("layer", [check.layer or (NOTHING if of_document else "(network)") for check in checks]),
        ("type", [check.type for check in checks]),
        ("quantity", [check.quantity for check in checks]),
        ("documented", [_cell(check, check.documented) for check in checks]),
    ]
    if not of_document:  # of a document's code nothing is inferred
        columns.append(("inferred", [_cell(check, check.inferred) for check in checks]))
    columns += [
        ("seen", [_cell(check, check.seen) for check in checks]),
        ("verdict", [check.status for check in checks]),
    ]
    if any(check.source for check in checks):
        columns.append(("source", [check.source or NOTHING for check in checks]))
    columns.append(("line", [check.line for check in checks]))
    rows = list(zip(*(cells for _, cells in columns), strict=True))
    return [table([name for name, _ in columns], rows, style, right=("line",))]


def _cell(check: Check, value: Plain) -> str:
    text = value_text(check.quantity, value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 3]}..."


def _summary_table(results: Sequence[Verification], style: str) -> str:
    headers = ("network", "claims", "agree", "known wrong", "differ", "not reached", "unchecked", "verdict")
    rows = [
        (
            result.target,
            result.claims,
            result.count("agrees"),
            result.count("known wrong"),
            result.differing,
            result.count("not reached"),
            result.count("unchecked"),
            "error" if result.error else "ok" if result.ok else "differs",
        )
        for result in results
    ]
    return table(headers, rows, style, right=headers[1:-1])
