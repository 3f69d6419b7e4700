"""Shapes that a program asserts: which are claims, what they are of, and that nothing else is one."""

from __future__ import annotations

import pytest

from tests.bound import code, said

ASSERTED = [
    ("assert y.shape == (64, 100)", ("(64, 100)", ["value y.shape"]), "a tuple"),
    ("assert y.shape == [64, 100], 'why'", ("[64, 100]", ["value y.shape"]), "a list, and a message"),
    ("assert y.size() == torch.Size([2, 3])", ("[2, 3]", ["value y.size()"]), "a size"),
    ("assert list(net(x).shape) == [2, 3]", ("[2, 3]", ["value list(net(x).shape)"]), "a shape as a list"),
    ("assert tuple(y.size()) == (3,)", ("(3,)", ["value tuple(y.size())"]), "one axis"),
]
NOT_ASSERTED = [
    ("assert y.shape != (64, 100)", "unlike"),
    ("assert y.shape[1:] == (64, 100)", "a part of it"),
    ("assert y.size(0) == (64, 100)", "one axis"),
    ("assert y.shape == z.shape", "no numbers"),
    ("assert y.shape == (n, 100)", "a name, which the code has"),
    ("assert y == (64, 100)", "no shape"),
    ("y.shape == (64, 100)", "it is not asserted"),
    ("assert 1 < y.shape == (64, 100)", "two comparisons"),
]


@pytest.mark.parametrize(("text", "expected", "why"), ASSERTED, ids=[row[2] for row in ASSERTED])
def test_what_is_asserted_of_a_shape(text: str, expected: tuple[str, list[str]], why: str) -> None:
    program = code(text)
    assert said(program) == [expected]
    [claim] = program.claims
    assert (claim.told, claim.statement.sure) == ("assertion", True)
    start = claim.column + claim.statement.start
    assert text[start : start + len(expected[0])] == expected[0]


@pytest.mark.parametrize(("text", "why"), NOT_ASSERTED, ids=[row[1] for row in NOT_ASSERTED])
def test_what_is_no_claim_on_a_shape(text: str, why: str) -> None:
    assert code(text).claims == ()


def test_in_a_function_an_assertion_may_be_false_of_sizes_that_are_ours() -> None:
    [claim] = code("def f(y):\n    assert y.shape == (64, 100)").claims
    assert not claim.statement.sure
