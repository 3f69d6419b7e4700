"""The shapes of tensors that were printed with their values, as these are nested: `tensor([[1., 2.], [3., 4.]])`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcheck.units import Shape

MOST_AXES = 25
"""Deeper brackets are no tensor's."""
_BEGINS = re.compile(r"^(?:Variable containing:\s*|Parameter containing:\s*)?tensor\((?=\[)", re.MULTILINE)
_MARKS = re.compile(r"[\[\],]|\.\.\.|[^\[\],.\s]+|\.")


def shown_tensors(text: str) -> Iterator[Shape]:
    """Yield the shapes of the tensors in a printed text of which all values stand there.

    >>> list(shown_tensors("tensor([[1, 2, 3],\\n        [4, 5, 6]])\\ntensor([0., ..., 0.])"))
    [(2, 3)]
    """
    for begin in _BEGINS.finditer(text):
        shape = _nested(text, begin.end())
        if shape is not None:
            yield shape


def _nested(text: str, at: int) -> Shape | None:
    """Return how many there are on each level of brackets that begin at a place; None where some are left out."""
    counts: list[int] = []
    sizes: dict[int, int] = {}
    filled = False
    for mark in _MARKS.finditer(text, at):
        match mark[0]:
            case "[":
                counts.append(0)
                filled = False
                if len(counts) > MOST_AXES:
                    return None
            case "]":
                sizes.setdefault(len(counts), counts.pop() + filled)
                if not counts:
                    return tuple(sizes[depth] for depth in sorted(sizes))
                filled = True
            case ",":
                counts[-1] += 1
                filled = False
            case "...":
                return None
            case _:
                filled = True
    return None
