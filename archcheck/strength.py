"""How strong a document's claims are: what was changed in the network, one slip at a time, and what caught it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fate = Literal["caught", "unseen", "the same"]


@dataclass(frozen=True, slots=True)
class Change:
    """One slip: `what` was changed (`stride 4 -> 5`) in the layer at a path, which stands in a line of the spec.

    `alike`: how many layers stand in that line, blocks expanded: one slip changes them all. `why`: what caught it, or
    why it makes no difference. `claim`: a claim that would catch it; None where it is caught, or none could.
    """

    layer: str
    type: str
    line: int
    what: str
    fate: Fate
    alike: int = 1
    why: str | None = None
    claim: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Where a claim is written in a spec's file as it is: what the line `line` becomes, or a `new` one (or several)."""

    line: int
    text: str
    new: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A claim to add, in short, and how many unseen changes it catches that none before it does.

    `written`: where and how; None where there is no file, or no line of it that says it.
    """

    claim: str
    catches: int
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class Mutation:
    """Every change that was made to one network, in the order of its layers, and the claims that are worth adding."""

    changes: tuple[Change, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    def count(self, fate: Fate) -> int:
        """Return how many changes have this fate."""
        return sum(change.fate == fate for change in self.changes)

    @property
    def strength(self) -> float:
        """The share of the changes that matter which some claim catches; 1 where nothing can be changed."""
        caught, unseen = self.count("caught"), self.count("unseen")
        return caught / (caught + unseen) if caught + unseen else 1.0
