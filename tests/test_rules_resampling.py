from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import strategies as st
from torch.nn.modules import channelshuffle, padding, pixelshuffle, upsampling

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Shape
from archcheck.rules.resampling import KINDS, UPSAMPLING_MODES
from tests.rules_against_torch import (
    Arguments,
    Case,
    a_size,
    an_image,
    holds_against_torch,
    seen,
    spoilt,
    with_defaults,
)

INF = float("inf")


def effect(name: str, x: Shape, **arguments: Any) -> Effect:
    return KINDS[name].rule(x, **with_defaults(name, arguments))


UPSAMPLED = [  # https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html: floor(side * factor)
    # in, arguments, out, flops by the rule's docstring, why this row
    ((1, 1, 2, 2), {"scale_factor": 2}, (1, 1, 4, 4), 0, "the page's first example; nearest copies"),
    ((1, 1, 2, 2), {"scale_factor": 2, "mode": "bilinear"}, (1, 1, 4, 4), 16 * 9, "its second"),
    ((1, 1, 2, 2), {"scale_factor": 2, "mode": "bilinear", "align_corners": True}, (1, 1, 4, 4), 16 * 9,
     "its third"),
    ((1, 1, 5), {"scale_factor": 1.7, "mode": "linear"}, (1, 1, 8), 8 * 3, "floor(8.5)"),
    ((1, 2, 3, 3, 3), {"size": (2, 4, 5), "mode": "trilinear"}, (1, 2, 2, 4, 5), 80 * 21, "up and down"),
    ((1, 1, 4, 4), {"size": 6, "mode": "bicubic"}, (1, 1, 6, 6), 36 * 35, "16 inputs an output"),
    ((1, 3, 8, 9), {"size": (5, 7), "mode": "area"}, (1, 3, 5, 7), 3 * 12 * 15, "as AdaptiveAvgPool2d"),
    ((1, 1, 10), {"scale_factor": 0.29}, (1, 1, 2), 0, "floor(2.9)"),
    ((1, 1, 100), {"scale_factor": 0.29}, (1, 1, 28), 0, "100 * 0.29 is 28.999... in doubles"),
    ((1, 1, 10), {"scale_factor": 0.29, "recompute_scale_factor": True}, (1, 1, 2), 0, "the same size"),
    ((1, 1, 4, 6), {"scale_factor": (2.0, 0.5), "mode": "nearest-exact"}, (1, 1, 8, 3), 0, "each its own"),
]  # fmt: skip


@pytest.mark.parametrize(("x", "arguments", "y", "flops", "why"), UPSAMPLED)
def test_upsampling(x: Shape, arguments: Arguments, y: Shape, flops: int, why: str) -> None:
    assert effect("Upsample", x, **arguments) == Effect((y,), flops=flops), why
    verdict = seen("Upsample", (x,), arguments)
    assert verdict is not None
    assert verdict.outputs == (y,)


