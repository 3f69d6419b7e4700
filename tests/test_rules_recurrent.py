"""Recurrent layers: rows worked by hand from the formulas on PyTorch's pages, and PyTorch itself.

https://docs.pytorch.org/docs/stable/nn.html#recurrent-layers. A hidden unit takes, besides its products and
biases: RNN 2 (a sum, tanh); GRU 14 (r and z: a sum, a sigmoid of 3; n: times r, a sum, tanh; then h - n, times z,
plus n); LSTM 19 (i, f, o: a sum, a sigmoid of 3; g: a sum, tanh; c: times, times, plus; h: tanh, times).
"""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from torch.nn.modules import rnn

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Shape
from archcheck.rules.recurrent import KINDS
from tests.rules_against_torch import Arguments, Case
from tests.rules_against_torch_sequences import BOOL, SIDE, counted_macs, effect, holds, near

ROWS = [
    # kind, input, arguments, outputs, params, macs, flops, why this row
    (
        "RNN",
        (5, 3, 10),
        {"input_size": 10, "hidden_size": 20, "num_layers": 2},
        ((5, 3, 20), (2, 3, 20)),
        1480,
        21_000,
        44_400,
        "the page's example: 15 rows of 20 * 30 and 20 * 40 MACs; 4 operations more a unit",
    ),
    (
        "GRU",
        (5, 3, 10),
        {"input_size": 10, "hidden_size": 20, "num_layers": 2},
        ((5, 3, 20), (2, 3, 20)),
        4440,
        63_000,
        138_000,
        "the page's example: three times the RNN; 14 + 6 biases a unit",
    ),
    (
        "LSTM",
        (5, 3, 10),
        {"input_size": 10, "hidden_size": 20, "num_layers": 2},
        ((5, 3, 20), (2, 3, 20), (2, 3, 20)),
        5920,
        84_000,
        184_200,
        "the page's example: four times the RNN; 19 + 8 biases a unit",
    ),
    (
        "LSTM",
        (3, 5, 10),
        {"input_size": 10, "hidden_size": 20, "num_layers": 2, "batch_first": True},
        ((3, 5, 20), (2, 3, 20), (2, 3, 20)),
        5920,
        84_000,
        184_200,
        "the same with the batch before the length: the states keep it second",
    ),
    (
        "RNN",
        (5, 10),
        {"input_size": 10, "hidden_size": 20, "bias": False, "nonlinearity": "relu"},
        ((5, 20), (1, 20)),
        600,
        3000,
        6200,
        "no batch, no bias: 5 rows of 600 MACs and 20 * 2",
    ),
    (
        "GRU",
        (5, 3, 10),
        {"input_size": 10, "hidden_size": 20, "num_layers": 2, "bidirectional": True},
        ((5, 3, 40), (4, 3, 20)),
        11_280,
        162_000,
        348_000,
        "15 rows, two directions of 3 * 20 * 30 and, 40 wide, 3 * 20 * 60; 20 operations a unit, 4 * 20 units",
    ),
    (
        "LSTM",
        (1, 1, 3),
        {"input_size": 3, "hidden_size": 4, "proj_size": 2, "num_layers": 2},
        ((1, 1, 2), (2, 1, 2), (2, 1, 4)),
        224,
        160,
        536,
        "16 * (3 + 2) + 8 and 16 * (2 + 2) + 8 MACs; twice 4 units of 19 + 8",
    ),
    (
        "RNNCell",
        (3, 10),
        {"input_size": 10, "hidden_size": 20},
        ((3, 20),),
        640,
        1800,
        3840,
        "the page's example, one step: 3 rows of 600 MACs and 20 * 4",
    ),
    (
        "GRUCell",
        (3, 10),
        {"input_size": 10, "hidden_size": 20},
        ((3, 20),),
        1920,
        5400,
        12_000,
        "the page's example: 3 rows of 1800 MACs and 20 * 20",
    ),
    (
        "LSTMCell",
        (3, 10),
        {"input_size": 10, "hidden_size": 20},
        ((3, 20), (3, 20)),
        2560,
        7200,
        16_020,
        "the page's example: 3 rows of 2400 MACs and 20 * 27",
    ),
    (
        "LSTMCell",
        (10,),
        {"input_size": 10, "hidden_size": 20, "bias": False},
        ((20,), (20,)),
        2400,
        2400,
        5180,
        "no batch, no bias: 2400 MACs and 20 * 19",
    ),
]


@pytest.mark.parametrize(("kind", "x", "arguments", "outputs", "params", "macs", "flops", "why"), ROWS)
def test_shapes_and_costs(
    kind: str,
    x: Shape,
    arguments: Arguments,
    outputs: tuple[Shape, ...],
    params: int,
    macs: int,
    flops: int,
    why: str,
) -> None:
    assert effect(kind, x, **arguments) == Effect(outputs, params, macs, flops), why


