"""Linear layers, embeddings and distances: rows worked by hand from the formulas, and PyTorch itself.

https://docs.pytorch.org/docs/stable/nn.html#linear-layers, #sparse-layers and #distance-functions
"""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from torch.nn.modules import distance, linear, sparse

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Shape
from archcheck.rules.linear import KINDS
from tests.rules_against_torch import Arguments, Case
from tests.rules_against_torch_sequences import (
    BOOL,
    SIDE,
    a_shape,
    agree,
    arguments_of,
    counted_macs,
    effect,
    holds,
    near,
)

LINEAR = [
    # input, in, out, bias, output, params, macs, flops, why this row
    ((128, 20), 20, 30, True, (128, 30), 630, 76_800, 157_440, "the page's example: 2 * 76800 + 3840 biases"),
    (
        (1, 4608),
        4608,
        2048,
        True,
        (1, 2048),
        9_439_232,
        9_437_184,
        18_876_416,
        "half of AlexNet, first of three",
    ),
    ((2, 5, 3), 3, 4, True, (2, 5, 4), 16, 120, 280, "any axes before the last"),
    ((2, 5, 3), 3, 4, False, (2, 5, 4), 12, 120, 240, "no bias"),
    ((3,), 3, 1, True, (1,), 4, 3, 7, "one axis alone"),
]


@pytest.mark.parametrize(
    ("x", "fan_in", "fan_out", "bias", "output", "params", "macs", "flops", "why"), LINEAR
)
def test_linear(
    x: Shape,
    fan_in: int,
    fan_out: int,
    bias: bool,
    output: Shape,
    params: int,
    macs: int,
    flops: int,
    why: str,
) -> None:
    found = effect("Linear", x, in_features=fan_in, out_features=fan_out, bias=bias)
    assert found == Effect((output,), params, macs, flops), why


OTHERS = [
    # kind, inputs, arguments, output, params, macs, flops, why this row
    (
        "Bilinear",
        ((128, 20), (128, 30)),
        {"in1_features": 20, "in2_features": 30, "out_features": 40},
        (128, 40),
        24_040,
        3_225_600,
        6_456_320,
        "the page's example: 5120 outputs of 20 * 30 + 30 MACs, and a bias",
    ),
    (
        "Bilinear",
        ((3,), (4,)),
        {"in1_features": 3, "in2_features": 4, "out_features": 5, "bias": False},
        (5,),
        60,
        80,
        160,
        "5 outputs of 3 * 4 + 4 MACs",
    ),
    (
        "Embedding",
        ((2, 4),),
        {"num_embeddings": 10, "embedding_dim": 3},
        (2, 4, 3),
        30,
        0,
        0,
        "the page's example",
    ),
    (
        "Embedding",
        ((1, 1024),),
        {"num_embeddings": 50_257, "embedding_dim": 768},
        (1, 1024, 768),
        38_597_376,
        0,
        0,
        "GPT-2's tokens: https://huggingface.co/openai-community/gpt2 has wte of [50257, 768]",
    ),
    (
        "EmbeddingBag",
        ((2, 4),),
        {"num_embeddings": 10, "embedding_dim": 3},
        (2, 3),
        30,
        0,
        24,
        "means of 4: 3 + 1",
    ),
    (
        "EmbeddingBag",
        ((2, 4),),
        {"num_embeddings": 10, "embedding_dim": 3, "mode": "sum"},
        (2, 3),
        30,
        0,
        18,
        "3",
    ),
    (
        "EmbeddingBag",
        ((2, 4),),
        {"num_embeddings": 10, "embedding_dim": 3, "mode": "max"},
        (2, 3),
        30,
        0,
        18,
        "3",
    ),
    (
        "CosineSimilarity",
        ((100, 128), (100, 128)),
        {},
        (100,),
        0,
        0,
        77_000,
        "the page's example: 255 for the product, 256 a length, 3",
    ),
    (
        "CosineSimilarity",
        ((2, 3, 4), (3, 1)),
        {"dim": -2},
        (2, 4),
        0,
        0,
        160,
        "broadcast: 8 outputs of 6 * 3 + 2",
    ),
    ("PairwiseDistance", ((100, 128), (100, 128)), {}, (100,), 0, 0, 51_200, "the page's example: 4 * 128"),
    ("PairwiseDistance", ((2, 3), (3,)), {"keepdim": True}, (2, 1), 0, 0, 24, "broadcast, the axis kept"),
    ("PairwiseDistance", ((), ()), {"keepdim": True}, (), 0, 0, 4, "two numbers"),
    ("PairwiseDistance", ((2, 3), (3,)), {"p": 1.0}, (2,), 0, 0, 16, "p = 1: no powers and no root, 8 a row"),
    (
        "PairwiseDistance",
        ((2, 3), (3,)),
        {"p": float("inf")},
        (2,),
        0,
        0,
        16,
        "the largest of 3: 2 comparisons",
    ),
    ("PairwiseDistance", ((2, 3), (3,)), {"p": 0.0}, (2,), 0, 0, 22, "how many differ: no root, 11 a row"),
]


