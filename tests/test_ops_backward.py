"""The operators of a backward pass: none is unknown, and the products are twice those of the forward pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archcheck.counting.operators import Operators
from archcheck.counting.ops import OPS, OpCall
from archcheck.operations import CountedOp, Operations, summed
from tests.counted import META, a, arithmetic_of


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


ATEN, FLOAT = torch.ops.aten, torch.float32
BY_HAND: list[tuple[Callable[[], object], Operations, str]] = [
    (
        lambda: ATEN._softmax_backward_data(a(2, 8), a(2, 8), -1, FLOAT),
        Operations(multiplies=32, adds=14 + 16),
        "y * (g - sum(g * y)): 2 products and a difference each, two sums of 8",
    ),
    (
        lambda: ATEN._log_softmax_backward_data(a(2, 8), a(2, 8), -1, FLOAT),
        Operations(multiplies=16, adds=14 + 16, exponentials=16),
        "g - exp(y) * sum(g)",
    ),
    (
        lambda: ATEN._adaptive_avg_pool2d_backward(a(1, 1, 2, 2), a(1, 1, 4, 4)),
        Operations(divisions=4, adds=16),
        "each of 4 divided by 4 and added to 4",
    ),
    (
        lambda: ATEN.native_layer_norm_backward(
            a(2, 8), a(2, 8), [8], a(2, 1), a(2, 1), a(8), a(8), [True] * 3
        ),
        Operations(multiplies=16 + 64 + 16, adds=16 + (4 * 16 - 4) + 16 + 16, divisions=4),
        "x again 2; g * w, by x, mean by x, by 1 / s; two sums and two differences; scale 2, bias 1; 2 means a row",
    ),
]


@pytest.mark.parametrize(("run", "expected", "why"), BY_HAND, ids=[row[2] for row in BY_HAND])
def test_what_goes_back_costs(run: Callable[[], object], expected: Operations, why: str) -> None:
    assert arithmetic_of(run) == expected, why


def test_a_swish_s_slope_costs_what_its_parts_do() -> None:
    """`g * s * (1 + x * (1 - s))`, `s = 1 / (1 + exp(-x))`; on meta PyTorch makes it of its parts."""
    expected = Operations(multiplies=24, adds=24, exponentials=8, divisions=8)
    assert OPS["silu_backward"](OpCall((a(8), a(8)), {}, a(8))) == expected
    assert arithmetic_of(lambda: ATEN.silu_backward(a(8), a(8))) == expected


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
    """Algorithm 4 of FlashAttention for 2 * 4 heads, 8 queries, 6 keys, 16 numbers: five products, and what is between.

    384 scores: the exponential of a difference, and a product with a difference, each; 64 sums of 16 for `D`; queries
    and keys scaled, and their gradients.
    """
    q, k = torch.zeros(2, 4, 8, 16, requires_grad=True), torch.zeros(2, 4, 6, 16, requires_grad=True)
    loss = F.scaled_dot_product_attention(q, k, k).sum()
    ops: list[list[CountedOp]] = [[]]
    with Operators(ops):
        torch.autograd.backward(loss)
    (op,) = [op for op in ops[0] if op.name == "_scaled_dot_product_flash_attention_for_cpu_backward"]
    assert op.operations is not None
    assert replace(op.operations, bytes_read=0, bytes_written=0) == Operations(
        mul_adds=5 * 384 * 16 + 64 * 16, multiplies=384 + 2 * 8 * (8 + 6) * 16, adds=2 * 384, exponentials=384
    )


X, KEPT = a(2, 4, 8, 16), a(2, 4, 8)
NO_BIAS = None
WAYS_BACK: list[tuple[str, tuple[object, ...], tuple[object, ...], str]] = [
    # name, arguments between the value and the dropout, those behind it up to `is_causal`, why this row
    ("flash_attention", (X, KEPT, None, None, 8, 8), (), "flash"),
    ("flash_attention_for_cpu", (X, KEPT), (), "the CPU's"),
    ("efficient_attention", (NO_BIAS, X, KEPT, None, None), ([True] * 4,), "memory-efficient"),
    ("cudnn_attention", (X, KEPT, None, None, NO_BIAS, None, None, 8, 8), (), "cuDNN's"),
]


@pytest.mark.parametrize(("name", "before", "behind", "why"), WAYS_BACK, ids=[row[3] for row in WAYS_BACK])
def test_every_kernel_s_way_back_costs_the_same(
    name: str, before: tuple[object, ...], behind: tuple[object, ...], why: str
) -> None:
    """512 scores; a causal mask is an addition each; with dropout nothing is known."""

    def cost(dropout: float, causal: bool) -> Operations | None:
        call = OpCall((X, X, X, X, *before, dropout, *behind, causal), {}, (X, X, X))
        return OPS[f"_scaled_dot_product_{name}_backward"](call)

    plain = Operations(
        mul_adds=5 * 512 * 16 + 64 * 16, multiplies=512 + 2 * 8 * 16 * 16, adds=2 * 512, exponentials=512
    )
    assert cost(0.0, False) == plain
    assert cost(0.0, True) == plain + Operations(adds=512)
    assert cost(0.1, False) is None
