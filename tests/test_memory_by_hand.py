"""Bytes worked out by hand, four a number; what each function keeps stands in PyTorch's own list of derivatives:

https://github.com/pytorch/pytorch/blob/main/tools/autograd/derivatives.yaml
"""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archcheck.costs import Memory
from tests.memory_models import (
    AsksForValues,
    Attention,
    Checkpointed,
    Frozen,
    Make,
    Several,
    Tied,
    Views,
    given,
    measured,
    predicted,
)

Shapes = tuple[tuple[int, ...], ...]


def chain(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers)


def conv() -> nn.Module:
    """Return 3 maps of 8x8 -> 4 maps of 8x8: at batch 2 it gives 2*4*8*8 numbers, 2,048 bytes."""
    return nn.Conv2d(3, 4, 3, padding=1)


class Mean(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean((2, 3))


SAVED: list[tuple[str, Make, Shapes, int]] = [
    # why this row                                    network, inputs, bytes kept for the backward pass
    ("a layer keeps its input, which is the caller's", lambda: nn.Linear(64, 32), ((4, 64),), 0),
    (
        "ReLU keeps what it gives; the linear layer keeps a view of the same",
        lambda: chain(conv(), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10)),
        ((2, 3, 8, 8),),
        2_048,
    ),
    (
        "in place: the convolution's output is ReLU's, and nobody keeps it as it was",
        lambda: chain(conv(), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(256, 10)),
        ((2, 3, 8, 8),),
        2_048,
    ),
    (
        "each sigmoid keeps what it gives",
        lambda: chain(conv(), nn.Sigmoid(), nn.Sigmoid()),
        ((2, 3, 8, 8),),
        4_096,
    ),
    ("GELU keeps what it is given", lambda: chain(conv(), nn.GELU()), ((2, 3, 8, 8),), 2_048),
    (
        "pooling keeps its input and the places of the maxima: 2*4*4*4 int64",
        lambda: chain(conv(), nn.MaxPool2d(2)),
        ((2, 3, 8, 8),),
        2_048 + 1_024,
    ),
    (
        "averages keep their input too, for its shape",
        lambda: chain(conv(), nn.AvgPool2d(2)),
        ((2, 3, 8, 8),),
        2_048,
    ),
    ("a mean over axes keeps sizes only", lambda: chain(conv(), Mean()), ((2, 3, 8, 8),), 0),
    (
        "batch norm keeps its input, and a mean and a deviation a channel",
        lambda: chain(conv(), nn.BatchNorm2d(4)),
        ((2, 3, 8, 8),),
        2_048 + 2 * 4 * 4,
    ),
    (
        "layer norm keeps its input, and a mean and a deviation a row",
        lambda: chain(nn.Linear(8, 16), nn.LayerNorm(16)),
        ((5, 8),),
        5 * 16 * 4 + 2 * 5 * 4,
    ),
    (
        "dropout keeps a mask of float32 on the CPU",
        lambda: chain(conv(), nn.Dropout()),
        ((2, 3, 8, 8),),
        2_048,
    ),
    ("softmax keeps what it gives", lambda: chain(nn.Linear(8, 16), nn.Softmax(-1)), ((5, 8),), 320),
    ("a weight used twice; the second call keeps what the first gave", Tied, ((5, 8),), 5 * 8 * 4),
    ("three views of one tensor", Views, ((5, 8),), 5 * 8 * 4),
    (
        "fused attention keeps q, k, v, its output and a number a query: no matrix of 32x32",
        Attention,
        ((2, 32, 64),),
        2 * 32 * 192 * 4 + 2 * 4 * 32 * 16 * 4 + 2 * 4 * 32 * 4,
    ),
    ("two inputs, two outputs: a sigmoid and a tanh", Several, ((3, 8), (3, 16)), 2 * 3 * 4 * 4),
    ("of two parts that are worked out again, the input of the second", Checkpointed, ((5, 8),), 5 * 8 * 4),
    (
        "a frozen layer and a sigmoid of it keep nothing; the trained one its input",
        Frozen,
        ((5, 8),),
        5 * 16 * 4,
    ),
    ("a network that asks for values", AsksForValues, ((5, 8),), 5 * 4 * 4),
]


@pytest.mark.parametrize(
    ("make", "shapes", "saved"), [row[1:] for row in SAVED], ids=[row[0] for row in SAVED]
)
def test_saved(make: Make, shapes: Shapes, saved: int) -> None:
    arguments = given(*shapes)
    assert predicted(make, arguments).memory.saved == saved
    assert measured(make, arguments).memory.saved == saved


