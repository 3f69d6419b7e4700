from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from hypothesis import strategies as st
from torch.nn.modules import conv
from torch.utils.flop_counter import FlopCounterMode

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Shape
from archcheck.rules.convolution import KINDS
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

CONVOLUTIONS = [name for name in KINDS if name.startswith("Conv")]


def effect(name: str, x: Shape, **arguments: Any) -> Effect:
    return KINDS[name].rule(x, **with_defaults(name, arguments))


CONV2D = [  # worked by hand from https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
    # in (C, H, W)   out  k  s  p   shape            params   macs           why this row
    ((3, 227, 227), 96, 11, 4, 0, (96, 55, 55), 34_944, 105_415_200, "AlexNet as it must have been"),
    ((3, 224, 224), 96, 11, 4, 0, (96, 54, 54), 34_944, 101_616_768, "AlexNet as the paper says: floors"),
    ((3, 224, 224), 48, 11, 4, 2, (48, 55, 55), 17_472, 52_707_600, "half of AlexNet, padded"),
    ((3, 224, 224), 64, 7, 2, 3, (64, 112, 112), 9_472, 118_013_952, "ResNet's first layer, with a bias"),
    ((1, 32, 32), 6, 5, 1, 0, (6, 28, 28), 156, 117_600, "LeNet-5's C1: the paper counts 156 parameters"),
    ((2, 3, 3), 4, 3, 1, 0, (4, 1, 1), 76, 72, "window equals image"),
    ((2, 1, 1), 4, 3, 1, 1, (4, 1, 1), 76, 72, "padding makes room"),
    ((2, 5, 4), 4, (3, 2), (2, 1), (1, 0), (4, 3, 3), 52, 432, "every side its own"),
]


@pytest.mark.parametrize(("x", "out", "k", "s", "p", "y", "params", "macs", "why"), CONV2D)
@pytest.mark.parametrize("batch", [1, 3])
def test_conv2d_table(
    batch: int, x: Shape, out: int, k: Any, s: Any, p: Any, y: Shape, params: int, macs: int, why: str
) -> None:
    got = effect(
        "Conv2d", (batch, *x), in_channels=x[0], out_channels=out, kernel_size=k, stride=s, padding=p
    )
    bias = batch * y[0] * y[1] * y[2]
    assert got == Effect(((batch, *y),), params, batch * macs, 2 * batch * macs + bias), why


