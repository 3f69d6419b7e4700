"""A table made to fit a width: what tells least is left out, long texts go on below, long names lose their middle."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wcwidth import wcswidth, wrap

from archcheck.report.values import NOTHING

GAP = "  "
"""What stands between two columns."""
ROOMY, TIGHT, LEAST = 14, 10, 7
"""Characters that a text keeps at least: before columns are left out, before those that tell much are, and then."""
MOST_LINES = 6
"""Of one cell."""
KEPT = frozenset({"verdict", "differ", "seen", "documented", "line", "number", "change"})
"""Columns that are shown however narrow the terminal is, beside the first."""
NEEDLESS = (
    *("bound", "spread", "GB/s", "GFLOP/s", "saved, measured", "saved", "bytes moved", "p90"),
    *("source", "year", "documents", "family", "to run", "not reached", "unchecked", "share"),
    *("X / X", "type", "input", "unit", "inferred", "X - X", "FLOPs", "known wrong"),
)
"""Columns from the one that tells least; `X` is any network's letter."""
_LETTERS = re.compile(r"[A-Z](?= [-/] [A-Z]$)|(?<=^[A-Z] [-/] )[A-Z]$")


@dataclass(frozen=True, slots=True)
class Table:
    """A table's header and rows, cell by cell.

    `right`: which columns are aligned to the right; `ruled`: how wide they are drawn where there is room.
    """

    rows: Sequence[Sequence[str]]
    right: Sequence[bool]
    ruled: Sequence[int]

    @property
    def headers(self) -> Sequence[str]:
        """What stands above the columns."""
        return self.rows[0]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Which columns of a table are shown, by number, and how wide each of them is."""

    table: Table
    columns: Sequence[int]
    widths: Sequence[int]

    @property
    def left_out(self) -> list[str]:
        """The headers of the columns that are not shown though something stands in them."""
        return [
            name
            for at, name in enumerate(self.table.headers)
            if at not in self.columns and not _empty(self.table, at)
        ]

    def lines(self, row: Sequence[str]) -> Iterator[list[str]]:
        """Yield a row's cells as its lines show them, each as wide as its column."""
        pairs = list(zip(self.columns, self.widths, strict=True))
        cells = [_broken(row[at], most) for at, most in pairs]
        for number in range(max(map(len, cells))):
            parts = (cell[number] if number < len(cell) else "" for cell in cells)
            yield [
                _aligned(part, most, right=self.table.right[at])
                for part, (at, most) in zip(parts, pairs, strict=True)
            ]


def width(text: str) -> int:
    """Return how many columns a text takes: a Chinese character takes two."""
    found = len(text) if text.isascii() else wcswidth(text)
    return found if found >= 0 else len(text)


def fitted(table: Table, most: int) -> Fitted:
    """Return which columns are shown in a width, and how wide."""
    if _whole(table.ruled) <= most:
        return Fitted(table, [*range(len(table.ruled))], table.ruled)
    natural = [max(map(width, column)) for column in zip(*table.rows, strict=True)]
    shown, least = _shown(table, natural, most)
    floors = _floors(table, natural, least)
    widths = {at: floors[at] for at in shown}
    room = most - _whole([*widths.values()])
    while room > 0 and (short := [at for at in shown if widths[at] < natural[at]]):
        widths[min(short, key=lambda at: widths[at])] += 1
        room -= 1
    return Fitted(table, shown, [widths[at] for at in shown])


def _shown(table: Table, natural: Sequence[int], most: int) -> tuple[list[int], int]:
    """Return the columns that are shown, and how many characters a text keeps."""
    everything = [at for at in range(len(natural)) if not (at and _empty(table, at))]
    needless, others = _needless(table), _others(table)
    for order, least in ((needless, ROOMY), (needless, TIGHT), ([*needless, *others], LEAST)):
        floors = _floors(table, natural, least)
        gone: list[int] = []
        for column in [None, *order]:
            gone += [] if column is None else [column]
            if _fits(floors, [at for at in everything if at not in gone], most):
                return _taken_back([at for at in everything if at not in gone], gone, floors, most), least
    return [at for at in everything if at not in {*needless, *others}], LEAST


def _taken_back(shown: Sequence[int], gone: Sequence[int], floors: Sequence[int], most: int) -> list[int]:
    """Return the columns that fit: of those that were left out, some may be narrow enough for what is free now."""
    found = [*shown]
    for column in reversed(gone):
        if _fits(floors, [*found, column], most):
            found.append(column)
    return sorted(found)


def _empty(table: Table, at: int) -> bool:
    return all(row[at] in ("", NOTHING) for row in table.rows[1:])


def _fits(floors: Sequence[int], columns: Sequence[int], most: int) -> bool:
    return _whole([floors[at] for at in columns]) <= most


def _whole(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _floors(table: Table, natural: Sequence[int], least: int) -> list[int]:
    """Return how narrow each column may get: a number is whole, and so is a verdict."""
    return [
        wide if table.right[at] or name == "verdict" else min(wide, max(least, width(name)))
        for at, (name, wide) in enumerate(zip(table.headers, natural, strict=True))
    ]


def _needless(table: Table) -> list[int]:
    """Return the columns that may be left out, first the one that tells least."""
    names = {at: _LETTERS.sub("X", header) for at, header in enumerate(table.headers) if at}
    told = [at for at, name in names.items() if name in NEEDLESS and not _empty(table, at)]
    return sorted(told, key=lambda at: (NEEDLESS.index(names[at]), -at))


def _others(table: Table) -> list[int]:
    """Return the further columns that may be left out, from the last."""
    needless = _needless(table)
    return [
        at
        for at in range(len(table.headers) - 1, 0, -1)
        if at not in needless and table.headers[at] not in KEPT and not _empty(table, at)
    ]


def _broken(cell: str, most: int) -> list[str]:
    """Return a cell's lines: what has spaces goes on below, what is one word has dots in its middle."""
    if width(cell) <= most:
        return [cell]
    lines = [_short(one, most) for one in words(cell, most)]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "..."]


def words(text: str, most: int, indent: str = "", further: str = "") -> list[str]:
    """Return a text in lines no longer than `most`, broken at spaces; a word that is longer, a path, stays whole."""
    return wrap(
        text,
        most,
        initial_indent=indent,
        subsequent_indent=further,
        break_long_words=not text.isascii(),  # Chinese has no spaces to break at
        break_on_hyphens=False,
        propagate_sgr=False,
    )


def _aligned(text: str, most: int, *, right: bool) -> str:
    space = " " * (most - width(text))
    return space + text if right else text + space


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
    return f"{start.rstrip('.')}...{end.lstrip('.')}"
