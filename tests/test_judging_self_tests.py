"""Calls by which a document tries its own models: which failures are its own, and what is said of them."""

from __future__ import annotations

import pytest

from archcheck.judging.judge import judge
from archcheck.report.values import check_lines
from archcheck.results import Check, Verification
from archcheck.running.observed import Called, Observed
from tests.bound import code

PROGRAM = code("x = torch.ones(64, 1, 28, 28)\ny = net(x)")


def checks(error: str | None, *, line: int = 2, turn: int = 0, part: str | None = None) -> tuple[Check, ...]:
    called = Called(turn, "Net", ((64, 1, 28, 28),), "document", error, line=line, part=part)
    return judge(PROGRAM, Observed("meta", called=(called,))).checks


OF_SHAPES = [
    "RuntimeError: Given input size: (256x2x2). Calculated output size: (256x0x0). Output size is too small",
    "RuntimeError: mat1 and mat2 shapes cannot be multiplied (64x256 and 6400x4096)",
    "RuntimeError: Given groups=1, weight of size [6, 3, 5, 5], expected input[1, 1, 28, 28] to have 3 channels",
    "AssertionError: Input image size (28*28) doesn't match model (224*224).",
    "ValueError: expected 4 dimensions",
    "RuntimeError: a and b must have same reduction dim, but got [64, 5408] X [100, 10].",
    "RuntimeError: input.size(-1) must be equal to input_size. Expected 8, got 9",
    "RuntimeError: running_mean should contain 4 elements not 3",
    "RuntimeError: Given normalized_shape=[7], expected input with shape [*, 7], but got input of size[2, 8]",
]
OF_ELSE = [
    None,
    "NameError: name 'size' is not defined",
    "TypeError: forward() takes 2 positional arguments; shape",
    "RuntimeError: mat1 and mat2 must have the same dtype, but got Half and Float",
    "RuntimeError: Tensor.item() cannot be called on meta tensors of this size",
    "RuntimeError: CUDA out of memory; size of the block",
    "RuntimeError: expected scalar type Float but found Long for an input of shape [2, 3]",
    "RuntimeError: a leaf Variable that requires grad is used in an in-place operation of shape [2]",
]


@pytest.mark.parametrize("error", OF_SHAPES)
def test_a_failure_for_shapes_differs(error: str) -> None:
    [check] = checks(error, part="pool (MaxPool2d) receives 64x256x2x2")
    assert (check.status, check.quantity, check.line) == ("differs", "runs", 2)
    assert check_lines(Verification("net.md", "net.md", "meta", (check,)), "differs") == [
        f"net.md:2: net(x) fails with 64x1x28x28: {error}",
        "    pool (MaxPool2d) receives 64x256x2x2",
    ]


@pytest.mark.parametrize("error", OF_ELSE)
def test_a_failure_for_something_else_says_nothing_of_shapes(error: str | None) -> None:
    assert checks(error) == ()


def test_a_failure_of_another_call_is_not_this_one() -> None:
    assert checks(OF_SHAPES[0], line=1) == ()
    assert checks(OF_SHAPES[0], turn=1) == ()
