"""Layers and functions refuse on the meta device the shapes that they refuse on the CPU, and give the same shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from archcheck.documented import Asked, verify_document
from archcheck.running.devices import on_device

Layer = Callable[[], nn.Module]
SINGLE: list[tuple[str, Layer, tuple[tuple[int, ...], ...]]] = [
    # what      a layer of 4 channels or features      what it receives, right and wrong
    *(
        (kind.__name__, lambda kind=kind: kind(4, 6, 3), ((2, 4, *sides), (4, *sides), (2, 5, *sides), sides))
        for kind, sides in [
            *((nn.Conv1d, (9,)), (nn.Conv2d, (9, 8)), (nn.Conv3d, (9, 8, 7))),
            *((nn.ConvTranspose1d, (9,)), (nn.ConvTranspose2d, (9, 8)), (nn.ConvTranspose3d, (9, 8, 7))),
        ]
    ),
    ("Conv in groups", lambda: nn.Conv2d(4, 6, 3, groups=2), ((2, 4, 9, 9), (2, 2, 9, 9), (2, 6, 9, 9))),
    (
        "ConvTranspose in groups",
        lambda: nn.ConvTranspose2d(4, 6, 3, groups=2),
        ((2, 4, 9, 9), (2, 2, 9, 9), (2, 6, 9, 9)),
    ),
    ("large kernel", lambda: nn.Conv2d(4, 6, 3), ((2, 4, 2, 2),)),
    ("Linear", lambda: nn.Linear(4, 6), ((2, 4), (4,), (2, 3, 5), (5,), ())),
    ("BatchNorm1d", lambda: nn.BatchNorm1d(4), ((2, 4), (2, 5), (2, 5, 3), (4,), (2, 4, 3, 3))),
    ("BatchNorm2d", lambda: nn.BatchNorm2d(4), ((2, 4, 3, 3), (2, 5, 3, 3), (4, 3, 3), (1, 4, 1, 1))),
    ("BatchNorm2d, no layer's", lambda: nn.BatchNorm2d(4, affine=False), ((2, 4, 3, 3), (2, 5, 3, 3))),
    ("BatchNorm2d, of a batch", lambda: nn.BatchNorm2d(4, track_running_stats=False), ((2, 5, 3, 3),)),
    ("BatchNorm3d", lambda: nn.BatchNorm3d(4), ((2, 4, 3, 3, 3), (2, 5, 3, 3, 3), (2, 4, 3, 3))),
    ("InstanceNorm1d", lambda: nn.InstanceNorm1d(4, affine=True), ((2, 4, 3), (4, 3), (2, 5, 3), (5, 3))),
    ("InstanceNorm2d", lambda: nn.InstanceNorm2d(4), ((2, 4, 3, 3), (2, 4, 1, 1), (2, 4))),
    ("GroupNorm", lambda: nn.GroupNorm(2, 4), ((2, 4, 3), (2, 5, 3), (2, 6, 3), (4,))),
    ("LayerNorm", lambda: nn.LayerNorm((3, 4)), ((2, 3, 4), (3, 5), (4, 3), (4,))),
    ("RMSNorm", lambda: nn.RMSNorm(4), ((2, 4), (2, 5))),
    ("PReLU", lambda: nn.PReLU(4), ((2, 4), (2, 5), (2, 5, 3), (5,))),
    ("GLU", lambda: nn.GLU(1), ((2, 4), (2, 5))),
    ("Softmax", lambda: nn.Softmax(2), ((2, 3, 4), (2, 3), (2,))),
    ("LogSoftmax", lambda: nn.LogSoftmax(2), ((2, 3, 4), (2, 3))),
    ("Softmin", lambda: nn.Softmin(2), ((2, 3, 4), (2, 3))),
    ("Softmax2d", lambda: nn.Softmax2d(), ((2, 3, 4, 5), (3, 4, 5), (2, 3))),
    ("PixelShuffle", lambda: nn.PixelShuffle(2), ((2, 4, 3, 3), (2, 5, 3, 3), (4, 3))),
    ("PixelUnshuffle", lambda: nn.PixelUnshuffle(2), ((2, 4, 4, 6), (2, 4, 4, 5))),
    ("ChannelShuffle", lambda: nn.ChannelShuffle(2), ((2, 4, 3, 3), (2, 5, 3, 3))),
    ("MaxPool2d", lambda: nn.MaxPool2d(2), ((2, 3, 4, 4), (3, 4, 4), (4, 4), (2, 3, 1, 1))),
    ("AvgPool1d", lambda: nn.AvgPool1d(2), ((2, 3, 4), (4,), (2, 3, 4, 4), (2, 3, 1))),
    ("AdaptiveAvgPool2d", lambda: nn.AdaptiveAvgPool2d(2), ((2, 3, 4, 4), (4, 4), (2, 3, 4, 4, 4))),
    ("Fold", lambda: nn.Fold((4, 4), 2), ((2, 8, 9), (2, 5, 9), (2, 8, 8))),
    ("Unfold", lambda: nn.Unfold(2), ((2, 3, 4, 4), (2, 4), (2, 3, 1, 1))),
    ("ReflectionPad2d", lambda: nn.ReflectionPad2d(2), ((2, 3, 4, 4), (4, 4), (2, 3, 2, 2))),
    ("Unflatten", lambda: nn.Unflatten(1, (2, 3)), ((2, 6), (2, 5))),
    ("Flatten", lambda: nn.Flatten(2), ((2, 3, 4, 5), (2, 5))),
    ("Upsample", lambda: nn.Upsample(scale_factor=2, mode="bilinear"), ((2, 3, 4, 4), (2, 3, 4))),
    *(
        (kind.__name__, lambda kind=kind: kind(4, 6), ((3, 2, 4), (2, 4), (3, 2, 5), (5,), (2, 2, 3, 4)))
        for kind in (nn.RNN, nn.LSTM, nn.GRU)
    ),
    *(
        (kind.__name__, lambda kind=kind: kind(4, 6), ((2, 4), (4,), (2, 5), (5,), (2, 3, 4)))
        for kind in (nn.RNNCell, nn.LSTMCell, nn.GRUCell)
    ),
    (
        "TransformerEncoderLayer",
        lambda: nn.TransformerEncoderLayer(4, 2, 8),
        ((3, 2, 4), (3, 4), (3, 2, 5), (5,), (2, 2, 3, 4)),
    ),
]


def given_of(shapes: Any) -> Any:
    """Return tensors of shapes; a list of shapes is one argument of several."""
    if isinstance(shapes, list):
        return tuple(given_of(one) for one in shapes)
    return torch.zeros(shapes)


def called(make: Layer, inputs: Sequence[Any]) -> Any:
    """Return what a new layer gives."""
    return make()(*map(given_of, inputs))


def outcome(device: str, call: Callable[[], Any]) -> Any:
    """Return the shape of what a call gives on a device, None where it raises."""
    with on_device(torch.device(device)), torch.no_grad():
        try:
            gave = call()
        except (RuntimeError, ValueError, IndexError, AssertionError, TypeError):
            return None
    return tuple((gave[0] if isinstance(gave, tuple) else gave).shape)


@pytest.mark.parametrize(("what", "make", "inputs"), SINGLE, ids=[row[0] for row in SINGLE])
def test_a_layer_refuses_on_meta_what_it_refuses(
    what: str, make: Layer, inputs: tuple[tuple[int, ...], ...]
) -> None:
    found = [[outcome(on, partial(called, make, [one])) for one in inputs] for on in ("cpu", "meta")]
    assert found[0] == found[1]
    assert None in found[0], what


SEVERAL = [
    ("Bilinear", lambda: nn.Bilinear(4, 5, 6), [[(2, 4), (2, 5)], [(2, 5), (2, 5)], [(3, 4), (2, 5)]]),
    (
        "LSTM",
        lambda: nn.LSTM(4, 6),
        [
            [(3, 2, 4), [(1, 2, 6), (1, 2, 6)]],
            [(3, 2, 4), [(1, 2, 5), (1, 2, 6)]],
            [(3, 2, 4), [(1, 3, 6), (1, 3, 6)]],
            [(3, 2, 4), [(2, 6), (2, 6)]],
        ],
    ),
    ("GRU", lambda: nn.GRU(4, 6), [[(3, 2, 4), (1, 2, 6)], [(3, 2, 4), (2, 2, 6)], [(3, 2, 4), (2, 6)]]),
    ("GRUCell", lambda: nn.GRUCell(4, 6), [[(2, 4), (2, 6)], [(2, 4), (2, 5)], [(2, 4), (3, 6)]]),
    (
        "MultiheadAttention",
        lambda: nn.MultiheadAttention(4, 2),
        [
            [(3, 2, 4), (5, 2, 4), (5, 2, 4)],
            [(3, 2, 5), (5, 2, 4), (5, 2, 4)],
            [(3, 2, 4), (5, 2, 4), (4, 2, 4)],
            [(3, 2, 4), (5, 3, 4), (5, 3, 4)],
            [(2, 4), (3, 2, 4), (3, 2, 4)],
        ],
    ),
    (
        "MultiheadAttention of others",
        lambda: nn.MultiheadAttention(4, 2, kdim=6, vdim=7),
        [[(3, 2, 4), (3, 2, 6), (3, 2, 7)], [(3, 2, 4), (3, 2, 6), (3, 2, 6)]],
    ),
    ("CosineSimilarity", lambda: nn.CosineSimilarity(), [[(2, 5), (2, 5)], [(2, 5), (2, 4)]]),
    ("BCELoss", lambda: nn.BCELoss(), [[(2, 5), (2, 5)], [(2, 5), (2, 4)]]),
]


@pytest.mark.parametrize(("what", "make", "inputs"), SEVERAL, ids=[row[0] for row in SEVERAL])
def test_a_layer_of_several_inputs_refuses_on_meta_what_it_refuses(
    what: str, make: Layer, inputs: list[list[Any]]
) -> None:
    found = [[outcome(on, partial(called, make, many)) for many in inputs] for on in ("cpu", "meta")]
    assert found[0] == found[1]
    assert found[0][0] is not None, what
    assert None in found[0], what


def z(*sizes: int) -> torch.Tensor:
    """Return zeros."""
    return torch.zeros(sizes)


FUNCTIONS: list[tuple[Callable[[], Any], str]] = [
    (lambda: functional.conv2d(z(2, 3, 8, 8), z(5, 4, 3, 3)), "channels"),
    (lambda: functional.conv2d(z(2, 3, 8, 8), z(5, 3, 3, 3), z(4)), "a bias"),
    (lambda: functional.conv2d(z(2, 4, 4, 4), z(5, 2, 2, 2), groups=2), "groups"),
    (lambda: functional.conv_transpose2d(z(2, 3, 8, 8), z(4, 5, 3, 3)), "channels, transposed"),
    (lambda: functional.conv_transpose2d(z(2, 4, 8, 8), z(4, 5, 3, 3), z(4)), "a bias, transposed"),
    (lambda: functional.conv_transpose2d(z(2, 4, 4, 4), z(4, 4, 2, 2), groups=3), "groups, transposed"),
    (lambda: z(2, 3).softmax(2), "an axis that is not there"),
    (lambda: z(2, 3).softmax(dim=-3), "another"),
    (lambda: torch.sort(z(2, 3), 2), "to be sorted"),
    (lambda: torch.argsort(z(2, 3), dim=2), "to be put in order"),
    (lambda: functional.gumbel_softmax(z(2, 3), dim=2), "to be drawn along"),
    (lambda: z(2, 3).index_select(1, z(2, 2).long()), "indices"),
    (lambda: z(3, 4) @ z(5, 6), "a product"),
    (lambda: torch.bmm(z(2, 3, 4), z(3, 4, 6)), "products"),
    (lambda: torch.cat([z(2, 3), z(3, 4)], 1), "joined"),
    (lambda: z(2, 3).view(4, 2), "another form"),
    (lambda: functional.scaled_dot_product_attention(z(2, 4, 5), z(2, 6, 7), z(2, 6, 7)), "attention"),
    (lambda: functional.embedding(z(2, 3).long(), z(4)), "a table"),
]


@pytest.mark.parametrize(("call", "why"), FUNCTIONS, ids=[row[1] for row in FUNCTIONS])
def test_a_function_refuses_on_meta_what_it_refuses(call: Callable[[], Any], why: str) -> None:
    assert outcome("cpu", call) is None, why
    assert outcome("meta", call) is None, why


PAGE = """\
import torch
from torch import nn
up = nn.ConvTranspose2d({channels}, 8, 2, stride=2)
y = up(torch.zeros(2, 4, 5, 5))  # [2, 8, 10, 10]
"""


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize(("channels", "wanted"), [(4, ["agrees"]), (16, ["unchecked", "differs"])])
def test_channels_that_do_not_fit_do_not_agree(
    device: str, channels: int, wanted: list[str], tmp_path: Path
) -> None:
    page = tmp_path / "page.py"
    page.write_text(PAGE.format(channels=channels), encoding="utf-8")
    result = verify_document(page, "page.py", Asked(device, (), 60))
    assert [one.status for one in result.checks] == wanted
