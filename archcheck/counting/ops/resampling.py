"""Interpolation and sampling: weighted sums of neighbours, by the formulas of `archcheck.rules.resampling`.

Along one side `t` neighbours take `t` multiplications and `t - 1` additions, their weights being given: for a grid
of known sizes the weights are constants.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

from archcheck.counting.ops.base import OpCall, OpRule, nothing, size
from archcheck.operations import Operations


def weighed(width: int, sides: int) -> Operations:
    """Return what one element takes: `width` neighbours along each side, one side after the other."""
    lines = sum(width**side for side in range(sides))
    return Operations(multiplies=width, adds=width - 1).times(lines)


def upsample(width: int, sides: int, call: OpCall) -> Operations:
    """Count an interpolation, each element given of `width` neighbours a side."""
    return weighed(width, sides).times(size(call.gave))


def upsample_backward(width: int, sides: int, call: OpCall) -> Operations:
    """Count a gradient weighed, and added to each neighbour: (grad_output, ...)."""
    return Operations(multiplies=1, adds=1).times(width**sides * size(call.given))


def smoothed_taps(n: int, m: int, width: int, align_corners: bool, factor: float | None) -> int:
    """Return how many elements all windows of an antialiased interpolation from a side of n to one of m read.

    A window is `width` neighbours wide, and as much wider as the side gets shorter; what lies outside is left out:
    `compute_indices_min_size_weights_aa` in
    https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/cpu/UpSampleKernel.cpp
    """
    by_size = 1 / factor if factor else n / m
    scale = (n - 1) / max(m - 1, 1) * (m > 1) if align_corners else by_size
    reach = width / 2 * max(scale, 1.0)
    centers = [scale * (i + 0.5) for i in range(m)]
    return sum(min(int(c + reach + 0.5), n) - max(int(c - reach + 0.5), 0) for c in centers)


def smoothed(width: int, call: OpCall) -> Operations:
    """Count an antialiased interpolation, first along W, then along H: (input, size, align_corners, scales)."""
    (*lead, height, length), (rows, columns) = call.given.shape, call.gave.shape[-2:]
    corners = bool(call.args[2])
    factors = call.argument(3, "scales_h"), call.argument(4, "scales_w")
    images = math.prod(lead)
    along = images * height * smoothed_taps(length, columns, width, corners, factors[1])
    down = images * columns * smoothed_taps(height, rows, width, corners, factors[0])
    firsts = images * columns * (height + rows)
    return Operations(multiplies=along + down, adds=along + down - firsts)


def grid_sample(sides: int, call: OpCall) -> Operations | None:
    """Count a look-up at places that a grid says: (input, grid, interpolation_mode, padding_mode, align_corners).

    A place is `(x + 1) * (size - 1) / 2` a side: an addition and a multiplication. Bilinear: a side's two
    weights are the distances, 2 subtractions; each of the 2**sides corners' weights is their product, sides - 1
    multiplications; each channel is the sum of the corners by their weights.
    """
    mode = call.args[2]
    places, corners = size(call.args[1]) // sides, 2**sides
    found = Operations(adds=1, multiplies=1).times(places * sides)
    if mode == 1:  # nearest
        return found
    if mode != 0:  # bicubic: its weights are polynomials
        return None
    weights = Operations(adds=2 * sides, multiplies=corners * (sides - 1)).times(places)
    return found + weights + Operations(multiplies=corners, adds=corners - 1).times(size(call.gave))


def affine_grid(call: OpCall) -> Operations:
    """Count every place's product with a matrix of sides by sides + 1: (theta, size, align_corners)."""
    sides = call.given.shape[-2]
    return Operations(mul_adds=sides + 1).times(size(call.gave))


WIDTHS = {"linear1d": (2, 1), "bilinear2d": (2, 2), "trilinear3d": (2, 3), "bicubic2d": (4, 2)}
"""Of each interpolation: how many neighbours a side, and how many sides."""

NEAREST = tuple(
    f"{kind}{sides}d" for kind in ("upsample_nearest", "_upsample_nearest_exact") for sides in (1, 2, 3)
)


def scattered(call: OpCall) -> Operations:
    """Count an addition an element of the first argument, to its place in what is given."""
    return Operations(adds=size(call.given))


OPS: Mapping[str, OpRule] = {
    **dict.fromkeys(NEAREST, nothing),
    **{f"{name}_backward": scattered for name in NEAREST},
    **{f"upsample_{name}": partial(upsample, *width) for name, width in WIDTHS.items()},
    **{f"upsample_{name}_backward": partial(upsample_backward, *width) for name, width in WIDTHS.items()},
    **{f"grid_sampler_{sides}d": partial(grid_sample, sides) for sides in (2, 3)},
    "_upsample_bilinear2d_aa": partial(smoothed, 2),
    "_upsample_bicubic2d_aa": partial(smoothed, 4),
    "affine_grid_generator": affine_grid,
    "col2im": scattered,
}
"""Interpolation, sampling and the sum of windows, by name."""
