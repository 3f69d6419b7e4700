from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from hypothesis import strategies as st
from torch.nn.modules import pooling

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Shape
from archcheck.rules.pooling import KINDS
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


def effect(name: str, *inputs: Shape, **arguments: Any) -> Effect:
    return KINDS[name].rule(*inputs, **with_defaults(name, arguments))


X5 = (20, 16, 50, 44, 31)
DOCUMENTED = [  # the examples of each class's page under https://docs.pytorch.org/docs/stable/generated/
    # class, in, arguments, out (by the page's formula), flops by the rule's docstring, why this row
    ("MaxPool1d", (20, 16, 50), {"kernel_size": 3, "stride": 2}, (20, 16, 24), 20 * 16 * 24 * 2,
     "(50 - 3) // 2 + 1; 2 comparisons each"),
    ("MaxPool2d", (20, 16, 50, 32), {"kernel_size": (3, 2), "stride": (2, 1)}, (20, 16, 24, 31),
     20 * 16 * 24 * 31 * 5, "5 comparisons each"),
    ("MaxPool3d", X5, {"kernel_size": (3, 2, 2), "stride": (2, 1, 2)}, (20, 16, 24, 43, 15),
     20 * 16 * 24 * 43 * 15 * 11, "11 comparisons each"),
    ("AvgPool1d", (1, 1, 7), {"kernel_size": 3, "stride": 2}, (1, 1, 3), 9, "the page: [2., 4., 6.]"),
    ("AvgPool2d", (20, 16, 50, 32), {"kernel_size": 3, "stride": 2}, (20, 16, 24, 15),
     20 * 16 * 24 * 15 * 9, "8 additions and a division"),
    ("AvgPool3d", X5, {"kernel_size": (3, 2, 2), "stride": (2, 1, 2)}, (20, 16, 24, 43, 15),
     20 * 16 * 24 * 43 * 15 * 12, "11 additions and a division"),
    ("LPPool1d", (20, 16, 50), {"norm_type": 2, "kernel_size": 3, "stride": 2}, (20, 16, 24),
     20 * 16 * (50 + 24 * 3), "50 squares; 2 additions and a root each"),
    ("LPPool2d", (20, 16, 50, 32), {"norm_type": 1.2, "kernel_size": (3, 2), "stride": (2, 1)},
     (20, 16, 24, 31), 20 * 16 * (1600 + 744 * 6), "any power"),
    ("LPPool3d", (1, 1, 4, 4, 4), {"norm_type": INF, "kernel_size": 2}, (1, 1, 2, 2, 2), 8 * 7,
     "infinite: 7 comparisons of absolute values each"),
    ("AdaptiveAvgPool1d", (1, 64, 8), {"output_size": 5}, (1, 64, 5), 64 * 12, "8 + 5 - gcd 1"),
    ("AdaptiveAvgPool2d", (1, 64, 8, 9), {"output_size": (5, 7)}, (1, 64, 5, 7), 64 * 12 * 15,
     "8 + 5 - 1 and 9 + 7 - 1 reads"),
    ("AdaptiveAvgPool2d", (1, 64, 10, 9), {"output_size": (None, 7)}, (1, 64, 10, 7), 64 * 10 * 15,
     "None keeps the side"),
    ("AdaptiveAvgPool2d", (1, 512, 7, 7), {"output_size": 1}, (1, 512, 1, 1), 512 * 49, "global average"),
    ("AdaptiveAvgPool3d", (1, 64, 10, 9, 8), {"output_size": (7, None, None)}, (1, 64, 7, 9, 8),
     64 * 16 * 9 * 8, "10 + 7 - 1 reads"),
    ("AdaptiveMaxPool2d", (1, 64, 10, 9), {"output_size": 7}, (1, 64, 7, 7), 64 * (16 * 15 - 49),
     "the first of each window needs no comparison"),
    ("AdaptiveMaxPool3d", (1, 64, 8, 9, 10), {"output_size": (5, 7, 9)}, (1, 64, 5, 7, 9),
     64 * (12 * 15 * 18 - 315), "8 + 5 - 1, 9 + 7 - 1, 10 + 9 - 1"),
    ("FractionalMaxPool2d", (20, 16, 50, 32), {"kernel_size": 3, "output_size": (13, 12)},
     (20, 16, 13, 12), 20 * 16 * 156 * 8, "8 comparisons each"),
    ("FractionalMaxPool2d", (20, 16, 50, 32), {"kernel_size": 3, "output_ratio": (0.5, 0.5)},
     (20, 16, 25, 16), 20 * 16 * 400 * 8, "half of each side"),
    ("FractionalMaxPool3d", (20, 16, 50, 32, 16), {"kernel_size": 3, "output_size": (13, 12, 11)},
     (20, 16, 13, 12, 11), 20 * 16 * 1716 * 26, "26 comparisons each"),
    # edge rows
    ("AdaptiveAvgPool2d", (2, 3, 4, 5, 6), {"output_size": 1}, (2, 3, 4, 1, 1), 720,
     "a mean over the last two sides of any input"),
    ("AdaptiveAvgPool2d", (5, 6), {"output_size": 1}, (1, 1), 30, "and of nothing but those two"),
    ("FractionalMaxPool2d", (1, 1, 6, 6), {"kernel_size": 3, "output_size": 4}, (1, 1, 4, 4), 128,
     "4 windows of 3 need 6"),
    ("MaxPool2d", (1, 1, 55, 55), {"kernel_size": 3, "stride": 2}, (1, 1, 27, 27), 729 * 8, "AlexNet's"),
    ("MaxPool2d", (1, 1, 6, 6), {"kernel_size": 3, "stride": 2, "ceil_mode": True}, (1, 1, 3, 3), 72,
     "ceil(3 / 2) + 1"),
    ("MaxPool2d", (1, 1, 2, 2), {"kernel_size": 1, "stride": 2, "ceil_mode": True}, (1, 1, 1, 1), 0,
     "a second window would start at 2, outside"),
    ("MaxPool2d", (1, 1, 6, 6), {"kernel_size": 7, "ceil_mode": True}, (1, 1, 1, 1), 48,
     "rounding up, one window of which a part lies outside"),
    ("MaxPool2d", (1, 1, 7, 7), {"kernel_size": 3, "stride": 1, "dilation": 3}, (1, 1, 1, 1), 8,
     "3 * 2 + 1 covers 7"),
    ("MaxPool2d", (3, 8, 8), {"kernel_size": 2}, (3, 4, 4), 144, "no batch axis; stride is the kernel"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x", "arguments", "y", "flops", "why"), DOCUMENTED)
def test_documented_examples(
    name: str, x: Shape, arguments: Arguments, y: Shape, flops: int, why: str
) -> None:
    assert effect(name, x, **arguments) == Effect((y,), flops=flops), why


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("MaxPool2d", {"kernel_size": 3}),
        ("AdaptiveMaxPool2d", {"output_size": 2}),
        ("FractionalMaxPool2d", {"kernel_size": 2, "output_size": 2}),
    ],
)
def test_indices_are_a_second_output(name: str, arguments: Arguments) -> None:
    got = effect(name, (1, 2, 6, 6), **arguments, return_indices=True)
    assert got.outputs == ((1, 2, 2, 2), (1, 2, 2, 2))
    assert got.output == (1, 2, 2, 2)


