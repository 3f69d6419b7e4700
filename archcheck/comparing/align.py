"""Which row of one network answers which row of another: a diff of their calls in the order they run.

First the rows of the same path and type; then, between two of these, those of the same type whose paths end alike
(`model.layers.0.mlp`, `layers.0.mlp`); then those of the same type; then those of the same path; what is left stands
alone. Order is never given up: a layer that moved is one that went and one that came.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from archcheck.costs import LayerCost

Pair = tuple[int | None, int | None]
"""A place in the first list and one in the second; None: nothing there answers it."""

Item = TypeVar("Item")
Key = Callable[[LayerCost], Hashable]
KEYS: tuple[Key, ...] = (
    lambda row: (row.layer, row.type, row.kind),
    lambda row: (tuple(row.layer.split(".")[-2:]), row.type),
    lambda row: row.type,
    lambda row: row.layer,
)


def aligned(first: Sequence[LayerCost], second: Sequence[LayerCost]) -> tuple[Pair, ...]:
    """Return every place of both lists exactly once, in order; what went stands before what came in its stead."""
    return tuple(_aligned(first, second, KEYS, (0, 0)))


def _aligned(
    first: Sequence[LayerCost], second: Sequence[LayerCost], keys: Sequence[Key], start: tuple[int, int]
) -> Iterator[Pair]:
    if not keys or not first or not second:
        yield from ((start[0] + place, None) for place in range(len(first)))
        yield from ((None, start[1] + place) for place in range(len(second)))
        return
    left, right = 0, 0
    for one, other, size in _blocks([keys[0](row) for row in first], [keys[0](row) for row in second]):
        between = (start[0] + left, start[1] + right)
        yield from _aligned(first[left:one], second[right:other], keys[1:], between)
        yield from ((start[0] + one + step, start[1] + other + step) for step in range(size))
        left, right = one + size, other + size


def _blocks(first: Sequence[Hashable], second: Sequence[Hashable]) -> Iterator[tuple[int, int, int]]:
    """Yield the runs that both lists have, in order: where in each and how long; an empty one ends them.

    A common beginning and a common end go first: the search in between takes the square of what is left.
    """
    most = min(len(first), len(second))
    head = next((place for place in range(most) if first[place] != second[place]), most)
    tail = next((back for back in range(most - head) if first[-1 - back] != second[-1 - back]), most - head)
    inner = first[head : len(first) - tail], second[head : len(second) - tail]
    yield 0, 0, head
    for block in SequenceMatcher(None, *inner, autojunk=False).get_matching_blocks():
        yield block.a + head, block.b + head, block.size
    yield len(first) - tail, len(second) - tail, tail
