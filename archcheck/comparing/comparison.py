"""Networks side by side: their totals, their rows, and how their times relate where one run measured them all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from archcheck.comparing.align import aligned
from archcheck.costs import LayerCost, Profile, Timing, quantile
from archcheck.results import Plain
from archcheck.spec.budget import Budget

Quantity = Literal["params", "macs", "flops", "bytes"]
"""What rows are compared by: `bytes` are those that each operator reads and writes, of one sample."""

QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)


def amount_of(cost: LayerCost | Profile, quantity: Quantity) -> int | None:
    """Return what a row or a whole network has of a quantity; None is unknown."""
    if quantity == "bytes":
        return cost.operations.moved_bytes if cost.operations else None
    if quantity == "params":
        return cost.params
    return cost.macs if quantity == "macs" else cost.flops


def peak_bytes(profile: Profile) -> int | None:
    """Return the memory that a network is predicted to take at its profile's batch and mode."""
    return profile.predicted.peak if profile.predicted else None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of every network, None where a network has no such row."""

    sides: tuple[LayerCost | None, ...]

    @property
    def first(self) -> LayerCost:
        """The first network's row, or that of the first network which has one."""
        return next(side for side in self.sides if side is not None)

    @property
    def layer(self) -> str:
        """The path; where the networks disagree, each of theirs: `a.0 | b.0`."""
        return self._said([side.layer for side in self.sides if side])

    @property
    def type(self) -> str:
        """The layer's type; where the networks disagree, each of theirs: `ReLU | GELU`."""
        return self._said([side.type for side in self.sides if side])

    @property
    def everywhere(self) -> bool:
        """Whether every network has this row."""
        return None not in self.sides

    def amount(self, quantity: Quantity, place: int) -> int | None:
        """Return what the row costs in one network: 0 where it is not there, None where it is not known."""
        side = self.sides[place]
        return 0 if side is None else amount_of(side, quantity)

    def difference(self, quantity: Quantity, place: int) -> int | None:
        """Return how much more the row costs in one network than in the first; None where that is not known."""
        before, after = self.amount(quantity, 0), self.amount(quantity, place)
        return None if before is None or after is None else after - before

    def _said(self, words: Sequence[str]) -> str:
        return " | ".join(dict.fromkeys(words))


def rows_of(networks: Sequence[Sequence[LayerCost]]) -> tuple[Row, ...]:
    """Return the rows of all networks beside each other, in the order in which they run."""
    rows = [Row((cost,)) for cost in networks[0]]
    for count, network in enumerate(networks[1:], start=1):
        absent = (None,) * count
        rows = [
            Row(
                (
                    *(rows[old].sides if old is not None else absent),
                    network[new] if new is not None else None,
                )
            )
            for old, new in aligned([row.first for row in rows], network)
        ]
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class TimeRatio:
    """How many times as long one network takes as the first: a sample a round, in which both were called in turn."""

    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle ratio."""
        return quantile(self.samples, 0.5)

    @property
    def spread(self) -> tuple[float, float]:
        """The ratios between which eight of ten rounds lie."""
        return quantile(self.samples, 0.1), quantile(self.samples, 0.9)

    @property
    def sure(self) -> tuple[float, float]:
        """The ratios between which the true median lies in at least 95 of 100 such runs, whatever the noise is like.

        From the r-th lowest to the r-th highest sample, r as high as the binomial distribution allows (the true
        median is a fair coin's edge to each sample): https://online.stat.psu.edu/stat415/lesson/19. Of fewer
        than six samples nothing is as sure as that: from the lowest to the highest.
        """
        ordered, rank = sorted(self.samples), sure_rank(len(self.samples))
        return ordered[rank], ordered[-1 - rank]


FEWEST_SURE = 6
"""Samples of which the lowest and the highest have the true median between them in 95 of 100 runs: 1 - 2/2^6 = 97 %."""


def sure_rank(count: int) -> int:
    """Return how many samples may be left out at each end: the largest r with P(X <= r) <= 2.5 %, X ~ B(count, 1/2)."""
    rank, below = 0, 1
    while rank < count and 40 * (below := below + math.comb(count, rank + 1)) <= 2**count:
        rank += 1
    return rank


def ratio_of(first: Timing, other: Timing) -> TimeRatio:
    """Return how two networks' times relate, round by round; both were sampled in turn, so equally often."""
    pairs = zip(first.samples_ms, other.samples_ms, strict=True)
    return TimeRatio(tuple(later / earlier if earlier else math.inf for earlier, later in pairs))


@dataclass(frozen=True, slots=True)
class Side:
    """One network of a comparison: its profile, or the error that kept it from being made.

    `saved`: the file that the profile was read from, None where it was counted here; `budget`: of its spec;
    `time`: its samples of the one run that timed all networks in turn.
    """

    profile: Profile
    saved: str | None = None
    budget: Budget | None = None
    time: Timing | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Networks beside each other, the first being what the others are compared with.

    `sides`: those that have a profile; `errors`: the targets of the others, and why they have none.
    """

    sides: tuple[Side, ...]
    rows: tuple[Row, ...]
    errors: tuple[tuple[str, str], ...] = ()
    environment: Mapping[str, Plain] = field(default_factory=dict)

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The profiles of the sides."""
        return tuple(side.profile for side in self.sides)

    def ratio(self, place: int) -> TimeRatio | None:
        """Return how a network's time relates to the first's; None where one run has not timed both."""
        first, other = self.sides[0].time, self.sides[place].time
        return None if place == 0 or first is None or other is None else ratio_of(first, other)

    def biggest(self, quantity: Quantity, count: int) -> tuple[Row, ...]:
        """Return the rows that differ most from the first network in a quantity, the biggest difference first."""
        found = [(self._apart(row, quantity), row) for row in self.rows]
        return tuple(row for apart, row in sorted(found, key=lambda one: -one[0])[:count] if apart)

    def _apart(self, row: Row, quantity: Quantity) -> float:
        """What became known or unknown has no size: it is farther apart than any number."""
        amounts = [row.amount(quantity, place) for place in range(len(self.sides))]
        known = [one for one in amounts if one is not None]
        if len(known) < len(amounts):
            return math.inf if known else 0
        return max(abs(one - known[0]) for one in known)


def comparison_of(sides: Sequence[Side], environment: Mapping[str, Plain] | None = None) -> Comparison:
    """Return good profiles beside each other, and the errors of the others."""
    good = tuple(side for side in sides if side.profile.error is None)
    failed = [side.profile for side in sides if side.profile.error is not None]
    rows = rows_of([side.profile.layers for side in good]) if good else ()
    errors = tuple((profile.target, str(profile.error)) for profile in failed)
    return Comparison(good, rows, errors, environment or {})