@pytest.mark.parametrize(("kind", "inputs", "arguments", "output", "params", "macs", "flops", "why"), OTHERS)
def test_shapes_and_costs(
    kind: str,
    inputs: tuple[Shape, ...],
    arguments: Arguments,
    output: Shape,
    params: int,
    macs: int,
    flops: int,
    why: str,
) -> None:
    assert effect(kind, *inputs, **arguments) == Effect((output,), params, macs, flops), why


TABLE: Arguments = {"num_embeddings": 10, "embedding_dim": 3}
BAD = [
    # kind, arguments, what is said
    ("Linear", {"in_features": 0, "out_features": 2}, "in_features: 0 is less than 1"),
    ("Linear", {"in_features": 3, "out_features": -2}, "out_features: -2 is less than 1"),
    ("Bilinear", {"in1_features": 0, "in2_features": 1, "out_features": 1}, "in1_features: 0 is less than 1"),
    ("Bilinear", {"in1_features": 1, "in2_features": 0, "out_features": 1}, "in2_features: 0 is less than 1"),
    ("Bilinear", {"in1_features": 1, "in2_features": 1, "out_features": 0}, "out_features: 0 is less than 1"),
    ("Embedding", {"num_embeddings": 0, "embedding_dim": 3}, "num_embeddings: 0 is less than 1"),
    ("EmbeddingBag", {"num_embeddings": 10, "embedding_dim": 0}, "embedding_dim: 0 is less than 1"),
    ("Embedding", TABLE | {"padding_idx": 10}, "padding_idx: 10 is no row of 10 (num_embeddings)"),
    ("Embedding", TABLE | {"padding_idx": -11}, "padding_idx: -11 is no row of 10 (num_embeddings)"),
    ("EmbeddingBag", TABLE | {"mode": "min"}, "mode: 'min' is not 'sum' or 'mean' or 'max'"),
    (
        "EmbeddingBag",
        TABLE | {"mode": "max", "sparse": True},
        "mode: 'max' goes with neither sparse nor scale_grad_by_freq",
    ),
    ("CosineSimilarity", {"eps": -1.0}, "eps: -1.0 is less than 0"),
]


@pytest.mark.parametrize(("kind", "arguments", "said"), BAD)
def test_what_is_said_of_a_bad_argument(kind: str, arguments: Arguments, said: str) -> None:
    with pytest.raises(BadArgument) as caught:
        effect(kind, *[(2, 3)] * KINDS[kind].inputs[0], **arguments)
    assert str(caught.value) == said


PAIR: Arguments = {"in1_features": 3, "in2_features": 4, "out_features": 5}
REFUSED = [
    # kind, inputs, arguments, what is said
    ("Linear", ((2, 4),), {"in_features": 3, "out_features": 2}, "expects 3 features (in_features), given 4"),
    ("Linear", ((),), {"in_features": 1, "out_features": 2}, "needs an input (..., F), given 0 axes []"),
    ("Bilinear", ((2, 4), (2, 4)), PAIR, "expects 3 features (in1_features), given 4"),
    ("Bilinear", ((2, 3), (2, 3)), PAIR, "expects 4 features (in2_features), given 3"),
    ("Bilinear", ((1, 3), (2, 4)), PAIR, "inputs [1, 3] and [2, 4] differ before their last axis"),
    ("EmbeddingBag", ((2,),), TABLE, "needs an input (N, T), given 1 axes [2]"),
    ("CosineSimilarity", ((2, 3), (2, 4)), {}, "shapes [2, 3] and [2, 4] do not broadcast"),
    ("CosineSimilarity", ((2, 3), (2, 3)), {"dim": 2}, "dim 2 is no axis of the input [2, 3]"),
    ("PairwiseDistance", ((2, 3), (4, 3)), {}, "shapes [2, 3] and [4, 3] do not broadcast"),
]


