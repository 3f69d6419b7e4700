"""What operators cost that do the same for every element: worked from the formula beside each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from archcheck.operations import Operations
from tests.counted import a, arithmetic_of, ops_of, whole

X = (2, 3)
C64 = torch.complex64

ROWS: list[tuple[Callable[..., Any], tuple[Any, ...], Operations, str]] = [
    (torch.add, (a(*X), a(3)), Operations(adds=6), "broadcast: an addition an element given"),
    (lambda x: x + 1, (a(*X),), Operations(adds=6), "a number"),
    (lambda x: x.add_(x), (a(*X),), Operations(adds=6), "in place"),
    (lambda x: torch.add(x, x, alpha=2), (a(*X),), Operations(adds=6, multiplies=6), "alpha multiplies"),
    (lambda x: x - x, (a(*X),), Operations(adds=6), "a subtraction is an addition"),
    (lambda x: 1 - x, (a(*X),), Operations(adds=6), "from a number"),
    (lambda x: x * 2 / 3, (a(*X),), Operations(multiplies=6, divisions=6), "times, divided"),
    (lambda x: x**2, (a(*X),), Operations(multiplies=6), "a square is a product"),
    (lambda x: x**3, (a(*X),), Operations(exponentials=6), "any other power is one"),
    (lambda x: 2**x, (a(*X),), Operations(exponentials=6), "a number to a power"),
    (lambda x: x + x, (a(*X, dtype=C64),), Operations(adds=12), "complex: both parts"),
    (lambda x: x * x, (a(*X, dtype=C64),), Operations(multiplies=24, adds=12), "(a+bi)(c+di): 4 products, 2 sums"),
    (lambda x, y: x * y, (a(*X, dtype=C64), a(*X)), Operations(multiplies=12), "complex by real"),
    (torch.abs, (a(*X, dtype=C64),), Operations(multiplies=12, adds=6, exponentials=6), "sqrt(a*a + b*b)"),
    (torch.polar, (a(*X), a(*X)), Operations(exponentials=12, multiplies=12), "r cos a, r sin a: rotary embeddings"),
    (torch.div, (a(*X, dtype=C64),) * 2, Operations(multiplies=36, adds=18, divisions=12), "x * conj(y) / |y|^2"),
    (torch.exp, (a(*X, dtype=C64),), Operations(exponentials=18, multiplies=12), "exp(a) * (cos(b), sin(b))"),
    (torch.linalg.cross, (a(*X), a(*X)), Operations(multiplies=12, adds=6), "a * d - b * c"),
    (torch.abs, (a(*X),), Operations(), "an absolute value is no arithmetic"),
    (torch.neg, (a(*X),), Operations(), "nor is a sign"),
    (lambda x: x.clamp(0, 1), (a(*X),), Operations(comparisons=12), "two bounds"),
    (lambda x: x.clamp(min=0), (a(*X),), Operations(comparisons=6), "one bound"),
    (lambda x: x > 0, (a(*X),), Operations(comparisons=6), "gives truth values, compares numbers"),
    (torch.maximum, (a(*X), a(*X)), Operations(comparisons=6), "the larger of two"),
    (lambda x: torch.where(x > 0, x, 0), (a(*X),), Operations(comparisons=6), "the choice itself is free"),
    (lambda x: x.masked_fill(x > 0, 0), (a(*X),), Operations(comparisons=6), "and so is a mask"),
    (torch.rsqrt, (a(*X),), Operations(exponentials=6), "a power of -1/2"),
    (lambda x: x.sin() * x.cos(), (a(*X),), Operations(exponentials=12, multiplies=6), "rotary embeddings"),
    (torch.remainder, (a(*X), a(*X)), Operations(divisions=6, multiplies=6, adds=6), "x - floor(x / y) * y"),
    (torch.lerp, (a(*X), a(*X), 0.5), Operations(adds=12, multiplies=6), "x + w * (y - x)"),
    (torch.sigmoid, (a(*X),), Operations(exponentials=6, adds=6, divisions=6), "1 / (1 + exp(-x))"),
    (F.silu, (a(*X),), Operations(exponentials=6, adds=6, divisions=6, multiplies=6), "x * sigmoid(x)"),
    (F.relu, (a(*X),), Operations(comparisons=6), "max(0, x)"),
    (F.gelu, (a(*X),), Operations(multiplies=12, adds=6, divisions=6, exponentials=6), "x * (0.5 * (1 + erf(x / s)))"),
    (F.elu, (a(*X),), Operations(comparisons=6, exponentials=6, adds=6, multiplies=6), "a * (exp(x) - 1)"),
    (F.selu, (a(*X),), Operations(comparisons=12, exponentials=6, adds=12, multiplies=12), "7: the page's formula"),
    (lambda x: F.dropout(x, 0.5), (a(*X),), Operations(divisions=6, multiplies=6), "mask / keep, x * mask"),
    (lambda x: F.dropout(x, 0.5, False), (a(*X),), Operations(), "nothing in evaluation"),
    (lambda x: x + x, (whole(*X),), Operations(), "whole numbers are indices, not arithmetic"),
    (lambda x: x * 0.5, (whole(*X),), Operations(multiplies=6), "but not where numbers with a point come of them"),
    (lambda x: x & x, (a(*X, dtype=torch.bool),), Operations(), "truth values"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "given", "expected", "why"), ROWS, ids=[row[3] for row in ROWS])
def test_what_an_operator_costs(
    function: Callable[..., Any], given: tuple[Any, ...], expected: Operations, why: str
) -> None:
    assert arithmetic_of(function, *given) == expected, why


def test_the_fused_dropout_costs_what_the_others_do() -> None:
    fused = arithmetic_of(lambda x: torch.native_dropout(x, 0.5, True), a(*X))
    assert fused == arithmetic_of(lambda x: F.dropout(x, 0.5), a(*X))


@pytest.mark.parametrize("function", [torch.sqrt, torch.sigmoid], ids=["sqrt", "sigmoid"])
def test_what_no_formula_says_is_unknown(function: Callable[..., Any]) -> None:
    (op,) = ops_of(function, a(*X, dtype=C64))
    assert op.operations is None, "a root of a complex number has no rule"
