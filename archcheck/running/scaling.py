"""A call with sizes of ours, and what a document states of what came of it -> the call with the document's sides.

Where it says 80, 40 and 20 of what had sides of 28, 14 and 7, an image of 640 goes in, and not one of 224.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from archcheck.arguments import Argument
from archcheck.running.first_layer import Ours
from archcheck.running.observed import Event
from archcheck.running.varying import with_arguments

Stated = Mapping[int, Sequence[tuple[int | str | None, ...]]]
LEAST = 3
"""Things of which the same must be said."""
LARGEST = 4096
"""Of a side."""


def scaled(call: Any, records: Iterable[object], stated: Stated) -> Any:
    """Return a call whose sides are to its own as stated sides are to those seen; None where nothing says so."""
    events = (one for one in records if isinstance(one, Event))
    seen = Counter(ratio for event in events for ratio in set(_ratios(event, stated.get(event.site, ()))))
    if not seen:
        return None
    ratio, times = seen.most_common(1)[0]
    if times < LEAST or ratio == 1 or 2 * times <= seen[Fraction(1)]:
        return None
    changed: list[bool] = []

    def other(argument: Argument) -> Argument:
        shape = _scaled(argument.shape, ratio)
        changed.append(shape is not None)
        return argument if shape is None else replace(argument, shape=shape)

    found = with_arguments(call, other)
    return found if any(changed) else None


def _ratios(event: Event, stated: Sequence[tuple[int | str | None, ...]]) -> Iterator[Fraction]:
    """Yield what sides that are stated of a map are to its own: `(80, 80, 256)`, `[N, 256, 80, 80]`, `80x80`."""
    value = event.value
    if not isinstance(value, tuple) or len(value) != 4 or value[2] != value[3] or not value[3]:
        return
    for one in stated:
        numbers = [size for size in one if isinstance(size, int)]
        twice = {size for size in numbers if numbers.count(size) == 2}
        if len(twice) == 1 and (len(numbers) == 2 or value[1] in numbers):
            yield Fraction(twice.pop(), value[3])


def _scaled(shape: Sequence[int], ratio: Fraction) -> tuple[int, ...] | None:
    """Return the shape of images with other sides; None where the sides are none of ours, or not whole."""
    if len(shape) != 4 or not all(isinstance(side, Ours) for side in shape[2:]):
        return None
    sides = [side * ratio for side in shape[2:]]
    if any(side.denominator != 1 or side > LARGEST for side in sides):
        return None
    return (*shape[:2], *(Ours(int(side)) for side in sides))
