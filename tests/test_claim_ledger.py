"""The claim ledger: counts by document, what is in dispute, and what only a run can tell."""

from __future__ import annotations

from textwrap import dedent

import pytest

import archcheck
from archcheck.checks import make_checks
from archcheck.claim_ledger import Tally, disputes, ledger_of, merged, needs_run
from archcheck.infer import infer
from archcheck.results import Check, Plain, Status
from archcheck.spec.load import loads_spec


def check(
    source: str | None = None,
    documented: Plain = 1,
    status: Status = "agrees",
    *,
    quantity: str = "params",
    layer: str = "a",
    real: Plain = 2,
    wrong: str | None = None,
    at: str | None = None,
) -> Check:
    return Check(
        layer, "ReLU", quantity, documented, real, None, status, 1, wrong=wrong, at=at, source=source
    )


# Disputes


DISPUTES = [
    # checks, (quantity, contradiction) of each dispute, why this row
    ([check()], [], "all agrees"),
    ([check(status="known wrong")], [("params", False)], "known to be wrong"),
    ([check(status="differs")], [("params", False)], "wrong"),
    ([check(status="unchecked"), check(status="not reached")], [], "not known to be wrong"),
    ([check("a"), check("b", 2)], [], "both true, written otherwise"),
    ([check("a"), check("b", 3, "known wrong")], [("params", True)], "one is right"),
    ([check("a"), check("b", 3, "differs")], [("params", True)], "one is right, the other not marked"),
    ([check("a"), check("a", 3, "known wrong")], [("params", False)], "a document that contradicts itself"),
    ([check("a", 3, "known wrong"), check("b", 4, "known wrong")], [("params", True)], "both wrong, not alike"),
    ([check("a", 3, "known wrong"), check("b", 3, "known wrong")], [("params", False)], "both wrong alike"),
    ([check("a", "1.5G", "known wrong"), check("b", "1.52G", "known wrong")], [("params", False)], "alike, rounded"),
    ([check("a", "1.5G", "known wrong"), check("b", "1.58G", "known wrong")], [("params", True)], "not alike"),
    ([check("a", "some", "known wrong"), check("b", 5, "known wrong")], [("params", False)], "5 are some"),
    ([check("a", "some", "known wrong"), check("b", 0, "agrees")], [("params", True)], "none is not some"),
    ([check("a", ["N", 3], "known wrong"), check("b", [1, 3], "known wrong")], [("params", False)], "a letter is any"),
    ([check("a", [2, 3], "known wrong"), check("b", [3, 2], "known wrong")], [("params", True)], "two shapes"),
    ([check("a", [3], "known wrong"), check("b", [3, 1], "known wrong")], [("params", True)], "more axes"),
    ([check("a", 3, "unchecked"), check("b", 4, "unchecked")], [("params", True)], "nothing settles it"),
    ([check("a", 3, "not reached"), check("b", 4, "differs")], [("params", False)], "not reached tells nothing"),
    ([check("a", "x", "unchecked", quantity="statement"), check("b", "y", "unchecked", quantity="statement")],
     [], "statements are about anything"),
    ([check("a"), check("b", 3, "known wrong", layer="b")], [("params", False)], "another layer"),
    ([check("a"), check("b", 3, "known wrong", quantity="macs")], [("macs", False)], "another quantity"),
    ([check(documented=None, status="differs")], [("params", False)], "the documents are silent, and it differs"),
    ([check(documented=None, status="agrees")], [], "the documents are silent, and nothing differs"),
]  # fmt: skip


@pytest.mark.parametrize(("checks", "found", "why"), DISPUTES)
def test_what_is_in_dispute(checks: list[Check], found: list[tuple[str, bool]], why: str) -> None:
    assert [(one.quantity, one.contradiction) for one in disputes(checks)] == found, why


def run(size: int) -> dict[str, Plain]:
    return {"input": [1, size], "output": None}


@pytest.mark.parametrize(("sizes", "contradiction"), [((28, 32), False), ((28, 28), True)])
def test_runs_of_other_inputs_contradict_nothing(sizes: tuple[int, int], contradiction: bool) -> None:
    checks = [
        check("a", run(sizes[0]), quantity="runs"),
        check("b", run(sizes[1]), "known wrong", quantity="runs"),
    ]
    (found,) = disputes(checks)
    assert found.contradiction is contradiction


