"""A tensor's size as a volume on paper: sides, channels and features in proportion, each to a scale of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from archcheck.units import Shape

SIDE, THICK, TALL, WIDE = 120.0, 64.0, 120.0, 72.0
"""In pixels, the largest side of a picture, its channels, a vector's features, and a sequence's features."""
LEAST = 3.0
"""Below this nothing is to be seen; it is the one place where a size is not in proportion."""
SLANT = 0.36
"""What a pixel away from the reader is on paper, to the right and upwards."""
BAR = 9.0
"""How thick a vector is, which has no second size."""


@dataclass(frozen=True, slots=True)
class Solid:
    """A box on paper in pixels: its front, and how far it reaches to the right and upwards behind that."""

    width: float
    height: float
    slant: float = 0.0

    @property
    def whole_width(self) -> float:
        """From the left of the front to the right of the back."""
        return self.width + self.slant

    @property
    def whole_height(self) -> float:
        """From the bottom of the front to the top of the back."""
        return self.height + self.slant


@dataclass(frozen=True, slots=True)
class Scale:
    """Pixels for each unit of a size, by what it is a size of."""

    side: float
    channel: float
    feature: float
    row: float
    column: float

    def solid(self, shape: Shape | None) -> Solid:
        """Return the volume of one sample: a box of channels x height x width, a sheet of rows x features, or a bar."""
        if not shape:
            return Solid(BAR, BAR)
        if len(shape) == 1:
            return Solid(BAR, _seen(shape[0] * self.feature))
        if len(shape) == 2:
            return Solid(_seen(shape[1] * self.column), _seen(shape[0] * self.row))
        channels, height, width = as_picture(shape)
        deep = SLANT * _seen(width * self.side)
        return Solid(_seen(channels * self.channel), _seen(height * self.side), deep)


def scale_of(shapes: Iterable[Shape | None]) -> Scale:
    """Return the scale on which the largest of each kind of size is as large as it may be."""
    known = [shape for shape in shapes if shape]
    pictures = [as_picture(shape) for shape in known if len(shape) > 2]
    sheets = [shape for shape in known if len(shape) == 2]
    return Scale(
        _unit(SIDE, [side for _, *sides in pictures for side in sides]),
        _unit(THICK, [channels for channels, _, _ in pictures]),
        _unit(TALL, [shape[0] for shape in known if len(shape) == 1]),
        _unit(SIDE, [rows for rows, _ in sheets]),
        _unit(WIDE, [features for _, features in sheets]),
    )


def as_picture(shape: Shape) -> tuple[int, int, int]:
    """Return channels, height and width; where the first two sides are alike and the last is not, channels are last."""
    *others, height, width = shape
    channels = prod(others)
    if len(shape) == 3 and channels == height != width:
        return width, channels, height
    return channels, height, width


def _unit(pixels: float, sizes: Sequence[int]) -> float:
    return pixels / max(sizes, default=1)


def _seen(pixels: float) -> float:
    return max(pixels, LEAST)
