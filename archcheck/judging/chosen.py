"""Which sizes of a tensor hang on sizes that we chose: a number that is stated of these may be of another input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archcheck.judging.names import Names, names_in, settled
from archcheck.judging.parts import Part
from archcheck.judging.sightings import Sighting
from archcheck.judging.turns import SAID, TRIED
from archcheck.running.observed import Called
from archcheck.units import Shape

Place = tuple[int, int]
"""Which tensor of a call, and which of its axes."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What calls of ours, and the same calls with other sizes, say of the sizes that were seen at each site."""

    seen: Mapping[int, Sequence[Sighting]]
    turns: Mapping[int, Called]
    _known: dict[tuple[int, int, str], Mapping[int, Sequence[set[int]]]] = field(default_factory=dict)

    def without(self, part: Part, sighting: Sighting) -> Part:
        """Return what a part says of the axes that hang on none of our sizes; itself where it has no number there."""
        called = self.turns.get(sighting.turn)
        if called is None or called.origin not in TRIED or called.origin in SAID or not any(called.ours):
            return part
        shapes = part.seen(sighting)[:1]
        if not shapes or len(part.shapes) > 1:
            return part.without_numbers()
        hanging = self._hanging(part, sighting, called, shapes[0])
        return part.without_numbers() if hanging is None else part.without_numbers_at(hanging, len(shapes[0]))

    def is_fixed(self, part: Part, sighting: Sighting, names: Names) -> bool:
        """Return whether letters are against none but sizes that stay as they are whatever we give.

        With these going in it may hold: an image of 3x64x64 comes out, and may be what is meant to go in. Not so
        where another axis is as the same letter has it: then that is free.
        """
        called, shapes = self.turns.get(sighting.turn), part.seen(sighting)[:1]
        if called is None or called.origin not in TRIED or called.origin in SAID or len(part.shapes) > 1:
            return False
        sizes = part.shapes[0].sizes
        others = self._others(part, sighting.site, called).get(len(sizes))
        if others is None or not any(called.ours) or [len(shape) for shape in shapes] != [len(sizes)]:
            return False
        written = [str(size.value) for size in sizes]
        against = [axis for axis, size in enumerate(shapes[0]) if settled(written[axis], size, names) is None]
        stays = [others[axis] <= {size} for axis, size in enumerate(shapes[0])]
        if any(stays[axis] and not names_in(written[axis]) for axis in against):
            return False  # a number, or numbers alone, that nothing that goes in makes true
        letters = [axis for axis in against if names_in(written[axis])]
        free = {one for axis, one in enumerate(written) if axis not in against}
        return bool(letters) and all(stays[axis] and written[axis] not in free for axis in letters)

    def _hanging(self, part: Part, sighting: Sighting, called: Called, seen: Shape) -> set[int] | None:
        """Return the axes that were others when our sizes were; None where that was not tried."""
        others = self._others(part, sighting.site, called).get(len(seen))
        if others is None:
            return (
                {0} if all({*axes} <= {0} for axes in called.ours) else None
            )  # a batch stays the first axis
        return {axis for axis, size in enumerate(seen) if others[axis] - {size}}

    def _others(self, part: Part, site: int, called: Called) -> Mapping[int, Sequence[set[int]]]:
        """Return the sizes of each axis that a site saw with other sizes of ours, by how many axes there were."""
        key = site, called.turn, part.quantity
        if key not in self._known:
            again = {turn for turn, other in self.turns.items() if _differs_in_ours(called, other)}
            shapes = [part.seen(one)[:1] for one in self.seen[site] if one.turn in again]
            found: dict[int, list[set[int]]] = {}
            for shape in (one for many in shapes for one in many):
                for axis, sizes in enumerate(found.setdefault(len(shape), [set() for _ in shape])):
                    sizes.add(shape[axis])
            self._known[key] = found
        return self._known[key]

    def has_free_rank(self, called: Called) -> bool:
        """Return whether we chose how many axes there are: a layer that goes over the last one takes any number."""
        if called.origin != "first layer" or len(called.ours) != len(called.inputs):
            return False
        pairs = zip(called.inputs, called.ours, strict=True)
        return all({*range(len(shape) - 1)} <= {*own} for shape, own in pairs)


def _differs_in_ours(called: Called, other: Called) -> bool:
    """Return whether a call is another one again, with other sizes only where we had chosen them."""
    if other.origin != "other sizes" or other.what != called.what or not _alike(called.inputs, other.inputs):
        return False
    changed = {
        (which, axis)
        for which, (one, two) in enumerate(zip(called.inputs, other.inputs, strict=True))
        for axis, sizes in enumerate(zip(one, two, strict=True))
        if sizes[0] != sizes[1]
    }
    return changed <= {(which, axis) for which, axes in enumerate(called.ours) for axis in axes}


def _alike(inputs: Sequence[Shape], others: Sequence[Shape]) -> bool:
    return [len(one) for one in inputs] == [len(one) for one in others]
