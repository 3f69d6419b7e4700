"""Activations and dropouts: rows worked from the formulas on PyTorch's pages, and PyTorch itself.

https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity
"""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import strategies as st
from torch.nn.modules import activation as torch_activation
from torch.nn.modules import dropout as torch_dropout

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.activation import KINDS
from archcheck.rules.base import Effect, Shape
from tests.rules_against_torch import Arguments
from tests.rules_against_torch_sequences import BOOL, a_shape, agree, arguments_of, effect, holds

PER_ELEMENT = [
    # kind, arguments, operations an element, which they are
    ("ReLU", {}, 1, "max"),
    ("ReLU6", {}, 2, "max, min"),
    ("LeakyReLU", {}, 2, "compare, times slope"),
    ("PReLU", {}, 2, "compare, times a"),
    ("RReLU", {}, 2, "compare, times the mean slope"),
    ("ELU", {}, 4, "compare, exp, minus 1, times alpha"),
    ("SELU", {}, 7, "max, exp, minus 1, times alpha, min, plus, times scale"),
    ("CELU", {}, 7, "max, over alpha, exp, minus 1, times alpha, min, plus"),
    ("GELU", {}, 5, "over sqrt 2, erf, plus 1, times half, times x"),
    ("GELU", {"approximate": "tanh"}, 9, "x*x, *x, times .044715, plus x, times, tanh, plus 1, x/2, times"),
    ("Sigmoid", {}, 3, "exp, plus 1, 1 over"),
    ("Hardsigmoid", {}, 4, "compare twice, over 6, plus half"),
    ("LogSigmoid", {}, 4, "exp, plus 1, 1 over, log"),
    ("Tanh", {}, 1, "tanh"),
    ("Tanhshrink", {}, 2, "tanh, minus"),
    ("Hardtanh", {}, 2, "min, max"),
    ("Hardswish", {}, 5, "compare twice, plus 3, times x, over 6"),
    ("Hardshrink", {}, 2, "compare twice"),
    ("Softshrink", {}, 3, "compare twice, minus lambda"),
    ("Softplus", {}, 6, "times beta, compare, exp, plus 1, log, times 1/beta"),
    ("Softsign", {}, 2, "1 plus |x|, over"),
    ("SiLU", {}, 4, "sigmoid 3, times x"),
    ("Mish", {}, 5, "exp, plus 1, log, tanh, times x"),
    ("Threshold", {"threshold": 0.1, "value": 20.0}, 1, "compare"),
    ("Identity", {}, 0, "nothing"),
    ("Dropout", {}, 0, "nothing in evaluation"),
    ("Dropout1d", {}, 0, "nothing in evaluation"),
    ("Dropout2d", {}, 0, "nothing in evaluation"),
    ("Dropout3d", {}, 0, "nothing in evaluation"),
    ("AlphaDropout", {}, 0, "nothing in evaluation"),
    ("FeatureAlphaDropout", {}, 0, "nothing in evaluation"),
]


@pytest.mark.parametrize(
    ("kind", "arguments", "each", "which"), PER_ELEMENT, ids=[f"{row[0]}-{row[2]}" for row in PER_ELEMENT]
)
def test_operations_an_element(kind: str, arguments: Arguments, each: int, which: str) -> None:
    params = 1 if kind == "PReLU" else 0
    assert effect(kind, (2, 3, 5), **arguments) == Effect(((2, 3, 5),), params, flops=30 * each), which


