"""What would make a claim true: the texts worked by hand, and every proposal tried in PyTorch itself.

The formulas: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html (`//` and window),
torch.nn.MaxPool2d.html (ceil_mode) and torch.nn.ConvTranspose2d.html under the same address.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from itertools import groupby, product
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import nn

from archcheck.checks import hints
from archcheck.checks.hints import output_hint
from archcheck.errors import BadArgument, RefusedInput
from archcheck.infer import infer
from archcheck.leaf import complete
from archcheck.results import Shape
from archcheck.rules import RULES
from archcheck.spec.layers import Pattern
from archcheck.spec.load import loads_spec


def hint(layer: str, shape: str, claim: Pattern, batch: int = 1) -> str | None:
    """Return what is said of the last layer of a spec."""
    spec = loads_spec(f"input: {shape}\nbatch: {batch}\nlayers: [{layer}]\n", "t.yaml")
    return output_hint(infer(spec).layers[-1], claim, batch)


WINDOWS = [
    # layer, input, claimed output, hint, why
    ("{Conv2d: {out_channels: 96, kernel_size: 11, stride: 4}}", "[3, 224, 224]", (96, 55, 55),
     "(224 + 2*0 - 11) // 4 + 1 = 54; 55 needs padding 2 or 3, an input side of 227 to 230, or kernel 5 to 8",
     "AlexNet as its paper has it: 4*54 + 11 = 227, and up to 3 may be left over"),
    ("{Conv2d: {out_channels: 96, kernel_size: 11, stride: 4}}", "[3, 224, 224]", ("N", 96, 55, 55),
     "(224 + 2*0 - 11) // 4 + 1 = 54; 55 needs padding 2 or 3, an input side of 227 to 230, or kernel 5 to 8",
     "the same with the batch axis written"),
    ("{Conv2d: {out_channels: 6, kernel_size: 5}}", "[1, 28, 28]", (6, 28, 28),
     "(28 + 2*0 - 5) // 1 + 1 = 24; 28 needs padding 2, an input side of 32, or kernel 1",
     "LeNet-5 on MNIST's 28x28: the paper pads them to 32"),
    ("{Conv2d: {out_channels: 64, kernel_size: 7, stride: 2, padding: 3}}", "[3, 224, 224]", (64, 111, 111),
     "(224 + 2*3 - 7) // 2 + 1 = 112; 111 needs padding 2, an input side of 221 or 222, or kernel 9 or 10",
     "ResNet's first layer: 2*110 + 7 = 227 less the padding of 6, and 1 may be left over"),
    ("{MaxPool2d: {kernel_size: 3, stride: 2}}", "[64, 112, 112]", (64, 56, 56),
     "(112 + 2*0 - 3) // 2 + 1 = 55; 56 needs padding 1, an input side of 113 or 114, kernel 1 or 2, "
     "or ceil_mode=True", "GoogLeNet's pooling: Caffe rounds up"),
    ("{MaxPool2d: {kernel_size: 3, stride: 2, ceil_mode: true}}", "[96, 111, 111]", (96, 54, 54),
     "ceil((111 + 2*0 - 3) / 2) + 1 = 55; 54 needs an input side of 108 or 109, or kernel 5 or 6",
     "SqueezeNet's pooling: 108 / 2 has nothing left over, so it is not the rounding"),
    ("{MaxPool2d: {kernel_size: 3, stride: 2, ceil_mode: true}}", "[96, 112, 112]", (96, 55, 55),
     "ceil((112 + 2*0 - 3) / 2) + 1 = 56; 55 needs an input side of 110 or 111, kernel 4 or 5, "
     "or ceil_mode=False", "and here it is"),
    ("{MaxPool2d: {kernel_size: 1, stride: 2, ceil_mode: true}}", "[1, 2, 2]", (1, 2, 2),
     "ceil((2 + 2*0 - 1) / 2) + 1 - 1 = 1, as the last window would start beyond the input; "
     "2 needs an input side of 3 or 4, or stride 1", "the second window would start at 2, past the input"),
    ("{AvgPool2d: {kernel_size: 3}}", "[8, 12, 12]", (8, 3, 3),
     "(12 + 2*0 - 3) // 3 + 1 = 4; 3 needs an input side of 9 to 11, kernel 4, or stride 4",
     "the stride is the kernel's size, and grows with it"),
    ("{MaxPool2d: {kernel_size: 2}}", "[8, 7, 7]", (8, 4, 4),
     "(7 + 2*0 - 2) // 2 + 1 = 3; 4 needs padding 1, an input side of 8 or 9, or ceil_mode=True",
     "or rounding up: 5 / 2 has something left over"),
    ("{MaxPool2d: {kernel_size: 2}}", "[8, 7, 7]", (8, 5, 5),
     "(7 + 2*0 - 2) // 2 + 1 = 3; 5 needs an input side of 10 or 11",
     "padding 2 would do by the formula, but PyTorch refuses more than half the kernel"),
    ("{LPPool2d: {norm_type: 2, kernel_size: 3, stride: 1}}", "[8, 6, 6]", (8, 5, 5),
     "(6 + 2*0 - 3) // 1 + 1 = 4; 5 needs an input side of 7, or kernel 2",
     "a pooling that knows no padding"),
    ("{Conv2d: {out_channels: 8, kernel_size: 3, dilation: 2}}", "[8, 56, 56]", (8, 56, 56),
     "(56 + 2*0 - (2*(3 - 1) + 1)) // 1 + 1 = 52; 56 needs padding 2, kernel 1, or an input side of 60",
     "a dilation of 2 makes the kernel cover 5"),
    ("{Conv2d: {out_channels: 8, kernel_size: 3, dilation: 2, padding: same}}", "[8, 56, 56]", (8, 52, 52),
     "padding='same' keeps a side of 56; 52 needs padding 0, or an input side of 52",
     "a word for a padding, which stands for 2"),
    ("{Conv2d: {out_channels: 8, kernel_size: 5, padding: valid}}", "[8, 56, 56]", (8, 56, 56),
     "(56 + 2*0 - 5) // 1 + 1 = 52; 56 needs padding 2, an input side of 60, or kernel 1",
     "another, which stands for 0"),
    ("{Conv1d: {out_channels: 8, kernel_size: 3}}", "[8, 40]", (8, 1),
     "(40 + 2*0 - 3) // 1 + 1 = 38; 1 needs an input side of 3, kernel 40, or stride 38 or more",
     "a stride that leaves one window has no end"),
    ("{Conv1d: {out_channels: 8, kernel_size: 3, stride: 3}}", "[8, 100]", (8, 9),
     "(100 + 2*0 - 3) // 3 + 1 = 33; 9 needs stride 11 or 12",
     "97 // 12 = 97 // 11 = 8; an input of 29 is 71 away, a kernel of 74 as well"),
    ("{Conv1d: {out_channels: 8, kernel_size: 3, stride: 100}}", "[8, 90]", (8, 2),
     "(90 + 2*0 - 3) // 100 + 1 = 1; 2 needs padding 7 to 56, an input side of 103 to 202, or stride 44 to 87",
     "stretches that go on past what is within reach are told to their end"),
    ("{Conv2d: {out_channels: 8, kernel_size: 3, stride: 2}}", "[8, 14, 14]", (8, 200, 200),
     "(14 + 2*0 - 3) // 2 + 1 = 6; no single change of padding, input, kernel or stride gives 200 (up to 64 away)",
     "nothing possible"),
    ("{LPPool1d: {norm_type: 2, kernel_size: 3}}", "[8, 14]", (8, 200),
     "(14 + 2*0 - 3) // 3 + 1 = 4; no single change of input, kernel or stride gives 200 (up to 64 away)",
     "nothing possible, and no padding to change"),
    ("{Conv3d: {out_channels: 8, kernel_size: 3}}", "[8, 9, 9, 9]", (8, 9, 9, 9),
     "(9 + 2*0 - 3) // 1 + 1 = 7; 9 needs padding 1, an input side of 11, or kernel 1", "three sides"),
]  # fmt: skip


SIDES_OF_THEIR_OWN = [
    ("{Conv2d: {out_channels: 96, kernel_size: 11, stride: 4}}", "[3, 224, 200]", (96, 55, 49),
     "(224 + 2*0 - 11) // 4 + 1 = 54; 55x49 needs padding 2 or 3, an input of 227x203, or kernel 5 to 8",
     "no square comes in: 4*48 + 11 = 203 for the other side"),
    ("{Conv2d: {out_channels: 96, kernel_size: 11, stride: 4}}", "[3, 224, 224]", (96, 55, 54),
     "(224 + 2*0 - 11) // 4 + 1 = 54; 55x54 needs padding (2, 0), an input of 227x224, or kernel (8, 11)",
     "one side is right as it is: the nearest change of the other"),
    ("{Conv2d: {out_channels: 96, kernel_size: 11, stride: 4}}", "[3, 224, 224]", (96, 54, 55),
     "(224 + 2*0 - 11) // 4 + 1 = 54; 54x55 needs padding (0, 2), an input of 224x227, or kernel (11, 8)",
     "the arithmetic is that of the side that is wrong, here the second of the same size"),
    ("{Conv2d: {out_channels: 8, kernel_size: [3, 5], padding: [1, 0]}}", "[8, 20, 20]", (8, 20, 20),
     "(20 + 2*0 - 5) // 1 + 1 = 16; 20 needs padding (1, 2), an input of 20x24, or kernel (3, 1)",
     "a kernel that is no square: no one padding is right for both sides"),
    ("{Conv2d: {out_channels: 8, kernel_size: 3, stride: [2, 1]}}", "[8, 21, 21]", (8, 10, 10),
     "(21 + 2*0 - 3) // 1 + 1 = 19; 10 needs stride 2, an input of 21x12, or kernel (3, 12)",
     "a stride of 2 for both"),
    ("{MaxPool2d: {kernel_size: [2, 3], stride: 2}}", "[8, 8, 9]", (8, 4, 5),
     "(9 + 2*0 - 3) // 2 + 1 = 4; 4x5 needs padding (0, 1), an input of 8x11, or kernel 1",
     "kernel 1 for both: (8 - 1) // 2 + 1 is 4 too, and (9 - 1) // 2 + 1 is 5"),
]  # fmt: skip


TRANSPOSED = [
    ("{ConvTranspose2d: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1}}", "[8, 56, 56]",
     (8, 112, 112), "(56 - 1)*2 - 2*1 + 3 + 0 = 111; 112 needs output_padding 1, or kernel 4",
     "the deconvolution that everybody is one short with"),
    ("{ConvTranspose2d: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1, output_padding: 1}}",
     "[8, 56, 56]", (8, 111, 111), "(56 - 1)*2 - 2*1 + 3 + 1 = 112; 111 needs output_padding 0, or kernel 2",
     "one too many"),
    ("{ConvTranspose1d: {out_channels: 8, kernel_size: 4, stride: 2}}", "[8, 7]", (8, 14),
     "(7 - 1)*2 - 2*0 + 4 + 0 = 16; 14 needs padding 1, an input side of 6, or kernel 2",
     "DCGAN's, whose padding is missing"),
    ("{ConvTranspose1d: {out_channels: 8, kernel_size: 3, stride: 2, dilation: 2}}", "[8, 5]", (8, 14),
     "(5 - 1)*2 - 2*0 + (2*(3 - 1) + 1) + 0 = 13; 14 needs output_padding 1",
     "dilation; a kernel covers 1, 3, 5, 7, a stride gives 9, 13, 17: never 14"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "shape", "claim", "text", "why"), [*WINDOWS, *SIDES_OF_THEIR_OWN, *TRANSPOSED]
)
def test_the_smallest_single_changes(layer: str, shape: str, claim: Pattern, text: str, why: str) -> None:
    assert hint(layer, shape, claim) == text, why


def test_an_unpooling_is_worked_out_backwards() -> None:
    shape = "{x: [8, 7, 7], where: {shape: [8, 7, 7], dtype: int64}}"
    assert hint("{MaxUnpool2d: {kernel_size: 2}}", shape, (8, 15, 15)) == (
        "(7 - 1)*2 - 2*0 + 2 = 14; no single change of padding, input, kernel or stride gives 15 (up to 64 away)"
    ), "7*k is never 15, nor is 6*s + 2"
    assert hint("{MaxUnpool2d: {kernel_size: 2}}", shape, (8, 16, 16)) == (
        "(7 - 1)*2 - 2*0 + 2 = 14; 16 needs an input side of 8"
    )


OTHERS = [
    # channels and features
    ("{Conv2d: {out_channels: 96, kernel_size: 3, padding: 1}}", "[3, 8, 8]", (64, 8, 8), "out_channels is 96",
     "only the channels are off"),
    ("{Conv2d: {out_channels: 96, kernel_size: 3}}", "[3, 8, 8]", (64, 8, 8),
     "out_channels is 96; (8 + 2*0 - 3) // 1 + 1 = 6; 8 needs padding 1, an input side of 10, or kernel 1",
     "both are off"),
    ("{Linear: {out_features: 10}}", "[4608]", (1000,), "out_features is 10", "the last layer of another task"),
    ("{Linear: {out_features: 10}}", "[5, 8]", (5, 9), "out_features is 10", "the last axis of a sequence"),
    ("{MaxPool2d: {kernel_size: 2}}", "[48, 8, 8]", (96, 4, 4), "it passes on 48 channels",
     "a pooling makes no channels"),
    ("ReLU", "[48, 8, 8]", (96, 8, 8), "it passes on 48 channels", "nor does a ReLU"),
    ("Flatten", "[128, 6, 6]", (9216,), "128*6*6 = 4608", "what a linear layer's in_features come from"),
    ("{flatten: {start_dim: 1}}", "[128, 6, 6]", (9216,), "128*6*6 = 4608", "the function as well"),
    ("{concat: [[], {Conv2d: {out_channels: 5, kernel_size: 1}}, []]}", "[3, 8, 8]", (12, 8, 8),
     "3 + 5 + 3 = 11", "what the branches add up to"),
    ("{concat: [[], []], dim: 2}", "[3, 8, 9]", (3, 8, 9), "8 + 8 = 16", "along another axis"),
    ("{concat: [[], []], dim: -1}", "[3, 8, 9]", (3, 8, 9), "9 + 9 = 18", "counted from the end"),
    # what decides the sides is stated
    ("{AdaptiveAvgPool2d: {output_size: 6}}", "[8, 13, 13]", (8, 7, 7), "output_size is 6", "stated"),
    ("{AdaptiveAvgPool2d: {output_size: [6, null]}}", "[8, 13, 13]", (8, 6, 6), "output_size is [6, null]",
     "stated as the input has it"),
    ("{FractionalMaxPool2d: {kernel_size: 2, output_size: 5}}", "[8, 13, 13]", (8, 6, 6), "output_size is 5",
     "its kernel says nothing of its sides"),
    # axes
    ("Flatten", "[128, 6, 6]", (128, 6, 6), "Flatten gives 1 axis (4608), the claim has 3", "one axis"),
    ("ReLU", "[128, 6, 6]", (128,), "ReLU gives 3 axes (128x6x6), the claim has 1", "several"),
    ("{mean: {dim: [0, 1]}}", "[8]", (8, 1), "mean gives 0 axes (scalar), the claim has 2", "none"),
    ("ReLU", "[48, 8, 8]", (64, 48, 8, 8), "the spec's batch is 1, the claim's 64", "a batch of its own"),
    ("ReLU", "[48, 8, 8]", (64, 96, 8, 8), "the spec's batch is 1, the claim's 64; it passes on 48 channels",
     "and channels"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape", "claim", "text", "why"), OTHERS)
def test_what_is_not_a_matter_of_windows(layer: str, shape: str, claim: Pattern, text: str, why: str) -> None:
    assert hint(layer, shape, claim) == text, why


SILENT = [
    ("{Conv2d: {out_channels: 96, kernel_size: 3}}", "[3, 8, 8]", (96, 6, 6), "the claim is true"),
    ("{Conv2d: {out_channels: 96, kernel_size: 3}}", "[3, 8, 8]", ("C", "H", "W"), "letters fit anything"),
    ("{Conv2d: {out_channels: 96, kernel_size: 3}}", "[3, 8, 8]", (96, "H", 7), "which H is meant is not known"),
    ("{Linear: {out_features: 10}}", "[5, 8]", (6, 10), "nothing is known of the tokens"),
    ("{LSTM: {hidden_size: 4, batch_first: true}}", "[5, 8]", (5, 8), "nor of a hidden state's size"),
    ("{Upsample: {scale_factor: 2}}", "[3, 8, 8]", (3, 8, 8), "nor of what is no window"),
    ("{PixelShuffle: {upscale_factor: 2}}", "[12, 4, 4]", (4, 8, 8), "which does not pass its channels on"),
    ("{mean: {dim: [2, 3]}}", "[3, 8, 8]", (4,), "one axis, but not of all the elements"),
    ("{Unfold: {kernel_size: 2}}", "[3, 8, 8]", (13, 49), "windows laid out have no sides"),
    ("{Conv2d: {out_channels: 96, kernel_size: 9}}", "[3, 8, 8]", (96, 6, 6), "a layer that refuses its input"),
    ("{concat: [[], []], dim: 0}", "[3, 8, 8]", (2, 3, 8, 9), "nor of what a join along the batch does not"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape", "claim", "why"), SILENT)
def test_nothing_is_said_where_nothing_is_known(layer: str, shape: str, claim: Pattern, why: str) -> None:
    assert hint(layer, shape, claim) is None, why


def test_nothing_is_said_of_no_layer() -> None:
    assert output_hint(None, (3, 8, 8), 1) is None


def test_a_batch_of_its_own_is_left_out_of_the_arithmetic() -> None:
    layer = "{Conv2d: {out_channels: 4, kernel_size: 3}}"
    text = "(8 + 2*0 - 3) // 1 + 1 = 6; 8 needs padding 1, an input side of 10, or kernel 1"
    assert hint(layer, "[3, 8, 8]", (4, 8, 8), batch=7) == text
    assert hint(layer, "[3, 8, 8]", (7, 4, 8, 8), batch=7) == text


def test_in_channels_are_taken_as_the_input_has_them() -> None:
    layer = "{Conv2d: {in_channels: 5, out_channels: 4, kernel_size: 3}}"
    assert hint(layer, "[3, 8, 8]", (4, 8, 8)) == (
        "(8 + 2*0 - 3) // 1 + 1 = 6; 8 needs padding 1, an input side of 10, or kernel 1"
    )


def test_sizes_beyond_all_measure_take_no_time() -> None:
    huge = 2**59
    layer = f"{{Conv1d: {{out_channels: 1, kernel_size: 1, stride: {huge}}}}}"
    assert hint(layer, f"[1, {huge}]", (1, 2)) == (
        f"({huge} + 2*0 - 1) // {huge} + 1 = 1; 2 needs padding 1 to {huge // 2}, "
        f"an input side of {huge + 1} to {2 * huge}, or stride {huge // 2} to {huge - 1}"
    )


LISTS = [
    ([(3, 3)], "3"),
    ([(2, 3)], "2 or 3"),
    ([(227, 230)], "227 to 230"),
    ([(1, 1), (3, 3), (7, 7)], "1, 3 or 7"),
    ([(1, 2), (5, 9)], "1, 2 or 5 to 9"),
    ([(38, hints.FAR)], "38 or more"),
    ([(3, 4), (38, hints.FAR)], "3, 4 or 38 or more"),
]


@pytest.mark.parametrize(("stretches", "words"), LISTS)
def test_numbers_read_as_people_say_them(stretches: list[tuple[int, int]], words: str) -> None:
    assert hints._ranges(stretches) == words


# Every proposal is tried in PyTorch, and every value within reach by the rule, to see that none is missing.

KNOBS = {"padding": 0, "kernel": 1, "stride": 1, "output_padding": 0, "input": 1}
"""What a hint may change, and the least that it can be."""
NAMES = {"kernel": "kernel_size"}
NEAR, LIMIT = 4, 60
"""How far the hints look in this test, and how far this test looks."""

Setting = tuple[str, Shape, dict[str, Any]]
"""A kind, the sides of its input, and its arguments."""


def turned(setting: Setting, knob: str = "", value: Any = None) -> Setting:
    """Return a setting with one knob changed, a number being the same for every side."""
    kind, sides, args = setting
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    if knob == "input":
        return kind, (value,) * len(sides) if isinstance(value, int) else value, args
    return (kind, sides, {**args, NAMES.get(knob, knob): value}) if knob else setting


def outcome(setting: Setting, knob: str = "", value: Any = None) -> Shape | None:
    """Return the sides that come out with one knob changed, by the rule: quick, and held against PyTorch elsewhere."""
    kind, sides, args = turned(setting, knob, value)
    try:
        return RULES[kind].rule((1, 1, *sides), **complete(kind, args)).output[2:]
    except (RefusedInput, BadArgument):
        return None


def pytorch(setting: Setting, knob: str = "", value: Any = None) -> Shape | None:
    """Return the sides that PyTorch gives with one knob changed."""
    kind, sides, args = turned(setting, knob, value)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 'same' with an even kernel says that it copies
        return tuple(getattr(nn, kind)(**args)(torch.zeros(1, 1, *sides)).shape[2:])


def present(setting: Setting, knob: str) -> Shape:
    """Return what a knob is set to on each side."""
    kind, given_sides, args = setting
    if knob == "input":
        return given_sides
    value = args.get(NAMES.get(knob, knob), 0 if "padding" in knob else None)
    if value is None:  # a stride that is left out
        value = args["kernel_size"] if "Pool" in kind else 1
    if isinstance(value, str):
        kernel, dilation = present(setting, "kernel"), present_dilation(setting)
        return tuple((k - 1) * d // 2 * (value == "same") for k, d in zip(kernel, dilation, strict=True))
    return value if isinstance(value, tuple) else (value,) * len(given_sides)


def present_dilation(setting: Setting) -> Shape:
    value = setting[2].get("dilation", 1)
    return value if isinstance(value, tuple) else (value,) * len(setting[1])


def parsed(text: str) -> dict[str, Any]:
    """Return what a hint proposes: numbers for every side, up to `LIMIT`, or one tuple, by knob."""
    proposals = text.split(" needs ", 1)[1]
    parts = re.split(r",? or (?!more)(?=[a-z])|, (?=[a-z])", proposals)
    return dict(map(one_proposal, parts))


def one_proposal(part: str) -> tuple[str, Any]:
    if part.startswith("ceil_mode="):
        return "ceil_mode", part == "ceil_mode=True"
    if part.startswith("an input of "):
        return "input", tuple(map(int, part.removeprefix("an input of ").split("x")))
    knob, _, values = part.replace("an input side of", "input").partition(" ")
    if values.startswith("("):
        return knob, tuple(map(int, values.strip("()").split(", ")))
    return knob, set(numbers(values))


def numbers(text: str) -> Iterator[int]:
    for word in re.split(r", | or (?!more)", text):
        first, _, last = word.partition(" to ")
        if word.endswith(" or more"):
            yield from range(int(word.removesuffix(" or more")), LIMIT + 1)
        else:
            yield from range(int(first), int(last or first) + 1)


def all_that_work(setting: Setting, knob: str, target: Shape) -> set[int]:
    """Return the numbers that make the claim true, in stretches that come within `NEAR` of a present one."""
    works = [n for n in range(KNOBS[knob], LIMIT + 1) if outcome(setting, knob, n) == target]
    stretches = [[n for _, n in run] for _, run in groupby(enumerate(works), lambda pair: pair[1] - pair[0])]
    near = {n + step for n in present(setting, knob) for step in range(-NEAR, NEAR + 1)}
    return {n for stretch in stretches if near & set(stretch) for n in stretch}


def distance(values: Shape, now: Shape) -> int:
    return max(abs(value - before) for value, before in zip(values, now, strict=True))


def nearest_tuple(setting: Setting, knob: str, target: Shape) -> int | None:
    """Return how far the nearest numbers a side are that make the claim true, None where none within `NEAR` do."""
    now = present(setting, knob)
    ranges = [range(max(KNOBS[knob], n - NEAR), n + NEAR + 1) for n in now]
    found = [distance(values, now) for values in product(*ranges) if outcome(setting, knob, values) == target]
    return min(found, default=None)


@st.composite
def settings_and_claims(draw: st.DrawFn) -> tuple[Setting, Shape]:
    family = draw(st.sampled_from(("Conv", "MaxPool", "AvgPool", "LPPool", "ConvTranspose", "ConvTranspose")))
    sides = draw(st.sampled_from((1, 2) if family != "LPPool" else (1,)))
    size = st.integers(1, 4)
    each = size if sides == 1 else st.one_of(size, st.tuples(size, size))
    args: dict[str, Any] = {"kernel_size": draw(each)}
    if draw(st.booleans()) or "Conv" in family:
        args["stride"] = draw(each)
    if family != "LPPool":
        low = (
            st.integers(0, 2)
            if sides == 1
            else st.one_of(st.integers(0, 2), st.tuples(*[st.integers(0, 2)] * 2))
        )
        args["padding"] = draw(
            st.one_of(low, st.sampled_from(("same", "valid"))) if family == "Conv" else low
        )
    if family in ("Conv", "MaxPool", "ConvTranspose"):
        args["dilation"] = draw(st.integers(1, 2))
    if "Pool" in family:
        args["ceil_mode"] = draw(st.booleans())
    if family == "ConvTranspose":
        args["output_padding"] = draw(st.integers(0, 1))
    if "Conv" in family:
        args |= {"in_channels": 1, "out_channels": 1}
    if family == "LPPool":
        args["norm_type"] = 2
    given_sides = draw(
        st.one_of(st.integers(1, 12).map(lambda n: (n,) * sides), st.tuples(*[st.integers(1, 12)] * sides))
    )
    setting = (f"{family}{sides}d", given_sides, args)
    gives = outcome(setting)
    assume(gives is not None and 0 not in gives)
    assert gives is not None
    off = draw(
        st.one_of(st.integers(-3, 3).map(lambda n: (n,) * sides), st.tuples(*[st.integers(-3, 3)] * sides))
    )
    target = tuple(n + more for n, more in zip(gives, off, strict=True))
    assume(target != gives and min(target) > 0)
    return setting, target


def as_spec(setting: Setting) -> str:
    kind, given_sides, args = setting
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in args.items()}
    return f"input: {[1, *given_sides]}\nlayers: [{{{kind}: {json.dumps(plain)}}}]"


def test_all_proposals_and_no_others_hold_in_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "REACH", NEAR)
    seen: list[str] = []

    @settings(
        max_examples=120, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )  # fmt: skip
    @given(settings_and_claims())
    def holds(case: tuple[Setting, Shape]) -> None:
        setting, target = case
        (layer,) = infer(loads_spec(as_spec(setting), "t.yaml")).layers
        text = output_hint(layer, (1, *target), 1)
        assert text is not None
        proposed = parsed(text) if " needs " in text else {}
        check_proposals(setting, target, proposed)
        seen.extend(
            f"{knob} {type(value).__name__}" for knob, value in (proposed or {"nothing": None}).items()
        )

    holds()
    assert {"padding set", "input set", "kernel set", "stride set", "padding tuple", "input tuple", "ceil_mode bool",
            "output_padding set", "nothing NoneType"} <= set(seen), "the cases were of every sort"  # fmt: skip


def check_proposals(setting: Setting, target: Shape, proposed: Mapping[str, Any]) -> None:
    names = setting[2].keys() | {"stride"}
    for knob in KNOBS:
        if knob != "input" and NAMES.get(knob, knob) not in names:
            assert knob not in proposed
            continue
        numbers_that_work = all_that_work(setting, knob, target)
        if numbers_that_work:
            assert {n for n in proposed[knob] if n <= LIMIT} == numbers_that_work, knob
            for n in (min(proposed[knob]), max(proposed[knob])):
                assert pytorch(setting, knob, n) == target, knob
        elif knob in proposed:
            assert pytorch(setting, knob, proposed[knob]) == target, knob
            assert distance(proposed[knob], present(setting, knob)) == nearest_tuple(setting, knob, target)
        else:
            assert nearest_tuple(setting, knob, target) is None, knob
    ceil = setting[2].get("ceil_mode")
    other = None if ceil is None else outcome(setting, "ceil_mode", not ceil)
    assert proposed.get("ceil_mode") == (not ceil if other == target else None)
    assert other != target or pytorch(setting, "ceil_mode", not ceil) == target
