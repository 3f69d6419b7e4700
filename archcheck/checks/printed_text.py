"""A printed model beside another, line by line: what a spec says of it must be there, in the same words.

A spec does not say what a body's class is called, so any name stands for a body below the first line; and equal modules
of a list may be one entry, as `nn.ModuleList` prints them: `(0-11): 12 x Block(`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

MOST_LINES = 100_000
"""What entries of many modules may become; beyond that they are compared as they are written."""

_MANY = re.compile(r"(?P<indent>\s*)\((?P<first>\d{1,6})-(?P<last>\d{1,6})\): \d+ x (?P<rest>.*)")
_BODY = re.compile(r"(?P<name>\s*\([\w-]+\): |)(?P<kind>SpecBody|SpecJoin|Sequential)\((?P<end>\)?)")


class Line(NamedTuple):
    """A line of a printed model, and its number in the text, from 1."""

    number: int
    text: str


def first_difference(documented: str, printed: str) -> tuple[int, str] | None:
    """Return the number of the first documented line that is not what is printed, and what is said of it."""
    wanted, real = lines_of(documented), lines_of(printed)
    for one, other in zip_longest(_expanded(wanted), _expanded(real)):
        if one is None or other is None or not _alike(one.text, other.text):
            number = len(wanted) + 1 if one is None else one.number
            left, right = ("nothing" if line is None else line.text.strip() for line in (one, other))
            return number, f"line {number} of the printed model: documented {left}, printed {right}"
    return None


def lines_of(text: str) -> list[Line]:
    """Return the lines of a printed model without the space around it and at their ends."""
    return [Line(number, line.rstrip()) for number, line in enumerate(text.strip().splitlines(), start=1)]


def _alike(wanted: str, real: str) -> bool:
    if wanted == real:
        return True
    body = _BODY.fullmatch(real)
    if body is None or (not body["name"] and body["kind"] == "Sequential"):
        return False
    if body["end"] and body["kind"] == "Sequential":
        return False
    inside = r".*\)" if body["end"] else ""
    return re.fullmatch(re.escape(body["name"]) + rf"\w+\({inside}", wanted) is not None


def _expanded(lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines with each entry of many modules written as often as it says."""
    made: list[Line] = []
    for line in _each(lines):
        made.append(line)
        if len(made) > MOST_LINES:
            return lines
    return made


def _each(lines: Sequence[Line]) -> Iterator[Line]:
    place = 0
    while place < len(lines):
        line, end = lines[place], place + 1
        many = _MANY.fullmatch(line.text)
        if many is None:
            yield line
        else:
            if many["rest"].endswith("("):
                closing = (at for at in range(end, len(lines)) if lines[at].text == many["indent"] + ")")
                end = next(closing, len(lines) - 1) + 1
            for module in range(int(many["first"]), int(many["last"]) + 1):
                yield Line(line.number, f"{many['indent']}({module}): {many['rest']}")
                yield from _each(lines[place + 1 : end])
        place = end