UNPOOLED = [  # https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool1d.html, 2d and 3d
    ("MaxUnpool1d", (1, 1, 4), {"kernel_size": 2, "stride": 2}, (1, 1, 8), "the page's first example"),
    ("MaxUnpool2d", (1, 1, 2, 2), {"kernel_size": 2, "stride": 2}, (1, 1, 4, 4), "the page's first example"),
    ("MaxUnpool3d", (20, 16, 25, 16, 7), {"kernel_size": 3, "stride": 2}, (20, 16, 51, 33, 15), "the page"),
    ("MaxUnpool2d", (1, 1, 3, 3), {"kernel_size": 3, "padding": 1}, (1, 1, 7, 7), "stride is the kernel"),
]


@pytest.mark.parametrize(("name", "x", "arguments", "y", "why"), UNPOOLED)
def test_unpooling_takes_the_indices_too(
    name: str, x: Shape, arguments: Arguments, y: Shape, why: str
) -> None:
    assert KINDS[name].inputs == (2,)
    assert effect(name, x, x, **arguments) == Effect((y,)), why


X = (1, 2, 6, 6)
REFUSED = [
    ("MaxPool2d", (X,), {"kernel_size": 7}, "kernel 7 is more than the padded side 6 (6 + 2*0)"),
    ("AvgPool2d", (X,), {"kernel_size": 9, "padding": 1},
     "kernel 9 is more than the padded side 8 (6 + 2*1)"),
    ("MaxPool2d", ((6, 6),), {"kernel_size": 2},
     "needs an input (N, C, H, W) or (C, H, W), given 2 axes [6, 6]"),
    ("AdaptiveAvgPool2d", ((5, 6),), {"output_size": (1, 1)},
     "needs an input (N, C, H, W) or (C, H, W), given 2 axes [5, 6]"),
    ("AvgPool3d", ((1, 1, 2, 2, 2),), {"kernel_size": 3, "padding": 1},
     "kernel 3 is more than the side 2 without its padding"),
    ("FractionalMaxPool2d", (X,), {"kernel_size": 3, "output_size": 5},
     "5 windows of 3 need a side of 7, given 6"),
    ("FractionalMaxPool3d", ((1, 1, 6, 6, 6),), {"kernel_size": 3, "output_size": 4},
     "4 windows of 3 need a side of 7, given 6"),
    ("FractionalMaxPool2d", (X,), {"kernel_size": 2, "output_ratio": 0.1}, "would give a side of 0"),
    ("MaxUnpool2d", (X, (1, 2, 6, 5)), {"kernel_size": 2},
     "expects indices of the input's shape [1, 2, 6, 6], given [1, 2, 6, 5]"),
    ("MaxUnpool2d", ((1, 2, 1, 1),) * 2, {"kernel_size": 2, "padding": 1}, "would give a side of 0"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "inputs", "arguments", "message"), REFUSED)
