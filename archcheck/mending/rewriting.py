"""True sizes in place of stated ones, in the dialect in which they were stated."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from math import log

from archcheck.dialects.stated import REST, Size, StatedShape
from archcheck.dialects.vocabulary import is_batch
from archcheck.judging.fitting import MOST_WAYS, Way, flow_axes, ways
from archcheck.judging.names import Names, known, names_in, settled
from archcheck.judging.parts import Part
from archcheck.mending.evidence import MADE_UP, Evidence, Left

Value = int | str | None
"""Of a stated size."""


@dataclass(frozen=True, slots=True)
class Change:
    """New text for the columns `start` to `end` of a statement."""

    start: int
    end: int
    text: str


def rewritten(part: Part, evidence: Evidence) -> tuple[Change, ...]:
    """Return the changes that make one stated shape, or a flow of one axis, true of all that was seen, in order.

    Sizes that are right stay, and so do names that can stand for the true size. A batch axis that was left out stays
    left out; channels that stand last stay last. A wrong number becomes a number, or in a shape with names the name of
    a size that changes; a wrong name becomes the one that the document has for the true size, and never a number, for
    numbers are those of one call. Where the number of axes is wrong, all sizes are written anew, with the mark that
    stood between the first two. Raises `Left` where no such text is known to be true.
    """
    if evidence.is_made_up:
        raise Left(MADE_UP)
    if len(part.shapes) > 1:
        return _flow(part, evidence)
    shape = part.shapes[0]
    if shape.layout == "axis":
        raise Left("which of its axes is meant is not said")
    found = [_Laid(part, shape, way, evidence) for way in islice(ways(shape, evidence.ranks[0]), MOST_WAYS)]
    if not found:
        return (_anew(part, shape, evidence),)
    best = max(found, key=lambda one: one.likeness)
    if shape.layout == "product" and not best.standing and evidence.ranks[0] <= len(shape.sizes):
        raise Left("what its factors are of is not clear")
    return tuple(best.changes(0))


class _Laid:
    """A stated shape laid beside the axes of what was seen, in one way.

    `wrong`: the sizes that are not their axis's, with that axis; `standing`: how many are; `far`: how far the wrong
    numbers are from the true ones; `alike`: as `_alike`; `end`: which end of a flow it is, 0 or 1.
    """

    def __init__(self, part: Part, shape: StatedShape, way: Way, evidence: Evidence, end: int = 0) -> None:
        self.evidence, self.end = evidence, end
        self.lettered = any(isinstance(size.value, str) for size in shape.sizes)
        self.known = _Known(part, shape, evidence)
        names: Sequence[Names] = [one.names for one in evidence.seen]
        self.wrong: list[tuple[Size, int]] = []
        self.stood: set[Value] = set()
        self.standing, self.far = 0, 0.0
        for size, axis in zip(shape.sizes, way, strict=True):
            bound = names if axis is None else self._stands(size, axis, names)
            if bound is None and axis is not None:
                self.wrong.append((size, axis))
                self.far += _distance(size, evidence.sizes(end, axis)[0])
            else:
                names = bound or names
                self.stood.add(size.value)
                self.standing += size.value != REST and size.value is not None
        self.names = names
        self.alike = _alike(
            [
                (size.value, evidence.sizes(end, axis)[0])
                for size, axis in zip(shape.sizes, way, strict=True)
                if axis is not None
            ]
        )

    @property
    def likeness(self) -> tuple[int, int, float]:
        """How much of what is stated would stay, whether equal sizes are equal, and how little else would change."""
        return self.standing, self.alike, -self.far

    def changes(self, end: int) -> Iterator[Change]:
        """Yield what must be written anew."""
        for size, axis in self.wrong:
            yield Change(size.start, size.end, self._text(size, end, axis))

    def _stands(self, size: Size, axis: int, names: Sequence[Names]) -> Sequence[Names] | None:
        """Return the names as they must be, each time, for a size to be an axis's; None where it cannot."""
        value, sizes = size.value, self.evidence.sizes(self.end, axis)
        if value is None or value == REST:
            return names
        if isinstance(value, int):
            own = sizes[: len(self.evidence.own)]
            return names if value == -1 or all(value == one for one in own) else None
        found = [settled(value, one, bound) for one, bound in zip(sizes, names, strict=True)]
        bound = [one for one in found if one is not None]
        return bound if len(bound) == len(found) else None

    def _text(self, size: Size, end: int, axis: int) -> str:
        sizes, is_name = self.evidence.sizes(end, axis), bool(names_in(size.value))
        if is_name or (self.lettered and len(set(sizes)) > 1):
            name = self.known.name(sizes, self.names, self.stood)
            if name is not None:
                return name
        if is_name:
            raise Left(f"it is {_text(sizes)} there, and what that is called is not known")
        return str(self.evidence.number(end, axis))


