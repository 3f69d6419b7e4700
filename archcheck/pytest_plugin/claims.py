"""Claims before a run and the checks that a run makes of them, paired by what does not depend on the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from archcheck.results import Check
from archcheck.spec.source import one_line

Key = tuple[Hashable, ...]
NETWORK = "network"
"""What stands in the place of a layer in the names of claims on the whole network."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that is known before anything has run.

    `group`: the layer it is on, or the line of a document; `name`: the claim's own, which no other in the group has;
    `key`: what tells its check among those of a run; `check`: the claim as it stands.
    """

    group: str
    name: str
    key: Key
    check: Check


def claims_of(checks: Sequence[Check]) -> list[Claim]:
    """Return the claims that checks are of, each with a name that stays as long as the claim does."""
    found, named = [], Counter[tuple[str, str]]()
    for key, check in keyed(checks).items():
        group, name = _group(check), _name(check)
        named[group, name] += 1
        count = named[group, name]
        found.append(Claim(group, name if count == 1 else f"{name} ({count})", key, check))
    return found


def keyed(checks: Sequence[Check]) -> Mapping[Key, Check]:
    """Return the checks that are of claims by what a run cannot change of them: of equals, the first, the second ..."""
    found: dict[Key, Check] = {}
    before = Counter[Key]()
    for check in checks:
        if check.claimed:
            key = _key(check)
            before[key] += 1
            found[*key, before[key]] = check
    return found


def _key(check: Check) -> Key:
    """Return what a claim is known by.

    Of a spec's claim its line may be another after a run, that of the first line of a printed model that differs, which
    holds of a document's printed models, too. Beside code a run may tell that what goes in is meant.
    """
    if check.said is None:
        return check.layer, check.quantity, check.source
    if check.source != "output":
        return check.at, check.line, check.source, check.said
    if check.quantity == "repr":
        return check.at, check.source, check.quantity, str(check.documented)
    return check.at, check.line, check.source, check.said, check.quantity


def _group(check: Check) -> str:
    if check.said is None:
        return one_line(check.layer) or NETWORK
    return f"{check.at}:{check.line}" if check.at else f"{check.line}"


def _name(check: Check) -> str:
    if check.said is None:
        return check.quantity if check.source is None else one_line(f"{check.quantity} ({check.source})")
    return one_line(f"{check.layer} {check.quantity}".strip())