def test_refused_inputs(name: str, inputs: tuple[Shape, ...], arguments: Arguments, message: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(name, *inputs, **arguments)
    assert str(caught.value) == message
    assert seen(name, inputs, arguments, (torch.float32, torch.int64)) is None


BAD = [
    ("MaxPool2d", {"kernel_size": 0}, "kernel_size: 0 is less than 1"),
    ("MaxPool2d", {"kernel_size": 2, "stride": 0}, "stride: 0 is less than 1"),
    ("MaxPool2d", {"kernel_size": 2, "dilation": 0}, "dilation: 0 is less than 1"),
    ("MaxPool2d", {"kernel_size": 3, "padding": -1}, "padding: -1 is less than 0"),
    ("MaxPool2d", {"kernel_size": 3, "padding": 2}, "padding: 2 is more than half of kernel_size 3"),
    ("MaxPool2d", {"kernel_size": 3, "padding": 2, "dilation": 2},
     "padding: 2 is more than half of kernel_size 3"),
    ("AvgPool2d", {"kernel_size": 2, "divisor_override": 0}, "divisor_override: 0 cannot divide"),
    ("LPPool2d", {"kernel_size": 2, "norm_type": 0}, "norm_type: 0 has no root"),
    ("LPPool1d", {"kernel_size": (2,), "norm_type": 2}, "kernel_size: [2] is not a number"),
    ("LPPool2d", {"kernel_size": (2,), "norm_type": INF}, "kernel_size: [2] has 1 numbers, needs 1 or 2"),
    ("AdaptiveAvgPool2d", {"output_size": -1}, "output_size: -1 is less than 1"),
    ("AdaptiveAvgPool2d", {"output_size": (3,)}, "output_size: [3] has 1 numbers, needs 1 or 2"),
    ("AdaptiveAvgPool1d", {"output_size": None}, "output_size: [] has 0 numbers, needs 1 or 1"),
    ("AdaptiveAvgPool1d", {"output_size": (None,)}, "output_size: must be a number"),
    ("FractionalMaxPool2d", {"kernel_size": 2}, "output_size: needs either output_size or output_ratio"),
    ("FractionalMaxPool2d", {"kernel_size": 2, "output_size": 2, "output_ratio": 0.5},
     "output_size: needs either output_size or output_ratio"),
    ("FractionalMaxPool2d", {"kernel_size": 2, "output_ratio": 1.0},
     "output_ratio: 1.0 is not between 0 and 1"),
    ("FractionalMaxPool2d", {"kernel_size": 2, "output_ratio": (0.5,)},
     "output_ratio: [0.5] has 1 numbers, needs 1 or 2"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "message"), BAD)
def test_bad_arguments(name: str, arguments: Arguments, message: str) -> None:
    x = X[: int(name[-2]) + 2]
    with pytest.raises(BadArgument) as caught:
        effect(name, x, **arguments)
    assert str(caught.value) == message
    assert seen(name, (x,), arguments) is None


@pytest.mark.parametrize("n", range(1, 13))
@pytest.mark.parametrize("m", range(1, 13))
def test_adaptive_windows_read_what_torch_averages(n: int, m: int) -> None:
    # a window's average of ones weighs each of its inputs 1/length: count the non-zero weights
    weights = torch.nn.AdaptiveAvgPool1d(m)(torch.eye(n)[None])
    assert effect("AdaptiveAvgPool1d", (1, 1, n), output_size=m).flops == weights.count_nonzero()


@st.composite
def a_pool(draw: st.DrawFn, name: str) -> Case:
    sides = int(name[-2])
    lp = name.startswith("LP")
    x = draw(an_image(sides))
    arguments: Arguments = {
        "kernel_size": draw(a_size(sides, 1, 4, single=not lp)),
        "stride": draw(st.one_of(st.none(), st.just(()), a_size(sides, 1, 3))),
        "ceil_mode": draw(st.booleans()),
    }
    bad: dict[str, tuple[Any, ...]] = {
        "kernel_size": (0, -1, 9, (2,), (3,) * sides, (2,) * (sides + 1)),
        "stride": (0, -1, (2,) * (sides + 1)),
    }
    if lp:
        arguments["norm_type"] = draw(st.sampled_from((1, 2, 2.5, -1, INF, -INF)))
        bad["norm_type"] = (0, 0.0)
    else:
        arguments["padding"] = draw(a_size(sides, 0, 1))
        bad["padding"] = (-1, 2, 3, (1,) * (sides + 1))
    if name.startswith("Max"):
        arguments["dilation"] = draw(a_size(sides, 1, 2))
        arguments["return_indices"] = draw(st.booleans())
        bad["dilation"] = (0, -1, 5, (1,) * (sides + 1))
    elif name in ("AvgPool2d", "AvgPool3d"):
        arguments["divisor_override"] = draw(st.sampled_from((None, 2, -1)))
        bad["divisor_override"] = (0,)
    if draw(st.integers(0, 9)) == 0:
        x = (2, *x) if draw(st.booleans()) else x[1:]
    return (x,), spoilt(draw, arguments, bad)


@pytest.mark.parametrize("sides", [1, 2, 3])
@pytest.mark.parametrize("family", ["MaxPool", "AvgPool", "LPPool"])
def test_pooling_as_torch_does(family: str, sides: int) -> None:
    holds_against_torch(f"{family}{sides}d", KINDS, a_pool(f"{family}{sides}d"), examples=100)


@st.composite
def an_adaptive_pool(draw: st.DrawFn, name: str) -> Case:
    sides = int(name[-2])
    number = st.one_of(st.integers(1, 9), st.none()) if sides > 1 else st.integers(1, 9)
    arguments: Arguments = {"output_size": draw(st.one_of(st.integers(1, 9), st.tuples(*[number] * sides)))}
    if name.startswith("AdaptiveMax"):
        arguments["return_indices"] = draw(st.booleans())
    bad = {"output_size": (0, -1, None, (None,), (3,), (3, -1), (3, 3), (3, 3, 3), (3, 3, 3, 3))}
    x = draw(an_image(sides))
    if draw(st.integers(0, 9)) == 0:
        x = (2, *x) if draw(st.booleans()) else x[1:]
    return (x,), spoilt(draw, arguments, bad)


@pytest.mark.parametrize("name", [name for name in KINDS if name.startswith("Adaptive")])
def test_adaptive_pooling_as_torch_does(name: str) -> None:
    holds_against_torch(name, KINDS, an_adaptive_pool(name), examples=80)


@st.composite
def a_fractional_pool(draw: st.DrawFn, name: str) -> Case:
    sides = int(name[-2])
    ratio = st.floats(0.2, 0.8)
    arguments: Arguments = {
        "kernel_size": draw(a_size(sides, 1, 3, single=False)),
        "return_indices": draw(st.booleans()),
    }
    if draw(st.booleans()):
        arguments["output_size"] = draw(a_size(sides, 1, 5, single=False))
    else:
        arguments["output_ratio"] = draw(st.one_of(ratio, st.tuples(*[ratio] * sides)))
    # FractionalMaxPool2d takes kernels of 0 and less, which no window has: not compared
    bad: dict[str, tuple[Any, ...]] = {
        "kernel_size": (8, (2,), (2,) * (sides + 1)),
        "output_size": (-1, 0, 9, (2,), (2,) * (sides + 1), None),
        "output_ratio": (0.0, 1.0, -0.5, (0.5,), None),
    }
    x = draw(an_image(sides, low=4))
    if draw(st.integers(0, 9)) == 0:
        x = (2, *x) if draw(st.booleans()) else x[1:]
    return (x,), spoilt(draw, arguments, bad)


@pytest.mark.parametrize("sides", [2, 3])
def test_fractional_pooling_as_torch_does(sides: int) -> None:
    name = f"FractionalMaxPool{sides}d"
    holds_against_torch(name, KINDS, a_fractional_pool(name), examples=100)


@st.composite
def an_unpool(draw: st.DrawFn, name: str) -> Case:
    sides = int(name[-2])
    x = draw(an_image(sides, high=4))
    arguments: Arguments = {
        "kernel_size": draw(a_size(sides, 1, 3, single=False)),
        "stride": draw(st.one_of(st.none(), a_size(sides, 1, 3, single=False))),
        "padding": draw(a_size(sides, -1, 1, single=False)),
    }
    # without a window to invert, MaxUnpool1d and 2d take any kernel and stride: not compared
    bad = {"kernel_size": ((2,) * (sides + 1),), "padding": (5, 9)}
    indices = (*x[:-1], x[-1] + 1) if draw(st.integers(0, 5)) == 0 else x
    if draw(st.integers(0, 5)) == 0:
        x = (2, *x) if draw(st.booleans()) else x[1:]
        indices = x
    return (x, indices), spoilt(draw, arguments, bad)


@pytest.mark.parametrize("sides", [1, 2, 3])
def test_unpooling_as_torch_does(sides: int) -> None:
    name = f"MaxUnpool{sides}d"
    holds_against_torch(name, KINDS, an_unpool(name), examples=80, dtypes=(torch.float32, torch.int64))


def test_every_pooling_of_torch_has_a_rule() -> None:
    classes = {name for name in pooling.__all__ if inspect.isclass(getattr(pooling, name))}
    assert classes == set(KINDS)
