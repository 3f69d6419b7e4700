"""Joins: rows worked by hand, and PyTorch itself.

https://docs.pytorch.org/docs/stable/generated/torch.cat.html, torch.matmul, torch.nn.functional, and
https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from archcheck import functions
from archcheck.errors import RefusedInput
from archcheck.rules.base import Effect, Shape
from archcheck.rules.joins import JOINS, add, attention, concat, matmul, mul
from archcheck.spec import signatures
from tests.rules_against_torch import REFUSALS, Arguments
from tests.rules_against_torch_sequences import BOOL, a_shape, near, one_thread

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


PRODUCTS = [
    # shapes, output, MACs, why this row
    (((3, 4), (4, 5)), (3, 5), 60, "3 * 5 of 4 each"),
    (((10, 3, 4), (10, 4, 5)), (10, 3, 5), 600, "the page's batched example"),
    (((10, 3, 4), (4, 5)), (10, 3, 5), 600, "the page's broadcast example"),
    (((2, 1, 3, 4), (5, 4, 1)), (2, 5, 3, 1), 120, "both sides are stretched"),
    (((3,), (3,)), (), 3, "the page's vectors: a scalar"),
    (((3, 4), (4,)), (3,), 12, "the page's matrix and vector"),
    (((4,), (2, 4, 5)), (2, 5), 40, "a vector before matrices"),
]


@pytest.mark.parametrize(("shapes", "output", "macs", "why"), PRODUCTS)
def test_matmul(shapes: tuple[Shape, Shape], output: Shape, macs: int, why: str) -> None:
    assert matmul(*shapes) == Effect((output,), macs=macs, flops=2 * macs), why


def test_mul_costs_what_add_costs() -> None:
    assert mul((1, 64, 7, 7), (1, 64, 1, 1)) == Effect(((1, 64, 7, 7),), flops=3136), "a gate: one an element"


PLAIN: Arguments = {"is_causal": False, "enable_gqa": False, "scale": None}
ATTENDED = [
    # query, key, value, mask, arguments, output, MACs, flops beside them, why this row
    # 2 * 3 heads; scores 4 * 5; MACs 120 * (8 + 7); scaling 6 * (4 + 5) * 8; softmax 3 * 120 - 24
    ((2, 3, 4, 8), (2, 3, 5, 8), (2, 3, 5, 7), None, {}, (2, 3, 4, 7), 1800, 432 + 336, "no mask"),
    ((2, 3, 4, 8), (2, 3, 5, 8), (2, 3, 5, 7), (4, 5), {}, (2, 3, 4, 7), 1800, 432 + 336 + 120, "one for all heads"),
    ((1, 1, 2, 1), (1, 1, 2, 1), (1, 1, 2, 1), None, {"is_causal": True}, (1, 1, 2, 1), 8, 4 + 10 + 4, "causal"),
    ((1, 4, 2, 1), (1, 2, 2, 1), (1, 2, 2, 1), None, {"enable_gqa": True}, (1, 4, 2, 1), 32, 16 + 40, "2 share one"),
    ((1, 4, 2, 1), (1, 2, 2, 1), (1, 1, 2, 1), None, {"enable_gqa": True}, (1, 4, 2, 1), 32, 16 + 40, "4 a value"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "key", "value", "mask", "arguments", "output", "macs", "more", "why"), ATTENDED
)
def test_attention(
    query: Shape, key: Shape, value: Shape, mask: Shape | None, arguments: Arguments, output: Shape,
    macs: int, more: int, why: str,
) -> None:  # fmt: skip
    found = attention(query, key, value, mask, **{**PLAIN, **arguments})
    assert found == Effect((output,), macs=macs, flops=2 * macs + more), why


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


Q = (2, 3, 4, 8)
REFUSED: list[tuple[Callable[[], Effect], str]] = [
    (lambda: mul(), "needs 1 or more inputs to multiply"),
    (lambda: matmul((), (3, 2)), "needs two inputs of 1 or more axes, given [] and [3, 2]"),
    (lambda: matmul((2, 3), (2,)), "expects 3 rows (as the first has columns), given 2 in [2]"),
    (lambda: matmul((2, 3), (2, 3)), "expects 3 rows (as the first has columns), given 2 in [2, 3]"),
    (lambda: matmul((2, 2, 3), (4, 3, 1)), "shapes [2] and [4] do not broadcast"),
    (
        lambda: attention(Q, (8,), Q, **PLAIN),
        "needs query, key and value (..., L, E), given [2, 3, 4, 8] and [8] and [2, 3, 4, 8]",
    ),
    (lambda: attention(Q, (2, 3, 4, 7), Q, **PLAIN), "expects keys of width 8 (the queries'), given 7"),
    (lambda: attention(Q, Q, (2, 3, 5, 8), **PLAIN), "expects 4 values (one a key), given 5"),
    (lambda: attention(Q, (2, 2, 4, 8), (2, 2, 4, 8), **PLAIN), "shapes [2, 3] and [2, 2] and [2, 2] do not broadcast"),
    (
        lambda: attention(Q, (2, 2, 4, 8), (2, 2, 4, 8), **PLAIN | {"enable_gqa": True}),
        "[2, 3] heads of queries do not share [2, 2] of keys, [2, 2] of values",
    ),
    (
        lambda: attention(Q, Q, (2, 2, 4, 8), **PLAIN | {"enable_gqa": True}),
        "[2, 3] heads of queries do not share [2, 3] of keys, [2, 2] of values",
    ),
    (lambda: attention(Q, Q, Q, (4,), **PLAIN), "needs an input (..., L, S) as mask, given 1 axes [4]"),
    (
        lambda: attention(Q, Q, Q, (2, 2, 4, 4), **PLAIN),
        "shapes [2, 2, 4, 4] and [2, 3, 4, 4] do not broadcast",
    ),
    (
        lambda: attention((1, 1, 1, 2), (1, 1, 1, 2), (1, 1, 1, 2), (5, 1), **PLAIN),
        "the mask [5, 1] does not broadcast to the scores [1, 1, 1, 1]",
    ),
    (lambda: attention(Q, Q, Q, (4, 4), **PLAIN | {"is_causal": True}), "takes a mask or is_causal, not both"),
]  # fmt: skip


@pytest.mark.parametrize(("join", "said"), REFUSED, ids=[row[1] for row in REFUSED])
def test_what_is_said_of_branches_that_do_not_fit(join: Callable[[], Effect], said: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        join()
    assert str(caught.value) == said


# Against PyTorch

Case = tuple[tuple[Shape, ...], Arguments]
CALLED: Mapping[str, Callable[..., torch.Tensor]] = {
    "add": lambda *given: reduce(operator.add, given),
    "mul": lambda *given: reduce(operator.mul, given),
    "concat": lambda *given, dim: torch.cat(given, dim),
    "matmul": torch.matmul,
    "scaled_dot_product_attention": functions.JOINS["scaled_dot_product_attention"],
}


@st.composite
def branches(draw: st.DrawFn) -> tuple[Shape, ...]:
    """Draw one to three shapes that often broadcast or join."""
    shape = draw(a_shape(0, 3))
    like = st.tuples(*[st.sampled_from([size, size, size, 1]) for size in shape])
    return (shape, *draw(st.lists(like.flatmap(near), max_size=2)))


@st.composite
def matrices(draw: st.DrawFn) -> tuple[Shape, ...]:
    """Draw two shapes that mostly multiply."""
    lead, (one, inner, other) = draw(a_shape(0, 2)), draw(st.tuples(*[st.integers(1, 4)] * 3))
    stretched = draw(st.tuples(*[st.sampled_from([size, size, 1]) for size in lead]))
    return draw(near((*lead, one, inner))), (*stretched[draw(st.integers(0, len(lead))) :], inner, other)


@st.composite
def attended(draw: st.DrawFn) -> Case:
    """Draw queries, keys, values and perhaps a mask that mostly fit."""
    batch, heads, length, keys, width, value = draw(st.tuples(*[st.integers(1, 3)] * 6))
    shared, causal = draw(BOOL), draw(st.sampled_from([False, False, True]))
    query = (batch, heads * (2 if shared else 1), length, width)
    key = draw(
        st.sampled_from([(batch, heads, keys, width), (batch, heads, keys, width + 1), (heads, keys, width)])
    )
    shapes = [query, key, draw(near((*key[:-1], value)))]
    if draw(BOOL):
        masks = [(length, keys), (1, keys), (batch, 1, length, keys), (length + 4, keys), (keys,)]
        shapes.append(draw(st.sampled_from(masks)))
    return tuple(shapes), {
        "is_causal": causal,
        "enable_gqa": shared,
        "scale": draw(st.sampled_from([None, 0.5])),
    }


DRAWN: Mapping[str, st.SearchStrategy[Case]] = {
    "add": st.tuples(branches(), st.just({})),
    "mul": st.tuples(branches(), st.just({})),
    "concat": st.tuples(branches(), st.fixed_dictionaries({"dim": st.integers(-3, 2)})),
    "matmul": st.tuples(matrices(), st.just({})),
    "scaled_dot_product_attention": attended(),
}


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_branches_hold_against_torch(kind: str) -> None:
    accepted: list[bool] = []

    @settings(
        max_examples=300,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(DRAWN[kind])
    def agrees(case: Case) -> None:
        shapes, arguments = case
        expected: Any = None
        try:
            expected = CALLED[kind](*[torch.zeros(shape) for shape in shapes], **arguments)
        except REFUSALS:
            with pytest.raises(RefusedInput):
                JOINS[kind](*shapes, **arguments)
        else:
            assert JOINS[kind](*shapes, **arguments).outputs == (expected.shape,)
        accepted.append(expected is not None)

    with one_thread():
        agrees()
    assert min(accepted.count(True), accepted.count(False)) >= 15


@pytest.mark.parametrize(
    ("kind", "shapes"),
    [
        ("matmul", ((2, 5, 3, 4), (5, 4, 6))),
        ("scaled_dot_product_attention", ((2, 3, 4, 8), (2, 3, 5, 8), (2, 3, 5, 7))),
    ],
)
def test_macs_are_those_that_torch_counts(kind: str, shapes: tuple[Shape, ...]) -> None:
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        CALLED[kind](*[torch.zeros(shape) for shape in shapes])
    arguments = PLAIN if kind == "scaled_dot_product_attention" else {}
    assert JOINS[kind](*shapes, **arguments).macs == counter.get_total_flops() // 2 > 0


@pytest.mark.parametrize(("keys", "values"), [(5, 8), (8, 5)])
def test_attention_never_reads_behind_the_end(keys: int, values: int) -> None:
    """PyTorch's kernel for the CPU does not look, and gives a result of the right shape."""
    query, key, value = torch.zeros(2, 3, 8, 8), torch.zeros(2, 3, keys, 8), torch.zeros(2, 3, values, 8)
    with pytest.raises(ValueError, match=rf"^expects {keys} values \(one a key\), given {values}$"):
        CALLED["scaled_dot_product_attention"](query, key, value)


def test_every_join_has_a_rule_a_signature_and_a_property() -> None:
    assert set(JOINS) == set(signatures.JOINS) == set(DRAWN)
