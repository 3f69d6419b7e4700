"""A claim in parts, one for each shape that is checked, and what is ruled of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archcheck.binding.program import Claim
from archcheck.dialects.stated import REST, Size, StatedShape
from archcheck.dialects.vocabulary import is_batch
from archcheck.documents.document import Passage
from archcheck.judging.fitting import BATCHES, comparable, factors, fits, flow_fits
from archcheck.judging.names import Names, names_in
from archcheck.judging.reasons import GOES_IN
from archcheck.judging.sightings import Sighting, shapes_in
from archcheck.results import Check, Plain, Status
from archcheck.running.observed import STATED, Tree
from archcheck.units import Shape


@dataclass(frozen=True, slots=True)
class Part:
    """One stated shape of a claim, or a whole flow of one axis, and which end of a sighting it is of."""

    claim: Claim
    shapes: tuple[StatedShape, ...]
    quantity: str
    words: frozenset[str]

    @classmethod
    def of(cls, claim: Claim, shapes: tuple[StatedShape, ...], quantity: str) -> Part:
        """Return a part that knows the names in its sizes."""
        sizes = (size.value for shape in shapes for size in shape.sizes)
        return cls(claim, shapes, quantity, frozenset(name for size in sizes for name in names_in(size)))

    def seen(self, sighting: Sighting) -> tuple[Shape, ...]:
        """Return the shapes that it may be of; what goes into one call of a chain is what was made right before."""
        if self.quantity == "input":
            found = shapes_in(sighting.gave if sighting.given is None else sighting.given)
            return found if self.claim.statement.operation is None else found[::-1]
        return shapes_in(sighting.gave)

    def holds(self, sighting: Sighting, names: Names) -> Names | None:
        """Return the names as they must be for it to hold of a sighting; None where it cannot.

        What a variable of the module is called is what a function's letter is called, too, or happens to be. Axes that
        are named as einops does it (`b h t d`) are named for their line: a `d` there need not be the code's.
        """
        meant = {name: size for name, size in sighting.loose.items() if name in self.words}
        own = {**names, **sighting.names}
        found = self._holds(sighting, {**meant, **own})
        if found is None and meant:
            found = self._holds(sighting, own)
        if found is None and self.shapes[0].layout == "letters":
            found = self._holds(sighting, _without_letters(own, sighting.names))
        return found

    def shared(self, names: Names) -> Names:
        """Return the names that it has in common with other parameters: `b k d` has a `d` of its own."""
        if self.shapes[0].layout != "letters":
            return names
        return {name: size for name, size in names.items() if len(name) > 1 or name in BATCHES}

    def _holds(self, sighting: Sighting, own: Names) -> Names | None:
        if len(self.shapes) > 1:
            ends = (shapes_in(sighting.given)[:1], shapes_in(sighting.gave)[:1])
            return flow_fits(self.shapes, [end[0] for end in ends], own) if all(ends) else None
        any_batch = not sighting.at_top
        found = (fits(self.shapes[0], shape, own, any_batch=any_batch) for shape in self.seen(sighting))
        return next((one for one in found if one is not None), None)

    def has_axes_of(self, sighting: Sighting) -> bool:
        """Return whether what was seen has as many axes as are stated, the batch left aside."""
        return any(comparable(shape, seen) for shape in self.shapes for seen in self.seen(sighting))

    def lists(self, sighting: Sighting) -> bool:
        """Return whether what was seen are the very numbers that it says, in a list, or as many as it has letters.

        `grid: (H, W)` is said of two numbers, and of a list of such pairs.
        """
        said = [size.value for size in self.shapes[0].sizes]
        seen = sighting.gave
        rows = seen if isinstance(seen, list) and seen and isinstance(seen[0], list) else [seen]
        several = len(said) > 1 or isinstance(said[0], int)
        return several and all(_are_numbers(said, row) for row in rows)

    @property
    def axes(self) -> int:
        """How many axes it states."""
        return len(self.shapes[-1].sizes)

    @property
    def is_above(self) -> bool:
        """Whether it stands on a line of its own."""
        return not self.claim.line.text[: self.claim.column].strip(" \t#")

    def stands_above(self, sighting: Sighting) -> bool:
        """Return whether it stands on a line above a module, of what goes into which it may be meant."""
        is_value = self.claim.statement.role == "value"
        return self.is_above and is_value and bool(sighting.kind) and sighting.given is not None

    def is_flat(self, expression: str) -> bool:
        """Return whether several axes become one in an expression, of which a product (`16*5*5`) is the size."""
        shape = self.shapes[0]
        is_product = shape.layout == "product" and len(shape.sizes) > 2
        return is_product and _FLATTENS.search(expression) is not None

    @property
    def tells_of_input(self) -> bool:
        """Whether the line has a word for what goes in: `sees 32x32x3 image tensor`."""
        return _GOING_IN.search(self.claim.line.text) is not None

    def is_shorter(self, sighting: Sighting) -> bool:
        """Return whether it has fewer axes than what was seen."""
        sizes, seen = self.shapes[0].sizes, self.seen(sighting)[:1]
        whole = self.shapes[0].layout != "axis" and all(one.value != REST for one in sizes)
        starred = len(factors(self.shapes[0]))
        return whole and any(len(sizes) < len(shape) != starred for shape in seen)

    def comparable(self, sighting: Sighting, *, flat: bool = False) -> bool:
        """Return whether what was seen is of a kind with what is stated: a tensor, of axes that it can be about.

        `flat`: the axes that are stated became one there.
        """
        seen = self.seen(sighting)
        if len(self.shapes) > 1:
            return bool(seen) and bool(shapes_in(sighting.given))
        loose = self.shapes[0].layout in ("sides", "product", "maps", "axis")
        return any(flat or not loose or comparable(self.shapes[0], shape) for shape in seen)

    def is_plainly_of(self, sighting: Sighting) -> bool:
        """Return whether what may be no shape is plainly that of a tensor, but for a size: as many axes, most alike.

        Two axes are few: they must be those of the document's own value, for other pairs of numbers stand in comments.
        A line of its own may be a sentence that tells of what is to come.
        """
        said = [size.value for size in self.shapes[0].sizes]
        if (
            self.shapes[0].layout != "shape"
            or self.is_above
            or not all(isinstance(size, int) for size in said)
        ):
            return False
        for seen in self.seen(sighting)[:1]:
            alike = sum(one == other for one, other in zip(said, seen, strict=False))
            enough = len(said) > 2 or sighting.at_top
            return len(said) == len(seen) > 1 and said[0] == seen[0] and 2 * alike >= len(said) and enough
        return False

    def is_named(self, sighting: Sighting, names: Names) -> bool:
        """Return whether there is a word of its own for every size that was seen."""
        known = {*names.values(), 1}
        for shape in self.seen(sighting)[:1]:
            pairs = zip(self.shapes[-1].sizes[-len(shape) :], shape, strict=False)
            free = {size for said, size in pairs if not names_in(said.value) & names.keys()}
            return known | free >= {*shape}
        return True

    @property
    def text(self) -> str:
        """The shape as it is written: of a flow of one axis the whole flow."""
        statement = self.claim.statement
        if len(self.shapes) > 1:
            return statement.text
        shape = self.shapes[0]
        return statement.text[shape.start - statement.start : shape.end - statement.start]

    @property
    def of_letters(self) -> bool:
        """Whether it names every size, so that it must hold whatever the sizes are."""
        return not any(isinstance(size.value, int) for shape in self.shapes for size in shape.sizes)

    def is_of_a_step(self, seen: Sequence[Sighting]) -> bool:
        """Return whether a line above names nothing and has other axes: it may tell of a step on the way to a value.

        `(N, C, 1) after pooling` stands above `torch.cat([pool(x).squeeze(-1) for x in xs], 1)`.
        """
        unnamed = self.is_above and self.claim.statement.name is None
        return unnamed and bool(seen) and not any(map(self.has_axes_of, seen))

    def lacks_batch(self, sighting: Sighting) -> bool:
        """Return whether what was seen is what is stated but for the batch, which many functions may go without."""
        shape, seen = self.shapes[0], self.seen(sighting)[:1]
        first = shape.sizes[0].value if shape.sizes else None
        if not isinstance(first, str) or not is_batch(first) or len(self.shapes) > 1:
            return False
        others = replace(shape, sizes=shape.sizes[1:])
        fewer = [len(one) for one in seen] == [len(others.sizes)]
        told = any(isinstance(size.value, int) for size in others.sizes)  # letters alone fit any
        return fewer and told and replace(self, shapes=(others,)).holds(sighting, {}) is not None

    def without_numbers(self) -> Part:
        """Return what it says of other sizes: numbers that a document states are of its own."""
        return replace(self, shapes=tuple(_open(shape) for shape in self.shapes))

    def without_numbers_at(self, axes: Collection[int], rank: int) -> Part:
        """Return what it says but for numbers at some axes of so many; itself where it has none there."""
        shape = self.shapes[0]
        behind = {*range(rank - len(shape.sizes), rank)}
        # which axis each size of a volume is of, only a shape that fits says
        if shape.layout == "axis" or (shape.layout == "volume" and not behind.isdisjoint(axes)):
            return self.without_numbers() if axes else self
        opened = _open(shape, _at(shape, axes, rank))
        return self if opened == shape else replace(self, shapes=(opened,))

    def without_ones(self, sighting: Sighting) -> Part:
        """Return what it says but for names where a side of 1 was seen: one of ours that another may spread over."""
        shape = self.shapes[0]
        seen = self.seen(sighting)[:1]
        if len(self.shapes) > 1 or not seen:
            return self
        places = _at(shape, {axis for axis, size in enumerate(seen[0]) if size == 1}, len(seen[0]))
        sizes = (
            replace(one, value=None) if place in places and names_in(one.value) else one
            for place, one in enumerate(shape.sizes)
        )
        return replace(self, shapes=(replace(shape, sizes=tuple(sizes)),))


def _are_numbers(said: Sequence[int | str | None], seen: Tree) -> bool:
    """Return whether a list has one number for each size, and the number that is said wherever one is."""
    if not isinstance(seen, list) or len(seen) != len(said) or REST in said or None in said:
        return False
    return all(
        one == f"int: {size}" if isinstance(size, int) else isinstance(one, str) and one.startswith("int: ")
        for size, one in zip(said, seen, strict=True)
    )


def _without_letters(names: Names, own: Mapping[str, int]) -> Names:
    """Return names without the single letters that are the code's."""
    return {name: size for name, size in names.items() if len(name) > 1 or own.get(name) != size}


