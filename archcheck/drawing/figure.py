"""What a drawing shows, before anything has a place: steps one after the other, and ways beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archcheck.results import Check, Status
from archcheck.units import Shape

Tone = Literal["agrees", "known wrong", "differs", "silent"]
TONES: tuple[Tone, ...] = ("differs", "known wrong", "agrees")
"""The worst first: a step has the tone of the worst that its document says of it; without a word it is silent."""
_TONE: dict[Status, Tone] = {
    "agrees": "agrees",
    "known wrong": "known wrong",
    "differs": "differs",
    "not reached": "differs",
    "unchecked": "silent",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One volume: the layers that made it, what it is, and what the document says of it.

    `path`: of the node whose output it is; `operations`: what is done, a text a layer, the first of which made it;
    `shape`: of one sample, None where it is unknown or not reached; `checks`: of the volume and the layers that made
    it; `inside`: of what is in a block that is drawn as one; `times`: so many equal ones follow each other;
    `source`: the path that it is taken up again from, where it is not new; `joins`: it keeps the size of the step
    before it, and is drawn with that.
    """

    path: str
    name: str
    operations: tuple[str, ...]
    shape: Shape | None
    checks: tuple[Check, ...] = ()
    inside: tuple[Check, ...] = ()
    times: int = 1
    source: str | None = None
    joins: bool = False

    @property
    def tone(self) -> Tone:
        """The worst that the document says of it."""
        return worst((*self.checks, *self.inside))


@dataclass(frozen=True, slots=True)
class Way:
    """One of several ways; `aside`: it ends, and nothing is joined to it."""

    name: str
    items: tuple[Item, ...]
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Fork:
    """Ways that all receive the same; what joins them is the step behind it."""

    ways: tuple[Way, ...]


Item = Step | Fork


@dataclass(frozen=True, slots=True)
class Figure:
    """A network: its inputs and all that follows, and what is said of the whole."""

    title: str
    summary: str
    items: tuple[Item, ...]
    checks: tuple[Check, ...]


def tone_of(check: Check) -> Tone:
    """Return the tone of one check."""
    return _TONE[check.status] if check.claimed or check.status == "differs" else "silent"


def worst(checks: Sequence[Check]) -> Tone:
    """Return the worst tone of some checks."""
    tones = {tone_of(check) for check in checks}
    return next((tone for tone in TONES if tone in tones), "silent")


def steps(items: Sequence[Item]) -> Iterator[Step]:
    """Yield every step, those in ways too."""
    for item in items:
        if isinstance(item, Step):
            yield item
        else:
            for way in item.ways:
                yield from steps(way.items)


def columns(items: Sequence[Item]) -> int:
    """Return how many steps follow each other on the longest way."""
    return sum(
        1 if isinstance(item, Step) else max(columns(way.items) for way in item.ways) for item in items
    )
