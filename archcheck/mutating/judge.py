"""Each slip beside the claims: caught, unseen, or no difference; and the claims that would see the unseen ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from archcheck.checks import each_check
from archcheck.errors import SpecError
from archcheck.infer import Inference, Known, infer
from archcheck.mutating.changes import Mutant, mutants
from archcheck.mutating.claiming import REPR, Claimable, Key, claimable, told_apart
from archcheck.mutating.printed import printed
from archcheck.mutating.same import why_same
from archcheck.mutating.writing import File, written_in
from archcheck.results import FAILING, Check
from archcheck.spec.layers import Claim, Spec
from archcheck.spec.source import Place
from archcheck.strength import Change, Mutation, Proposal

_About = tuple[int | None, str]
"""What a check is about: its line, and its quantity."""


def mutate(spec: Spec, *, printed_agrees: bool = False, file: File | None = None) -> Mutation:
    """Change a spec in every way that a slip could, and return which changes its claims catch; nothing is run.

    A claim that is not known to agree catches nothing. `printed_agrees`: whether a `repr:` claim, which takes PyTorch
    to check, is known to. `file`: the spec's text, for where a proposed claim is written.
    Raises `SpecError` for a spec that cannot be worked out itself.
    """
    known: Known = {}
    original = _Original(spec, infer(spec, known=known), known, printed_agrees)
    judged = [original.judge(mutant) for mutant in mutants(spec)]
    unseen = [keys for _, keys in judged if keys is not None]
    proposed = _cover(original.claims, unseen)
    texts = {key: original.claims[key].text for key, _ in proposed}
    return Mutation(
        tuple(change if keys is None else _advised(change, keys, texts) for change, keys in judged),
        tuple(_proposals(original.claims, proposed, file)),
    )


def _proposals(
    claims: Mapping[Key, Claimable], proposed: Sequence[tuple[Key, int]], file: File | None
) -> Iterator[Proposal]:
    """Yield the claims to add; those with a file, with where in it."""
    said = [(*key, claims[key].said) for key, _ in proposed]
    written = [None] * len(said) if file is None else written_in(file, said)
    for (key, catches), where in zip(proposed, written, strict=True):
        yield Proposal(claims[key].text, catches, where)


def _advised(change: Change, keys: frozenset[Key], texts: dict[Key, str]) -> Change:
    """Return an unseen change with the first of the proposed claims that would catch it."""
    return replace(change, claim=next((text for key, text in texts.items() if key in keys), None))


def _cover(claims: dict[Key, Claimable], unseen: Sequence[frozenset[Key]]) -> list[tuple[Key, int]]:
    """Return claims that together catch all that can be caught, each time the one that catches most for what it costs.

    That is the greedy way to cover a set, which takes at most about ln(n) times as many as are needed:
    https://doi.org/10.1287/moor.4.3.233
    """
    told = [frozenset(key for key in keys if claims[key].text) for keys in unseen]
    last = frozenset(key for key, claim in claims.items() if claim.last)
    left, chosen = [keys - last or keys for keys in told], list[tuple[Key, int]]()
    while True:
        gains = Counter(key for keys in left for key in keys)
        if not gains:
            return chosen
        best = max(gains, key=lambda key: (gains[key] / claims[key].cost, -claims[key].rank))
        chosen.append((best, gains[best]))
        left = [keys for keys in left if best not in keys]


@dataclass(frozen=True)
class _Original:
    """A spec as it is, with all that its mutants are held against.

    `known`: what their inferences have in common; `printed_agrees`: whether its `repr:` is known to be true.
    """

    spec: Spec
    inference: Inference
    known: Known
    printed_agrees: bool

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """What its claims come to."""
        return tuple(each_check(self.spec, self.inference, None))

    @cached_property
    def failing(self) -> Counter[_About]:
        """How often each line's claim fails already: only what fails more often has caught something."""
        return Counter(_about(check) for check in self.checks if _fails(check))

    @cached_property
    def unknown(self) -> frozenset[_About]:
        """The claims that nothing is known of: what becomes of them in a mutant is no contradiction."""
        known = {_about(check) for check in self.checks if check.status != "unchecked"}
        return frozenset(map(_about, self.checks)) - known

    @cached_property
    def claims(self) -> dict[Key, Claimable]:
        """What could be claimed."""
        return dict(claimable(self.spec, self.inference))

    @cached_property
    def places(self) -> dict[Place, Claim]:
        """The claims that are made, by place."""
        return {claim.place: claim for _, claim in self.spec.all_claims()}

    @cached_property
    def printed_claim(self) -> Claim | None:
        """The claim on the printed model, if there is one that is known to be true."""
        if not self.printed_agrees:
            return None
        return next((one for one in self.spec.claims if one.quantity == REPR and one.wrong is None), None)

    def judge(self, mutant: Mutant) -> tuple[Change, frozenset[Key] | None]:
        """Return what became of a mutant, and if nothing catches it, the claims that would."""
        change = Change(mutant.path, mutant.kind, mutant.places[0].line, mutant.what, "unseen", mutant.alike)
        try:
            inference = infer(mutant.spec, known=self.known)
            # Whatever is claimed: a claim more must not make a change matter, or shares could not be compared.
            same = why_same(mutant, self.inference, inference)
            caught = next(self._caught(mutant, inference), None) if same is None else None
        except SpecError:
            return replace(change, fate="caught", why="it cannot be built"), None
        if same is not None:
            return replace(change, fate="the same", why=same), None
        if caught is not None:
            return replace(change, fate="caught", why=caught), None
        return change, told_apart(self.claims, mutant.spec, inference)

    def _caught(self, mutant: Mutant, inference: Inference) -> Iterator[str]:
        """Yield what catches a mutant: a layer that refuses, a claim on a layer that is gone, a claim that fails."""
        problem = inference.problem
        if problem is not None and self.inference.problem is None:
            yield f"{problem.path} ({problem.kind}) refuses its input"
        there = {claim.place for _, claim in mutant.spec.all_claims()}
        for place, claim in self.places.items():
            about = place.line, claim.quantity
            if place not in there and about not in self.unknown and claim.wrong is None:
                yield f"line {place.line}: {claim.quantity}, of a layer that is not there"
        if self.printed_claim and printed(self.spec) != printed(mutant.spec):
            yield f"line {self.printed_claim.place.line}: {REPR}"
        yield from self._failed(mutant.spec, inference)

    def _failed(self, spec: Spec, inference: Inference) -> Iterator[str]:
        failed: Counter[tuple[int | None, str]] = Counter()
        for check in each_check(spec, inference, None):
            about = _about(check)
            failed[about] += _fails(check) and about not in self.unknown
            if failed[about] > self.failing[about]:
                yield f"line {check.line}: {check.quantity}"


def _about(check: Check) -> _About:
    return check.line, check.quantity


def _fails(check: Check) -> bool:
    return check.status in FAILING
