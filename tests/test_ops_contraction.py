"""Products, convolutions, attention and recurrent layers: the same cost whichever kernel makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archcheck.counting.operators import Operators
from archcheck.counting.ops import OPS, OpCall
from archcheck.operations import CountedOp, Operations, summed
from tests.counted import META, a, arithmetic_of, ops_of, whole

C64 = torch.complex64

PRODUCTS: list[tuple[Callable[..., Any], tuple[Any, ...], Operations, str]] = [
    (torch.mm, (a(2, 3), a(3, 5)), Operations(mul_adds=30), "2 * 3 * 5"),
    (torch.mm, (a(2, 3, dtype=C64), a(3, 5, dtype=C64)), Operations(mul_adds=120), "complex: four times"),
    (torch.bmm, (a(4, 2, 3), a(4, 3, 5)), Operations(mul_adds=120), "four of them"),
    (torch.mv, (a(2, 3), a(3)), Operations(mul_adds=6), "by a vector"),
    (torch.dot, (a(7), a(7)), Operations(mul_adds=7), "a vector by a vector"),
    (torch.matmul, (a(2, 4, 3), a(3, 5)), Operations(mul_adds=120), "a batch by one matrix"),
    (lambda x: torch.einsum("bi,bj->ij", x, x), (a(4, 3),), Operations(mul_adds=36), "4 * 3 * 3"),
    (torch.outer, (a(3), a(4)), Operations(multiplies=12), "nothing is added up"),
    (torch.addmm, (a(5), a(2, 3), a(3, 5)), Operations(mul_adds=30, adds=10), "a bias"),
    (
        lambda *x: torch.addmm(*x, beta=0, alpha=2),
        (a(5), a(2, 3), a(3, 5)),
        Operations(mul_adds=30, multiplies=10),
        "beta 0 leaves it out, alpha multiplies",
    ),
    (torch.addmm, (a(5).to(C64), a(2, 3).to(C64), a(3, 5).to(C64)), Operations(mul_adds=120, adds=20), "complex"),
    (torch.baddbmm, (a(5), a(4, 2, 3), a(4, 3, 5)), Operations(mul_adds=120, adds=40), "four of them and a bias"),
    (torch.addmv, (a(2), a(2, 3), a(3)), Operations(mul_adds=6, adds=2), "a vector and a bias"),
    (F.linear, (a(2, 3), a(5, 3), a(5)), Operations(mul_adds=30, adds=10), "2 rows of 5 by 3"),
    (F.conv2d, (a(1, 4, 5, 5), a(6, 2, 3, 3), None, 1, 0, 1, 2), Operations(mul_adds=972), "108 weights, 9 places"),
    (F.conv_transpose2d, (a(1, 4, 5, 5), a(4, 6, 2, 2), a(6), 2), Operations(mul_adds=2400, adds=600), "96, 25"),
    (F.bilinear, (a(2, 3), a(2, 4), a(5, 3, 4)), Operations(mul_adds=160), "10 of 3 * 4 + 4"),
    (
        torch.cdist,
        (a(30, 3), a(40, 3)),
        Operations(mul_adds=6000, multiplies=210, adds=140, comparisons=1200, exponentials=1200),
        "many: one product of 3 + 2 columns, the squares of 70 rows",
    ),
    (torch.conv_tbc, (a(4, 2, 3), a(2, 3, 5), a(5)), Operations(mul_adds=180, adds=30), "3 * 2 * 5 of 2 * 3"),
    (torch.cdist, (a(2, 3), a(4, 3)), Operations(multiplies=24, adds=40, exponentials=8), "8 of 3 + 3 + 2 and a root"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "given", "expected", "why"), PRODUCTS, ids=[row[3] for row in PRODUCTS])
def test_what_a_product_costs(
    function: Callable[..., Any], given: tuple[Any, ...], expected: Operations, why: str
) -> None:
    assert arithmetic_of(function, *given) == expected, why


def on_cpu(function: Callable[..., Any], *given: Any) -> list[CountedOp]:
    ops: list[list[CountedOp]] = [[]]
    with torch.no_grad(), Operators(ops):
        function(*given)
    return ops[0]


def without_bytes(ops: list[CountedOp]) -> Operations:
    cost = summed(op.operations for op in ops)
    assert cost is not None, [op.name for op in ops if op.operations is None]
    return Operations(
        cost.mul_adds, cost.adds, cost.multiplies, cost.comparisons, cost.divisions, cost.exponentials
    )


@pytest.mark.parametrize(
    ("masked", "causal"), [(False, False), (True, False), (False, True)], ids=["plain", "mask", "causal"]
)
def test_fused_attention_costs_what_its_parts_do(masked: bool, causal: bool) -> None:
    """2 * 4 heads of 8 queries and 6 keys of 16: by hand, by the parts on meta, and by the CPU's own kernel."""
    keys = 8 if causal else 6
    q, k = torch.zeros(2, 4, 8, 16), torch.zeros(2, 4, keys, 16)
    mask = torch.zeros(8, keys) if masked else None
    fused = on_cpu(lambda: F.scaled_dot_product_attention(q, k, k, mask, is_causal=causal))
    assert "_scaled_dot_product_flash_attention_for_cpu" in [op.name for op in fused], "the kernel is there"
    scores, rows = 2 * 4 * 8 * keys, 2 * 4 * 8
    expected = Operations(
        mul_adds=scores * 32,
        multiplies=2 * 4 * (8 + keys) * 16,
        adds=scores - rows + scores * (masked or causal),
        exponentials=scores,
        divisions=scores,
    )
    assert without_bytes(fused) == expected
    parts = ops_of(
        lambda: F.scaled_dot_product_attention(
            q.to(META), k.to(META), k.to(META), None if mask is None else mask.to(META), is_causal=causal
        )
    )
    assert "bmm" in [op.name for op in parts], "on meta it is made of parts"
    assert without_bytes(parts) == expected


