"""The claim ledger: who says what of a network, how many of the statements hold, and which are in dispute.

It is made of checks, so it needs no torch: those of `lint` are enough. What only a run can tell is counted apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from archcheck.results import FAILING, Check, Plain
from archcheck.spec.claims import SOME
from archcheck.spec.layers import Source, Spec
from archcheck.units import read_stated

ARITHMETIC = ("statement", "flops", "init", "training", "budget")
"""The first words of quantities that no run is asked about: verifying tells no more of them than linting."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many claims there are, and how many of each verdict; `differ`: also what was not reached.

    `to_run`: those that arithmetic cannot settle and a run may; after a run there is none.
    """

    claims: int = 0
    agree: int = 0
    known_wrong: int = 0
    differ: int = 0
    unchecked: int = 0
    to_run: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """One document of a spec, and how its claims fare."""

    source: Source
    tally: Tally


@dataclass(frozen=True, slots=True)
class Dispute:
    """One thing of which a document says what is wrong, or of which the documents say different things.

    `statements`: all that is said of it, in the order of the spec; `contradiction`: two documents cannot both be right.
    """

    statements: tuple[Check, ...]
    contradiction: bool

    @property
    def layer(self) -> str:
        """The dotted path of the layer; empty for the whole network."""
        return self.statements[0].layer

    @property
    def type(self) -> str:
        """The layer's kind; empty for the network and for bodies."""
        return self.statements[0].type

    @property
    def quantity(self) -> str:
        """What the statements are about."""
        return self.statements[0].quantity

    @property
    def real(self) -> Plain:
        """What it really is, as seen, or else as inferred; None where neither is known."""
        return real(self.statements[0])

    @property
    def wrong(self) -> tuple[Check, ...]:
        """The statements that are not true."""
        return tuple(check for check in self.statements if check.status in ("known wrong", "differs"))


@dataclass(frozen=True, slots=True)
class Ledger:
    """One network's account: its documents, what they claim, what is in dispute; or why there is none (`error`).

    `tally` has every claim, `accounts` those of each document (a budget is no document's); `params`: exact, None is
    unknown; `family`: what the file is called whose variant the network is; `path`: as a `Verification` has it.
    """

    target: str
    name: str
    title: str = ""
    tally: Tally = Tally()
    accounts: tuple[Account, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    params: int | None = None
    family: str | None = None
    error: str | None = None
    path: str | None = None


def ledger_of(spec: Spec, checks: Sequence[Check], params: int | None) -> Ledger:
    """Return the ledger of a spec, from its checks and its number of parameters."""
    counts, found, accounts = tally(checks), disputes(checks), accounts_of(spec, checks)
    return Ledger(spec.target, spec.name, spec.title, counts, accounts, found, params, spec.family)


def accounts_of(spec: Spec, checks: Sequence[Check]) -> tuple[Account, ...]:
    """Return how each document's claims fare; of a family's documents those that say something of this network."""
    found = (
        Account(source, tally(check for check in checks if said_by(check, source))) for source in spec.sources
    )
    return tuple(account for account in found if account.tally.claims or spec.family is None)


def said_by(check: Check, source: Source) -> bool:
    """Return whether a check is of what a document says; a budget's is not."""
    return check.claimed and not check.quantity.startswith("budget.") and check.source == source.name


def tally(checks: Iterable[Check]) -> Tally:
    """Return how many claims there are of each verdict; what differs where the document is silent differs too."""
    found = list(checks)
    claimed = [check for check in found if check.claimed]
    waiting = sum(needs_run(check) for check in claimed)
    return Tally(
        claims=len(claimed),
        agree=sum(check.status == "agrees" for check in claimed),
        known_wrong=sum(check.status == "known wrong" for check in claimed),
        differ=sum(check.status in FAILING for check in found),
        unchecked=sum(check.status == "unchecked" for check in claimed) - waiting,
        to_run=waiting,
    )


def needs_run(check: Check) -> bool:
    """Return whether arithmetic leaves a claim open that a run may settle: the printed model, an unknown cost."""
    about_run = check.quantity.partition(".")[0] not in ARITHMETIC
    return check.status == "unchecked" and check.seen is None and about_run


def disputes(checks: Iterable[Check]) -> tuple[Dispute, ...]:
    """Return what is in dispute, in the order of the spec."""
    subjects: dict[str, list[Check]] = {}
    for check in checks:
        if check.quantity != "statement" and (check.claimed or check.status == "differs"):
            subjects.setdefault(_subject(check), []).append(check)
    found = (Dispute(tuple(said), _contradiction(said)) for said in subjects.values())
    return tuple(one for one in found if one.contradiction or one.wrong)


def merged(statements: Iterable[Check]) -> tuple[Check, ...]:
    """Return the statements with those made one that a document makes in several places: `line 70, line 73`."""
    found: dict[str, Check] = {}
    for check in statements:
        key = json.dumps([_subject(check), check.source, check.documented, check.status, check.wrong])
        places = [found[key].at if key in found else None, check.at]
        found[key] = replace(found.get(key, check), at=", ".join(place for place in places if place) or None)
    return tuple(found.values())


def real(check: Check) -> Plain:
    """Return what something really is: as seen, or else as inferred."""
    return check.inferred if check.seen is None else check.seen


def _subject(check: Check) -> str:
    """Return what a check is about; of further runs each input is a thing of its own."""
    run = check.documented["input"] if isinstance(check.documented, dict) else None
    return json.dumps([check.layer, check.quantity, run])


def _contradiction(said: Sequence[Check]) -> bool:
    judged = [check for check in said if check.claimed and check.status != "not reached"]
    return any(
        _contradict(one, other) for one, other in combinations(judged, 2) if one.source != other.source
    )


def _contradict(one: Check, other: Check) -> bool:
    """Return whether two statements cannot both be true: one is and the other not, or they have nothing in common."""
    if "agrees" in (one.status, other.status):
        return one.status != other.status
    return not _compatible(one.documented, other.documented)


def _compatible(one: Plain, other: Plain) -> bool:
    """Return whether something is as both say: counts as precise as they are written, letters of any size."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_compatible_sides, one, other))
    if SOME.text in (one, other):
        return 0 not in (one, other)
    if _is_count(one) and _is_count(other):
        left, right = read_stated(one), read_stated(other)  # type: ignore[arg-type]
        if left is not None and right is not None:
            return left.low <= right.high and right.low <= left.high
    return one == other


def _compatible_sides(one: Plain, other: Plain) -> bool:
    return isinstance(one, str) or isinstance(other, str) or one == other


def _is_count(value: Plain) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)
