"""What something may be said of: places of the tree that are to report, before they have numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archcheck.binding.program import Kind, Told, When
from archcheck.dialects.stated import Statement
from archcheck.documents.document import Line, Passage


@dataclass(frozen=True, slots=True)
class Spot:
    """A site without its number: what of which node reports, when, under which name; `since`: as of a site."""

    kind: Kind
    node: int
    when: When = "here"
    name: str | None = None
    since: int | None = None

    def of_flow(self) -> Spot:
        """Return the spot that tells what goes in, too, where that can be told."""
        return replace(self, kind="flow") if self.kind == "value" and self.when == "here" else self


@dataclass(frozen=True, slots=True)
class Subject:
    """What a text stands beside.

    `values`: what an unnamed statement is about, the likeliest first; `parts`: what as many statements are about, one
    each. `moments`: statements, and when at them a variable is read that is named. `function`: the number of the
    function or class that the text is about. `beside`: it stands behind code, not on a line of its own. `doubtful`: it
    stands above a block, and `values` are what was before. `above`: what it is about where that is only what stands
    above it; `nearer`: the likeliest where nothing more is said; `inputs`: what goes into what comes next.
    `shapes`: expressions that are shapes, of which one alone is shown there; `each`: the parts of what comes next.
    `way`: through what comes next and the statements that go on with it.
    """

    values: tuple[Spot, ...] = ()
    parts: tuple[Spot, ...] = ()
    moments: tuple[tuple[int, When], ...] = ()
    function: int | None = None
    beside: bool = False
    doubtful: bool = False
    above: tuple[Spot, ...] = ()
    nearer: tuple[Spot, ...] = ()
    inputs: tuple[Spot, ...] = ()
    shapes: tuple[Spot, ...] = ()
    each: tuple[Spot, ...] = ()
    way: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A statement and the spots that it may be said of; `why` there is none."""

    statement: Statement
    spots: tuple[Spot, ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said, and where: a claim, before its spots have numbers."""

    said: Said
    passage: Passage
    line: Line
    column: int
    told: Told


def unsure(statement: Statement) -> Statement:
    """Return a statement that may agree, but never differs."""
    return replace(statement, sure=False)