OTHERS = [
    # kind, shape, arguments, output, params, flops, why this row
    ("GLU", (4, 2), {}, (4, 1), 0, 16, "the page's example; 4 outputs of 4: sigmoid 3, times a"),
    ("GLU", (2, 6, 5), {"dim": 1}, (2, 3, 5), 0, 120, "another axis"),
    ("PReLU", (2, 8, 5), {"num_parameters": 8}, (2, 8, 5), 8, 160, "a slope a channel"),
    ("PReLU", (2, 8, 5), {}, (2, 8, 5), 1, 160, "one slope for all"),
    ("Softmax", (2, 5), {"dim": 1}, (2, 5), 0, 28, "2 rows of 5 exps, 4 additions, 5 divisions"),
    ("Softmin", (2, 5), {"dim": -1}, (2, 5), 0, 28, "as Softmax, the sign is free"),
    ("LogSoftmax", (2, 5), {"dim": 1}, (2, 5), 0, 38, "5 logs a row more"),
    ("Softmax", (2, 3, 4), {}, (2, 3, 4), 0, 60, "3 axes: dim 0 is guessed, 12 rows of 2 + 1 + 2"),
    ("Softmax", (2, 3, 1, 1), {}, (2, 3, 1, 1), 0, 16, "4 axes: dim 1 is guessed, 2 rows of 3 + 2 + 3"),
    ("Softmax", (), {"dim": 0}, (), 0, 2, "a scalar is a row of one: an exp and a division"),
    ("Softmax2d", (1, 3, 4, 5), {}, (1, 3, 4, 5), 0, 160, "20 places of 3 + 2 + 3"),
    ("Softmax2d", (3, 4, 5), {}, (3, 4, 5), 0, 160, "the same without batch axis"),
]


@pytest.mark.parametrize(("kind", "shape", "arguments", "output", "params", "flops", "why"), OTHERS)
def test_shapes_and_costs(
    kind: str, shape: Shape, arguments: Arguments, output: Shape, params: int, flops: int, why: str
) -> None:
    assert effect(kind, shape, **arguments) == Effect((output,), params, flops=flops), why


BAD = [
    # kind, arguments, what is said
    ("PReLU", {"num_parameters": 0}, "num_parameters: 0 is less than 1"),
    ("CELU", {"alpha": 0.0}, "alpha: 0 would divide by zero"),
    ("GELU", {"approximate": "erf"}, "approximate: 'erf' is not 'none' or 'tanh'"),
    ("Hardtanh", {"min_val": 2.0, "max_val": 1.0}, "max_val: 1.0 is not over min_val 2.0"),
    ("Hardtanh", {"min_value": 1.0}, "max_val: 1.0 is not over min_val 1.0"),
    ("RReLU", {"lower": 0.5, "upper": 0.25}, "lower: 0.5 is not less than or equal to upper 0.25"),
    ("RReLU", {"upper": float("inf")}, "upper: inf is not finite"),
    ("Softshrink", {"lambd": -1.0}, "lambd: -1.0 is not a number of 0 or more"),
    ("Dropout", {"p": 1.5}, "p: 1.5 is not between 0 and 1"),
    ("Dropout1d", {"p": -0.5}, "p: -0.5 is not between 0 and 1"),
]


@pytest.mark.parametrize(("kind", "arguments", "said"), BAD)
def test_what_is_said_of_a_bad_argument(kind: str, arguments: Arguments, said: str) -> None:
    with pytest.raises(BadArgument) as caught:
        effect(kind, (2, 3, 4), **arguments)
    assert str(caught.value) == said


REFUSED = [
    # kind, shape, arguments, what is said
    ("PReLU", (2, 3), {"num_parameters": 4}, "expects 4 channels (num_parameters), given 3"),
    ("PReLU", (4,), {"num_parameters": 4}, "expects 4 channels (num_parameters), given 1"),
    ("GLU", (2, 3), {}, "needs an even size to halve along dim -1, given 3"),
    ("GLU", (2, 4), {"dim": 2}, "dim 2 is no axis of the input [2, 4]"),
    ("GLU", (), {}, "needs an input of 1 or more axes, given 0 axes []"),
    ("Softmax", (2, 4), {"dim": -3}, "dim -3 is no axis of the input [2, 4]"),
    ("Softmax2d", (2, 4), {}, "needs an input (N, C, H, W) or (C, H, W), given 2 axes [2, 4]"),
    ("Dropout1d", (1, 2, 3, 4), {}, "needs an input (N, C, L) or (C, L), given 4 axes [1, 2, 3, 4]"),
]