def _has_number(value: int | str | None) -> bool:
    """Return whether a size is a number, or has one beside a letter: `3*D`, `3+D`; halves go with the whole."""
    return isinstance(value, int) or (isinstance(value, str) and _FACTOR.search(value) is not None)


def _open(shape: StatedShape, places: Collection[int] | None = None) -> StatedShape:
    """Return a shape without the numbers at some places of its sizes; None: at all."""
    sizes = tuple(
        Size(None, size.start, size.end)
        if _has_number(size.value) and (places is None or place in places)
        else size
        for place, size in enumerate(shape.sizes)
    )
    return replace(shape, sizes=sizes)


def _at(shape: StatedShape, axes: Collection[int], rank: int) -> set[int]:
    """Return the places of the sizes that stand for some axes: before a `...` from the front, else from behind."""
    count = len(shape.sizes)
    rest = next((place for place, size in enumerate(shape.sizes) if size.value == REST), 0)
    return {place for place in range(count) if (place if place < rest else place + rank - count) in axes}


@dataclass(frozen=True, slots=True)
class Ruling:
    """A check, the part of a claim that it is of, and what it rests on.

    `seen`: every sighting of the site that the part can be about; `others`: those of other sizes.
    """

    part: Part
    check: Check
    seen: tuple[Sighting, ...] = ()
    others: tuple[Sighting, ...] = ()


