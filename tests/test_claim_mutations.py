"""Change any one number of any claim of seven shipped specs: `verify` differs, and names that line.

A claim that is known to be wrong is changed into what is true: then the mark itself is the mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from archcheck import api
from archcheck.results import Check, Verification
from archcheck.rules import RULES
from archcheck.spec.layers import Claim, Layer, Run, Spec
from archcheck.spec.load import loads_spec
from archcheck.spec.source import Items, Node, Pairs, Place, Scalar, parse
from tests.test_shipped_specs import NAMES

SPECS = [Path(__file__).parent.parent / "specs" / f"{name}.yaml" for name in NAMES]


@dataclass(frozen=True)
class Change:
    """One number of one claim: where it stands, what it is, and what the test makes of it."""

    path: Path
    line: int
    column: int
    old: str
    new: str

    def text(self) -> str:
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        line = lines[self.line - 1]
        start = self.column - 1
        assert line[start : start + len(self.old)] == self.old
        lines[self.line - 1] = line[:start] + self.new + line[start + len(self.old) :]
        return "".join(lines)

    def __str__(self) -> str:
        return f"{self.path.stem}:{self.line}:{self.column}:{self.old}->{self.new}"


def nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Items):
        for item in node.items:
            yield from nodes(item)
    elif isinstance(node, Pairs):
        for key, value in node.pairs:
            yield key
            yield from nodes(value)


def claims(spec: Spec) -> Iterator[Claim]:
    """Yield every claim, the stated arguments that a layer's input decides among them, each place once."""
    places = set()
    stated = (
        Claim(name, node.args[name], node.arg_places[name])  # type: ignore[arg-type]
        for _, node in spec.walk()
        if isinstance(node, Layer)
        for name in RULES[node.kind].fills
        if name in node.args
    )
    for claim in (*(claim for _, claim in spec.all_claims()), *stated):
        if claim.place not in places:  # a block that is used twice claims twice from one place
            places.add(claim.place)
            yield claim


def other(number: str) -> str:
    """Return another number of the same length: 55 -> 56, 9 -> 1, 0.71 -> 0.81."""
    digit = re.search(r"[1-9]", number)
    if digit is None:
        return "1"
    changed = "1" if digit[0] == "9" else str(int(digit[0]) + 1)
    return number[: digit.start()] + changed + number[digit.end() :]


def in_text(path: Path, place: Place, lines: list[str]) -> Iterator[Change]:
    """Yield a change of every number in a printed model: the literal's lines below its place."""
    indent = len(lines[place.line]) - len(lines[place.line].lstrip())
    for number, line in enumerate(lines[place.line :], start=place.line + 1):
        if len(line) - len(line.lstrip()) < indent:
            return
        for match in re.finditer(r"\d+(\.\d+)?", line):
            yield Change(path, number, match.start() + 1, match[0], other(match[0]))


def changes_of(path: Path) -> Iterator[Change]:
    text = path.read_text(encoding="utf-8")
    tree = parse(text, path.name)
    by_place, beside = {node.place: node for node in nodes(tree)}, values_by_key(tree)
    for claim in claims(loads_spec(text, path.name)):
        if claim.wrong is not None or claim.quantity == "statement":
            continue
        if claim.quantity == "repr":
            yield from in_text(path, claim.place, text.splitlines())
            continue
        found = [node for node in nodes(by_place[claim.place]) if isinstance(node, Scalar)]
        if isinstance(claim.value, Run) and claim.value.output is None:
            found = found[
                1:2
            ]  # that an input passes is the claim: one of its sizes, the channels, decides it
        if claim.place in beside:  # an argument that the layer states: its place is that of the key
            found = [beside[claim.place]]
        for scalar in found:
            if isinstance(scalar.value, int | float) or re.match(r"\d", str(scalar.value)):
                yield number_change(path, scalar, text)


def values_by_key(node: Node) -> dict[Place, Scalar]:
    """Return the scalar beside each key."""
    mappings = (one for one in nodes(node) if isinstance(one, Pairs))
    return {key.place: value for one in mappings for key, value in one.pairs if isinstance(value, Scalar)}


def number_change(path: Path, scalar: Scalar, text: str) -> Change:
    line = text.splitlines()[scalar.place.line - 1]
    match = re.match(r"[0-9.]+", line[scalar.place.column - 1 :])
    assert match is not None
    return Change(path, scalar.place.line, scalar.place.column, match[0], other(match[0]))


CHANGES = [change for path in SPECS for change in changes_of(path)]


@cache
def unchanged(path: Path) -> Verification:
    return api.verify(loads_spec(path.read_text(encoding="utf-8"), path.name), "meta")


def differing(text: str, path: Path) -> list[Check]:
    result = api.verify(loads_spec(text, path.name), "meta")
    assert result.error is None
    assert result.ok is not any(check.status in ("differs", "not reached") for check in result.checks)
    return [check for check in result.checks if check.status == "differs"]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_unchanged_specs_hold(path: Path) -> None:
    assert unchanged(path).ok


def test_there_is_a_change_for_every_kind_of_claim() -> None:
    assert len(CHANGES) > 300
    assert {change.path for change in CHANGES} == set(SPECS)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_changed_number_is_found_at_its_line(change: Change) -> None:
    assert change.line in [check.line for check in differing(change.text(), change.path)]


WRONG = [
    (path, claim)
    for path in SPECS
    for claim in claims(loads_spec(path.read_text(encoding="utf-8"), path.name))
    if claim.wrong is not None
]


@pytest.mark.parametrize(
    ("path", "claim"), WRONG, ids=[f"{path.stem}:{claim.place.line}" for path, claim in WRONG]
)
def test_a_wrong_claim_made_right_is_found_at_its_line(path: Path, claim: Claim) -> None:
    text = path.read_text(encoding="utf-8")
    was = next(
        check
        for check in unchanged(path).checks
        if (check.line, check.quantity, check.status) == (claim.place.line, claim.quantity, "known wrong")
    )
    true = list(path_input(path)) if claim.quantity == "runs" else was.inferred
    lines = text.splitlines(keepends=True)
    line = lines[claim.place.line - 1]
    end = re.match(r"\[[^]]*\]|[^,}\n]+", line[claim.place.column - 1 :])
    assert end is not None
    start = claim.place.column - 1
    lines[claim.place.line - 1] = line[:start] + str(true) + line[start + end.end() :]
    found = differing("".join(lines), path)
    assert (claim.place.line, "marked wrong, but it holds: take 'wrong:' away") in [
        (check.line, check.hint) for check in found
    ]


def path_input(path: Path) -> tuple[int, ...]:
    """Return an input that a network does take, batch axis included."""
    return (2, *loads_spec(path.read_text(encoding="utf-8"), path.name).inputs[0].shape)
