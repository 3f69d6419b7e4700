"""How many claims hold of each input that we tried: the one that most fit is the one that the document means."""

from __future__ import annotations

from dataclasses import dataclass, field

from archcheck.running.observed import Called

Count = tuple[int, int]
"""How many claims hold, of how many."""


@dataclass(slots=True)
class Votes:
    """What claims say of the inputs that we tried.

    `chosen`: by what was called, the turn of the input that is meant; `shortened`: what was called with so many axes
    that something said holds only if one is left out.
    """

    chosen: dict[str, int] = field(default_factory=dict)
    shortened: set[str] = field(default_factory=set)
    _all: dict[str, dict[int, Count]] = field(default_factory=dict)
    _sized: dict[int, Count] = field(default_factory=dict)

    def add(self, called: Called, *, holds: bool, sized: bool, shorter: bool) -> None:
        """Count a claim.

        `sized`: it has a number of what hangs on a size that we chose; `shorter`: it has fewer axes than was seen.
        """
        turns = self._all.setdefault(called.what, {})
        turns[called.turn] = _one_more(turns.get(called.turn, (0, 0)), holds=holds)
        if sized:
            self._sized[called.turn] = _one_more(self._sized.get(called.turn, (0, 0)), holds=holds)
        if holds and shorter and called.origin == "made up":
            self.shortened.add(called.what)

    def choose(self) -> None:
        """Choose for each model the input by which most claims hold; of equals, the first."""
        for what, turns in self._all.items():
            self.chosen[what] = max(sorted(turns), key=lambda turn: turns[turn][0])

    def most_hold(self, called: Called) -> bool:
        """Return whether more than half of all claims hold."""
        return _most(self._all.get(called.what, {}).get(called.turn, (0, 0)))

    def most_sizes_hold(self, called: Called) -> bool:
        """Return whether more than half of those hold that have numbers of what hangs on sizes that we chose."""
        return _most(self._sized.get(called.turn, (0, 0)))


def _one_more(count: Count, *, holds: bool) -> Count:
    return count[0] + holds, count[1] + 1


def _most(count: Count) -> bool:
    return 2 * count[0] > count[1]