GROUPED: list[tuple[tuple[int, ...], tuple[int, ...], int, str]] = [
    ((6, 4), (3, 4, 8), 6 * 4 * 8, "each row is an expert's alone"),
    ((3, 8, 4), (4, 12), 8 * 4 * 12, "each column is"),
    ((8, 12), (12, 8), 8 * 12 * 8, "the gradient of the experts: each step of the sum is one's alone"),
    ((3, 6, 4), (3, 4, 8), 3 * 6 * 4 * 8, "two batches"),
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize(("one", "other", "mul_adds", "why"), GROUPED, ids=[row[-1] for row in GROUPED])
def test_a_grouped_product_costs_its_groups(
    one: tuple[int, ...], other: tuple[int, ...], mul_adds: int, why: str, dtype: torch.dtype
) -> None:
    if dtype == torch.bfloat16:  # rows of a multiple of 16 bytes
        one, other, mul_adds = (*one[:-1], one[-1] * 4), (*other[:-2], other[-2] * 4, other[-1]), mul_adds * 4
    if len(other) == 2:
        other, mul_adds = (*other[:-1], other[-1] * 2), mul_adds * 2
    offsets = (
        None if len(one) == len(other) == 3 else torch.tensor([2, 5, one[-1]], dtype=torch.int32, device=META)
    )
    given = a(*one, dtype=dtype), a(*other, dtype=dtype)
    grouped = ops_of(lambda x, y: F.grouped_mm(x, y, offs=offsets), *given)
    assert [op.name for op in grouped] == ["_grouped_mm"]
    assert without_bytes(grouped) == Operations(mul_adds=mul_adds)


def test_a_grouped_product_is_the_same_with_values() -> None:
    rows, experts, offsets = torch.rand(6, 4), torch.rand(3, 4, 8), torch.tensor([2, 5, 6], dtype=torch.int32)
    on_cpu = ops_of(lambda: F.grouped_mm(rows, experts, offs=offsets))
    without = rows.to(META), experts.to(META), offsets.to(META)
    on_meta = ops_of(lambda x, y, z: F.grouped_mm(x, y, offs=z), *without)
    assert on_cpu == on_meta


def test_a_grouped_product_that_does_not_fit_is_refused() -> None:
    with pytest.raises(RuntimeError, match="contraction dimension"):
        ops_of(lambda: F.grouped_mm(a(6, 8), a(3, 4, 8), offs=whole(3).to(torch.int32)))


GPU_KERNELS: list[tuple[str, tuple[Any, ...], float, bool, str]] = [
    # name, arguments after query, key and value; the chance to be dropped; causal; why this row
    ("_scaled_dot_product_flash_attention", (), 0.0, False, "as its defaults say"),
    ("_scaled_dot_product_flash_attention", (0.1, True), 0.1, True, "all of it"),
    ("_scaled_dot_product_efficient_attention", (None, False), 0.0, False, "as its defaults say"),
    ("_scaled_dot_product_efficient_attention", (None, False, 0.1, True), 0.1, True, "all of it"),
    ("_scaled_dot_product_cudnn_attention", (None, False), 0.0, False, "as its defaults say"),
    ("_scaled_dot_product_cudnn_attention", (None, False, 0.1, True), 0.1, True, "all of it"),
    ("_scaled_dot_product_fused_attention_overrideable", (None,), 0.0, False, "as its defaults say"),
    ("_scaled_dot_product_fused_attention_overrideable", (None, 0.1, True), 0.1, True, "all of it"),
]


@pytest.mark.parametrize(
    ("name", "more", "dropout", "causal", "why"),
    GPU_KERNELS,
    ids=[f"{row[0]}-{row[4]}" for row in GPU_KERNELS],
)
def test_a_gpu_s_attention_costs_what_its_parts_do(
    name: str, more: tuple[Any, ...], dropout: float, causal: bool, why: str
) -> None:
    x = a(2, 4, 8, 16)
    parts = arithmetic_of(
        lambda: F.scaled_dot_product_attention(x, x, x, dropout_p=dropout, is_causal=causal)
    )
    assert OPS[name](OpCall((x, x, x, *more), {}, (x,))) == parts, why


def test_attention_of_scaled_8_bit_floats_is_unknown() -> None:
    """Its form with descaling factors has them where the other has its dropout."""
    x, scale = a(2, 4, 8, 16), a(1)
    call = OpCall((x, x, x, scale, scale, scale, 0.0, True), {}, (x,))
    assert OPS["_scaled_dot_product_flash_attention"](call) is None


@pytest.mark.parametrize("name", ["_flash_attention_forward", "_efficient_attention_forward", "_int_mm"])
def test_what_would_be_counted_in_part_has_no_rule(name: str) -> None:
    """PyTorch's registry knows the products of the first two and no softmax; the third's are of whole numbers."""
    assert name not in OPS


def test_a_product_of_whole_numbers_made_for_a_quantised_network_is_unknown() -> None:
    left, right = torch.ones(32, 16, dtype=torch.int8), torch.ones(16, 8, dtype=torch.int8)
    (op,) = on_cpu(torch._int_mm, left, right)
    assert (op.name, op.operations) == ("_int_mm", None)


LIBRARIES: list[tuple[str, tuple[Any, ...], Operations, str]] = [
    # name, arguments after the input of (2, 4, 8, 8) and the weight of (6, 2, 3, 3) in two groups; 2 * 6 * 36 given
    ("cudnn_convolution", ([0, 0], [1, 1], [1, 1], 2, True, True, True), Operations(mul_adds=7776), "benchmarked"),
    ("mkldnn_convolution", (a(6), [0, 0], [1, 1], [1, 1], 2), Operations(mul_adds=7776, adds=432), "a bias"),
    ("_slow_conv2d_forward", ([3, 3], a(6), [1, 1], [0, 0]), Operations(mul_adds=7776, adds=432), "a bias"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "more", "expected", "why"), LIBRARIES, ids=[row[0] for row in LIBRARIES])
def test_a_library_s_convolution_costs_what_any_does(
    name: str, more: tuple[Any, ...], expected: Operations, why: str
) -> None:
    """2 * 36 places by 6 * 2 * 9 weights."""
    gave = a(2, 6, 6, 6)
    assert OPS[name](OpCall((a(2, 4, 8, 8), a(6, 2, 3, 3), *more), {}, gave)) == expected, why


def test_a_product_of_8_bit_floats() -> None:
    """32 by 16 by 16; both scales multiply each of 512 numbers, and a bias is added."""
    left, right = a(32, 16).to(torch.float8_e4m3fn), a(16, 16).to(torch.float8_e4m3fn)
    call = OpCall((left, right, a(1), a(1), a(16)), {}, a(32, 16))
    assert OPS["_scaled_mm"](call) == Operations(mul_adds=8192, multiplies=1024, adds=512)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("directions", [1, 2])
def test_the_cpu_s_lstm_costs_what_its_parts_do(bias: bool, directions: int) -> None:
    layer = nn.LSTM(8, 16, 2, bias=bias, bidirectional=directions == 2).eval()
    x = torch.zeros(5, 2, 8)
    fused = on_cpu(layer, x)
    if "mkldnn_rnn_layer" not in [op.name for op in fused]:
        pytest.skip("this CPU has no fused LSTM")
    assert without_bytes(fused) == arithmetic_of(layer.to(META), x.to(META))


RECURRENT = [(nn.RNN, 1), (nn.LSTM, 2), (nn.GRU, 3)]


@pytest.mark.parametrize(("kind", "mode"), RECURRENT, ids=["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("bias", [True, False])
def test_a_gpu_s_recurrent_layers_cost_what_their_parts_do(
    kind: Callable[..., nn.Module], mode: int, bias: bool
) -> None:
    """The arguments of `_cudnn_rnn` in the order of its schema; mode 1 is tanh, 2 LSTM, 3 GRU."""
    layer = kind(8, 16, 2, bias=bias, bidirectional=True).to(META).eval()
    x = a(5, 2, 8)
    weights = list(layer.parameters())
    call = OpCall(
        (x, weights, 4, None, None, None, mode, 16, 0, 2, False, 0.0, False, True, [], None),
        {},
        (a(5, 2, 32),),
    )
    assert OPS["_cudnn_rnn"](call) == arithmetic_of(layer, x)


@pytest.mark.parametrize(("kind", "name", "gates"), [(nn.LSTMCell, "lstm", 4), (nn.GRUCell, "gru", 3)])
def test_a_gpu_s_cells_cost_what_their_parts_do(kind: type[nn.Module], name: str, gates: int) -> None:
    """The products are made outside; the biases inside."""
    cell = kind(8, 16).to(META)
    call = OpCall(
        (a(2, gates * 16), a(2, gates * 16), a(2, 16), a(gates * 16), a(gates * 16)), {}, (a(2, 16),)
    )
    inside = OPS[f"_thnn_fused_{name}_cell"](call)
    assert inside is not None
    products = Operations(mul_adds=2 * gates * 16 * (8 + 16))
    assert inside + products == arithmetic_of(cell, a(2, 8))


SAMPLED: list[tuple[Callable[..., Any], tuple[Any, ...], Operations, str]] = [
    (
        lambda x, g: F.grid_sample(x, g, align_corners=True),
        (a(1, 3, 5, 5), a(1, 4, 4, 2)),
        Operations(adds=16 * 2 + 16 * 4 + 48 * 3, multiplies=16 * 2 + 16 * 4 + 48 * 4),
        "16 places: coordinates, 4 weights; 48 sums of 4",
    ),
    (
        lambda x, g: F.grid_sample(x, g, mode="nearest", align_corners=True),
        (a(1, 3, 5, 5), a(1, 4, 4, 2)),
        Operations(adds=32, multiplies=32),
        "coordinates alone",
    ),
    (lambda x: F.fold(x, (4, 4), 2), (a(1, 8, 9),), Operations(adds=72), "each number is added to its place"),
    (lambda x: F.unfold(x, 2), (a(1, 2, 4, 4),), Operations(), "a move"),
    (lambda x: F.pixel_shuffle(x, 2), (a(1, 4, 4, 4),), Operations(), "a move"),
    (lambda x: F.pad(x, (1, 1)), (a(1, 4),), Operations(), "a move"),
    (lambda x: F.pad(x, (1, 1), "reflect"), (a(1, 1, 4),), Operations(), "a move"),
    (lambda x: x.roll(1, 0).tril(), (a(4, 4),), Operations(), "a move and a choice"),
    (
        lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
        (a(1, 1, 2, 2),),
        Operations(multiplies=96, adds=48),
        "16 of 4 + 2 products, 2 + 1 sums",
    ),
    (
        lambda x: F.interpolate(x, (2, 2), mode="bilinear", antialias=True),
        (a(1, 1, 4, 4),),
        Operations(multiplies=4 * 6 + 2 * 6, adds=4 * 6 + 2 * 6 - 12),
        "two windows of 3: from 4 to 2, each 4 wide around 1 and 3 and cut at the border; 4 rows, then 2 columns",
    ),
    (
        lambda x: F.batch_norm(x, x[0, :, 0], x[0, :, 0], training=True),
        (a(4, 3, 2),),
        Operations(adds=3 * 23 + 3 * 2, multiplies=3 * 8 + 3 * 4, divisions=3 * 10, exponentials=3),
        "3 channels of 5 * 8 + 2, and two statistics moved by 3 each",
    ),
    (
        lambda v, g: torch._weight_norm(v, g),
        (a(4, 3), a(4, 1)),
        Operations(multiplies=24, adds=8, exponentials=4, divisions=4),
        "squares, sums, roots, g / |v|, products",
    ),
]


@pytest.mark.parametrize(("function", "given", "expected", "why"), SAMPLED, ids=[row[3] for row in SAMPLED])
def test_what_sampling_and_norms_cost(
    function: Callable[..., Any], given: tuple[Any, ...], expected: Operations, why: str
) -> None:
    assert arithmetic_of(function, *given) == expected, why


def test_a_bicubic_grid_is_unknown() -> None:
    """Its weights are polynomials of where the places are; no formula is stated, so none is guessed."""
    (op,) = ops_of(
        lambda x, g: F.grid_sample(x, g, mode="bicubic", align_corners=True), a(1, 3, 5, 5), a(1, 4, 4, 2)
    )
    assert (op.name, op.operations) == ("grid_sampler_2d", None)