@pytest.mark.parametrize(("kind", "inputs", "arguments", "said"), REFUSED)
def test_what_is_said_of_a_refused_input(
    kind: str, inputs: tuple[Shape, ...], arguments: Arguments, said: str
) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(kind, *inputs, **arguments)
    assert str(caught.value) == said


@pytest.mark.parametrize(("kind", "argument"), [("Linear", "in_features"), ("Bilinear", "in1_features")])
def test_features_are_filled_from_the_last_axis(kind: str, argument: str) -> None:
    assert KINDS[kind].fills[argument]((2, 5, 7)) == 7
    assert KINDS[kind].fills[argument]((7,)) == 7


@st.composite
def a_linear(draw: st.DrawFn) -> Case:
    """Draw a Linear and an input that mostly fits."""
    features = draw(SIDE)
    arguments: Arguments = {"in_features": features, "out_features": draw(SIDE), "bias": draw(BOOL)}
    return (draw(near((*draw(a_shape(0, 3)), features))),), arguments


@st.composite
def a_bilinear(draw: st.DrawFn) -> Case:
    """Draw a Bilinear and two inputs that mostly fit, one of them now and then by broadcasting alone."""
    one, two, before = draw(SIDE), draw(SIDE), draw(a_shape(0, 3))
    arguments: Arguments = {"in1_features": one, "in2_features": two, "out_features": draw(SIDE)}
    inputs = (draw(near((*before, one))), draw(st.just((*before, two)) | st.just((*before[1:], two))))
    return inputs, arguments | {"bias": draw(BOOL)}


@st.composite
def a_table(draw: st.DrawFn, kind: str) -> Case:
    """Draw an embedding, its padding_idx now and then out of the table."""
    arguments: Arguments = {
        "num_embeddings": draw(SIDE),
        "embedding_dim": draw(SIDE),
        "padding_idx": draw(st.none() | st.integers(-4, 4)),
        "max_norm": draw(st.none() | st.just(1.0)),
        "sparse": draw(BOOL),
        "scale_grad_by_freq": draw(BOOL),
    }
    if kind == "Embedding":
        return (draw(a_shape()),), arguments
    mode = draw(st.sampled_from(["sum", "mean", "max", "min"]))
    last = draw(BOOL)
    return (draw(near((3, 2))),), arguments | {"mode": mode, "include_last_offset": last}


@st.composite
def a_pair(draw: st.DrawFn) -> tuple[Shape, Shape]:
    """Draw two shapes that often broadcast: an axis of the second is 1, missing or of another size."""
    shape = draw(a_shape(0, 4))
    other = tuple(draw(st.sampled_from([size, size, size, 1])) for size in shape)
    return shape, draw(near(other[draw(st.integers(0, len(other))) :]) | a_shape(0, 4))


CASES = {
    "Linear": a_linear(),
    "Bilinear": a_bilinear(),
    "Embedding": a_table("Embedding"),
    "EmbeddingBag": a_table("EmbeddingBag"),
    "CosineSimilarity": st.tuples(
        a_pair(), arguments_of(dim=st.integers(-4, 3), eps=st.sampled_from([0.0, -1.0]))
    ),
    "PairwiseDistance": st.tuples(a_pair(), arguments_of(p=st.sampled_from([2.0, 0.0, -1.0]), keepdim=BOOL)),
}


@pytest.mark.parametrize("kind", sorted(CASES))
def test_holds_against_torch(kind: str) -> None:
    holds(kind, CASES[kind], examples=100)


def test_bilinear_takes_no_scalars() -> None:
    one: Arguments = {"in1_features": 1, "in2_features": 1, "out_features": 1}
    assert agree("Bilinear", ((1,), (1,)), one)
    assert not agree("Bilinear", ((), ()), one)
    assert not agree("Bilinear", ((1,), ()), one)


def test_macs_are_what_torch_counts() -> None:
    arguments: Arguments = {"in_features": 7, "out_features": 11}
    assert effect("Linear", (2, 3, 7), **arguments).macs == counted_macs("Linear", ((2, 3, 7),), arguments)


def test_every_linear_layer_embedding_and_distance_of_torch_has_a_rule() -> None:
    of_torch = {*linear.__all__, *sparse.__all__, *distance.__all__} - {"Identity", "LazyLinear"}
    assert set(KINDS) == of_torch == set(CASES)