@pytest.mark.parametrize(("kind", "shape", "arguments", "said"), REFUSED)
def test_what_is_said_of_a_refused_input(kind: str, shape: Shape, arguments: Arguments, said: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(kind, shape, **arguments)
    assert str(caught.value) == said


FLOATS = st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0])
EDGES = st.sampled_from([-1.0, 0.0, 0.5, 1.0, float("inf"), float("nan")])
P = arguments_of(p=st.sampled_from([0.0, 0.5, 1.0, -0.5, 1.5]), inplace=BOOL)
DIM = st.integers(-4, 4)
INPLACE = arguments_of(inplace=BOOL)
NONE: st.SearchStrategy[Arguments] = st.just({})

DRAWN: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "ReLU": INPLACE,
    "ReLU6": INPLACE,
    "LeakyReLU": arguments_of(negative_slope=FLOATS, inplace=BOOL),
    "PReLU": arguments_of(num_parameters=st.integers(1, 3), init=FLOATS),
    "RReLU": arguments_of(lower=EDGES, upper=EDGES, inplace=BOOL),
    "ELU": arguments_of(alpha=FLOATS, inplace=BOOL),
    "SELU": INPLACE,
    "CELU": arguments_of(alpha=FLOATS, inplace=BOOL),
    "GELU": arguments_of(approximate=st.sampled_from(["none", "tanh", "erf", ""])),
    "Sigmoid": NONE,
    "Hardsigmoid": INPLACE,
    "LogSigmoid": NONE,
    "Tanh": NONE,
    "Tanhshrink": NONE,
    "Hardtanh": arguments_of(
        min_val=FLOATS, max_val=EDGES, min_value=st.none() | FLOATS, max_value=st.none() | EDGES
    ),
    "Hardswish": INPLACE,
    "Hardshrink": arguments_of(lambd=FLOATS),
    "Softshrink": arguments_of(lambd=EDGES),
    "Softplus": arguments_of(beta=FLOATS, threshold=FLOATS),
    "Softsign": NONE,
    "SiLU": INPLACE,
    "Mish": INPLACE,
    "Threshold": arguments_of(threshold=FLOATS, value=FLOATS, inplace=BOOL),
    "GLU": arguments_of(dim=DIM),
    "Softmax": arguments_of(dim=st.none() | DIM),
    "Softmin": arguments_of(dim=st.none() | DIM),
    "LogSoftmax": arguments_of(dim=st.none() | DIM),
    "Softmax2d": NONE,
    "Identity": NONE,
    "Dropout": P,
    "Dropout1d": P,
    "Dropout2d": P,
    "Dropout3d": P,
    "AlphaDropout": P,
    "FeatureAlphaDropout": P,
}
NEVER_REFUSES = {
    "ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "Sigmoid", "Hardsigmoid", "LogSigmoid", "Tanh",
    "Tanhshrink", "Hardswish", "Hardshrink", "Softplus", "Softsign", "SiLU", "Mish", "Threshold", "Identity",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_holds_against_torch(kind: str) -> None:
    refuses = kind not in NEVER_REFUSES
    cases = st.tuples(st.tuples(a_shape()), DRAWN[kind])
    holds(kind, cases, refuses=refuses, examples=60 if refuses else 15)


def test_the_largest_lambda_is_that_of_float32() -> None:
    largest = torch.finfo(torch.float32).max
    assert agree("Softshrink", ((2,),), {"lambd": largest})
    assert not agree("Softshrink", ((2,),), {"lambd": math.nextafter(largest, math.inf)})


def test_every_activation_and_dropout_of_torch_has_a_rule_and_a_property() -> None:
    of_torch = {*torch_activation.__all__, *torch_dropout.__all__, "Identity"} - {"MultiheadAttention"}
    assert set(KINDS) == of_torch == set(DRAWN)
