"""The shapes that a document states -> claims beside the layers of a draft, each with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import nn

from archcheck.binding.telling import Telling
from archcheck.dialects.stated import REST, Layout
from archcheck.drafting.graph import Graph
from archcheck.drafting.record import Call, NumberOf, Recording
from archcheck.drafting.values import tensors_of
from archcheck.spec.read import LETTER
from archcheck.units import Shape

Sizes = Sequence[int | str | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one site saw in the pass: a value (`number`), which is what a module receives or gives, if any."""

    site: int
    role: Literal["value", "input", "output"]
    number: int | None
    module: nn.Module | None = None


@dataclass(slots=True)
class Page:
    """A document: its title, what it states, and what its sites saw in the pass, whose values `number_of` knows."""

    title: str
    tellings: tuple[Telling, ...]
    seen: list[Seen] = field(default_factory=list)
    number_of: NumberOf | None = None

    def begins(self, number_of: NumberOf) -> None:
        """Take that a pass begins."""
        self.number_of = number_of
        self.seen.clear()


@dataclass(slots=True)
class Placed:
    """Claims by the value that a layer gives, as they stand beside it; `left`: those that no layer has."""

    claims: dict[int, dict[str, Any]] = field(default_factory=dict)
    left: list[Telling] = field(default_factory=list)


def placed(page: Page, recording: Recording, graph: Graph) -> Placed:
    """Return where each of a document's statements stands in the draft."""
    return _Placing(page, recording, graph).placed()


class _Placing:
    def __init__(self, page: Page, recording: Recording, graph: Graph) -> None:
        self._page, self._graph = page, graph
        self._calls = {id(call.module): call for call in recording.calls if call.module is not None}
        self._shapes: dict[int, Shape] = {node.output: node.shape for node in graph.nodes}
        self._shapes |= {one.number: one.shape for one in recording.inputs.values()}
        self._made = {node.output for node in graph.nodes}
        self._taken: dict[int, int] = {}
        for node in reversed(graph.nodes):
            self._taken |= dict.fromkeys(node.inputs, node.output)
        self._letters: dict[str, int] = {}

    def placed(self) -> Placed:
        found = Placed()
        by_site: dict[int, list[Seen]] = {}
        for seen in self._page.seen:
            by_site.setdefault(seen.site, []).append(seen)
        for one in self._page.tellings:
            sightings = [seen for site in one.sites for seen in by_site.get(site, ())]
            places = (place for seen in sightings for place in self._places(one, seen))
            claim = next((claim for place in places if (claim := self._claim(one, *place)) is not None), None)
            if claim is None:
                found.left.append(one)
                continue
            layer, word, sizes = claim
            beside = found.claims.setdefault(layer, {})
            beside.setdefault(word, []).append({"documented": sizes, "at": one.at})
        return found

    def _places(self, one: Telling, seen: Seen) -> Iterator[tuple[int, str, int]]:
        """Yield the layer (by what it gives), the word and the value that a statement may be of, as a site saw it."""
        call = self._calls.get(id(seen.module)) if seen.module is not None else None
        if one.quantity == "input" and seen.role == "input" and call is not None:
            given, gave = _received(call), self._graph.resolved(call.results[0].number)
            if given is not None and gave in self._made:
                yield gave, "input", self._graph.resolved(given)
        elif seen.role == "value" or seen.role == one.quantity:
            number = seen.number if call is None else call.results[0].number
            if number is not None:
                yield from self._of_value(self._graph.resolved(number))

    def _of_value(self, number: int) -> Iterator[tuple[int, str, int]]:
        if number in self._made:
            yield number, "output", number
        elif number in self._shapes and number in self._taken:
            yield self._taken[number], "input", number

    def _claim(self, one: Telling, layer: int, word: str, value: int) -> tuple[int, str, list[Any]] | None:
        real = self._shapes.get(value)
        sizes = None if real is None else self._sizes(one, real)
        return None if sizes is None else (layer, word, sizes)

    def _sizes(self, one: Telling, real: Shape) -> list[Any] | None:
        """Return a stated shape as the format has it, without the batch axis; None where that cannot be said."""
        pairs = _whole(one.sizes, one.layout, real)
        if pairs is None:
            return None
        found = [self._size(one, size, actual) for size, actual in pairs]
        return None if None in found else found

    def _size(self, one: Telling, size: int | str | None, actual: int | None) -> int | str | None:
        """Return one size: a letter that stands for another elsewhere, and holds here, is the number that it is."""
        if isinstance(size, int):
            return size
        if actual is None or size is None:
            return actual
        if LETTER.fullmatch(size) and self._letters.setdefault(size, actual) == actual:
            return size
        return actual if one.agrees else None


def _received(call: Call) -> int | None:
    tensors = tensors_of((call.args, call.kwargs))
    return tensors[0].number if tensors else None


Pairs = list[tuple[int | str | None, int | None]]


def _whole(sizes: Sizes, layout: Layout, real: Shape) -> Pairs | None:
    """Return the sizes of one sample, channels first, each with the real one, where there is one."""
    sample, rank = real[1:], len(real)
    if layout in ("product", "axis"):
        return None
    if REST in sizes:
        place = sizes.index(REST)
        behind = len(sizes) - place - 1
        if place + behind > rank:
            return None
        sizes = [*sizes[:place], *real[place : rank - behind], *sizes[place + 1 :]]
    if layout == "sides" and len(sizes) < len(sample):
        sizes = [*sample[: len(sample) - len(sizes)], *sizes]
    if len(sizes) == rank:
        sizes = sizes[1:]
    if layout == "volume" and len(sizes) == len(sample) == 3 and sizes[2] == sample[0] != sizes[0]:
        sizes = [sizes[2], sizes[0], sizes[1]]
    if len(sizes) != len(sample):
        return [(size, None) for size in sizes]
    return [*zip(sizes, sample, strict=True)]


def plain(claims: Mapping[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return claims as they are written: one statement alone, several as a list."""
    return {
        layer: {word: many[0] if len(many) == 1 else many for word, many in sorted(beside.items())}
        for layer, beside in claims.items()
    }
