"""Reshaping and averaging: rows worked by hand, and PyTorch itself.

https://docs.pytorch.org/docs/stable/generated/torch.flatten.html, torch.reshape, torch.permute, torch.mean,
torch.transpose, torch.unflatten, torch.select, torch.narrow, torch.roll
"""

from __future__ import annotations

import pytest
import torch
from hypothesis import strategies as st
from torch.nn.modules import flatten as torch_flatten

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Shape
from archcheck.rules.reshaping import FUNCTIONS, KINDS
from tests.rules_against_torch import Arguments, Case
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
    ("transpose", (2, 3, 5), {"dim0": 1, "dim1": -1}, (2, 5, 3), 0, "heads and places"),
    ("transpose", (), {"dim0": 0, "dim1": -1}, (), 0, "a scalar has one axis to PyTorch"),
    ("unflatten", (3, 4, 1), {"dim": 1, "sizes": (2, 2)}, (3, 2, 2, 1), 0, "the page's example"),
    ("unflatten", (5, 12, 3), {"dim": -2, "sizes": (2, 2, -1)}, (5, 2, 2, 3, 3), 0, "-1 is what is left"),
    ("select", (2, 3, 5), {"dim": 1, "index": -1}, (2, 5), 0, "the last place of an axis, which goes"),
    ("select", (4,), {"dim": 0, "index": 3}, (), 0, "one number is a scalar"),
    ("narrow", (3, 3), {"dim": 0, "start": 0, "length": 2}, (2, 3), 0, "the page's example"),
    ("narrow", (3, 3), {"dim": -1, "start": -1, "length": 1}, (3, 1), 0, "the page's example from the end"),
    ("narrow", (3, 3), {"dim": 0, "start": 3, "length": 0}, (0, 3), 0, "nothing, behind the last"),
    ("roll", (4, 2), {"shifts": (2, 1), "dims": (0, 1)}, (4, 2), 0, "the page's example"),
    ("roll", (4, 2), {"shifts": 9, "dims": -1}, (4, 2), 0, "farther than the axis is long"),
    ("scaled", (2, 3, 4), {"by": 8.0}, (2, 3, 4), 24, "one multiplication an element"),
]


@pytest.mark.parametrize(("kind", "shape", "arguments", "output", "flops", "why"), ROWS)
def test_shapes_and_costs(
    kind: str, shape: Shape, arguments: Arguments, output: Shape, flops: int, why: str
) -> None:
    assert effect(kind, shape, **arguments) == Effect((output,), flops=flops), why


SIZES = "needs sizes of 1 or more, and -1 at most once"
BAD = [
    # kind, arguments, what is said
    ("Unflatten", {"dim": 1, "unflattened_size": ()}, "unflattened_size: () is no list of 1 or more sizes"),
    ("Unflatten", {"dim": 1, "unflattened_size": 3}, "unflattened_size: 3 is no list of 1 or more sizes"),
    ("Unflatten", {"dim": 1, "unflattened_size": (-1, -1)}, f"unflattened_size: [-1, -1] {SIZES}"),
    ("reshape", {"shape": (0, -1)}, f"shape: [0, -1] {SIZES}"),
    ("reshape", {"shape": (-2, 3)}, f"shape: [-2, 3] {SIZES}"),
    ("unflatten", {"dim": 1, "sizes": (-1, 0)}, f"sizes: [-1, 0] {SIZES}"),
    ("narrow", {"dim": 1, "start": 0, "length": -1}, "length: -1 is less than 0"),
    ("roll", {"shifts": (1, 2), "dims": (0,)}, "dims: [0] and shifts [1, 2] are not as many"),
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
    ("transpose", (2, 3), {"dim0": 0, "dim1": 2}, "dim1 2 is no axis of the input [2, 3]"),
    ("unflatten", (2, 4), {"dim": 1, "sizes": (3, 2)}, "4 elements do not make [3, 2] (sizes)"),
    ("select", (2, 3), {"dim": 1, "index": 3}, "index 3 is not on axis 1 of the input [2, 3]"),
    ("select", (), {"dim": 0, "index": 0}, "index 0 is not on axis 0 of the input []"),
    (
        "narrow",
        (2, 3),
        {"dim": 1, "start": 2, "length": 2},
        "2 from 2 on are not on axis 1 of the input [2, 3]",
    ),
    (
        "narrow",
        (2, 3),
        {"dim": 1, "start": -4, "length": 1},
        "1 from -4 on are not on axis 1 of the input [2, 3]",
    ),
    ("roll", (2, 3), {"shifts": (1,), "dims": (2,)}, "dims 2 is no axis of the input [2, 3]"),
]


@pytest.mark.parametrize(("kind", "shape", "arguments", "said"), REFUSED)
def test_what_is_said_of_a_refused_input(kind: str, shape: Shape, arguments: Arguments, said: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(kind, shape, **arguments)
    assert str(caught.value) == said


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


@st.composite
def an_unflatten(draw: st.DrawFn) -> Case:
    """Draw what `Unflatten` takes, by the names that the function has."""
    shapes, arguments = draw(an_unflattened())
    return shapes, {"dim": arguments["dim"], "sizes": arguments["unflattened_size"]}


SOME = st.lists(st.integers(-4, 4), min_size=1, max_size=2).map(tuple)
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
    "transpose": st.tuples(st.tuples(a_shape()), arguments_of(dim0=DIM, dim1=DIM)),
    "unflatten": an_unflatten(),
    "select": st.tuples(st.tuples(a_shape()), arguments_of(dim=st.integers(-2, 2), index=st.integers(-4, 3))),
    "narrow": st.tuples(
        st.tuples(a_shape(0, 3)),
        arguments_of(dim=st.integers(-2, 2), start=st.integers(-4, 4), length=st.integers(-1, 3)),
    ),
    "roll": st.tuples(st.tuples(a_shape(1, 4)), arguments_of(shifts=SOME, dims=SOME)),
    "scaled": st.tuples(st.tuples(a_shape()), arguments_of(by=st.floats(-2, 2))),
}


@pytest.mark.parametrize("kind", sorted(CASES))
def test_holds_against_torch(kind: str) -> None:
    holds(kind, CASES[kind], examples=150, refuses=kind != "scaled")


def test_unflatten_takes_no_number_and_no_scalar() -> None:
    assert not agree("Unflatten", ((2, 3),), {"dim": 1, "unflattened_size": 3})
    assert not agree("Unflatten", ((),), {"dim": 0, "unflattened_size": (1,)})


def test_every_reshaping_module_of_torch_and_every_function_has_a_rule_and_a_property() -> None:
    assert set(KINDS) == set(torch_flatten.__all__)
    assert {*KINDS, *FUNCTIONS} == set(CASES)