def test_a_dispute_has_all_that_is_said_and_what_is_wrong_of_it() -> None:
    right, wrong = check("a", 2), check("b", 3, "known wrong")
    (found,) = disputes([right, check(quantity="macs"), wrong])
    assert (found.statements, found.wrong, found.real) == ((right, wrong), (wrong,), 2)
    assert (found.layer, found.type, found.quantity) == ("a", "ReLU", "params")


def test_what_was_seen_is_what_it_is() -> None:
    seen = Check("a", "ReLU", "output", [1], [2], [3], "differs", 1)
    assert disputes([seen])[0].real == [3]


MERGED = [
    # statements, places, why this row
    ([check(at="line 1"), check(at="line 2")], ["line 1, line 2"], "one statement in two places"),
    ([check(at="line 1"), check()], ["line 1"], "once without a place"),
    ([check(), check()], [None], "twice without"),
    ([check("a", at="1"), check("b", at="2")], ["1", "2"], "of two documents"),
    ([check(documented=1, at="1"), check(documented=2, at="2")], ["1", "2"], "of two things"),
    ([check(wrong="x", at="1"), check(wrong="y", at="2")], ["1", "2"], "for two reasons"),
]


@pytest.mark.parametrize(("statements", "places", "why"), MERGED)
def test_what_a_document_says_twice_is_one(
    statements: list[Check], places: list[str | None], why: str
) -> None:
    assert [one.at for one in merged(statements)] == places, why


# Counts


NEEDS_RUN = [
    ("repr", "unchecked", None, True, "the printed model"),
    ("macs", "unchecked", None, True, "an operator without a rule is counted when it runs"),
    ("output", "unchecked", None, True, "a shape that no rule gives"),
    ("repr", "unchecked", "Net()", False, "it was run"),
    ("repr", "agrees", None, False, "it is settled"),
    ("statement", "unchecked", None, False, "nothing checks a statement"),
    ("flops", "unchecked", None, False, "a run counts no FLOPs"),
    ("init.Linear.weight.std", "unchecked", None, False, "weights are not looked at"),
    ("training.steps", "unchecked", None, False, "arithmetic on the recipe"),
]


@pytest.mark.parametrize(("quantity", "status", "seen", "needs", "why"), NEEDS_RUN)
def test_what_only_a_run_can_tell(quantity: str, status: Status, seen: Plain, needs: bool, why: str) -> None:
    assert needs_run(Check("", "", quantity, "x", None, seen, status, 1)) is needs, why


TWO = """
title: Two documents
sources: {paper: {title: P, year: 2014}, code: {title: C}}
input: [3, 8, 8]
layers:
  - Conv2d: {in_channels: 3, out_channels: 4, kernel_size: 3}
    output: [{documented: [4, 6, 6]}, {documented: [4, 8, 8], by: code, wrong: it has no padding}]
documented:
  - params: 112
    repr: Net()
    unchecked: [{says: fast, why: no number}]
  - {by: code, params: 108, macs: {documented: 3888, at: 5}}
budget: {params: 200}
"""


def test_each_document_is_counted_and_a_budget_is_of_none() -> None:
    spec = loads_spec(dedent(TWO), "x.yaml")
    inference = infer(spec)
    ledger = ledger_of(spec, make_checks(spec, inference, None), inference.params)
    paper = Tally(
        claims=5, agree=3, unchecked=1, to_run=1
    )  # in_channels, output, params; fast; the printed model
    code = Tally(claims=3, agree=1, known_wrong=1, differ=1)  # macs: 36 places x 27 x 4; output; params
    assert [(one.source.name, one.tally) for one in ledger.accounts] == [("paper", paper), ("code", code)]
    assert ledger.tally == Tally(claims=9, agree=5, known_wrong=1, differ=1, unchecked=1, to_run=1)
    assert ledger.params == 3 * 4 * 9 + 4
    assert [(one.quantity, one.contradiction) for one in ledger.disputes] == [
        ("output", True),
        ("params", True),
    ]


def test_after_a_run_nothing_is_left_to_run() -> None:
    result = archcheck.verify("alexnet_half", device="meta")
    spec = archcheck.load("alexnet_half")
    assert ledger_of(spec, result.checks, None).tally.to_run == 0
    assert archcheck.ledger("alexnet_half").tally.to_run == 1  # its printed model


def test_a_target_that_is_not_there_is_an_error_in_the_ledger() -> None:
    ledger = archcheck.ledger("alexnet_haf")
    assert ledger.error == (
        "alexnet_haf: no such file, and no shipped network of that name; did you mean 'alexnet_half'?"
    )
    assert (ledger.accounts, ledger.disputes, ledger.tally) == ((), (), Tally())