_FACTOR = re.compile(r"(?<![\w/])[0-9]+\s*[*+]|[*+]\s*[0-9]+(?!\w)")
_FLATTENS = re.compile(r"\.(?:flatten|view|reshape)\(|\bFlatten\b")
"""An expression that makes one axis of several."""
_GOING_IN = re.compile(r"\b(?:inputs?|sees?|takes?|receives?|expects?|accepts?)\b", re.IGNORECASE)
MOST_LINES = 8
"""Between the forms of one parameter in a docstring."""


def are_alternatives(part: Part, other: Part) -> bool:
    """Return whether two parts are forms of one thing, a parameter, of which one is meant.

    They stand on one line (`(N, C) or (C)`), or near each other in a docstring, of other axes.
    """
    claim, near = part.claim, other.claim
    if claim.passage is not near.passage or claim.sites[:1] != near.sites[:1]:
        return False
    if claim.line.number == near.line.number:
        return True
    listed = claim.told == near.told == "docstring" and part.axes != other.axes
    return listed and abs(claim.line.number - near.line.number) <= MOST_LINES


def parts_of(claim: Claim) -> Iterator[Part]:
    """Yield a part for each shape that a claim states, or for the whole flow of one axis."""
    statement = claim.statement
    if statement.role != "flow":
        yield Part.of(claim, statement.shapes[:1], "input" if statement.role == "input" else "output")
    elif all(shape.layout == "axis" for shape in statement.shapes):
        yield Part.of(claim, (statement.shapes[0], statement.shapes[-1]), "output")
    else:
        yield Part.of(claim, statement.shapes[:1], "input")
        yield Part.of(claim, statement.shapes[-1:], "output")


def check_of(part: Part, status: Status, layer: str, kind: str, seen: Plain, hint: str | None) -> Check:
    """Return the check of a part: what stands there is `layer`, of the class `kind`."""
    claim = part.claim
    return Check(
        layer=claim.statement.name or layer,
        type=kind,
        quantity=part.quantity,
        documented=[_documented(size) for size in part.shapes[-1].sizes],
        inferred=None,
        seen=seen,
        status=status,
        line=claim.line.number,
        hint=hint,
        at=cell_of(claim.passage),
        source=claim.told,
        said=part.text,
    )


def cell_of(passage: Passage) -> str | None:
    """Return which cell of a notebook a passage is of, or of what it printed."""
    if passage.cell is None:
        return None
    return f"cell {passage.cell} output" if passage.kind == "output" else f"cell {passage.cell}"


def _documented(size: Size) -> int | str:
    return "?" if size.value is None else REST if size.value == REST else size.value


def no_tensor(part: Part, sighting: Sighting) -> str:
    """Say what is there instead of the tensor that a shape could be of."""
    value: Tree = sighting.given if part.quantity == "input" and sighting.given is not None else sighting.gave
    if isinstance(value, str) and value.startswith(STATED):
        return GOES_IN
    if shapes := shapes_in(value):
        return f"it is a tensor of {len(shapes[0])} ax{'i' if len(shapes[0]) == 1 else 'e'}s"
    return f"it is no tensor but {value}" if isinstance(value, str) else "it is no tensor"