@pytest.mark.parametrize(("make", "ran"), [(AsksForValues, True), (conv, False)], ids=["asks", "does not"])
def test_a_prediction_that_is_of_a_run_says_so(make: Make, ran: bool) -> None:
    shape = (5, 8) if ran else (2, 3, 8, 8)
    assert predicted(make, given(shape)).ran is ran


def test_what_fails_without_values_is_not_tried_with_them() -> None:
    """The run on the CPU is for what needs values; another error would only be hidden by it."""
    runs: list[str] = []

    class Fails(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            runs.append(type(x).__name__)
            raise ValueError("no such layer")

    with pytest.raises(ValueError, match="no such layer"):
        predicted(lambda: chain(nn.Linear(8, 4), Fails()), given((5, 8)))
    assert runs == ["FakeTensor"]


def test_of_bfloat16_half() -> None:
    found = predicted(lambda: chain(conv(), nn.Sigmoid()), given((2, 3, 8, 8)), dtype=torch.bfloat16).memory
    assert (found.saved, found.inputs, found.parameters) == (1_024, 768, 224)


def test_each_call_answers_for_what_it_keeps_first() -> None:
    def make() -> nn.Module:
        return chain(conv(), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10))

    # pooling keeps its input, which ReLU kept already, and its places; the linear layer pooling's output
    expected = {("0", "Conv2d", 0): 0, ("1", "ReLU", 0): 2_048, ("2", "MaxPool2d", 0): 1_024}
    expected |= {("3", "Flatten", 0): 0, ("4", "Linear", 0): 512}
    for find in (predicted, measured):
        assert find(make, given((2, 3, 8, 8))).saved == expected


def test_a_layer_called_twice_has_two_rows() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(8, 8)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.sigmoid(self.linear(self.linear(x)))

    expected = {("linear", "Linear", 0): 0, ("linear", "Linear", 1): 160, ("", "sigmoid", 0): 160}
    assert predicted(Twice, given((5, 8))).saved == expected


WHOLE: list[tuple[str, Make, Shapes, Memory]] = [
    (
        "a linear layer: 2,080 parameters; the loss is beside its output and a gradient of the same size",
        lambda: nn.Linear(64, 32),
        ((4, 64),),
        Memory(8_320, 0, 8_320, 0, 1_024, 0),
    ),
    (
        "batch norm's buffers: two numbers a channel and one int64",
        lambda: chain(conv(), nn.BatchNorm2d(4)),
        ((2, 3, 8, 8),),
        Memory(448 + 32, 32 + 8, 480, 0, 1_536, 2_080),
    ),
    ("a tied weight is there once", Tied, ((5, 8),), Memory(256, 0, 256, 0, 160, 160)),
    ("frozen weights have no gradients", Frozen, ((5, 8),), Memory(512 + 256, 0, 256, 0, 160, 320)),
]


@pytest.mark.parametrize(
    ("make", "shapes", "memory"), [row[1:] for row in WHOLE], ids=[row[0] for row in WHOLE]
)
def test_parts(make: Make, shapes: Shapes, memory: Memory) -> None:
    for find in (predicted, measured):
        found = find(make, given(*shapes)).memory
        for name in ("parameters", "buffers", "gradients", "optimizer", "inputs", "saved"):
            assert getattr(found, name) == getattr(memory, name), name


def test_peak_of_inference() -> None:
    """Three layers of 100 numbers on 10 rows: two results of 4,000 bytes stand at one time, never three."""

    def make() -> nn.Module:
        return chain(*(nn.Linear(100, 100, bias=False) for _ in range(3)))

    standing = 3 * 40_000 + 4_000
    found = predicted(make, given((10, 100)), "inference")
    assert found.memory == Memory(120_000, 0, 0, 0, 4_000, 0, standing + 8_000)
    assert [call.peak - standing for call in found.calls] == [4_000, 8_000, 8_000]
    assert measured(make, given((10, 100)), "inference").memory == found.memory


def test_peak_of_training() -> None:
    """A weight of 1,000 x 1,000 and its gradient; SGD works in place.

    Beside them stand the input and the gradient of the output, vectors of 1,000; of the output itself its mean needs
    the size alone. What is left is the loss and its gradient: a few numbers.
    """

    def make() -> nn.Module:
        return nn.Linear(1000, 1000, bias=False)

    found = predicted(make, given((1, 1000))).memory
    assert found.peak is not None
    vectors = (found.peak - 2 * 4_000_000) / 4_000
    assert 2 <= vectors < 2.01


def test_nothing_is_allocated() -> None:
    """Four million million bytes of weights, more than any machine has."""
    found = predicted(lambda: nn.Linear(1_000_000, 1_000_000, bias=False), given((1, 1_000_000))).memory
    assert (found.parameters, found.gradients) == (4 * 10**12, 4 * 10**12)