C16 = {"in_channels": 16, "out_channels": 33}
DOCUMENTED = [  # the examples of each class's page under https://docs.pytorch.org/docs/stable/generated/
    # class, in, arguments, out (by the page's formula), params = weights + bias, macs, why this row
    ("Conv1d", (20, 16, 50), C16 | {"kernel_size": 3, "stride": 2}, (20, 33, 24),
     33 * 16 * 3 + 33, 20 * 24 * 33 * 16 * 3, "(50 - 3) // 2 + 1"),
    ("Conv2d", (20, 16, 50, 100), C16 | {"kernel_size": (3, 5), "stride": (2, 1), "padding": (4, 2)},
     (20, 33, 28, 100), 33 * 16 * 15 + 33, 20 * 2800 * 33 * 16 * 15, "(50 + 8 - 3) // 2 + 1 and 100 + 4 - 4"),
    ("Conv2d", (20, 16, 50, 100),
     C16 | {"kernel_size": (3, 5), "stride": (2, 1), "padding": (4, 2), "dilation": (3, 1)},
     (20, 33, 26, 100), 33 * 16 * 15 + 33, 20 * 2600 * 33 * 16 * 15, "dilation 3: (50 + 8 - 7) // 2 + 1"),
    ("Conv3d", (20, 16, 10, 50, 100),
     C16 | {"kernel_size": (3, 5, 2), "stride": (2, 1, 1), "padding": (4, 2, 0)}, (20, 33, 8, 50, 99),
     33 * 16 * 30 + 33, 20 * 8 * 50 * 99 * 33 * 16 * 30, "(10 + 8 - 3) // 2 + 1, 50 + 4 - 4, 100 - 1"),
    ("Conv2d", (1, 16, 12, 12), {"in_channels": 16, "out_channels": 16, "kernel_size": 3, "stride": 2,
     "padding": 1}, (1, 16, 6, 6), 16 * 16 * 9 + 16, 36 * 16 * 16 * 9, "the page prints [1, 16, 6, 6]"),
    ("ConvTranspose2d", (1, 16, 6, 6), {"in_channels": 16, "out_channels": 16, "kernel_size": 3, "stride": 2,
     "padding": 1, "output_padding": 1}, (1, 16, 12, 12), 16 * 16 * 9 + 16, 36 * 16 * 16 * 9,
     "and back: the page prints [1, 16, 12, 12]"),
    ("ConvTranspose1d", (2, 4, 5), {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "dilation": 2,
     "groups": 2}, (2, 6, 9), 4 * 3 * 3 + 6, 2 * 5 * 4 * 3 * 3, "4*1 + 2*2 + 1; groups halve the weights"),
    ("ConvTranspose3d", (20, 16, 10, 50, 100),
     C16 | {"kernel_size": (3, 5, 2), "stride": (2, 1, 1), "padding": (0, 4, 2)}, (20, 33, 21, 46, 97),
     16 * 33 * 30 + 33, 20 * 50_000 * 16 * 33 * 30, "9*2 + 3, 49 - 8 + 5, 99 - 4 + 2"),
    ("Conv2d", (1, 6, 8, 8), {"in_channels": 6, "out_channels": 12, "kernel_size": 3, "groups": 6},
     (1, 12, 6, 6), 12 * 9 + 12, 36 * 12 * 9, "depthwise: each output channel sees one input channel"),
    ("Conv2d", (1, 2, 7, 7), {"in_channels": 2, "out_channels": 3, "kernel_size": 4, "padding": "same"},
     (1, 3, 7, 7), 3 * 2 * 16 + 3, 49 * 3 * 2 * 16, "'same' with an even kernel pads 1 and 2"),
    ("Conv2d", (1, 2, 7, 7), {"in_channels": 2, "out_channels": 3, "kernel_size": 4, "padding": "valid"},
     (1, 3, 4, 4), 3 * 2 * 16 + 3, 16 * 3 * 2 * 16, "'valid' pads nothing"),
    ("Conv1d", (1, 1, 5), {"in_channels": 1, "out_channels": 1, "kernel_size": 3, "padding": 4,
     "padding_mode": "reflect"}, (1, 1, 11), 4, 33, "a reflection reaches to side - 1"),
    ("Conv1d", (1, 1, 5), {"in_channels": 1, "out_channels": 1, "kernel_size": 3, "padding": 5,
     "padding_mode": "circular"}, (1, 1, 13), 4, 39, "a circle goes round once"),
    ("Conv2d", (2, 5, 5), {"in_channels": 2, "out_channels": 4, "kernel_size": 3}, (4, 3, 3),
     76, 9 * 4 * 18, "without a batch axis"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x", "arguments", "y", "params", "macs", "why"), DOCUMENTED)
def test_documented_examples(
    name: str, x: Shape, arguments: Arguments, y: Shape, params: int, macs: int, why: str
) -> None:
    bias = torch.Size(y).numel()
    assert effect(name, x, **arguments) == Effect((y,), params, macs, 2 * macs + bias), why
    without = effect(name, x, **arguments, bias=False)
    assert without == Effect((y,), params - arguments["out_channels"], macs, 2 * macs), why


LAID_OUT = [  # https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html and torch.nn.Fold.html
    ("Unfold", (2, 5, 3, 4), {"kernel_size": (2, 3)}, (2, 30, 4), 0, "the page: 30 values, 4 blocks"),
    ("Fold", (1, 12, 12), {"output_size": (4, 5), "kernel_size": 2}, (1, 3, 4, 5), 144, "the page"),
    ("Unfold", (3, 10, 12), {"kernel_size": (4, 5), "stride": 2}, (60, 16), 0, "4 * 4 blocks, no batch"),
    ("Fold", (18, 9), {"output_size": 5, "kernel_size": 3}, (2, 5, 5), 162, "no batch"),
    ("Unfold", (1, 1, 5, 5), {"kernel_size": 3, "dilation": 2, "padding": 1}, (1, 9, 9), 0, "5 + 2 - 5 + 1"),
]


@pytest.mark.parametrize(("name", "x", "arguments", "y", "flops", "why"), LAID_OUT)
def test_laid_out_windows(name: str, x: Shape, arguments: Arguments, y: Shape, flops: int, why: str) -> None:
    assert effect(name, x, **arguments) == Effect((y,), flops=flops), why


CONV = {"in_channels": 3, "out_channels": 4, "kernel_size": 3}
REFUSED = [
    ("Conv2d", (1, 1, 8, 8), CONV, "expects 3 channels (in_channels), given 1"),
    ("Conv2d", (1, 3, 8), CONV, "expects 3 channels (in_channels), given 1"),
    ("Conv2d", (3, 8), CONV, "needs an input (N, C, H, W) or (C, H, W), given 2 axes [3, 8]"),
    ("Conv2d", (1, 3, 2, 8), CONV, "kernel 3 is more than the padded side 2 (2 + 2*0)"),
    ("Conv2d", (1, 3, 8, 2), CONV | {"padding": 1, "dilation": 2},
     "kernel 3 with dilation 2 covers 5, more than the padded side 4 (2 + 2*1)"),
    ("Conv2d", (1, 3, 8, 8), CONV | {"padding": 8, "padding_mode": "reflect"},
     "reflects 8, which is not less than the side 8"),
    ("Conv2d", (1, 3, 8, 8), CONV | {"padding": 9, "padding_mode": "circular"}, "wraps 9 around a side of 8"),
    ("ConvTranspose2d", (1, 3, 2, 2), CONV | {"padding": 2}, "would give a side of 0"),
    ("Fold", (1, 12, 11), {"output_size": (4, 5), "kernel_size": 2},
     "expects 12 windows (output_size), given 11"),
    ("Fold", (1, 10, 12), {"output_size": (4, 5), "kernel_size": 2},
     "expects a multiple of 4 channels (kernel_size), given 10"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x", "arguments", "message"), REFUSED)
def test_refused_inputs(name: str, x: Shape, arguments: Arguments, message: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(name, x, **arguments)
    assert str(caught.value) == message
    assert seen(name, (x,), arguments) is None


BAD = [
    ("Conv2d", {"kernel_size": 0}, "kernel_size: 0 is less than 1"),
    ("Conv2d", {"kernel_size": (3,)}, "kernel_size: [3] has 1 numbers, needs 1 or 2"),
    ("Conv2d", {"stride": 0}, "stride: 0 is less than 1"),
    ("Conv2d", {"dilation": (1, 0)}, "dilation: 0 is less than 1"),
    ("Conv2d", {"padding": -1}, "padding: -1 is less than 0"),
    ("Conv2d", {"padding": "half"}, "padding: 'half' is not 'same' or 'valid'"),
    ("Conv2d", {"padding": "same", "stride": 2}, "padding: 'same' needs stride 1, given [2, 2]"),
    ("Conv2d", {"padding_mode": "zero"},
     "padding_mode: 'zero' is not 'zeros' or 'reflect' or 'replicate' or 'circular'"),
    ("Conv2d", {"groups": 2}, "groups: 2 does not divide in_channels 3"),
    ("Conv2d", {"groups": 3}, "groups: 3 does not divide out_channels 4"),
    ("Conv2d", {"out_channels": 0}, "out_channels: 0 is less than 1"),
    ("ConvTranspose2d", {"padding_mode": "reflect"}, "padding_mode: 'reflect' is not 'zeros'"),
    ("ConvTranspose2d", {"padding": "same"}, "padding: 'same' is not a number"),
    ("ConvTranspose2d", {"output_padding": 2, "stride": 2},
     "output_padding: 2 is not less than stride 2 or dilation 1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "message"), BAD)
def test_bad_arguments(name: str, arguments: Arguments, message: str) -> None:
    with pytest.raises(BadArgument) as caught:
        effect(name, (1, 3, 8, 8), **(CONV | arguments))
    assert str(caught.value) == message
    if arguments != {"out_channels": 0}:  # PyTorch builds a layer without outputs; archcheck does not
        assert seen(name, ((1, 3, 8, 8),), CONV | arguments) is None


def test_fold_of_an_image_without_room() -> None:
    with pytest.raises(BadArgument, match=r"output_size: \[2, 5\] has no room for one window"):
        effect("Fold", (1, 9, 1), output_size=(2, 5), kernel_size=3)


@st.composite
def a_convolution(draw: st.DrawFn, sides: int, *, backwards: bool) -> Case:
    groups = draw(st.sampled_from((1, 1, 2, 3)))
    x = draw(an_image(sides, channels=groups * draw(st.integers(1, 2))))
    arguments: Arguments = {
        "in_channels": x[-sides - 1],
        "out_channels": groups * draw(st.integers(1, 2)),
        "kernel_size": draw(a_size(sides, 1, 4, single=False)),
        "stride": draw(a_size(sides, 1, 3)),
        "padding": draw(a_size(sides, 0, 2)),
        "dilation": draw(a_size(sides, 1, 2)),
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    bad: dict[str, tuple[Any, ...]] = {
        "in_channels": (arguments["in_channels"] + groups,),
        "kernel_size": (0, -1, 9, (2,), (2,) * (sides + 1)),
        "stride": (0, -1, (2,) * (sides + 1)),
        "padding": (-1, 9, (1,) * (sides + 1), "full"),
        "dilation": (5, (1,) * (sides + 1)),  # kernel 1 takes any dilation in some of PyTorch's kernels
        "groups": (0, -1, 5),
        "padding_mode": ("zero", "reflect"),
    }
    if backwards:
        arguments["output_padding"] = draw(a_size(sides, 0, 1))
        bad |= {"output_padding": (-1, 3, (0,) * (sides + 1)), "padding": (-1, 9, "same", "valid")}
    elif draw(st.booleans()):
        # where PyTorch pads by itself, one number for all sides, (1,), is refused or misread
        arguments["dilation"] = draw(a_size(sides, 1, 2, single=False))
        arguments["padding"] = draw(st.one_of(a_size(sides, -1, 6, single=False), st.just("same")))
        arguments["padding_mode"] = draw(st.sampled_from(("zeros", "reflect", "replicate", "circular")))
    if draw(st.integers(0, 19)) == 0:
        x = (2, *x) if draw(st.booleans()) else x[1:]
    return (x,), spoilt(draw, arguments, bad)


@pytest.mark.parametrize("sides", [1, 2, 3])
def test_convolutions_as_torch_does(sides: int) -> None:
    holds_against_torch(f"Conv{sides}d", KINDS, a_convolution(sides, backwards=False), examples=90)


@pytest.mark.parametrize("sides", [1, 2, 3])
def test_transposed_convolutions_as_torch_does(sides: int) -> None:
    holds_against_torch(f"ConvTranspose{sides}d", KINDS, a_convolution(sides, backwards=True), examples=90)


@st.composite
def a_layout(draw: st.DrawFn, *, backwards: bool) -> Case:
    arguments: Arguments = {
        "kernel_size": draw(a_size(2, 1, 3, single=False)),
        "stride": draw(a_size(2, 1, 3, single=False)),
        "padding": draw(a_size(2, 0, 2, single=False)),
        "dilation": draw(a_size(2, 1, 2, single=False)),
    }
    bad: dict[str, tuple[Any, ...]] = {
        "kernel_size": (0, -1, 9, (2,), (2, 2, 2)),
        "stride": (0, -1, (2,), (2, 2, 2)),
        "padding": (-1, (1,), (1, 1, 1)),
        "dilation": (0, -1, 5, (1,)),
    }
    x = draw(an_image(2, low=2))
    if backwards:
        arguments["output_size"] = draw(a_size(2, 1, 9, single=False))
        image = arguments["output_size"]
        h, w = (image, image) if isinstance(image, int) else image
        laid_out = seen("Unfold", ((*x[:-2], h, w),), {k: arguments[k] for k in bad})
        bad["output_size"] = (0, -1, (4,), (4, 4, 4), 4)
        x = laid_out.outputs[0] if laid_out else (1, 4, 4)
        x = draw(st.sampled_from((x, x, x, (*x[:-1], x[-1] + 1), (*x[:-2], x[-2] + 1, x[-1]))))
    if draw(st.integers(0, 9)) == 0:
        x = (2, 1, *x) if draw(st.booleans()) else x[-1:]
    return (x,), spoilt(draw, arguments, bad)


@pytest.mark.parametrize("name", ["Unfold", "Fold"])
def test_layouts_as_torch_does(name: str) -> None:
    holds_against_torch(name, KINDS, a_layout(backwards=name == "Fold"), examples=90)


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("groups", [1, 2])
def test_macs_are_half_of_what_torch_counts_as_flops(name: str, groups: int) -> None:
    sides = int(name[-2])
    x = (2, 4, *(5, 6, 7)[:sides])
    arguments = {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "stride": 2, "groups": groups}
    module = getattr(torch.nn, name)(**arguments)
    with FlopCounterMode(display=False) as counter:
        module(torch.zeros(x))
    assert 2 * effect(name, x, **arguments).macs == counter.get_total_flops()


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("batched", [True, False])
def test_in_channels_are_filled_in_as_a_lazy_layer_does(name: str, batched: bool) -> None:
    x = (2, 3, 5, 6, 7)[not batched : int(name[-2]) + 2]
    lazy = getattr(torch.nn, f"Lazy{name}")(out_channels=4, kernel_size=3)
    lazy(torch.zeros(x))
    assert KINDS[name].fills["in_channels"](x) == lazy.in_channels == 3


def test_nothing_is_filled_in_from_an_input_of_the_wrong_rank() -> None:
    with pytest.raises(RefusedInput, match=r"needs an input \(N, C, H, W\) or \(C, H, W\), given 1 axes"):
        KINDS["Conv2d"].fills["in_channels"]((8,))


def test_every_convolution_of_torch_has_a_rule() -> None:
    classes = {name for name, value in vars(conv).items() if inspect.isclass(value) and name in conv.__all__}
    assert {name for name in classes if not name.startswith("Lazy")} | {"Fold", "Unfold"} == set(KINDS)
