"""What was seen of one stated shape, as far as it may be written into a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archcheck.binding.program import Program
from archcheck.judging.names import Names, names_in
from archcheck.judging.parts import Part, Ruling
from archcheck.judging.sightings import Sighting, shapes_in
from archcheck.judging.verdicts import Verdicts
from archcheck.mending.sources import has_lazy_layers
from archcheck.running.observed import Called
from archcheck.units import Shape

OURS = "it hangs on an input that the document does not say; name it with --input"
MADE_UP = "its class was made with sizes of our own; let the document make one"


class Left(Exception):  # noqa: N818 - why a claim is left as it is, not an error
    """Nothing can be written that is known to be so; the reason in one line."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting of a stated shape.

    `ends`: the whole shape of the tensor; of a flow of one axis (`224 -> 112`) the shapes of what goes in and comes
    out. `names`: the sizes that letters stand for there. `turn`: as in `Event`. `other`: the call was one with sizes
    unlike the document's, for which letters must hold and numbers need not.
    """

    ends: tuple[Shape, ...]
    names: Names
    turn: int
    other: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """All sightings of one stated shape, of as many axes each time; `turns`: by its number, the call of each turn.

    `words`: the names that the document itself has for sizes, and how it writes them; `lazy`: some layers are made when
    they first run, by sizes that we may have chosen.
    """

    seen: tuple[Seen, ...]
    turns: Mapping[int, Called]
    words: Mapping[str, str]
    lazy: bool = False

    def beside(self, others: Iterable[Evidence]) -> Evidence:
        """Return it with what other runs saw there, with other sizes. Raises `Left` as `Gathering.evidence` does."""
        seen, turns = [*self.seen], dict(self.turns)
        for other in others:
            first = max(turns, default=0) + 1
            turns |= {first + turn: called for turn, called in other.turns.items()}
            seen += (replace(one, turn=first + one.turn, other=True) for one in other.seen)
        _check_ranks(seen)
        return replace(self, seen=tuple(seen), turns=turns)

    @property
    def ranks(self) -> tuple[int, ...]:
        """How many axes each end has."""
        return tuple(len(shape) for shape in self.seen[0].ends)

    @property
    def own(self) -> Sequence[Seen]:
        """The sightings with the document's sizes, or with those that were worked out for it."""
        return [one for one in self.seen if not one.other]

    @property
    def is_made_up(self) -> bool:
        """Whether sizes of our own are in the model itself, so that no name and no number is surely meant."""
        called = (self.turns.get(one.turn) for one in self.own)
        return any(one is not None and one.origin == "made up" for one in called)

    def sizes(self, end: int, axis: int) -> tuple[int, ...]:
        """Return how large an axis was each time, of other sizes too."""
        return tuple(one.ends[end][axis] for one in self.seen)

    def number(self, end: int, axis: int) -> int:
        """Return how large an axis is in the document. Raises `Left` where that is not known, or hangs on us."""
        sizes = {one.ends[end][axis] for one in self.own}
        if min(sizes) < 0:
            raise Left("what ran printed no number there")
        if len(sizes) > 1:
            raise Left(f"it is not the same each time: {', '.join(map(str, sorted(sizes)))}")
        if self.is_made_up:
            raise Left(MADE_UP)
        for turn in {one.turn for one in self.own}:
            self._not_ours(self.turns.get(turn), end, axis, sizes)
        return sizes.pop()

    def _not_ours(self, called: Called | None, end: int, axis: int, sizes: set[int]) -> None:
        """Raise `Left` for a size that changes, or may change, with the sizes that we chose for the input."""
        if called is None or called.origin == "document":
            return
        if not any(called.ours):
            return
        tried = [one for one in self.seen if _differs_in_ours(called, self.turns.get(one.turn))]
        if self.lazy:  # once it has run, it takes no other
            tried = [one for one in tried if _differs_in_all(called, self.turns[one.turn])]
        if not tried or {one.ends[end][axis] for one in tried} != sizes:
            raise Left(OURS)


def _check_ranks(seen: Sequence[Seen]) -> None:
    if len({tuple(len(shape) for shape in one.ends) for one in seen}) > 1:
        raise Left("it has another number of axes each time")


def _differs_in_ours(called: Called, other: Called | None) -> bool:
    """Return whether another call has other sizes only where these were our choice."""
    if other is None or other.turn == called.turn or other.what != called.what:
        return False
    if [len(shape) for shape in other.inputs] != [len(shape) for shape in called.inputs]:
        return False
    return all(
        axis in ours
        for shape, changed, ours in zip(called.inputs, other.inputs, called.ours, strict=True)
        for axis, (size, now) in enumerate(zip(shape, changed, strict=True))
        if size != now
    )


def _differs_in_all(called: Called, other: Called) -> bool:
    """Return whether another call has another size wherever it was our choice."""
    return all(
        shape[axis] != changed[axis]
        for shape, changed, ours in zip(called.inputs, other.inputs, called.ours, strict=True)
        for axis in ours
    )


class Gathering:
    """Gathers what was seen of the shapes that a document states."""

    def __init__(self, program: Program, verdicts: Verdicts) -> None:
        self._verdicts = verdicts
        self._words = words_of(one.part for one in verdicts.rulings)
        self._lazy = has_lazy_layers(program.source)

    def evidence(self, ruling: Ruling) -> Evidence:
        """Return it of one. Raises `Left` where it is not one tensor of as many axes each time."""
        own = [_seen(ruling.part, one, self._verdicts, other=False) for one in ruling.seen]
        others = [_seen(ruling.part, one, self._verdicts, other=True) for one in ruling.others]
        if not own:
            raise Left("nothing that ran came here")
        _check_ranks([*own, *others])
        return Evidence((*own, *others), self._verdicts.turns, self._words, self._lazy)


def words_of(parts: Iterable[Part]) -> dict[str, str]:
    """Return the names that stated shapes have for sizes, and how they are written first: `src_len` as `src len`."""
    found: dict[str, str] = {}
    for part in parts:
        statement = part.claim.statement
        for size in (one for shape in part.shapes for one in shape.sizes):
            for name in names_in(size.value):
                alone = name == size.value
                text = statement.text[size.start - statement.start : size.end - statement.start]
                found.setdefault(name, text if alone else name)
    return found


def _seen(part: Part, sighting: Sighting, verdicts: Verdicts, *, other: bool) -> Seen:
    names = {**verdicts.names.get(sighting.scope, {}), **sighting.names}
    return Seen(tuple(_ends(part, sighting)), names, sighting.turn, other)


def _ends(part: Part, sighting: Sighting) -> Iterator[Shape]:
    both = (shapes_in(sighting.given), shapes_in(sighting.gave))
    for shapes in both if len(part.shapes) > 1 else (part.seen(sighting),):
        if len(shapes) != 1:
            raise Left("it is several tensors" if shapes else "it is no tensor")
        yield shapes[0]
