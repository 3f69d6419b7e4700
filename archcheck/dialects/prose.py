"""Shapes in running prose of any language: hints for what a network takes, and claims of nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcheck.dialects.columns import shifted
from archcheck.dialects.labels import label_of
from archcheck.dialects.lines import behind, find_all
from archcheck.dialects.sizes import Found
from archcheck.dialects.stated import Role, StatedShape, Statement
from archcheck.dialects.tokens import Tokens, read_tokens
from archcheck.dialects.vocabulary import is_axis, is_batch

_NEAR = 12
"""How many pieces before a shape, and a third of it behind, say whose it is."""
_SMALL = 11
"""The largest kernel that people write of as a size."""
_PATCH = 32
"""The largest window, patch or stride that they write of so."""
_INPUT = (
    "input",
    "image",
    "picture",
    "photo",
    "sample",
    "输入",
    "图像",
    "图片",
    "入力",
    "画像",
    "입력",
    "eingabe",
    "entrada",
    "entrée",
)
_OUTPUT = ("output", "feature", "result", "输出", "特征", "出力", "출력", "ausgabe", "salida", "sortie")


_MAY_HINT = re.compile(
    r"""
    [0-9][^\w,*×✕⨉⨯，、]{0,6}(?:[xX](?![a-z])|[*,×✕⨉⨯，、]|\\times)
  | [xX][0-9] | (?:(?<![a-z])[xX]|[*,×✕⨉⨯，、]|\\times)(?:[^\w,*×✕⨉⨯，、]|\w{1,20}\ *=){0,6}[0-9]
    """,
    re.VERBOSE,
)
"""A number with a comma or a cross beside it: without one, and a number of two digits, a line is not read."""
_TWO_DIGITS = re.compile("[0-9]{2}")


def prose(text: str) -> tuple[Statement, ...]:
    """Return the shapes with numbers that prose speaks of; role `input` where its words say so, else `value`.

    >>> [(one.role, one.text) for one in prose("The input is a 224 × 224 × 3 picture; a 3x3 kernel slides over it.")]
    [('input', '224 × 224 × 3')]
    """
    found = []
    start = 0
    for line in text.split("\n"):
        if _TWO_DIGITS.search(line) and _MAY_HINT.search(line):
            found += [shifted(one, start) for one in _line(line)]
        start += len(line) + 1
    return tuple(found)


def _line(line: str) -> Iterator[Statement]:
    tokens = read_tokens(line)
    floor = 0
    for found in find_all(tokens):
        label = label_of(tokens, found, floor)
        floor = found.last
        if label.blind and tokens.touches(found.first) and tokens.kind(found.first - 1) == "name":
            continue  # a call
        blind = label.blind or label.blind_to_numbers  # people crop and pad to pictures too
        if _is_hint(found.shape, _PATCH if blind else _SMALL) and behind(tokens, found, in_flow=True) != "no":
            start, end = found.shape.start, found.shape.end
            yield Statement(_role(tokens, found), (found.shape,), line[start:end], start, end, sure=False)


def _is_hint(shape: StatedShape, small: int) -> bool:
    """Return whether it has the numbers that a network could be called with: `(1, 224, 224)`, `N x 3 x 32 x 32`."""
    values = [size.value for size in shape.sizes]
    numbers = [value for value in values if isinstance(value, int)]
    names = [value for value in values if isinstance(value, str)]
    if shape.layout in ("maps", "axis", "letters") or len(values) < 2 or not numbers or 0 in numbers:
        return False
    if not all(is_axis(name) for name in names) or (names and not is_batch(str(values[0]))):
        return False
    return max(numbers) > small


def _role(tokens: Tokens, found: Found) -> Role:
    """Return whose a shape is by the nearest word before it, else behind it, in its sentence."""
    before = range(found.first - 1, max(found.first - 1 - _NEAR, -1), -1)
    after = range(found.last, min(found.last + _NEAR // 3, len(tokens.all)))
    for places in (before, after):
        for at in places:
            if tokens.kind(at) == "stop":
                break
            word = tokens.lower(at)
            if any(part in word for part in _OUTPUT):
                return "value"
            if any(part in word for part in _INPUT):
                return "input"
    return "value"
