"""Attention and transformer layers: rows worked by hand from the formulas, and PyTorch itself.

https://arxiv.org/abs/1706.03762, https://docs.pytorch.org/docs/stable/nn.html#transformer-layers. A softmax of n
scores is n exps, n - 1 additions and n divisions; a LayerNorm of n numbers is 5n + 2, and 2n for scale and bias.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.attention import KINDS
from archcheck.rules.base import Effect, Shape
from tests.rules_against_torch import Arguments, Case
from tests.rules_against_torch_sequences import BOOL, counted_macs, effect, holds, near

SMALL: Arguments = {"embed_dim": 4, "num_heads": 2}
VIT: Arguments = {"embed_dim": 768, "num_heads": 12, "batch_first": True}
ATTENTION = [
    # query, key, value, arguments, weights, params, macs, flops, why this row
    (
        (5, 2, 4),
        (3, 2, 4),
        (3, 2, 4),
        SMALL,
        (2, 5, 3),
        80,
        752,
        1892,
        "320 MACs for query and output, 192 key and value, 240 on 30 pairs; 128 biases, 40 scalings, 20 softmaxes"
        " of 8, 60 for the mean of two heads",
    ),
    ((5, 4), (3, 4), (3, 4), SMALL, (5, 3), 80, 376, 946, "one sample without batch axis: half"),
    (
        (2, 5, 4),
        (2, 3, 4),
        (2, 3, 4),
        SMALL | {"batch_first": True},
        (2, 5, 3),
        80,
        752,
        1892,
        "the batch first: the same",
    ),
    (
        (5, 2, 4),
        (5, 2, 4),
        (5, 2, 4),
        SMALL,
        (2, 5, 5),
        80,
        1040,
        2660,
        "axis 0 is the length: 2 of 5 by 5 pairs",
    ),
    (
        (5, 2, 4),
        (5, 2, 4),
        (5, 2, 4),
        SMALL | {"batch_first": True},
        (5, 2, 2),
        80,
        800,
        1940,
        "axis 1 is the length: 5 of 2 by 2 pairs",
    ),
    (
        (5, 2, 4),
        (3, 2, 5),
        (3, 2, 6),
        SMALL | {"kdim": 5, "vdim": 6, "bias": False, "add_bias_kv": True, "add_zero_attn": True},
        (2, 5, 5),
        84,
        984,
        2388,
        "keys of 5 and values of 6; two more of each: 50 pairs",
    ),
    (
        (1, 197, 768),
        (1, 197, 768),
        (1, 197, 768),
        VIT,
        (1, 197, 197),
        2_362_368,
        524_391_936,
        1_051_400_820,
        "ViT-B/16: 4 * 197 * 768^2 + 2 * 197^2 * 768 MACs; 605184 biases, 151296, 2364 * 590, 12 * 197^2",
    ),
]


@pytest.mark.parametrize(
    ("query", "key", "value", "arguments", "weights", "params", "macs", "flops", "why"), ATTENTION
)
def test_attention(
    query: Shape,
    key: Shape,
    value: Shape,
    arguments: Arguments,
    weights: Shape,
    params: int,
    macs: int,
    flops: int,
    why: str,
) -> None:
    found = effect("MultiheadAttention", query, key, value, **arguments)
    assert found == Effect((query, weights), params, macs, flops), why


TINY: Arguments = {"d_model": 4, "nhead": 2, "dim_feedforward": 8}
LAYERS = [
    # kind, inputs, arguments, params, macs, flops, why this row
    (
        "TransformerEncoderLayer",
        ((3, 2, 4),),
        TINY,
        172,
        912,
        2592,
        "attention 528 MACs, feed-forward 384; 96 + 48 + 96 beside, 72 + 48, and twice a norm of 180 and a sum of 24",
    ),
    (
        "TransformerEncoderLayer",
        ((3, 2, 4),),
        TINY | {"norm_first": True, "activation": "gelu", "bias": False},
        136,
        912,
        2568,
        "no biases: 96, 72 and 2 * 24 less; gelu: 48 * 4 more",
    ),
    (
        "TransformerEncoderLayer",
        ((1, 197, 768),),
        {"d_model": 768, "nhead": 12, "dim_feedforward": 3072, "activation": "gelu", "batch_first": True},
        7_087_872,
        1_453_954_560,
        2_916_415_580,
        "ViT-B/16: twelve of these are 17.45 of the 17.56 GMACs that torchvision states",
    ),
    (
        "TransformerDecoderLayer",
        ((5, 2, 4), (3, 2, 4)),
        TINY,
        260,
        2432,
        6956,
        "1040 + 752 + 640 MACs; 520 and 352 beside the products, 200 and three times 300 + 40",
    ),
    (
        "Transformer",
        ((3, 2, 4), (5, 2, 4)),
        TINY | {"num_encoder_layers": 1, "num_decoder_layers": 1},
        448,
        3344,
        10_028,
        "the two above, and their last norms of 180 and 300",
    ),
    (
        "Transformer",
        ((3, 2, 4), (5, 2, 4)),
        TINY | {"num_encoder_layers": 3, "num_decoder_layers": 2},
        1052,
        7600,
        22_168,
        "3 * 172 + 2 * 260 + 16; 3 * 912 + 2 * 2432; 3 * 2592 + 2 * 6956 + 480",
    ),
]


@pytest.mark.parametrize(("kind", "inputs", "arguments", "params", "macs", "flops", "why"), LAYERS)
def test_layers(
    kind: str,
    inputs: tuple[Shape, ...],
    arguments: Arguments,
    params: int,
    macs: int,
    flops: int,
    why: str,
) -> None:
    output = inputs[-1] if kind == "Transformer" else inputs[0]
    assert effect(kind, *inputs, **arguments) == Effect((output,), params, macs, flops), why


def test_the_transformer_of_the_paper() -> None:
    """6 * 3,152,384 + 6 * 4,204,032 + 2 * 1,024 parameters; MACs from the sizes 32 by 10 and 32 by 20."""
    found = effect("Transformer", (10, 32, 512), (20, 32, 512))
    assert found.outputs == ((20, 32, 512),)
    assert found.params == 44_140_544
    assert found.macs == 21_276_917_760


BAD = [
    # kind, arguments, what is said
    ("MultiheadAttention", {"embed_dim": 0, "num_heads": 1}, "embed_dim: 0 is less than 1"),
    ("MultiheadAttention", {"embed_dim": 4, "num_heads": 0}, "num_heads: 0 is less than 1"),
    ("MultiheadAttention", {"embed_dim": 4, "num_heads": 3}, "num_heads: 3 does not divide embed_dim 4"),
    ("MultiheadAttention", SMALL | {"kdim": 0}, "kdim: 0 is less than 1"),
    ("MultiheadAttention", SMALL | {"vdim": -1}, "vdim: -1 is less than 1"),
    ("TransformerEncoderLayer", {"d_model": 4, "nhead": 3}, "nhead: 3 does not divide d_model 4"),
    ("TransformerEncoderLayer", TINY | {"dim_feedforward": 0}, "dim_feedforward: 0 is less than 1"),
    ("TransformerDecoderLayer", TINY | {"dropout": 2.0}, "dropout: 2.0 is not between 0 and 1"),
    ("TransformerDecoderLayer", TINY | {"activation": "silu"}, "activation: 'silu' is not 'relu' or 'gelu'"),
    ("Transformer", TINY | {"num_encoder_layers": 0}, "num_encoder_layers: 0 is not between 1 and 10000"),
    (
        "Transformer",
        TINY | {"num_decoder_layers": 10_001},
        "num_decoder_layers: 10001 is not between 1 and 10000",
    ),
]


@pytest.mark.parametrize(("kind", "arguments", "said"), BAD)
def test_what_is_said_of_a_bad_argument(kind: str, arguments: Arguments, said: str) -> None:
    with pytest.raises(BadArgument) as caught:
        effect(kind, *[(5, 2, 4)] * KINDS[kind].inputs[0], **arguments)
    assert str(caught.value) == said


REFUSED = [
    # kind, inputs, arguments, what is said
    (
        "MultiheadAttention",
        ((4,), (4,), (4,)),
        SMALL,
        "needs an input (L, N, E) or (L, E), given 1 axes [4]",
    ),
    (
        "MultiheadAttention",
        ((1, 1, 1, 4),) * 3,
        SMALL | {"batch_first": True},
        "needs an input (N, L, E) or (L, E), given 4 axes [1, 1, 1, 4]",
    ),
    (
        "MultiheadAttention",
        ((5, 2, 4), (3, 2, 4), (2, 2, 4)),
        SMALL,
        "needs key and value of one length and batch, given [3, 2, 4] and [2, 2, 4]",
    ),
    (
        "MultiheadAttention",
        ((5, 2, 4), (3, 1, 4), (3, 1, 4)),
        SMALL,
        "inputs [5, 2, 4] and [3, 1, 4] are not of one batch",
    ),
    (
        "MultiheadAttention",
        ((5, 2, 4), (3, 4), (3, 4)),
        SMALL,
        "inputs [5, 2, 4] and [3, 4] are not of one batch",
    ),
    ("MultiheadAttention", ((5, 2, 6),) * 3, SMALL, "expects 4 features of query (embed_dim), given 6"),
    (
        "MultiheadAttention",
        ((5, 2, 4),) * 3,
        SMALL | {"kdim": 5},
        "expects 5 features of key (kdim), given 4",
    ),
    (
        "MultiheadAttention",
        ((5, 2, 4),) * 3,
        SMALL | {"vdim": 5},
        "expects 5 features of value (vdim), given 4",
    ),
    ("TransformerEncoderLayer", ((5, 2, 6),), TINY, "expects 4 features (d_model), given 6"),
    (
        "TransformerEncoderLayer",
        ((4,),),
        TINY,
        "needs an input of 3 axes, or of 2 without batch, given 1 axes [4]",
    ),
    (
        "TransformerDecoderLayer",
        ((5, 2, 4), (3, 1, 4)),
        TINY,
        "inputs [5, 2, 4] and [3, 1, 4] are not of one batch",
    ),
    (
        "TransformerDecoderLayer",
        ((5, 2, 4), (3, 2, 6)),
        TINY,
        "expects 4 features of memory (d_model), given 6",
    ),
    ("TransformerDecoderLayer", ((5, 4), ()), TINY, "inputs [5, 4] and [] are not of one batch"),
]


@pytest.mark.parametrize(("kind", "inputs", "arguments", "said"), REFUSED)
def test_what_is_said_of_a_refused_input(
    kind: str, inputs: tuple[Shape, ...], arguments: Arguments, said: str
) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(kind, *inputs, **arguments)
    assert str(caught.value) == said


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_width_is_filled_from_the_last_axis(kind: str) -> None:
    width = "embed_dim" if kind == "MultiheadAttention" else "d_model"
    assert KINDS[kind].fills[width]((5, 2, 7)) == 7


def test_attention_takes_its_one_input_three_times() -> None:
    kind = KINDS["MultiheadAttention"]
    assert (kind.inputs, kind.repeats_input) == ((3,), True)


def rarely(draw: st.DrawFn, usual: Any, *others: Any) -> Any:
    """Draw the usual value nine times in ten, else one of the others."""
    return draw(st.sampled_from(others)) if draw(st.integers(0, 9)) == 5 else usual


@st.composite
def sequences(draw: st.DrawFn, width: int, other_width: int, *, batch_first: bool) -> tuple[Shape, Shape]:
    """Draw two sequences that mostly go together, with and without batch axis."""
    lengths, batch = (draw(st.integers(1, 3)), draw(st.integers(1, 3))), draw(st.integers(1, 3))
    shapes = [
        (length, size) if batch == 3 else (batch, length, size) if batch_first else (length, batch, size)
        for length, size in zip(lengths, (width, other_width), strict=True)
    ]
    return rarely(draw, shapes[0], draw(near(shapes[0]))), rarely(draw, shapes[1], draw(near(shapes[1])))


@st.composite
def an_attention(draw: st.DrawFn, shared: bool) -> Case:
    """Draw a MultiheadAttention and its inputs; if `shared`, one input three times, as in self-attention."""
    heads = draw(st.integers(1, 3))
    width = rarely(draw, heads * draw(st.integers(1, 2)), 3, 4)
    kdim, vdim = draw(st.sampled_from([(None, None), (width, None), (5, None), (None, 5), (5, 3)]))
    batch_first = draw(BOOL)
    query, key = draw(sequences(width, kdim or width, batch_first=batch_first))
    value = rarely(draw, (*key[:-1], vdim or width), draw(near(key)))
    arguments: Arguments = {
        "embed_dim": width,
        "num_heads": heads,
        "batch_first": batch_first,
        "bias": draw(BOOL),
        "add_bias_kv": draw(BOOL),
        "add_zero_attn": draw(BOOL),
        "dropout": draw(st.sampled_from([0.0, 7.0])),  # never looked at in evaluation
        "kdim": kdim,
        "vdim": vdim,
    }
    return (query, query, query) if shared else (query, key, value), arguments


@pytest.mark.parametrize("shared", [True, False])
def test_attention_holds_against_torch(shared: bool) -> None:
    holds("MultiheadAttention", an_attention(shared), examples=150, shared=shared)


@st.composite
def a_layer(draw: st.DrawFn, kind: str) -> Case:
    """Draw a transformer's layer, or a small transformer, and its inputs."""
    heads = draw(st.integers(1, 3))
    width = rarely(draw, heads * draw(st.integers(1, 2)), 3, 4)
    batch_first = draw(BOOL)
    first, second = draw(sequences(width, width, batch_first=batch_first))
    arguments: Arguments = {
        "d_model": width,
        "nhead": heads,
        "dim_feedforward": draw(st.integers(1, 3)),
        "dropout": rarely(draw, 0.1, 1.5),
        "activation": rarely(draw, draw(st.sampled_from(["relu", "gelu"])), "silu"),
        "batch_first": batch_first,
        "norm_first": draw(BOOL),
        "bias": draw(BOOL),
    }
    if kind == "Transformer":
        arguments["num_encoder_layers"] = rarely(draw, draw(st.integers(1, 2)), 0)
        arguments["num_decoder_layers"] = rarely(draw, draw(st.integers(1, 2)), 0)
    return (first,) if kind == "TransformerEncoderLayer" else (first, second), arguments


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"MultiheadAttention"}))
def test_layers_hold_against_torch(kind: str) -> None:
    holds(kind, a_layer(kind), examples=100)


COUNTED = [
    *(("MultiheadAttention", row[:3], row[3]) for row in ATTENTION),
    *(row[:3] for row in LAYERS),
]


@pytest.mark.parametrize(
    ("kind", "inputs", "arguments"), COUNTED, ids=[f"{row[0]}-{row[1][0]}" for row in COUNTED]
)
def test_macs_are_what_torch_counts(kind: str, inputs: tuple[Shape, ...], arguments: Arguments) -> None:
    assert effect(kind, *inputs, **arguments).macs == counted_macs(kind, inputs, arguments)
