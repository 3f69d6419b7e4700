"""Whether a tensor's shape is the one that somebody wrote, in the ways in which people write shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from archcheck.dialects.stated import REST, Size, StatedShape
from archcheck.judging.names import Names, settled
from archcheck.units import Shape

MOST_WAYS = 64
"""In how many ways a written shape is laid beside a tensor's at most."""
BATCHES = ("n", "b", "bs", "bsz", "batch", "batch_size", "batchsize", "nb")
"""What people call the size of a batch."""


def fits(stated: StatedShape, seen: Shape, names: Names, *, any_batch: bool = True) -> Names | None:
    """Return the names as they must be for a tensor's shape to be the stated one; None where it is another.

    `seen`: the whole shape, batch axis included; `any_batch`: a stated 1 may be one sample of any batch. Which axes the
    sizes are of is as the layout says; of several ways, the first that fits is meant.
    """
    sizes = (
        [None if axis is None else seen[axis] for axis in way]
        for way in islice(ways(stated, len(seen), any_batch=any_batch), MOST_WAYS)
    )
    found = (_along(stated.sizes, one, names) for one in sizes)
    fitting = next((one for one in found if one is not None), None)
    if fitting is None and stated.layout == "product" and seen:
        return fits(_product(stated.sizes), seen, names, any_batch=any_batch)
    if fitting is None and len(parts := factors(stated)) == len(seen) > 1:
        return fits(replace(stated, sizes=parts), seen, names, any_batch=any_batch)
    if fitting is None and len(seen) == 4 and _are_sides(stated):
        return fits(replace(stated, layout="size"), seen[2:], names)
    return fitting


def flow_fits(stated: Sequence[StatedShape], seen: Sequence[Shape], names: Names) -> Names | None:
    """Return the names as they must be for one axis to go through a flow as stated: `224 -> 112`, `3 -> 64`."""
    sizes = [one.sizes[0] for one in stated]
    axes = flow_axes([len(shape) for shape in seen])
    found = (_along(sizes, [shape[axis] for shape in seen], names) for axis in axes)
    return next((one for one in found if one is not None), None)


def flow_axes(ranks: Sequence[int]) -> Sequence[int]:
    """Return which axis may go through tensors of so many axes: in all the same, from the front or from behind."""
    least = min(ranks)
    return [*range(least), *range(-least, 0)] if len(set(ranks)) > 1 else range(least)


def comparable(stated: StatedShape, seen: Shape) -> bool:
    """Return whether a shape has as many axes as the stated one, or one more: the batch axis."""
    return any(True for _ in ways(stated, len(seen)))


Way = Sequence[int | None]
"""Of which axis each size is; None: of none, for it is a `...` or the one of a batch of one."""


def ways(stated: StatedShape, rank: int, *, any_batch: bool = True) -> Iterator[Way]:
    """Yield of which axes of a tensor the stated sizes may be, in every way that may be meant."""
    sizes, axes = stated.sizes, range(rank)
    rest = next((place for place, size in enumerate(sizes) if size.value == REST), None)
    if rest is not None:
        yield from _around(rest, len(sizes), rank)
        return
    count = len(sizes)
    if stated.layout in ("sides", "maps", "product"):
        yield from _picture(stated, rank)
        if stated.layout == "product" and count > 2:
            yield from _channels_last(count, rank)
        return
    if stated.layout == "axis":
        yield from ((axis,) for axis in reversed(axes))
        return
    if count == rank:
        yield axes
    if stated.layout == "size":
        return
    one_sample = count == rank and isinstance(sizes[0].value, int) and sizes[0].value == 1
    if any_batch and one_sample and stated.layout != "letters":
        yield (None, *axes[1:])  # a shape of one sample says nothing of a larger batch
    if count == rank - 1 and stated.layout != "letters" and not _is_batch(sizes[:1]):
        yield axes[1:]
    if stated.layout == "volume":
        yield from _channels_last(count, rank)


def _are_sides(stated: StatedShape) -> bool:
    """Return whether a bracket may hold the sides of a picture: two numbers, or names of a height and a width."""
    if stated.layout != "shape" or len(stated.sizes) != 2 or any(one.value is None for one in stated.sizes):
        return False
    words = (word for size in stated.sizes for word in re.findall(r"[^\W\d]\w*", str(size.value)))
    return all(word[0] in "hHwW" for word in words)


def _is_batch(first: Sequence[Size]) -> bool:
    """Return whether the first size is called as batches are: then the batch axis is there."""
    return any(str(size.value).lower() in BATCHES for size in first)


def _around(rest: int, count: int, rank: int) -> Iterator[Way]:
    """Yield the axes before and behind a `...`; it stands for no axis itself."""
    behind = count - rest - 1
    if rest + behind <= rank:
        yield (*range(rest), None, *range(rank - behind, rank))


def _channels_last(count: int, rank: int) -> Iterator[Way]:
    """Yield `H x W x C` of channels first, with or without the batch axis."""
    if count == 3 and rank in (3, 4):
        yield (rank - 2, rank - 1, rank - 3)
    if count == 4 == rank:
        yield (0, 2, 3, 1)


def _picture(stated: StatedShape, rank: int) -> Iterator[Way]:
    """Yield the axes of an image: its sides, with its channels or without."""
    count = len(stated.sizes)
    if rank >= count:
        yield range(rank - count, rank)
    if count == 2 and stated.layout != "maps" and rank == 4:  # channels last
        yield range(1, 3)


def _product(sizes: Sequence[Size]) -> StatedShape:
    """Return sizes joined by a star as the one axis that they may be: `28*28` is a flat image's."""
    words = [str(size.value) for size in sizes]
    start, end = sizes[0].start, sizes[-1].end
    return StatedShape((Size("*".join(f"({word})" for word in words), start, end),), "sides", start, end)


def factors(stated: StatedShape) -> tuple[Size, ...]:
    """Return the sizes that a bracket around one product alone may mean: `[B*T*2H]` is `[B, T, 2*H]` to some."""
    only = stated.sizes[0] if stated.layout == "shape" and len(stated.sizes) == 1 else None
    words = only.value.split("*") if only is not None and isinstance(only.value, str) else []
    if only is None or not all(word.isidentifier() or word.isdecimal() for word in words):
        return ()
    joined = re.findall(r"(?!1\*)[0-9]+\*[^\W\d]\w*|[^*]+", only.value) if isinstance(only.value, str) else []
    return tuple(Size(int(one) if one.isdecimal() else one, only.start, only.end) for one in joined)


def _along(sizes: Sequence[Size], axes: Sequence[int | None], names: Names) -> Names | None:
    """Return the names with which each size is its axis's."""
    found: Names | None = names
    for size, axis in zip(sizes, axes, strict=True):
        if found is None:
            return None
        if axis is None or size.value is None or size.value == REST:
            continue
        if isinstance(size.value, int):
            found = found if size.value in (axis, -1) else None
        else:
            found = settled(size.value, axis, found)
    return found
