"""A text as a terminal shows it: tables no wider than it is, long lines broken, verdicts in colour.

A pipe and a file get the text as it is; nothing here knows what is in it but how our tables are drawn.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import click
from wcwidth import wcswidth, wcwidth

GAP = "  "
"""What stands between two columns."""
SHORT_CELL, LEAST_CELL = 26, 14
"""Characters that a shortened cell keeps: before columns are left out, and where that is not enough."""
LEAST_WIDTH = 40
"""Of a terminal: in less no table is readable, and it is left to the terminal to break lines."""
KEPT = ("verdict", "differ")
"""Columns that are shown however narrow the terminal is, beside the first."""
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
"""Spaces before what is to be pasted, which is not broken."""


@dataclass(frozen=True, slots=True)
class Screen:
    """How many characters wide a terminal is, and whether it shows colours."""

    width: int
    colour: bool


@dataclass(frozen=True, slots=True)
class _Table:
    """A table's header and rows, cell by cell; `right`: which columns are aligned to the right."""

    rows: Sequence[Sequence[str]]
    right: Sequence[bool]
    left_out: tuple[str, ...] = ()

    @property
    def widths(self) -> list[int]:
        """How wide each column is."""
        return [max(map(width, column)) for column in zip(*self.rows, strict=True)]

    @property
    def width(self) -> int:
        """How wide it is as a whole."""
        return sum(self.widths) + len(GAP) * (len(self.right) - 1)


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


def width(text: str) -> int:
    """Return how many columns a text takes: a Chinese character takes two."""
    found = len(text) if text.isascii() else wcswidth(text)
    return found if found >= 0 else len(text)


def _read(lines: Sequence[str]) -> _Table:
    """Return the table that lines draw: its rule says where each column stands."""
    spans = [match.span() for match in re.finditer("-+", lines[1])]
    rows = [[*_cells(line, spans)] for line in (lines[0], *lines[2:])]
    right = [all(cell[:1] == " " or len(cell.strip()) == end - start for cell in column)
             and any(cell[:1] == " " for cell in column)
             for column, (start, end) in zip(zip(*rows, strict=True), spans, strict=True)]  # fmt: skip
    return _Table([[cell.strip() for cell in row] for row in rows], right)


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


def _table_lines(table: _Table, screen: Screen) -> Iterator[str]:
    fitting = _fitted(table, screen.width) if screen.width >= LEAST_WIDTH else table
    widths, headers = fitting.widths, fitting.rows[0]
    for number, row in enumerate(fitting.rows):
        cells = [
            " " * (most - width(cell)) + cell if right else cell + " " * (most - width(cell))
            for cell, most, right in zip(row, widths, fitting.right, strict=True)
        ]
        if number:
            cells = [_cell(*pair, screen) for pair in zip(headers, cells, strict=True)]
        yield GAP.join(cells).rstrip()
        if not number:
            yield GAP.join("-" * most for most in widths)
    if fitting.left_out:
        count = len(fitting.left_out)
        told = f"({count} column{'s' if count > 1 else ''} more in a wider terminal, or with --format csv: "
        yield from _line(f"{told}{', '.join(fitting.left_out)})", screen)


def _fitted(table: _Table, most: int) -> _Table:
    """Return a table with its longest texts shortened, and then without its last columns, until it fits."""
    tight = _shortened(table, most, LEAST_CELL)
    if tight.width <= most:
        return tight
    table = _shortened(table, most, SHORT_CELL)
    while table.width > most and (column := _last(table)) is not None:
        table = replace(
            table,
            rows=[[cell for at, cell in enumerate(row) if at != column] for row in table.rows],
            right=[one for at, one in enumerate(table.right) if at != column],
            left_out=(table.rows[0][column], *table.left_out),
        )
    return _shortened(table, most, LEAST_CELL)


def _shortened(table: _Table, most: int, least: int) -> _Table:
    """Return a table with its widest texts shortened until it fits, or all of them are."""
    while table.width > most and (column := _longest(table, least)) is not None:
        keeps = max(table.widths[column] - (table.width - most), least, width(table.rows[0][column]))
        rows = [
            [_short(cell, keeps) if at == column else cell for at, cell in enumerate(row)]
            for row in table.rows
        ]
        table = replace(table, rows=rows)
    return table


def _longest(table: _Table, least: int) -> int | None:
    """Return the widest column of texts that can be shortened; numbers are whole or not there."""
    able = [
        (wide, -at)
        for at, wide in enumerate(table.widths)
        if not table.right[at] and wide > max(least, width(table.rows[0][at]))
    ]
    return -max(able)[1] if able else None


def _last(table: _Table) -> int | None:
    headers = table.rows[0]
    return next((at for at in range(len(headers) - 1, 0, -1) if headers[at] not in KEPT), None)


def _short(text: str, most: int) -> str:
    """Return a text with dots in its middle where it is too long: a layer's end tells as much as its start."""
    if width(text) <= most:
        return text
    behind = (most - 3) // 2
    start, end = text, text
    while width(start) > most - 3 - behind:
        start = start[:-1]
    while width(end) > behind:
        end = end[1:]
    return f"{start}...{end}"


def _line(line: str, screen: Screen) -> list[str]:
    """Return a line in its colour, broken at spaces where it is too long, what goes on set in."""
    indent = len(line) - len(line.lstrip())
    if width(line) <= screen.width or indent >= _DEEP or screen.width < LEAST_WIDTH:
        return [_painted(line, _colour(line), screen)]
    broken = textwrap.wrap(
        line,
        screen.width,
        subsequent_indent=" " * (indent + 4),
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return [_painted(one, _colour(line), screen) for one in broken]


def _colour(line: str) -> str | None:
    summary = _SUMMARY.fullmatch(line)
    if summary is not None:
        return "red" if "differ" in summary["told"] or "not reached" in summary["told"] else "green"
    return TITLES.get(line)


def _cell(header: str, cell: str, screen: Screen) -> str:
    return _painted(cell, COLOURS.get(cell.strip()) if header == "verdict" else None, screen)


def _painted(text: str, colour: str | None, screen: Screen) -> str:
    return click.style(text, fg=colour) if colour is not None and screen.colour and text else text
