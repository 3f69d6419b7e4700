"""The operators of a backward pass: none is unknown, and the products are twice those of the forward pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archcheck.counting.operators import Operators
from archcheck.operations import CountedOp, Operations, summed
from tests.counted import META


def step(model: nn.Module, x: torch.Tensor) -> tuple[list[CountedOp], list[CountedOp]]:
    """Return the operators of the forward and of the backward pass of a training step."""
    forward: list[list[CountedOp]] = [[]]
    backward: list[list[CountedOp]] = [[]]
    with Operators(forward):
        loss = model(x).mean()
    with Operators(backward):
        torch.autograd.backward(loss)
    return forward[0], backward[0]


def mul_adds(ops: list[CountedOp]) -> int:
    cost = summed(op.operations for op in ops)
    assert cost is not None, [op.name for op in ops if op.operations is None]
    return cost.mul_adds


def model(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers).to(META).train()


ACTIVATIONS = [
    nn.ReLU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Tanh, nn.LeakyReLU, nn.ELU, nn.Hardswish, nn.Hardsigmoid, nn.Mish,
    nn.Softplus, nn.LogSigmoid, nn.PReLU, nn.Softmax, nn.LogSoftmax, nn.Dropout, nn.GLU, nn.ReLU6,
]  # fmt: skip


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_an_activation_s_way_back_is_known(kind: Callable[..., nn.Module]) -> None:
    layer = kind(dim=1) if kind in (nn.Softmax, nn.LogSoftmax) else kind()
    width = 4 if kind is nn.GLU else 8
    forward, backward = step(
        model(nn.Linear(4, 8), layer, nn.Linear(width, 2)), torch.empty(3, 4, device=META)
    )
    assert mul_adds(forward) == 3 * (4 * 8 + width * 2)
    assert mul_adds(backward) == 2 * mul_adds(forward) - 3 * 4 * 8, "no gradient of the input is asked for"


LAYERS = [
    # layers, the input's shape, why this row
    ((nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)), (2, 3, 8, 8), "a convolution's"),
    ((nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4), nn.AvgPool2d(2)), (2, 3, 8, 8), "group norm, average"),
    (
        (nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(2), nn.Upsample(scale_factor=2, mode="bilinear")),
        (2, 3, 8, 8),
        "up",
    ),
    (
        (nn.ConvTranspose2d(3, 4, 3), nn.ReflectionPad2d(1), nn.AdaptiveMaxPool2d(2)),
        (2, 3, 8, 8),
        "transposed",
    ),
    ((nn.Linear(4, 8), nn.LayerNorm(8)), (2, 3, 4), "layer norm"),
]


@pytest.mark.parametrize(("layers", "shape", "why"), LAYERS, ids=[row[2] for row in LAYERS])
def test_a_layer_s_way_back_is_known(layers: tuple[nn.Module, ...], shape: tuple[int, ...], why: str) -> None:
    """Without a gradient of the input, the weights' gradient is as many multiply-accumulates as the layer itself."""
    forward, backward = step(model(*layers), torch.empty(shape, device=META))
    assert mul_adds(forward) == mul_adds(backward) > 0


def test_all_of_a_convolution_s_gradients() -> None:
    """Twice the layer itself, and a bias's gradient: 2 * 6 * 6 numbers a channel added up, of 4."""
    x = torch.empty(2, 3, 8, 8, device=META, requires_grad=True)
    forward, backward = step(model(nn.Conv2d(3, 4, 3)), x)
    (op,) = [op for op in backward if op.name == "convolution_backward"]
    assert op.operations is not None
    assert op.operations.mul_adds == 2 * mul_adds(forward) == 2 * 2 * 36 * 4 * 27
    assert op.operations.adds == 4 * (2 * 36 - 1)


def test_a_transformer_s_way_back_is_known() -> None:
    """Linear layers come back as two products each, attention's two products as four."""
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    x = torch.empty(2, 3, 8, device=META, requires_grad=True)
    forward, backward = step(model(layer), x)
    assert mul_adds(backward) == 2 * mul_adds(forward)


def test_an_embedding_s_way_back_adds_each_row_once() -> None:
    weight = torch.empty(10, 4, device=META, requires_grad=True)
    ops: list[list[CountedOp]] = [[]]
    loss = F.embedding(torch.empty(3, dtype=torch.int64, device=META), weight).sum()
    with Operators(ops):
        torch.autograd.backward(loss)
    (op,) = [op for op in ops[0] if op.name == "embedding_dense_backward"]
    assert op.operations is not None
    assert op.operations.adds == 12


def test_fused_attention_s_way_back_is_known_on_the_cpu() -> None:
    """Five products of 2 * 4 heads, 8 queries, 8 keys and 16 numbers: the scores are made a second time."""
    x = torch.zeros(2, 4, 8, 16, requires_grad=True)
    loss = F.scaled_dot_product_attention(x, x, x).sum()
    ops: list[list[CountedOp]] = [[]]
    with Operators(ops):
        torch.autograd.backward(loss)
    known = {op.name: op.operations or Operations() for op in ops[0]}
    assert known["_scaled_dot_product_flash_attention_for_cpu_backward"].mul_adds == 5 * 2 * 4 * 8 * 8 * 16
