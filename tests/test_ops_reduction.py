"""What operators cost that make one number of many, sort, or add up as they go: n - 1 operations for n numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from archcheck.operations import Operations
from tests.counted import a, arithmetic_of, whole

X = (2, 8)

ROWS: list[tuple[Callable[..., Any], tuple[Any, ...], Operations, str]] = [
    (torch.sum, (a(*X),), Operations(adds=15), "16 numbers to one"),
    (lambda x: x.sum(1), (a(*X),), Operations(adds=14), "two rows of 7 additions"),
    (lambda x: x.mean(0), (a(*X),), Operations(adds=8, divisions=8), "a division each"),
    (lambda x: x.sum(1), (a(*X, dtype=torch.complex64),), Operations(adds=28), "complex: twice"),
    (lambda x: x.prod(1), (a(*X),), Operations(multiplies=14), "a product"),
    (lambda x: x.amax(1), (a(*X),), Operations(comparisons=14), "the largest"),
    (lambda x: x.max(1), (a(*X),), Operations(comparisons=14), "with its place"),
    (lambda x: x.argmax(-1), (a(*X),), Operations(comparisons=14), "its place alone"),
    (lambda x: x.aminmax(dim=1), (a(*X),), Operations(comparisons=28), "both ends"),
    (lambda x: x.var(1), (a(*X),), Operations(adds=14 + 16 + 14, multiplies=16, divisions=4), "mean, n squares"),
    (lambda x: x.std(1), (a(*X),), Operations(adds=44, multiplies=16, divisions=4, exponentials=2), "and a root"),
    (lambda x: x.norm(dim=1), (a(*X),), Operations(multiplies=16, adds=14, exponentials=2), "squares, sum, root"),
    (lambda x: x.norm(p=1, dim=1), (a(*X),), Operations(adds=14), "absolute values, sum"),
    (lambda x: x.norm(p=float("inf"), dim=1), (a(*X),), Operations(comparisons=14), "the largest"),
    (lambda x: x.norm(p=3, dim=1), (a(*X),), Operations(exponentials=18, adds=14), "powers, sum, root"),
    (lambda x: x.softmax(-1), (a(*X),), Operations(exponentials=16, adds=14, divisions=16), "exp / sum of exps"),
    (lambda x: x.log_softmax(-1), (a(*X),), Operations(exponentials=32, adds=14, divisions=16), "and a logarithm"),
    (lambda x: x.logsumexp(-1), (a(*X),), Operations(exponentials=18, adds=14), "log of sum of exps"),
    (lambda x: x.cumsum(-1), (a(*X),), Operations(adds=14), "a running sum of 8"),
    (lambda x: x.cumprod(0), (a(*X),), Operations(multiplies=8), "a running product of 2"),
    (lambda x: x.cummax(0), (a(*X),), Operations(comparisons=8), "a running maximum"),
    (lambda x: x.sort(-1), (a(*X),), Operations(comparisons=48), "8 numbers: 8 * log2(8) twice"),
    (lambda x: x.argsort(0), (a(*X),), Operations(comparisons=16), "2 numbers: 2 * 1, eight times"),
    (lambda x: x.topk(1), (a(*X),), Operations(comparisons=16), "a heap of 1: one each"),
    (lambda x: x.topk(4), (a(*X),), Operations(comparisons=48), "a heap of 4: 1 + 2 levels each"),
    (lambda x: x.cumsum(-1), (whole(*X),), Operations(), "positions from a mask are whole numbers"),
    (lambda x, i: torch.zeros_like(x).scatter_add(1, i, x), (a(*X), whole(*X)), Operations(adds=16), "one each"),
    (lambda x, i: x.index_add(0, i, x), (a(*X), whole(2)), Operations(adds=16), "one each"),
    (lambda x, i: x.scatter(1, i, x), (a(*X), whole(*X)), Operations(), "a move"),
    (lambda x, i: x.scatter_reduce(1, i, x, "amax"), (a(*X), whole(*X)), Operations(comparisons=16), "one each"),
    (lambda x, i: x.scatter_reduce(1, i, x, "mean"), (a(*X), whole(*X)), Operations(adds=16, divisions=16), "shared"),
    (lambda x, i: x.index_put_((i,), x), (a(*X), whole(2)), Operations(), "a move"),
    (lambda x, i: x.index_put_((i,), x, True), (a(*X), whole(2)), Operations(adds=16), "which adds up"),
    (lambda x, i: x[i], (a(*X), whole(5)), Operations(), "a look-up"),
    (F.normalize, (a(*X),), Operations(multiplies=16, adds=14, exponentials=2, comparisons=2, divisions=16), "length"),
    (F.mse_loss, (a(*X), a(*X)), Operations(adds=16 + 15, multiplies=16, divisions=1), "mean of squares"),
    (F.cross_entropy, (a(*X), whole(2)), Operations(exponentials=32, adds=14 + 1, divisions=17), "mean of 2 logs"),
    (
        lambda x, w: F.binary_cross_entropy_with_logits(x, x, pos_weight=w),
        (a(*X), a(8)),
        Operations(adds=3 * 16 + 15, multiplies=2 * 16, exponentials=2 * 16, divisions=1),
        "(1 - y) * x + w * log(1 + exp(-x)), and a mean",
    ),
    (torch.fft.fft, (a(*X, dtype=torch.complex64),), Operations(multiplies=96, adds=144), "5 * 8 * log2(8), twice"),
    (torch.fft.rfft, (a(*X),), Operations(multiplies=48, adds=72), "real: half"),
    (torch.fft.irfft, (a(2, 5, dtype=torch.complex64),), Operations(multiplies=64, adds=72), "and 16 by 1 / 8"),
    (lambda x: torch.fft.rfft(x, norm="ortho"), (a(*X),), Operations(multiplies=48 + 20, adds=72), "10 by 1 / sqrt(8)"),
    (lambda x, i: x.put(i, x), (a(*X), whole(*X)), Operations(), "a move"),
    (lambda x, i: x.put(i, x, accumulate=True), (a(*X), whole(*X)), Operations(adds=16), "which adds up"),
    (torch.bucketize, (a(*X), a(3)), Operations(comparisons=32), "one of 4 places among 3: 2 each"),
    (torch.searchsorted, (a(2, 4), a(2, 8)), Operations(comparisons=48), "one of 5 places among 4: 3 each"),
    (
        lambda x: x.histc(4, 0, 3),
        (a(*X),),
        Operations(comparisons=32, adds=32, multiplies=16, divisions=16),
        "2 ends, a place of 3, and 1 more there: 16 times",
    ),
    (
        torch.histc,
        (a(*X),),
        Operations(comparisons=62, adds=32, multiplies=16, divisions=16),
        "its own ends are found first: 2 * 15",
    ),
    (torch.isin, (a(*X), a(3)), Operations(comparisons=48), "each with each of 3"),
    (torch.isin, (whole(*X), whole(3)), Operations(), "whole numbers are not counted"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "given", "expected", "why"), ROWS, ids=[f"{n}-{row[3]}" for n, row in enumerate(ROWS)]
)
def test_what_an_operator_costs(
    function: Callable[..., Any], given: tuple[Any, ...], expected: Operations, why: str
) -> None:
    assert arithmetic_of(function, *given) == expected, why
