"""Positions: a tensor that is learned, the rotation by position, the bias and the mask of attention in windows.

What they give does not hang on the values that come in, or on these and on positions only.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Kind, Shape, Size, at_least, listed, needs_rank, numel, spread
from archcheck.rules.demands import needs_axes, needs_size


def parameter(x: Shape, *, size: Size, expand: bool) -> Effect:
    """A tensor that the network learns, whatever comes in; `expand`: its first axis of 1 becomes the batch.

    Parameters: its elements. https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
    """
    shape = listed(size)
    at_least(1, "size", *shape)
    if not expand:
        return Effect((shape,), numel(shape))
    if shape[0] != 1:
        raise BadArgument("size", f"{list(shape)} has no first axis of 1 to expand")
    needs_axes(x, 1, "(N, ...)")
    return Effect(((x[0], *shape[1:]),), numel(shape))


def rotary(x: Shape, *, base: float) -> Effect:
    """Turn each pair of features of (..., T, F), i and i + F / 2, by the angle T / base^(2i / F).

    `flops`: 4 multiplications and 2 additions a pair; for each place and pair a multiplication, a sine and a cosine;
    for each pair a division and a power. https://arxiv.org/abs/2104.09864
    """
    needs_axes(x, 2, "(..., T, F)")
    if x[-1] % 2:
        raise RefusedInput(f"needs an even number of features, given {x[-1]}")
    if base <= 0:
        raise BadArgument("base", f"{base} is not above 0")
    pairs = x[-1] // 2
    return Effect((x,), flops=3 * numel(x) + 3 * x[-2] * pairs + 2 * pairs)


def relative_position_bias(x: Shape, *, window: Size) -> Effect:
    """Read the bias of each pair of places in a window from a table of (2h - 1)(2w - 1) rows, a column a head.

    (rows, H) becomes (H, h * w, h * w). https://arxiv.org/abs/2103.14030
    """
    high, wide = spread(window, 2, "window")
    at_least(1, "window", high, wide)
    needs_rank(x, 2, letters="(positions, heads)")
    needs_size(x, 0, (2 * high - 1) * (2 * wide - 1), "relative positions", "window")
    return Effect(((x[1], high * wide, high * wide),))


def shifted_window_mask(x: Shape, *, size: Size, window: Size, shift: Size) -> Effect:
    """Keep apart what a shift has brought into one window: 0 where two places may see each other, else -100.

    Whatever comes in, it gives (windows, 1, h * w, h * w). `flops`: a comparison for each of them.
    https://arxiv.org/abs/2103.14030
    """
    sides, parts, steps = spread(size, 2, "size"), spread(window, 2, "window"), spread(shift, 2, "shift")
    at_least(1, "size", *sides)
    at_least(1, "window", *parts)
    at_least(0, "shift", *steps)
    if any(side % part for side, part in zip(sides, parts, strict=True)):
        raise BadArgument("window", f"{list(parts)} does not divide size {list(sides)}")
    if any(step >= part for step, part in zip(steps, parts, strict=True)):
        raise BadArgument("shift", f"{list(steps)} is not less than window {list(parts)}")
    windows, places = numel(sides) // numel(parts), numel(parts)
    return Effect(((windows, 1, places, places),), flops=windows * places * places)


FUNCTIONS: Mapping[str, Kind] = {
    "parameter": Kind(parameter),
    "rotary": Kind(rotary),
    "relative_position_bias": Kind(relative_position_bias),
    "shifted_window_mask": Kind(shifted_window_mask),
}
"""archcheck's own lower-case layers for positions: functions of one tensor, and the tensor that is learned."""