MOVED = [  # the examples of each class's page under https://docs.pytorch.org/docs/stable/generated/
    ("UpsamplingNearest2d", (1, 1, 2, 2), {"scale_factor": 2}, (1, 1, 4, 4), "the page"),
    ("PixelShuffle", (1, 9, 4, 4), {"upscale_factor": 3}, (1, 1, 12, 12), "the page prints [1, 1, 12, 12]"),
    ("PixelUnshuffle", (1, 1, 12, 12), {"downscale_factor": 3}, (1, 9, 4, 4), "the page prints [1, 9, 4, 4]"),
    ("PixelShuffle", (4, 2, 3), {"upscale_factor": 2}, (1, 4, 6), "no batch axis"),
    ("PixelUnshuffle", (2, 5, 3, 4, 6), {"downscale_factor": 2}, (2, 5, 12, 2, 3), "two leading axes"),
    ("ChannelShuffle", (1, 4, 2, 2), {"groups": 2}, (1, 4, 2, 2), "the page"),
    ("ZeroPad3d", (16, 3, 10, 20, 30), {"padding": 3}, (16, 3, 16, 26, 36), "the page"),
    ("ZeroPad3d", (16, 3, 10, 20, 30), {"padding": (3, 3, 6, 6, 0, 1)}, (16, 3, 11, 32, 36),
     "the page: the last axis comes first"),
    ("ConstantPad2d", (1, 2, 2), {"padding": (3, 0, 2, 1), "value": 3.5}, (1, 5, 5), "the page"),
    ("ReflectionPad3d", (1, 1, 2, 2, 2), {"padding": 1}, (1, 1, 4, 4, 4), "the page"),
    ("CircularPad2d", (1, 1, 3, 3), {"padding": (1, 1, 2, 0)}, (1, 1, 5, 5), "the page"),
    ("CircularPad1d", (1, 1, 3), {"padding": 3}, (1, 1, 9), "once around on either end"),
    ("ReplicationPad1d", (1, 1, 3), {"padding": (9, 0)}, (1, 1, 12), "an edge goes on for ever"),
    ("ZeroPad2d", (1, 1, 5, 5), {"padding": (-1, 2, 0, -3)}, (1, 1, 2, 6), "negative padding crops"),
    ("ZeroPad1d", (1, 5, 5), {"padding": (1, 1, 2, 2)}, (1, 9, 7), "four numbers pad two sides, as in PyTorch"),
    ("ZeroPad1d", (5,), {"padding": 1}, (7,), "zeros go around any input"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x", "arguments", "y", "why"), MOVED)
def test_moves_without_arithmetic(name: str, x: Shape, arguments: Arguments, y: Shape, why: str) -> None:
    assert effect(name, x, **arguments) == Effect((y,)), why


def test_upsampling_bilinear_counts_as_upsample_does() -> None:
    assert effect("UpsamplingBilinear2d", (1, 3, 2, 2), scale_factor=2) == Effect(
        ((1, 3, 4, 4),), flops=48 * 9
    )


REFUSED = [
    ("Upsample", (1, 2, 5, 5), {"scale_factor": 0.1}, "would give a side of 0"),
    ("Upsample", (1, 2, 5), {"scale_factor": 2, "mode": "bilinear"},
     "needs an input (N, C, H, W) for mode bilinear, given 3 axes [1, 2, 5]"),
    ("Upsample", (2, 5), {"scale_factor": 2},
     "needs an input (N, C, L) or (N, C, H, W) or (N, C, D, H, W) for mode nearest, given 2 axes [2, 5]"),
    ("Upsample", (1, 2, 5, 5), {"size": (7, 7, 7)}, "needs an input of 3 sides, given [5, 5]"),
    ("Upsample", (1, 2, 5, 5), {"scale_factor": (2.0, 2.0, 2.0)}, "needs an input of 3 sides, given [5, 5]"),
    ("PixelShuffle", (1, 6, 2, 2), {"upscale_factor": 2},
     "expects a multiple of 4 channels (upscale_factor), given 6"),
    ("PixelUnshuffle", (1, 6, 4, 5), {"downscale_factor": 2},
     "expects sides that downscale_factor 2 divides, given 5"),
    ("ChannelShuffle", (1, 5, 2, 2), {"groups": 2}, "expects a multiple of 2 channels (groups), given 5"),
    ("ChannelShuffle", (4, 4), {"groups": 2}, "needs an input (N, C, ...), given 2 axes [4, 4]"),
    ("ReflectionPad1d", (1, 1, 4), {"padding": (0, 4)}, "reflects 4, which is not less than the side 4"),
    ("CircularPad1d", (1, 1, 4), {"padding": 5}, "wraps 5 around a side of 4"),
    ("CircularPad1d", (1, 1, 4), {"padding": (-1, 4)}, "wraps 4 around a side of 3"),
    ("CircularPad2d", (1, 1, 4, 4, 4), {"padding": 1},
     "needs an input (N, C, H, W) or (C, H, W), given 5 axes [1, 1, 4, 4, 4]"),
    ("ReplicationPad2d", (4, 4), {"padding": 1},
     "needs an input (N, C, H, W) or (C, H, W), given 2 axes [4, 4]"),
    ("ZeroPad2d", (4,), {"padding": 1}, "pads 2 axes, given 1 axes [4]"),
    ("ZeroPad1d", (1, 1, 4), {"padding": (-2, -3)}, "would give a side of 4 + -2 + -3 = -1"),
    ("ZeroPad1d", (1, 1, 4), {"padding": (3, -5)}, "would give a side of 4 + 3 + -5 = 2"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x", "arguments", "message"), REFUSED)
def test_refused_inputs(name: str, x: Shape, arguments: Arguments, message: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(name, x, **arguments)
    assert str(caught.value) == message
    assert seen(name, (x,), arguments) is None


BAD = [
    ("Upsample", {}, "size: needs either size or scale_factor"),
    ("Upsample", {"size": 7, "scale_factor": 2}, "size: needs either size or scale_factor"),
    ("Upsample", {"size": -1}, "size: -1 is less than 1"),
    ("Upsample", {"scale_factor": -1}, "scale_factor: -1 is not between 0 and inf"),
    ("Upsample", {"scale_factor": INF}, "scale_factor: inf is not between 0 and inf"),
    ("Upsample", {"size": 7, "align_corners": False}, "align_corners: mode nearest has no corners to align"),
    ("Upsample", {"size": 7, "recompute_scale_factor": True},
     "recompute_scale_factor: has no meaning with a size"),
    ("Upsample", {"size": 7, "mode": "cubic"},
     "mode: 'cubic' is not 'nearest' or 'nearest-exact' or 'area' or 'linear' or 'bilinear' or 'trilinear'"
     " or 'bicubic'"),
    ("PixelShuffle", {"upscale_factor": 0}, "upscale_factor: 0 is less than 1"),
    ("PixelUnshuffle", {"downscale_factor": -2}, "downscale_factor: -2 is less than 1"),
    ("ChannelShuffle", {"groups": 0}, "groups: 0 is less than 1"),
    ("ZeroPad2d", {"padding": (1, 1, 1)}, "padding: [1, 1, 1] has 3 numbers, needs 2 a side"),
    ("ReflectionPad2d", {"padding": ()}, "padding: [] has 0 numbers, needs 2 a side"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "message"), BAD)
def test_bad_arguments(name: str, arguments: Arguments, message: str) -> None:
    x = (1, 4, 6, 6)
    with pytest.raises(BadArgument) as caught:
        effect(name, x, **arguments)
    assert str(caught.value) == message
    assert seen(name, (x,), arguments) is None


@st.composite
def a_resampling(draw: st.DrawFn, name: str) -> Case:
    x = draw(st.sampled_from((1, 2, 2, 3)).flatmap(an_image))
    sides, arguments = len(x) - 2, {}
    number = st.floats(0.3, 2.5)
    if draw(st.booleans()):
        arguments["size"] = draw(a_size(max(sides, 1), 1, 9, single=False))
    else:
        arguments["scale_factor"] = draw(st.one_of(number, st.tuples(*[number] * max(sides, 1))))
    bad: dict[str, tuple[Any, ...]] = {
        "size": (0, -1, (4,), (4, 4, 4), 4, None),
        "scale_factor": (-1.0, 0.05, (2.0,), (2.0, 2.0, 2.0), INF, 2.0, None),
    }
    if name == "Upsample":
        fitting = [mode for mode, (_, ranks) in UPSAMPLING_MODES.items() if len(x) in ranks]
        arguments["mode"] = mode = draw(st.sampled_from(fitting or ["nearest"]))
        if UPSAMPLING_MODES[mode][0] > 1:
            arguments["align_corners"] = draw(st.sampled_from((None, False, True)))
        if "size" not in arguments:
            arguments["recompute_scale_factor"] = draw(st.sampled_from((None, False, True)))
        bad |= {
            "mode": ("lanczos", "cubic", *UPSAMPLING_MODES),
            "align_corners": (False, True),
            "recompute_scale_factor": (True,),
        }
    return (x,), spoilt(draw, arguments, bad)


@pytest.mark.parametrize("name", ["Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"])
def test_resampling_as_torch_does(name: str) -> None:
    holds_against_torch(name, KINDS, a_resampling(name), examples=100)


SHUFFLES = {
    "PixelShuffle": "upscale_factor",
    "PixelUnshuffle": "downscale_factor",
    "ChannelShuffle": "groups",
}


@st.composite
def a_shuffle(draw: st.DrawFn, name: str) -> Case:
    factor = draw(st.integers(1, 3))
    side = factor * draw(st.integers(1, 3))
    lead = draw(st.sampled_from(((), (2,), (2,), (2, 3))))
    channels = draw(st.sampled_from((factor**2, 2 * factor**2, 3)))
    x = (*lead, channels, side, draw(st.sampled_from((side, side, 2 * side, side + 1))))
    if draw(st.integers(0, 4)) == 0:
        x = x[-2:]
    return (x,), spoilt(draw, {SHUFFLES[name]: factor}, {SHUFFLES[name]: (0, -1, -2, 5)})


@pytest.mark.parametrize("name", SHUFFLES)
def test_shuffles_as_torch_does(name: str) -> None:
    holds_against_torch(name, KINDS, a_shuffle(name), examples=80)


@st.composite
def a_padding(draw: st.DrawFn, name: str) -> Case:
    sides = int(name[-2])
    # where a circle wraps more than cropping leaves, PyTorch refuses or copies memory onto itself: not compared
    low = {"Circular": 7, "Reflecti": 5}.get(name[:8], 1)
    x = draw(an_image(sides, low=low, high=8))
    end = st.integers(-2, 5)
    ends = st.tuples(*[end] * 2 * sides)
    arguments: Arguments = {"padding": draw(st.one_of(end, ends))}
    if name.startswith("Constant"):
        arguments["value"] = 1.5
    others = tuple((1,) * length for length in range(9))
    if draw(st.integers(0, 9)) == 0:
        x = draw(st.sampled_from(((2, *x), x[1:], x[-1:], (5,) * 6)))
    return (x,), spoilt(draw, arguments, {"padding": (8, 9, *others)})


@pytest.mark.parametrize("name", [name for name in KINDS if "Pad" in name])
def test_padding_as_torch_does(name: str) -> None:
    holds_against_torch(name, KINDS, a_padding(name), examples=80)


def test_every_resampling_of_torch_has_a_rule() -> None:
    modules = (channelshuffle, padding, pixelshuffle, upsampling)
    classes = {name for m in modules for name in m.__all__ if inspect.isclass(getattr(m, name))}
    assert classes == set(KINDS)
