"""What moves or interpolates elements of an image: upsampling, shuffles, padding layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Kind, Shape, Size, at_least, needs_rank, numel
from archcheck.rules.demands import needs_axes, one_of
from archcheck.rules.windows import SIDES, padded, resized, split, taps

UPSAMPLING_MODES: Mapping[str, tuple[int, tuple[int, ...]]] = {
    "nearest": (1, (3, 4, 5)),
    "nearest-exact": (1, (3, 4, 5)),
    "area": (1, (3, 4, 5)),
    "linear": (2, (3,)),
    "bilinear": (2, (4,)),
    "trilinear": (2, (5,)),
    "bicubic": (4, (4,)),
}
"""Of each mode: how many inputs a side it weighs, and the ranks of the inputs that it takes."""


def upsample(
    x: Shape,
    *,
    size: Size | None,
    scale_factor: float | Sequence[float] | None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    **_: object,
) -> Effect:
    """Resample the sides of (N, C, sides) to `size`, or to ``floor(side * scale_factor)``.

    Flops an output element, weights being given: along one side `t` inputs take `t` multiplications and
    ``t - 1`` additions, so 3 linear, 3*2 + 3 = 9 bilinear, 3*4 + 3*2 + 3 = 21 trilinear and 7*4 + 7 = 35
    bicubic; nearest 0. `area` is AdaptiveAvgPool: 1 for each input that a window reads.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html
    """
    one_of("mode", mode, *UPSAMPLING_MODES)
    width, ranks = UPSAMPLING_MODES[mode]
    if width == 1 and align_corners is not None:
        raise BadArgument("align_corners", f"mode {mode} has no corners to align")
    if recompute_scale_factor and size is not None:
        raise BadArgument("recompute_scale_factor", "has no meaning with a size")
    letters = " or ".join(f"(N, C, {SIDES[rank - 2]})" for rank in ranks)
    needs_rank(x, *ranks, letters=f"{letters} for mode {mode}")
    y = (*x[:2], *resized(x[2:], size, scale_factor, ("size", "scale_factor")))
    if mode == "area":
        return Effect((y,), flops=numel(y[:2]) * taps(x[2:], y[2:]))
    lines = sum(width**side for side in range(len(y) - 2))
    return Effect((y,), flops=numel(y) * (2 * width - 1) * lines if width > 1 else 0)


def pixel_shuffle(x: Shape, *, upscale_factor: int, **_: object) -> Effect:
    """Turn channels into pixels: (..., C*r*r, H, W) to (..., C, H*r, W*r). No arithmetic.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html
    """
    at_least(1, "upscale_factor", upscale_factor)
    needs_axes(x, 3, "(..., C, H, W)")
    *lead, channels, height, width = x
    if channels % upscale_factor**2:
        raise RefusedInput(
            f"expects a multiple of {upscale_factor**2} channels (upscale_factor), given {channels}"
        )
    y = (*lead, channels // upscale_factor**2, height * upscale_factor, width * upscale_factor)
    return Effect((y,))


def pixel_unshuffle(x: Shape, *, downscale_factor: int, **_: object) -> Effect:
    """Turn pixels into channels: (..., C, H*r, W*r) to (..., C*r*r, H, W). No arithmetic.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html
    """
    at_least(1, "downscale_factor", downscale_factor)
    needs_axes(x, 3, "(..., C, H, W)")
    *lead, channels, height, width = x
    for side in (height, width):
        if side % downscale_factor:
            raise RefusedInput(
                f"expects sides that downscale_factor {downscale_factor} divides, given {side}"
            )
    y = (*lead, channels * downscale_factor**2, height // downscale_factor, width // downscale_factor)
    return Effect((y,))


def channel_shuffle(x: Shape, *, groups: int, **_: object) -> Effect:
    """Interleave the channels of `groups` groups: (N, C, ...) stays (N, C, ...). No arithmetic.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html
    """
    at_least(1, "groups", groups)
    needs_axes(x, 3, "(N, C, ...)")
    if x[1] % groups:
        raise RefusedInput(f"expects a multiple of {groups} channels (groups), given {x[1]}")
    return Effect((x,))


def pad(sides: int, mode: str, x: Shape, *, padding: Size, **_: object) -> Effect:
    """Pad the last sides, the very last first: (left, right, top, bottom, front, back). No arithmetic.

    One number pads all `sides`; otherwise the length of `padding` says how many sides there are.
    Negative padding crops. https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad2d.html
    """
    ends = (padding,) * (2 * sides) if isinstance(padding, int) else tuple(padding)
    if len(ends) % 2 or (mode != "zeros" and len(ends) // 2 not in SIDES):
        raise BadArgument("padding", f"{list(ends)} has {len(ends)} numbers, needs 2 a side")
    if mode == "circular":
        split(x, sides)
    if mode != "zeros":
        split(x, len(ends) // 2)
    elif len(ends) > 2 * len(x):
        raise RefusedInput(f"pads {len(ends) // 2} axes, given {len(x)} axes {list(x)}")
    y = list(x)
    for axis, (before, after) in enumerate(zip(ends[::2], ends[1::2], strict=True), start=1):
        y[-axis] = padded(x[-axis], before, after, mode)
    return Effect((tuple(y),))


KINDS: Mapping[str, Kind] = {
    "Upsample": Kind(upsample),
    "UpsamplingNearest2d": Kind(upsample),
    "UpsamplingBilinear2d": Kind(partial(upsample, mode="bilinear", align_corners=True)),
    "PixelShuffle": Kind(pixel_shuffle),
    "PixelUnshuffle": Kind(pixel_unshuffle),
    "ChannelShuffle": Kind(channel_shuffle),
    **{
        f"{name}{sides}d": Kind(partial(pad, sides, mode))
        for name, mode in (
            ("ZeroPad", "zeros"),
            ("ConstantPad", "zeros"),
            ("ReflectionPad", "reflect"),
            ("ReplicationPad", "replicate"),
            ("CircularPad", "circular"),
        )
        for sides in SIDES
    },
}
"""Every layer kind of this family, by its name in torch.nn."""
