"""Convolutions, transposed convolutions, and the windows that they see laid out (Unfold, Fold)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Fill, Kind, Shape, Size, at_least, needs_rank, numel, spread
from archcheck.rules.demands import one_of
from archcheck.rules.windows import (
    PADDING_MODES,
    SIDES,
    fit,
    no_empty_side,
    padded,
    per_side,
    span,
    split,
    transposed,
    window,
)


def convolution(
    sides: int,
    x: Shape,
    *,
    in_channels: int,
    out_channels: int,
    kernel_size: Size,
    stride: Size,
    padding: Size | str,
    dilation: Size,
    groups: int,
    bias: bool,
    padding_mode: str,
    **_: object,
) -> Effect:
    """Convolve (N, C, sides) to (N, out_channels, sides), each side by `window`.

    Parameters: ``out_channels * in_channels/groups * prod(kernel)``, and `out_channels` for the bias.
    MACs: the same weights once an output position. Flops: 2 a MAC, and 1 an output element for the bias.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
    """
    _check_channels(in_channels, out_channels, groups)
    one_of("padding_mode", padding_mode, *PADDING_MODES)
    kernel, strides, gaps = _window(sides, kernel_size, stride, dilation)
    ends = _ends(sides, padding, padding_mode, kernel, strides, gaps)
    lead, lengths = _split_channels(x, sides, in_channels)
    y = (*lead[:-1], out_channels, *map(partial(_side, padding_mode), lengths, kernel, strides, ends, gaps))
    weights = out_channels * (in_channels // groups) * math.prod(kernel)
    return _weighted(y, weights, out_channels, bias, positions=numel(y) // out_channels)


def transposed_convolution(
    sides: int,
    x: Shape,
    *,
    in_channels: int,
    out_channels: int,
    kernel_size: Size,
    stride: Size,
    padding: Size | str,
    output_padding: Size,
    dilation: Size,
    groups: int,
    bias: bool,
    padding_mode: str,
    **_: object,
) -> Effect:
    """Convolve backwards: (N, C, sides) to (N, out_channels, sides), each side by `transposed`.

    Parameters: ``in_channels * out_channels/groups * prod(kernel)``, and `out_channels` for the bias.
    MACs: the same weights once an input position. Flops: 2 a MAC, and 1 an output element for the bias.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
    """
    _check_channels(in_channels, out_channels, groups)
    one_of("padding_mode", padding_mode, "zeros")
    kernel, strides, gaps = _window(sides, kernel_size, stride, dilation)
    if isinstance(padding, str):
        raise BadArgument("padding", f"{padding!r} is not a number")
    pads = per_side(padding, sides, "padding")
    extra = per_side(output_padding, sides, "output_padding")
    at_least(0, "padding", *pads)
    at_least(0, "output_padding", *extra)
    for more, step, gap in zip(extra, strides, gaps, strict=True):
        if more >= max(step, gap):
            raise BadArgument("output_padding", f"{more} is not less than stride {step} or dilation {gap}")
    lead, lengths = _split_channels(x, sides, in_channels)
    y = (*lead[:-1], out_channels, *map(transposed, lengths, kernel, strides, pads, extra, gaps))
    no_empty_side(y[-sides:])
    weights = in_channels * (out_channels // groups) * math.prod(kernel)
    return _weighted(y, weights, out_channels, bias, positions=numel(x) // in_channels)


def unfold(
    x: Shape, *, kernel_size: Size, dilation: Size, padding: Size, stride: Size, **_: object
) -> Effect:
    """Lay the windows of (N, C, H, W) side by side: (N, C * prod(kernel), windows). No arithmetic.

    The number of windows is the product of `window` of each side.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html
    """
    sliding = _sliding(kernel_size, stride, padding, dilation)
    lead, lengths = split(x, 2)
    count = math.prod(map(fit, lengths, *sliding))
    return Effect(((*lead[:-1], lead[-1] * math.prod(sliding[0]), count),))


def fold(
    x: Shape,
    *,
    output_size: Size,
    kernel_size: Size,
    dilation: Size,
    padding: Size,
    stride: Size,
    **_: object,
) -> Effect:
    """Add the windows (N, C * prod(kernel), windows) up to the image (N, C, H, W) that they cover.

    Flops: 1 an input element, which is added to its place.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Fold.html
    """
    sliding = _sliding(kernel_size, stride, padding, dilation)
    image = spread(output_size, 2, "output_size")
    at_least(1, "output_size", *image)
    counts, area = tuple(map(window, image, *sliding)), math.prod(sliding[0])
    if min(counts) < 1:
        raise BadArgument("output_size", f"{list(image)} has no room for one window")
    needs_rank(x, 2, 3, letters="(N, C*kernel, windows) or (C*kernel, windows)")
    if x[-2] % area:
        raise RefusedInput(f"expects a multiple of {area} channels (kernel_size), given {x[-2]}")
    if x[-1] != math.prod(counts):
        raise RefusedInput(f"expects {math.prod(counts)} windows (output_size), given {x[-1]}")
    return Effect(((*x[:-2], x[-2] // area, *image),), flops=numel(x))


def _weighted(y: Shape, weights: int, out_channels: int, bias: bool, positions: int) -> Effect:
    """Return the effect of `weights` applied at every one of `positions`, and of a bias."""
    macs = weights * positions
    params, additions = (weights + out_channels, numel(y)) if bias else (weights, 0)
    return Effect((y,), params, macs, 2 * macs + additions)


def _check_channels(in_channels: int, out_channels: int, groups: int) -> None:
    at_least(1, "in_channels", in_channels)
    at_least(1, "out_channels", out_channels)
    at_least(1, "groups", groups)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise BadArgument("groups", f"{groups} does not divide {name} {channels}")


def _split_channels(x: Shape, sides: int, in_channels: int) -> tuple[Shape, Shape]:
    lead, lengths = split(x, sides)
    if lead[-1] != in_channels:
        raise RefusedInput(f"expects {in_channels} channels (in_channels), given {lead[-1]}")
    return lead, lengths


def _window(sides: int, kernel_size: Size, stride: Size, dilation: Size) -> tuple[Shape, Shape, Shape]:
    kernel = spread(kernel_size, sides, "kernel_size")
    strides, gaps = per_side(stride, sides, "stride"), per_side(dilation, sides, "dilation")
    at_least(1, "kernel_size", *kernel)
    at_least(1, "stride", *strides)
    at_least(1, "dilation", *gaps)
    return kernel, strides, gaps


def _sliding(
    kernel_size: Size, stride: Size, padding: Size, dilation: Size
) -> tuple[Shape, Shape, Shape, Shape]:
    """Return kernel, stride, padding and dilation of the 2d windows that Unfold and Fold slide."""
    kernel, strides = spread(kernel_size, 2, "kernel_size"), spread(stride, 2, "stride")
    pads, gaps = spread(padding, 2, "padding"), spread(dilation, 2, "dilation")
    at_least(0, "padding", *pads)
    _window(2, kernel, strides, gaps)
    return kernel, strides, pads, gaps


def _ends(
    sides: int, padding: Size | str, mode: str, kernel: Shape, strides: Shape, gaps: Shape
) -> list[tuple[int, int]]:
    """Return what a convolution pads before and after each side."""
    if padding == "same":
        if any(step != 1 for step in strides):
            raise BadArgument("padding", f"'same' needs stride 1, given {list(strides)}")
        totals = [span(k, gap) - 1 for k, gap in zip(kernel, gaps, strict=True)]
        return [(total // 2, total - total // 2) for total in totals]
    if isinstance(padding, str):
        one_of("padding", padding, "same", "valid")
        return [(0, 0)] * sides
    if mode == "zeros":
        pads = per_side(padding, sides, "padding")
        at_least(0, "padding", *pads)
    else:
        pads = spread(padding, sides, "padding")
    return [(pad, pad) for pad in pads]


def _side(mode: str, n: int, kernel: int, stride: int, ends: tuple[int, int], dilation: int) -> int:
    before, after = ends
    padded(n, before, after, mode)
    # only 'same' pads its two ends differently, and then the kernel always fits
    return fit(n + after - before, kernel, stride, before, dilation)


def _channels(sides: int) -> Fill:
    return lambda x: split(x, sides)[0][-1]


KINDS: Mapping[str, Kind] = {
    **{
        f"{name}{sides}d": Kind(partial(rule, sides), fills={"in_channels": _channels(sides)})
        for name, rule in (("Conv", convolution), ("ConvTranspose", transposed_convolution))
        for sides in SIDES
    },
    "Unfold": Kind(unfold),
    "Fold": Kind(fold),
}
"""Every layer kind of this family, by its name in torch.nn."""