class _Known:
    """The names, and the arithmetic of names, that may be written into a stated shape: its own, and the document's."""

    def __init__(self, part: Part, shape: StatedShape, evidence: Evidence) -> None:
        self.own = {
            size.value: _written(part, size.start, size.end)
            for size in shape.sizes
            if isinstance(size.value, str) and names_in(size.value)
        }
        among_blanks = shape.layout == "letters"
        words = evidence.words.items()
        self.words = {name: text for name, text in words if not among_blanks or text.isidentifier()}

    def name(self, sizes: Sequence[int], names: Sequence[Names], stood: Collection[Value]) -> str | None:
        """Return how the one name is written that stood for a size each time; None where there is not just one.

        Of several names of a size that changes (`T` of the comments and `t` of the code) the one that the shape itself
        has is meant. A size that was always the same may be any name's that is as large: there must be no other, and it
        is no batch's that stands in the shape already, `stood`.
        """
        texts = {**self.words, **self.own}
        fitting = [
            name
            for name in texts
            if all(known(name, bound) == one for bound, one in zip(names, sizes, strict=True))
            and (name in names[0] or not _may_be_others(name, names))
        ]
        if len(set(sizes)) == 1 and (sizes[0] == 1 or _count({*fitting, *_always(sizes, names)}) > 1):
            return None
        if len(set(sizes)) == 1:
            fitting = [name for name in fitting if name not in stood or not is_batch(name)]
        own = [name for name in fitting if name in self.own] if len(fitting) > 1 else fitting
        return texts[own[0]] if len(own) == 1 else None


def _always(sizes: Sequence[int], names: Sequence[Names]) -> Iterator[str]:
    """Yield the names that stood for a size each time, also those that only the code has."""
    for name in names[0]:
        if all(bound.get(name) == one for bound, one in zip(names, sizes, strict=True)):
            yield name


def _may_be_others(arithmetic: str, names: Sequence[Names]) -> bool:
    """Return whether a name in arithmetic always stood for what another did: `H/2` may be `W/2`."""
    return any(
        _count({*_always([bound[name] for bound in names], names)}) > 1
        for name in names_in(arithmetic)
        if all(name in bound for bound in names)
    )


def _count(names: Collection[str]) -> int:
    """Return how many names there are, `self.heads` and `Heads` being one."""
    return len({name.removeprefix("self.").lower() for name in names})


def _text(sizes: Sequence[int]) -> str:
    return ", ".join("unknown" if one < 0 else str(one) for one in dict.fromkeys(sizes[:3]))


def _alike(pairs: Sequence[tuple[Value, int]]) -> int:
    """Return how often two neighbours are equal, as stated and as they are, or neither."""
    return sum((one == other) == (true == also) for (one, true), (other, also) in pairwise(pairs))


def _distance(size: Size, true: int) -> float:
    stated = size.value
    return abs(log(stated / true)) if isinstance(stated, int) and stated > 0 and true > 0 else 0.0


def _flow(part: Part, evidence: Evidence) -> tuple[Change, ...]:
    """Return what makes a flow of one axis (`224 -> 112`) true.

    It may be any axis of which one end is stated right; where several are, all must want the same changes. Raises
    `Left` where it is not clear which axis is meant.
    """
    found = set()
    for axis in flow_axes(evidence.ranks):
        way = (axis,)
        ends = [_Laid(part, shape, way, evidence, end) for end, shape in enumerate(part.shapes)]
        if any(one.standing for one in ends):
            found.add(tuple(change for end, one in enumerate(ends) for change in one.changes(end)))
    if len(found) != 1:
        raise Left("which of its axes is meant is not clear")
    return found.pop()


def _anew(part: Part, shape: StatedShape, evidence: Evidence) -> Change:
    """Return the change that writes all sizes; the batch axis stays as it is, or left out.

    Where names are stated, so must all be that is written, but for numbers that are stated, too.
    """
    rank, first = evidence.ranks[0], shape.sizes[0]
    named = any(names_in(size.value) for size in shape.sizes if not is_batch(str(size.value)))
    if shape.layout not in ("shape", "size", *(("letters",) if named else ())):
        raise Left(f"it has {rank} axes")
    axes = list(range(rank))
    kept = []
    is_one = not named and first.value in (1, *evidence.sizes(0, 0)[:1])
    if is_one or is_batch(str(first.value)):
        kept = [_written(part, first.start, first.end)]
    if kept or (not named and shape.layout == "shape" and rank > 2):
        axes = axes[1:]  # or the batch axis is left out
    names, numbers = _Known(part, shape, evidence), {size.value for size in shape.sizes} if named else None
    stood = {first.value} if kept else set()
    texts = [_text_anew(names, evidence, axis, numbers, stood) for axis in axes]
    second = shape.sizes[1] if len(shape.sizes) > 1 else None
    between = ", " if second is None else _written(part, first.end, second.start)
    return Change(first.start, shape.sizes[-1].end, between.join([*kept, *texts]))


def _text_anew(
    names: _Known, evidence: Evidence, axis: int, numbers: Collection[Value] | None, stood: Collection[Value]
) -> str:
    """Return what an axis is called, or how large it is; `numbers`: the ones that may be written, None: any."""
    sizes = evidence.sizes(0, axis)
    if numbers is not None or len(set(sizes)) > 1:
        name = names.name(sizes, [one.names for one in evidence.seen], stood)
        if name is not None:
            return name
    if numbers is not None and not all(size in numbers for size in sizes):
        rank = evidence.ranks[0]
        raise Left(f"it has {rank} axes, and what the one of {_text(sizes)} is called is not known")
    return str(evidence.number(0, axis))


def _written(part: Part, start: int, end: int) -> str:
    statement = part.claim.statement
    return statement.text[start - statement.start : end - statement.start]
