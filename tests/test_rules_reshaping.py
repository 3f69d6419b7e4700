"""Reshaping, averaging and joining: rows worked by hand, and PyTorch itself.

https://docs.pytorch.org/docs/stable/generated/torch.flatten.html, torch.reshape, torch.permute, torch.mean,
torch.cat, and https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.nn.modules import flatten as torch_flatten

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Shape
from archcheck.rules.reshaping import FUNCTIONS, KINDS, add, concat
from tests.rules_against_torch import REFUSALS, Arguments, Case
from tests.rules_against_torch_sequences import BOOL, a_shape, agree, arguments_of, effect, holds, near

ROWS = [
    # kind, shape, arguments, output, flops, why this row
    ("Flatten", (32, 1, 5, 5), {}, (32, 25), 0, "the page's example: the batch stays"),
    ("Flatten", (32, 1, 5, 5), {"start_dim": 0, "end_dim": 2}, (160, 5), 0, "the page's other example"),
    ("Flatten", (2, 3), {}, (2, 3), 0, "one axis alone stays"),
    (
        "flatten",
        (2, 256, 6, 6),
        {"start_dim": 1, "end_dim": -1},
        (2, 9216),
        0,
        "AlexNet before its classifier",
    ),
    ("flatten", (), {"start_dim": 0, "end_dim": -1}, (1,), 0, "a scalar becomes a list of one"),
    ("Unflatten", (2, 50), {"dim": 1, "unflattened_size": (2, 5, 5)}, (2, 2, 5, 5), 0, "the page's example"),
    ("Unflatten", (2, 50), {"dim": -1, "unflattened_size": [5, -1]}, (2, 5, 10), 0, "-1 is what is left"),
    ("reshape", (2, 3, 4), {"shape": (-1, 6)}, (4, 6), 0, "-1 is what is left"),
    ("reshape", (2, 3, 4), {"shape": [24]}, (24,), 0, "a list"),
    ("reshape", (1, 1), {"shape": ()}, (), 0, "one element as a scalar"),
    ("permute", (2, 3, 5), {"dims": (2, 0, 1)}, (5, 2, 3), 0, "the page's example"),
    ("permute", (2, 3, 5), {"dims": (0, -1, 1)}, (2, 5, 3), 0, "-1 is the last axis"),
    (
        "mean",
        (2, 512, 7, 7),
        {"dim": (2, 3), "keepdim": False},
        (2, 512),
        50_176,
        "1024 of 48 additions and 1",
    ),
    ("mean", (2, 3, 4), {"dim": -1, "keepdim": True}, (2, 3, 1), 24, "6 of 3 additions and 1"),
    ("mean", (2, 3, 4), {"dim": (), "keepdim": False}, (), 24, "no axis named: all"),
    ("mean", (2, 3, 4), {"dim": (), "keepdim": True}, (1, 1, 1), 24, "no axis named: all, kept"),
]


@pytest.mark.parametrize(("kind", "shape", "arguments", "output", "flops", "why"), ROWS)
def test_shapes_and_costs(
    kind: str, shape: Shape, arguments: Arguments, output: Shape, flops: int, why: str
) -> None:
    assert effect(kind, shape, **arguments) == Effect((output,), flops=flops), why


ADDED = [
    # shapes, output, flops, why this row
    (((1, 64, 56, 56), (1, 64, 56, 56)), (1, 64, 56, 56), 200_704, "ResNet's residual: one an element"),
    (((2, 3), (2, 3), (2, 3)), (2, 3), 12, "three branches: two an element"),
    (((5, 1, 4, 1), (3, 1, 1)), (5, 3, 4, 1), 60, "the broadcasting page's example"),
    (((2, 3),), (2, 3), 0, "one branch alone"),
]


@pytest.mark.parametrize(("shapes", "output", "flops", "why"), ADDED)
def test_add(shapes: tuple[Shape, ...], output: Shape, flops: int, why: str) -> None:
    assert add(*shapes) == Effect((output,), flops=flops), why


JOINED = [
    # shapes, dim, output, why this row
    (((2, 3), (2, 3), (2, 3)), 0, (6, 3), "the page's example"),
    (((2, 3), (2, 3), (2, 3)), 1, (2, 9), "the page's other example"),
    (
        ((1, 64, 28, 28), (1, 128, 28, 28), (1, 32, 28, 28), (1, 32, 28, 28)),
        1,
        (1, 256, 28, 28),
        "GoogLeNet 3a",
    ),
    (((2, 3), (4, 3)), -2, (6, 3), "-2 is the last but one"),
]


@pytest.mark.parametrize(("shapes", "dim", "output", "why"), JOINED)
def test_concat(shapes: tuple[Shape, ...], dim: int, output: Shape, why: str) -> None:
    assert concat(*shapes, dim=dim) == Effect((output,)), why


SIZES = "needs sizes of 1 or more, and -1 at most once"
BAD = [
    # kind, arguments, what is said
    ("Unflatten", {"dim": 1, "unflattened_size": ()}, "unflattened_size: () is no list of 1 or more sizes"),
    ("Unflatten", {"dim": 1, "unflattened_size": 3}, "unflattened_size: 3 is no list of 1 or more sizes"),
    ("Unflatten", {"dim": 1, "unflattened_size": (-1, -1)}, f"unflattened_size: [-1, -1] {SIZES}"),
    ("reshape", {"shape": (0, -1)}, f"shape: [0, -1] {SIZES}"),
    ("reshape", {"shape": (-2, 3)}, f"shape: [-2, 3] {SIZES}"),
]


@pytest.mark.parametrize(("kind", "arguments", "said"), BAD)
def test_what_is_said_of_a_bad_argument(kind: str, arguments: Arguments, said: str) -> None:
    with pytest.raises(BadArgument) as caught:
        effect(kind, (2, 3), **arguments)
    assert str(caught.value) == said


REFUSED = [
    # kind, shape, arguments, what is said
    ("Flatten", (2,), {}, "start_dim 1 is no axis of the input [2]"),
    ("Flatten", (2, 3), {"end_dim": 2}, "end_dim 2 is no axis of the input [2, 3]"),
    ("Flatten", (2, 3, 4), {"start_dim": 2, "end_dim": 1}, "start_dim 2 comes after end_dim 1 in [2, 3, 4]"),
    ("Unflatten", (2, 3), {"dim": 2, "unflattened_size": (3,)}, "dim 2 is no axis of the input [2, 3]"),
    (
        "Unflatten",
        (2, 4),
        {"dim": 1, "unflattened_size": (3, -1)},
        "4 elements do not make [3, -1] (unflattened_size)",
    ),
    ("Unflatten", (), {"dim": 0, "unflattened_size": (1,)}, "needs an input of 1 or more axes"),
    ("reshape", (2, 3), {"shape": (4, 2)}, "6 elements do not make [4, 2] (shape)"),
    ("reshape", (2, 3), {"shape": (3,)}, "6 elements do not make [3] (shape)"),
    ("permute", (2, 3), {"dims": (0, 0)}, "dims [0, 0] do not name each axis of [2, 3] once"),
    ("permute", (2, 3), {"dims": (0,)}, "dims [0] do not name each axis of [2, 3] once"),
    ("permute", (2, 3), {"dims": (0, 2)}, "dims 2 is no axis of the input [2, 3]"),
    ("mean", (2, 3), {"dim": 2, "keepdim": False}, "dim 2 is no axis of the input [2, 3]"),
    ("mean", (2, 3), {"dim": (0, -2), "keepdim": False}, "dim (0, -2) names an axis of [2, 3] twice"),
]


@pytest.mark.parametrize(("kind", "shape", "arguments", "said"), REFUSED)
def test_what_is_said_of_a_refused_input(kind: str, shape: Shape, arguments: Arguments, said: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(kind, shape, **arguments)
    assert str(caught.value) == said


def test_what_is_said_of_branches_that_do_not_join() -> None:
    with pytest.raises(RefusedInput, match=r"^shapes \[2, 3\] and \[2, 4\] do not broadcast$"):
        add((2, 3), (2, 4))
    with pytest.raises(RefusedInput, match=r"^shapes \[2, 3\] and \[4, 4\] differ outside of dim 0$"):
        concat((2, 3), (4, 4), dim=0)
    with pytest.raises(RefusedInput, match=r"^dim 2 is no axis of the input \[2, 3\]$"):
        concat((2, 3), (2, 3), dim=2)
    with pytest.raises(RefusedInput, match=r"^needs 1 or more inputs of 1 or more axes to join$"):
        concat(dim=0)
    with pytest.raises(RefusedInput, match=r"^needs 1 or more inputs to add$"):
        add()


DIM = st.integers(-4, 4)
KEPT = st.sampled_from([(1, 1), (2, 1), (2, 2), (3, 1), (4, 1), (2, 3)])


@st.composite
def an_unflattened(draw: st.DrawFn) -> Case:
    """Draw an axis and sizes that mostly multiply up to it, one of them perhaps -1."""
    sizes = list(draw(a_shape(0, 3)))
    total = int(torch.Size(sizes).numel())
    if draw(BOOL) and sizes:
        sizes[draw(st.integers(0, len(sizes) - 1))] = draw(st.sampled_from([-1, -1, -1, -2]))
    dim = draw(st.integers(-2, 2))
    shape = tuple(total if axis == dim % 2 else 2 for axis in range(2))
    return (draw(near(shape)),), {"dim": dim, "unflattened_size": tuple(sizes)}


@st.composite
def a_reshaped(draw: st.DrawFn) -> Case:
    """Draw a shape and an order of its sides, one of them perhaps -1, two merged, or one too many."""
    shape = draw(a_shape(0, 4))
    wanted = list(draw(st.permutations(shape)))
    if draw(BOOL) and wanted:
        wanted[draw(st.integers(0, len(wanted) - 1))] = draw(st.sampled_from([-1, -1, -1, -2, 3]))
    wanted += draw(st.sampled_from([[], [], [], [1], [2], [-1]]))
    return (shape,), {"shape": tuple(wanted)}


@st.composite
def a_permuted(draw: st.DrawFn) -> Case:
    """Draw an order of all axes, some counted from behind, or something like one."""
    shape = draw(a_shape(0, 4))
    order = [
        draw(st.sampled_from([axis, axis - len(shape)])) for axis in draw(st.permutations(range(len(shape))))
    ]
    return (shape,), {"dims": draw(st.just(tuple(order)) | st.lists(DIM, max_size=4).map(tuple))}


CASES: dict[str, st.SearchStrategy[Case]] = {
    "Flatten": st.tuples(st.tuples(a_shape()), arguments_of(start_dim=DIM, end_dim=DIM)),
    "flatten": st.tuples(st.tuples(a_shape()), arguments_of(start_dim=DIM, end_dim=DIM)),
    "Unflatten": an_unflattened(),
    "reshape": a_reshaped(),
    "permute": a_permuted(),
    "mean": st.tuples(
        st.tuples(a_shape(0, 4)),
        arguments_of(dim=DIM | st.lists(st.integers(-3, 3), max_size=3).map(tuple), keepdim=BOOL),
    ),
}


@pytest.mark.parametrize("kind", sorted(CASES))
def test_holds_against_torch(kind: str) -> None:
    holds(kind, CASES[kind], examples=150)


def test_unflatten_takes_no_number_and_no_scalar() -> None:
    assert not agree("Unflatten", ((2, 3),), {"dim": 1, "unflattened_size": 3})
    assert not agree("Unflatten", ((),), {"dim": 0, "unflattened_size": (1,)})


@st.composite
def branches(draw: st.DrawFn) -> tuple[Shape, ...]:
    """Draw one to three shapes that often broadcast or join."""
    shape = draw(a_shape(0, 3))
    like = st.tuples(*[st.sampled_from([size, size, size, 1]) for size in shape])
    return (shape, *draw(st.lists(like.flatmap(near), max_size=2)))


@pytest.mark.parametrize("kind", ["add", "concat"])
def test_branches_hold_against_torch(kind: str) -> None:
    accepted: list[bool] = []

    @settings(
        max_examples=150,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(branches(), st.integers(-3, 2))
    def agrees(shapes: tuple[Shape, ...], dim: int) -> None:
        inputs = [torch.zeros(shape) for shape in shapes]
        expected: Any = None
        try:
            expected = torch.cat(inputs, dim) if kind == "concat" else sum(inputs[1:], inputs[0])
        except REFUSALS:
            with pytest.raises(RefusedInput):
                concat(*shapes, dim=dim) if kind == "concat" else add(*shapes)
        else:
            found = concat(*shapes, dim=dim) if kind == "concat" else add(*shapes)
            assert found.outputs == (expected.shape,)
        accepted.append(expected is not None)

    agrees()
    assert min(accepted.count(True), accepted.count(False)) >= 15


def test_every_reshaping_module_of_torch_and_every_function_has_a_rule_and_a_property() -> None:
    assert set(KINDS) == set(torch_flatten.__all__)
    assert {*KINDS, *FUNCTIONS} == set(CASES)
