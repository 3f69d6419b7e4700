"""An error that wants an argument of another kind: a tensor instead of nothing, a number instead of a tensor."""

from __future__ import annotations

from typing import Any

import pytest

from archcheck.arguments import Argument
from archcheck.running.first_layer import Ours
from archcheck.running.retyping import of_other_kinds

N, T, D = Ours(2), Ours(7), Ours(11)
X, STATED = Argument((N, T, D)), Argument((2, 7, 11))

WANTED: list[tuple[dict[str, Any], str, list[dict[str, Any]], str]] = [
    (
        {"x": X, "mask": None},
        "'NoneType' object has no attribute 'unsqueeze'",
        [
            {"x": X, "mask": Argument((2, 7), "bool")},
            {"x": X, "mask": Argument((2, 7, 7), "bool")},
            {"x": X, "mask": Argument((2, 1, 7), "bool")},
        ],
        "a mask that is needed",
    ),
    (
        {"x": X, "hidden": None},
        "expected Tensor as element 1 in argument 0, but got NoneType",
        [{"x": X, "hidden": X}, {"x": X, "hidden": Argument((1, 2, 11))}],
        "a state that is needed",
    ),
    ({"x": X}, "'NoneType' object is not callable", [], "nothing was left out"),
    (
        {"x": X, "count": X},
        "zeros(): argument 'size' (position 1) must be tuple of ints, but found element of type Tensor at pos 0",
        [{"x": X, "count": 4}, {"x": 4, "count": X}],
        "a number, of two that it may be",
    ),
    (
        {"x": STATED, "count": X},
        "only integer tensors of a single element can be converted to an index",
        [{"x": STATED, "count": 4}],
        "what is stated stays a tensor",
    ),
    ({"x": X}, "'Tensor' object cannot be interpreted as an integer", [], "a function takes a tensor"),
    ({"x": X, "count": X}, "something else", [], "an error that nobody knows"),
]


@pytest.mark.parametrize(("call", "error", "wanted", "why"), WANTED, ids=[row[3] for row in WANTED])
def test_arguments_of_the_kind_that_an_error_wants(
    call: dict[str, Any], error: str, wanted: list[dict[str, Any]], why: str
) -> None:
    assert [one for _, one in of_other_kinds(((), call), error)] == wanted, why
