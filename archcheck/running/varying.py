"""A call that goes through -> the same call with other sizes wherever the code takes them, each unlike all others."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from itertools import count, islice
from typing import Any

from archcheck.arguments import Argument

MOST_TRIES = 48
_AXES, _FIRST_SIDE = 4, 2
"""How many axes images have at least, and from which one on their sides are."""
_LEAST_HALVED, _MOST_HALVED = 4, 32
Place = tuple[int, int]
"""Which tensor of a call, and which of its axes."""


def arguments_in(tree: Any) -> list[Argument]:
    """Return the tensors that a call takes, in order."""
    if isinstance(tree, Argument):
        return [tree]
    if isinstance(tree, dict):
        return [one for value in tree.values() for one in arguments_in(value)]
    if type(tree) in (tuple, list):
        return [one for value in tree for one in arguments_in(value)]
    return []


def with_arguments(tree: Any, change: Callable[[Argument], Any]) -> Any:
    """Return a call with `change(argument)` in each tensor's place, in order."""
    if isinstance(tree, Argument):
        return change(tree)
    if isinstance(tree, dict):
        return {name: with_arguments(value, change) for name, value in tree.items()}
    return (
        type(tree)(with_arguments(value, change) for value in tree) if type(tree) in (tuple, list) else tree
    )


def varied(
    call: Any,
    goes: Callable[[Any], bool],
    end: float,
    places: Collection[Place] | None = None,
    *,
    far: bool = False,
    together: bool = False,
) -> Any | None:
    """Return a call with as many other sizes as it takes, height unlike width; None where it takes no other.

    `goes`: whether a call goes through; `places`: all that may change, None: anything; `far`: first to sizes far away;
    `together`: first with the axes at the same place in other tensors that have its size.
    Each axis is changed alone, else with the axes that have its size: first those at the same place in other tensors,
    then all.
    """
    shapes = [one.shape for one in arguments_in(call)]
    used, changed, tries = {size for shape in shapes for size in shape}, set[Place](), 0
    everywhere = [(which, axis) for which, shape in enumerate(shapes) for axis in range(len(shape))]
    kept = set() if places is None else set(everywhere) - set(places)
    now = [list(shape) for shape in shapes]
    for place in everywhere:
        if place in changed or place in kept:
            continue
        for group, size in _changes(place, shapes, changed | kept, used, far=far, together=together):
            if tries >= MOST_TRIES or time.monotonic() > end:
                break
            tries += 1
            trial = [list(shape) for shape in now]
            for which, axis in group:
                trial[which][axis] = size
            if goes(_resized(call, trial)):
                now, changed = trial, changed | set(group)
                used.add(size)
                break
    return _resized(call, now) if changed else None


def _resized(call: Any, sizes: list[list[int]]) -> Any:
    left = iter(sizes)
    return with_arguments(call, lambda one: replace(one, shape=tuple(next(left))))


def _changes(
    place: Place,
    shapes: list[tuple[int, ...]],
    changed: set[Place],
    used: set[int],
    *,
    far: bool,
    together: bool,
) -> Iterator[tuple[list[Place], int]]:
    """Yield the axes to change together, and the size to change them to."""
    which, axis = place
    size = shapes[which][axis]
    same = [
        (other, at)
        for other, shape in enumerate(shapes)
        for at, one in enumerate(shape)
        if one == size and (other, at) not in changed
    ]
    across = [one for one in same if one[1] == axis]
    groups = [[place], *([across] if len(across) > 1 else []), *([same] if len(same) > len(across) else [])]
    if (size == 1 or together) and len(across) > 1:  # a 1 alone is repeated, which is not what was meant
        groups[:2] = [across, [place]]
    for group in groups:
        is_side = axis >= _FIRST_SIDE and len(shapes[which]) >= _AXES
        others = [*(halving_alike(size, used) if is_side else ()), *other_sizes(size, used)]
        for other in reversed(others) if far else others:
            yield group, other


def halving_alike(size: int, used: set[int]) -> list[int]:
    """Return sizes to try for an image's side that halve as often as it: what the code pads or cuts stays as it is.

    >>> halving_alike(224, {224}), halving_alike(32, {32}), halving_alike(227, {227})
    ([160, 96, 352], [64, 96], [])
    """
    power = min(size & -size, _MOST_HALVED)
    if power < _LEAST_HALVED:
        return []
    times = size // power
    below = [one for one in range(times - 1, 1, -1) if _is_prime(one)][:2]
    above = islice((one for one in count(times + 1) if _is_prime(one)), 1 if below else 2)
    return [power * one for one in (*below, *above) if power * one not in used]


def other_sizes(size: int, used: set[int]) -> list[int]:
    """Return the sizes to try for another: primes near it, then what networks of many halvings take.

    >>> other_sizes(224, {224, 2}), other_sizes(2, {2, 3})
    ([223, 227, 256, 192], [5, 7])
    """
    if size < 8:
        return list(islice((one for one in count(max(size + 1, 3)) if _is_prime(one) and one not in used), 2))
    below = next((one for one in range(size - 1, 1, -1) if _is_prime(one) and one not in used), None)
    above = next(one for one in count(size + 1) if _is_prime(one) and one not in used)
    more = [size + 32, size - 32] if size >= 64 else [size + 8]
    return [one for one in (below, above, *more) if one and one not in used]


def _is_prime(size: int) -> bool:
    return all(size % one for one in range(2, int(size**0.5) + 1))