SMALL: Arguments = {"input_size": 3, "hidden_size": 4}
BAD = [
    # kind, arguments, what is said
    ("RNN", {"input_size": 0, "hidden_size": 4}, "input_size: 0 is less than 1"),
    ("GRU", {"input_size": 3, "hidden_size": -4}, "hidden_size: -4 is less than 1"),
    ("LSTM", SMALL | {"num_layers": 0}, "num_layers: 0 is not between 1 and 10000"),
    ("LSTM", SMALL | {"num_layers": 10_001}, "num_layers: 10001 is not between 1 and 10000"),
    ("LSTM", SMALL | {"proj_size": 4}, "proj_size: 4 is not between 0 and hidden_size 4 less 1"),
    ("LSTM", SMALL | {"proj_size": -1}, "proj_size: -1 is not between 0 and hidden_size 4 less 1"),
    ("RNN", SMALL | {"dropout": 1.5}, "dropout: 1.5 is not a number between 0 and 1"),
    ("RNN", SMALL | {"dropout": True}, "dropout: True is not a number between 0 and 1"),
    ("RNN", SMALL | {"nonlinearity": "gelu"}, "nonlinearity: 'gelu' is not 'tanh' or 'relu'"),
    ("RNNCell", SMALL | {"nonlinearity": "gelu"}, "nonlinearity: 'gelu' is not 'tanh' or 'relu'"),
    ("GRUCell", {"input_size": 0, "hidden_size": 4}, "input_size: 0 is less than 1"),
    ("LSTMCell", {"input_size": 3, "hidden_size": 0}, "hidden_size: 0 is less than 1"),
]


@pytest.mark.parametrize(("kind", "arguments", "said"), BAD)
def test_what_is_said_of_a_bad_argument(kind: str, arguments: Arguments, said: str) -> None:
    with pytest.raises(BadArgument) as caught:
        effect(kind, (5, 3), **arguments)
    assert str(caught.value) == said


REFUSED = [
    # kind, input, arguments, what is said
    ("RNN", (5, 2, 4), {}, "expects 3 features (input_size), given 4"),
    ("GRU", (3,), {}, "needs an input (L, N, F) or (L, F), given 1 axes [3]"),
    (
        "LSTM",
        (1, 5, 2, 3),
        {"batch_first": True},
        "needs an input (N, L, F) or (L, F), given 4 axes [1, 5, 2, 3]",
    ),
    ("GRUCell", (2, 4), {}, "expects 3 features (input_size), given 4"),
    ("LSTMCell", (5, 2, 3), {}, "needs an input (N, F) or (F), given 3 axes [5, 2, 3]"),
]


@pytest.mark.parametrize(("kind", "x", "arguments", "said"), REFUSED)
def test_what_is_said_of_a_refused_input(kind: str, x: Shape, arguments: Arguments, said: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(kind, x, **SMALL, **arguments)
    assert str(caught.value) == said


def test_ten_thousand_layers_are_still_taken() -> None:
    """The first has 4 * 3 weights, 4 * 4 and 2 * 4 biases; all the others 4 * 4, 4 * 4 and 2 * 4."""
    assert effect("RNN", (5, 3), **SMALL, num_layers=10_000).params == 36 + 9_999 * 40


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_input_size_is_filled_from_the_last_axis(kind: str) -> None:
    assert KINDS[kind].fills["input_size"]((5, 2, 7)) == 7


@st.composite
def a_layer(draw: st.DrawFn, kind: str) -> Case:
    """Draw a recurrent layer and an input that mostly fits, with and without batch axis."""
    features = draw(SIDE)
    arguments: Arguments = {
        "input_size": features,
        "hidden_size": draw(SIDE),
        "num_layers": draw(st.sampled_from([1, 1, 2, 2, 3, 3, 0])),
        "bias": draw(BOOL),
        "batch_first": draw(BOOL),
        "dropout": draw(st.sampled_from([0.0, 0.0, 0.0, 0.5, 1, 1.5])),
        "bidirectional": draw(BOOL),
    }
    if kind == "RNN":
        arguments["nonlinearity"] = draw(st.sampled_from(["tanh", "relu", "relu", "gelu"]))
    if kind == "LSTM":
        arguments["proj_size"] = draw(st.sampled_from([0, 0, 0, 1, 2, 3, -1]))
    return (draw(near((draw(SIDE), *draw(st.sampled_from([(), (2,), (3,)])), features))),), arguments


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_layers_hold_against_torch(kind: str) -> None:
    holds(kind, a_layer(kind), examples=100)


@st.composite
def a_cell(draw: st.DrawFn, kind: str) -> Case:
    """Draw a cell and an input that mostly fits, with and without batch axis."""
    features = draw(SIDE)
    arguments: Arguments = {"input_size": features, "hidden_size": draw(SIDE), "bias": draw(BOOL)}
    if kind == "RNNCell":
        arguments["nonlinearity"] = draw(st.sampled_from(["tanh", "relu", "relu", "gelu"]))
    return (draw(near((features,)) | near((draw(SIDE), features))),), arguments


@pytest.mark.parametrize("kind", ["RNNCell", "GRUCell", "LSTMCell"])
def test_cells_hold_against_torch(kind: str) -> None:
    holds(kind, a_cell(kind))


@pytest.mark.parametrize(
    ("kind", "x", "arguments"), [row[:3] for row in ROWS], ids=[f"{row[0]}-{row[1]}" for row in ROWS]
)
def test_macs_are_what_torch_counts(kind: str, x: Shape, arguments: Arguments) -> None:
    assert effect(kind, x, **arguments).macs == counted_macs(kind, (x,), arguments)


def test_every_recurrent_layer_of_torch_has_a_rule() -> None:
    assert set(KINDS) == set(rnn.__all__) - {"RNNBase", "RNNCellBase"}
