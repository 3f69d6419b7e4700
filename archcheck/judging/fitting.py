"""Whether a tensor's shape is the one that somebody wrote, in the ways in which people write shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from archcheck.dialects.stated import REST, Size, StatedShape
from archcheck.judging.names import Names, settled
from archcheck.units import Shape

MOST_WAYS = 64
"""In how many ways a written shape is laid beside a tensor's at most."""
BATCHES = ("n", "b", "bs", "bsz", "batch", "batch_size", "batchsize", "nb")
"""What people call the size of a batch."""


def fits(stated: StatedShape, seen: Shape, names: Names) -> Names | None:
    """Return the names as they must be for a tensor's shape to be the stated one; None where it is another.

    `seen`: the whole shape, batch axis included. Which axes the sizes are of is as the layout says; of several ways,
    the first that fits is meant.
    """
    found = (_along(stated.sizes, axes, names) for axes in islice(_ways(stated, seen), MOST_WAYS))
    fitting = next((one for one in found if one is not None), None)
    if fitting is None and stated.layout == "product" and seen:
        return fits(_product(stated.sizes), seen, names)
    return fitting


def flow_fits(stated: Sequence[StatedShape], seen: Sequence[Shape], names: Names) -> Names | None:
    """Return the names as they must be for one axis to go through a flow as stated: `224 -> 112`, `3 -> 64`.

    Which axis it is is not said, but it is the same all the way, counted from the front or from behind.
    """
    ranks = {len(shape) for shape in seen}
    ways = [*range(min(ranks)), *range(-min(ranks), 0)] if len(ranks) > 1 else range(min(ranks))
    sizes = [one.sizes[0] for one in stated]
    found = (_along(sizes, [shape[axis] for shape in seen], names) for axis in ways)
    return next((one for one in found if one is not None), None)


def comparable(stated: StatedShape, seen: Shape) -> bool:
    """Return whether a shape has as many axes as the stated one, or one more: the batch axis."""
    return any(True for _ in _ways(stated, seen))


def _ways(stated: StatedShape, seen: Shape) -> Iterator[Sequence[int | None]]:
    """Yield the tensor's sizes in the order of the stated ones, in every way that may be meant."""
    sizes, rank = stated.sizes, len(seen)
    rest = next((place for place, size in enumerate(sizes) if size.value == REST), None)
    if rest is not None:
        yield from _around(rest, len(sizes), seen)
        return
    count = len(sizes)
    if stated.layout in ("sides", "maps", "product"):
        yield from _picture(stated, seen)
        if stated.layout == "product" and count > 2:
            yield from _channels_last(count, seen)
        return
    if stated.layout == "axis":
        yield from ((size,) for size in reversed(seen))
        return
    if count == rank:
        yield seen
    if stated.layout == "size":
        return
    one_sample = count == rank and isinstance(sizes[0].value, int) and sizes[0].value == 1
    if one_sample and stated.layout != "letters":
        yield (1, *seen[1:])  # a shape of one sample says nothing of a larger batch
    if count == rank - 1 and stated.layout != "letters" and not _is_batch(sizes[:1]):
        yield seen[1:]
    if stated.layout == "volume":
        yield from _channels_last(count, seen)


def _is_batch(first: Sequence[Size]) -> bool:
    """Return whether the first size is called as batches are: then the batch axis is there."""
    return any(str(size.value).lower() in BATCHES for size in first)


def _around(rest: int, count: int, seen: Shape) -> Iterator[Sequence[int | None]]:
    """Yield the sizes before and behind a `...`; it stands for no size itself."""
    behind = count - rest - 1
    if rest + behind <= len(seen):
        yield (*seen[:rest], None, *seen[len(seen) - behind :])


def _channels_last(count: int, seen: Shape) -> Iterator[Sequence[int | None]]:
    """Yield `H x W x C` of channels first, with or without the batch axis."""
    if count == 3 and len(seen) in (3, 4):
        channels, height, width = seen[-3:]
        yield (height, width, channels)
    if count == 4 == len(seen):
        batch, channels, height, width = seen
        yield (batch, height, width, channels)


def _picture(stated: StatedShape, seen: Shape) -> Iterator[Sequence[int | None]]:
    """Yield the sizes of an image: its sides, with its channels or without."""
    count = len(stated.sizes)
    if len(seen) >= count:
        yield seen[len(seen) - count :]
    if count == 2 and stated.layout != "maps" and len(seen) == 4:  # channels last
        yield seen[1:3]


def _product(sizes: Sequence[Size]) -> StatedShape:
    """Return sizes joined by a star as the one axis that they may be: `28*28` is a flat image's."""
    words = [str(size.value) for size in sizes]
    start, end = sizes[0].start, sizes[-1].end
    return StatedShape((Size("*".join(f"({word})" for word in words), start, end),), "sides", start, end)


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
