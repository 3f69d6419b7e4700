"""A text as a terminal shows it: tables no wider than it is, long lines broken, verdicts in colour.

A pipe and a file get the text as it is; nothing here knows what is in it but how our tables are drawn.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click
from wcwidth import wcwidth

from archcheck.report.fitting import GAP, Table, fitted, width, words

LEAST_WIDTH = 40
"""Of a terminal: in less no table is readable, and it is left to the terminal to break lines."""
COLOURS = {
    "differs": "red",
    "error": "red",
    "known wrong": "yellow",
    "agrees": "green",
    "ok": "green",
    "unchecked": "bright_black",
    "not reached": "bright_black",
}
"""Of verdicts, in a column that has them."""
TITLES = {"Differs:": "red", "Known to be wrong:": "yellow", "Not reached:": "red"}
"""Of the lists below tables."""
_RULE = re.compile(r"-+(?:  -+)+\s*")
_SUMMARY = re.compile(r"[0-9]+ claims?: (?P<told>.+)")
_DEEP = 8
"""Spaces before what goes on below a label, or is to be pasted."""
_PASTED = re.compile(r" {8,}(?:- )?\S+:(?: .*)?")
"""A line of a spec, which is not broken."""
_LABEL = re.compile(r"[A-Za-z]\w*(?: [A-Z])? {2,}(?=\S)")
"""What stands before a total, with the spaces behind it."""


@dataclass(frozen=True, slots=True)
class Screen:
    """How many characters wide a terminal is, and whether it shows colours."""

    width: int
    colour: bool


def on_screen(text: str, screen: Screen) -> str:
    """Return a text of tables and lines as a terminal shows it."""
    lines = text.split("\n")
    shown: list[str] = []
    at = 0
    while at < len(lines):
        if at + 1 < len(lines) and _RULE.fullmatch(lines[at + 1]):
            end = next((place for place in range(at, len(lines)) if not lines[place]), len(lines))
            shown += _table_lines(_read(lines[at:end]), screen)
            at = end
        else:
            shown += _line(lines[at], screen)
            at += 1
    return "\n".join(shown)


def diff_on_screen(text: str, screen: Screen) -> str:
    """Return a unified diff in the colours of one; its lines are never broken."""
    colours = {"+": "green", "-": "red", "@": "cyan"}
    lines = text.split("\n")
    return "\n".join(_painted(one, colours.get(one[:1]), screen) for one in lines)


def _read(lines: Sequence[str]) -> Table:
    """Return the table that lines draw: its rule says where each column stands."""
    spans = [match.span() for match in re.finditer("-+", lines[1])]
    rows = [[*_cells(line, spans)] for line in (lines[0], *lines[2:])]
    right = [all(cell[:1] == " " or len(cell.strip()) == end - start for cell in column)
             and any(cell[:1] == " " for cell in column)
             for column, (start, end) in zip(zip(*rows, strict=True), spans, strict=True)]  # fmt: skip
    return Table(
        [[cell.strip() for cell in row] for row in rows], right, [end - start for start, end in spans]
    )


def _cells(line: str, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield what stands in each column of a line; what is longer than the last one belongs to that."""
    if line.isascii():
        places = [*range(len(line) + 1)]
    else:
        places = [0]
        for character in line:
            places.append(places[-1] + max(wcwidth(character), 0))
    starts = [
        next((at for at, place in enumerate(places) if place >= start), len(line)) for start, _ in spans
    ]
    yield from (line[start:end] for start, end in zip(starts, [*starts[1:], len(line)], strict=True))


def _table_lines(table: Table, screen: Screen) -> Iterator[str]:
    fitting = fitted(table, screen.width if screen.width >= LEAST_WIDTH else sys.maxsize)
    headers = [table.headers[at] for at in fitting.columns]
    for number, row in enumerate(table.rows):
        for cells in fitting.lines(row):
            painted = [_cell(*pair, screen) for pair in zip(headers, cells, strict=True)] if number else cells
            yield GAP.join(painted).rstrip()
        if not number:
            yield GAP.join("-" * most for most in fitting.widths)
    if left := fitting.left_out:
        count = f"{len(left)} column{'' if len(left) == 1 else 's'} more"
        yield from _line(f"({count} in a wider terminal, or with --format csv: {', '.join(left)})", screen)


def _line(line: str, screen: Screen) -> list[str]:
    """Return a line in its colour, broken at spaces where it is too long, what goes on set in."""
    if width(line) <= screen.width or _PASTED.fullmatch(line) or screen.width < LEAST_WIDTH:
        return [_painted(line, _colour(line), screen)]
    indent = len(line) - len(line.lstrip())
    label = _LABEL.match(line)
    further = label.end() if label else indent if indent >= _DEEP else indent + 4
    broken = words(line.strip(), screen.width, " " * indent, " " * further)
    return [_painted(one, _colour(line), screen) for one in broken]


def _colour(line: str) -> str | None:
    summary = _SUMMARY.fullmatch(line)
    if summary is not None:
        return "red" if "differ" in summary["told"] or "not reached" in summary["told"] else "green"
    return TITLES.get(line)


def _cell(header: str, cell: str, screen: Screen) -> str:
    said = cell.strip()
    painted = _painted(said, COLOURS.get(said) if header == "verdict" else None, screen)
    return cell.replace(said, painted) if said else cell


def _painted(text: str, colour: str | None, screen: Screen) -> str:
    return click.style(text, fg=colour) if colour is not None and screen.colour and text else text
