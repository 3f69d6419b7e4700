"""The tables that torchinfo and torchsummary print, row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from archcheck.dialects.columns import moved
from archcheck.dialects.outputs import PrintedTable, TableRow
from archcheck.dialects.sizes import find_group
from archcheck.dialects.stated import StatedShape
from archcheck.dialects.tokens import read_tokens

_RULE = re.compile(r"\s*(={10,}|-{10,}|_{10,})\s*$")
_HEAD = re.compile(r"\s*Layer \(type")
_COLUMNS = re.compile(
    r"Layer \(type.{0,80}?\)|(?:Input|Output|Kernel) Shape|Param %|Param #|Mult-Adds|Trainable|Connected to"
)
_LAYER = re.compile(r"[\s│├└─|+`\-]*([A-Za-z_]\w*)(?:\s*\(([^()]*)\))?(?:(?::\s*|-)([0-9]+(?:-[0-9]+)?))?")
_TOTAL = re.compile(r"\s*([A-Z][\w \-/]{0,60}(?:\([A-Za-z]+\))?)\s*:\s*([0-9][\w,. ]*)\s*$")
_COUNT = re.compile(r"[0-9][0-9,]*")


def read_table(lines: Sequence[str], starts: Sequence[int], number: int) -> tuple[PrintedTable, int] | None:
    """Return the table whose head is on a line or under the rule on it, and the line behind the table."""
    head = number + 1 if _RULE.match(lines[number]) else number
    if head >= len(lines) or not _HEAD.match(lines[head]) or "Param #" not in lines[head]:
        return None
    columns = [(match[0].lower(), match.start()) for match in _COLUMNS.finditer(lines[head])]
    info = "Layer (type)" not in lines[head] or "Input Shape" in lines[head]
    rows: list[TableRow] = []
    at = head + 1
    while at < len(lines) and not _is_foot(lines, at):
        row = _row(lines[at], starts[at], columns, info)
        if row is not None:
            rows.append(row)
        elif not _RULE.match(lines[at]):
            break
        at += 1
    totals, at = _totals(lines, at)
    tool: Literal["torchinfo", "torchsummary"] = "torchinfo" if info else "torchsummary"
    return PrintedTable(tool, tuple(rows), totals, starts[number], starts[at - 1] + len(lines[at - 1])), at


def _is_foot(lines: Sequence[str], at: int) -> bool:
    """Return whether totals begin: at a total, or at the rule above it."""
    return bool(_TOTAL.match(lines[at])) or (
        bool(_RULE.match(lines[at])) and at + 1 < len(lines) and bool(_TOTAL.match(lines[at + 1]))
    )


def _totals(lines: Sequence[str], at: int) -> tuple[Mapping[str, str], int]:
    totals: dict[str, str] = {}
    while at < len(lines):
        total = _TOTAL.match(lines[at])
        if total is not None:
            totals[total[1].strip().lower()] = total[2].strip()
        elif not _RULE.match(lines[at]):
            break
        at += 1
    return totals, at


def _row(line: str, start: int, columns: Sequence[tuple[str, int]], info: bool) -> TableRow | None:
    layer = _LAYER.match(line)
    if layer is None:
        return None
    shapes = _shapes(line, start, layer.end(), columns, info)
    rest = line[layer.end() :]
    if shapes is None or not (any(shapes.values()) or "--" in rest or _COUNT.search(rest)):
        return None
    index = layer[3]
    depth = None if not info else int(index.partition("-")[0]) if index else 0
    given, received = shapes.get("output shape"), shapes.get("input shape")
    return TableRow(
        layer[1],
        layer[2],
        depth,
        index,
        received,
        given,
        _params(line, columns, info),
        start,
        start + len(line),
    )


def _shapes(
    line: str, start: int, first: int, columns: Sequence[tuple[str, int]], info: bool
) -> dict[str, StatedShape | None] | None:
    """Return the shapes of a row by their columns; torchsummary's only one is the first there is."""
    found: dict[str, StatedShape | None] = {}
    ends = [*(place for _, place in columns[1:]), len(line)]
    for (name, place), end in zip(columns, ends, strict=True):
        if name.endswith("shape"):
            found[name] = (
                _shape(line[place:end], start + place) if info else _shape(line[first:], start + first)
            )
    return found


def _shape(text: str, start: int) -> StatedShape | None:
    """Return the one bracket of a cell, every axis in it; a cell of several tensors says nothing of one."""
    tokens = read_tokens(text)
    opens = [at for at, token in enumerate(tokens.all) if token.kind == "open" and token.text in "[("]
    group = find_group(tokens, opens[0]) if opens else None
    if group is None or group.shape.layout != "shape":
        return None
    return replace(moved(group.shape, start), layout="size")


def _params(line: str, columns: Sequence[tuple[str, int]], info: bool) -> int | None:
    place = next((place for name, place in columns if name == "param #"), None)
    if place is None:
        return None
    cell = line[place:] if info else line[line.rfind("]") + 1 :]
    words = cell.split()
    count = (
        _COUNT.fullmatch(words[0].strip("()")) if words else None
    )  # torchinfo's brackets: they are not trained
    return int(count[0].replace(",", "")) if count is not None and len(count[0]) < 25 else None
