"""What a document shows as printed by its code: shapes, tables of layers, models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from archcheck.dialects.columns import shifted
from archcheck.dialects.lines import statements
from archcheck.dialects.outputs import PrintedModel, PrintedTable
from archcheck.dialects.stated import Statement
from archcheck.dialects.tables import read_table

_MODEL = re.compile(r"\s*(?:[\w.]{1,80}[\w ]{0,40}[:=]\s*)?([A-Za-z_]\w*) ?\(\s*$")
_CHILD = re.compile(r"\s+\([\w.\- ]+\): \S")
_TUPLE = re.compile(r"\s*[(\[][0-9][0-9, ]*[)\]]\s*$")
_PROMPT = re.compile(r"\s*(?:Out|In) ?\[[0-9]{0,6}\]:?")
"""A notebook's, before what it shows."""
_LEFT = re.compile(r"\s*([A-Za-z_][\w.]*)\s+(?:output|input|out)\b", re.IGNORECASE)

Printed = Statement | PrintedTable | PrintedModel


def printed(text: str) -> tuple[Printed, ...]:
    """Return what printed text says, in order; columns count from its beginning.

    `Conv2d output shape: torch.Size([1, 96, 54, 54])` is an output of `Conv2d`; a bare `(1, 10)` may be any tuple.

    >>> one = printed("Conv2d output shape: \\t torch.Size([1, 96, 54, 54])")[0]
    >>> one.role, one.name, one.shapes[0].layout
    ('output', 'Conv2d', 'size')
    """
    return tuple(_read(text))


def _read(text: str) -> Iterator[Printed]:
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    number = 0
    while number < len(lines):
        table = read_table(lines, starts, number)
        model = None if table is not None else _model(lines, starts, number)
        if table is not None:
            yield table[0]
            number = table[1]
        elif model is not None:
            yield model[0]
            number = model[1]
        else:
            yield from (shifted(one, starts[number]) for one in _line(lines[number]))
            number += 1


def _model(lines: Sequence[str], starts: Sequence[int], number: int) -> tuple[PrintedModel, int] | None:
    """Return the model that begins on a line, its last bracket under its first letter, and the line behind it."""
    head = _MODEL.match(lines[number])
    if head is None or number + 1 >= len(lines) or not _CHILD.match(lines[number + 1]):
        return None
    indent = len(lines[number]) - len(lines[number].lstrip())
    for last in range(number + 1, len(lines)):
        line = lines[last]
        if not line.strip() or len(line) - len(line.lstrip()) > indent:
            continue
        if line.lstrip().startswith(")"):
            start, end = starts[number] + head.start(1), starts[last] + line.index(")") + 1
            text = "\n".join(lines[number : last + 1])
            first = head.start(1)
            return PrintedModel(head[1], text[first : first + end - start], start, end), last + 1
        return None
    return None


def _line(line: str) -> Iterator[Statement]:
    """Yield the statements of a line that say they are shapes; a tuple that stands alone may be one.

    What Python shows in angle brackets is an object of another kind: `<Figure size 640x480 with 1 Axes>`.
    """
    if line.strip().startswith("<") and line.strip().endswith(">"):
        return
    if (prompt := _PROMPT.match(line)) is not None:
        line = " " * prompt.end() + line[prompt.end() :]
    left = _LEFT.match(line)
    for one in statements(line):
        sized = all(shape.layout == "size" for shape in one.shapes)
        said = (
            sized
            or one.role in ("input", "output")
            or "shape" in one.text.lower()
            or "size" in one.text.lower()
        )
        named = left is not None and one.role in ("input", "output") and one.name is None
        if said:
            yield replace(one, name=left[1]) if left is not None and named else one
        elif _TUPLE.match(line) and one.role == "value":
            yield replace(one, sure=False)
