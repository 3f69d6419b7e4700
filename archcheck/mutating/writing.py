"""Where in a spec's file a claim is written, and how: one line that is new, or that takes the place of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import yaml

from archcheck.spec.source import LOADER, Place
from archcheck.strength import Written

PRINTED = "<the printed model>"
"""What stands for the text that a document prints of its model."""

Way = tuple[str | int | None, ...]
"""The keys and the numbers that lead to a node."""
KEY = None
"""The end of a way that leads to a key."""


def written_in(file: File, claims: Iterable[tuple[str, Place | None, str]]) -> Iterator[Written | None]:
    """Yield where and how each claim is written, those before it being there: quantity, layer's place, value.

    None where nothing is to be written, or no line says it.
    """
    now = file
    for quantity, place, value in claims:
        way = None if place is None else file.way_to(place)
        written = None
        if value and place is None:
            written = now.of_network(quantity, value)
        elif value and way is not None:
            written = now.of_layer(way, f"{quantity}: {value}")
        now = now if written is None else now.with_line(written)
        yield written


@dataclass(frozen=True)
class File:
    """A spec's text, in which claims are to be written; `variant`: of which of its networks, None where it is one."""

    text: str
    variant: str | None = None

    @cached_property
    def root(self) -> yaml.Node | None:
        """The tree of the text, with the places of its ends."""
        return yaml.compose(self.text, Loader=LOADER)

    def with_line(self, written: Written) -> File:
        """Return the file with a claim written in it."""
        lines, at = list(self.lines), written.line - 1
        lines[at : at + (not written.new)] = written.text.split("\n")
        return File("\n".join(lines), self.variant)

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines."""
        return self.text.split("\n")

    def way_to(self, place: Place) -> Way | None:
        """Return the way to the layer at `place`, which stays the same whatever claims are written; None: no such."""
        at = place.line - 1, place.column - 1
        ways = (way for way, node in _ways(self.root) if _start(node) == at)
        found = next(ways, None)
        return found[:-1] if found and found[-1] is KEY else found

    def of_layer(self, way: Way, claim: str) -> Written | None:
        """Return how a claim (`output: [6, 28, 28]`) is written beside a layer; None where not in a line.

        Of a family nothing is said: the claim would be about all of its networks.
        """
        node = next((node for one, node in _ways(self.root) if one == way), None)
        if self.variant is not None or node is None:
            return None
        if isinstance(node, yaml.MappingNode):
            return self._put(node, claim)
        return self._replaced(node, f"{{{node.value}: {{}}, {claim}}}")

    def of_network(self, quantity: str, value: str) -> Written | None:
        """Return how a claim on the whole network is written under `documented:`, as one of its groups or keys."""
        holder = self.root
        if self.variant is not None:
            holder = _value(_value(holder, "variants"), self.variant)
        if not isinstance(holder, yaml.MappingNode):
            return None
        name, _, kind = quantity.partition(".")
        there = _value(holder, "documented")
        if value == PRINTED:
            return self._printed(holder, there)
        claim = f"{name}: {{{kind}: {value}}}" if kind else f"{name}: {value}"
        if there is None:
            block = f"documented:\n  {claim}"
            return (
                self._put(holder, f"documented: {{{claim}}}")
                if holder.flow_style
                else self._new_line(holder, block)
            )
        if isinstance(there, yaml.SequenceNode):
            return self._one_more(there, f"{{{claim}}}")
        if not isinstance(there, yaml.MappingNode):
            return None
        own = _value(there, name)
        if own is None:
            return self._put(there, claim)
        if kind and isinstance(own, yaml.MappingNode) and _value(own, kind) is None:
            return self._put(own, f"{kind}: {value}")
        return self._another(_value(own, kind) if kind else own, value)

    def _another(self, said: yaml.Node | None, value: str) -> Written | None:
        """Return a second statement of what one is made of already."""
        if said is None or said.start_mark.line != said.end_mark.line:
            return None
        if isinstance(said, yaml.SequenceNode) and all(
            isinstance(one, yaml.MappingNode) for one in said.value
        ):
            return self._one_more(said, f"{{documented: {value}}}")
        own = self.text[said.start_mark.index : said.end_mark.index]
        first = own if isinstance(said, yaml.MappingNode) else f"{{documented: {own}}}"
        return self._replaced(said, f"[{first}, {{documented: {value}}}]")

    def _printed(self, holder: yaml.MappingNode, there: yaml.Node | None) -> Written | None:
        """Return how a printed model is written: a block of text, so only where lines are indented."""
        if there is None:
            return (
                None
                if holder.flow_style
                else self._new_line(holder, f"documented:\n  repr: |\n    {PRINTED}")
            )
        if (
            not isinstance(there, yaml.CollectionNode)
            or there.flow_style
            or _value(there, "repr") is not None
        ):
            return None
        if isinstance(there, yaml.SequenceNode):
            return self._one_more(there, f"repr: |\n    {PRINTED}")
        return self._new_line(there, f"repr: |\n  {PRINTED}")

    def _one_more(self, items: yaml.CollectionNode, item: str) -> Written | None:
        if not items.flow_style:
            return self._new_line(items, f"- {item}")
        return self._inserted(items.value[-1].end_mark, f", {item}") if items.value else None

    def _put(self, mapping: yaml.MappingNode, claim: str) -> Written | None:
        """Return one key more of a mapping, behind those that it has."""
        if not mapping.flow_style:
            return self._new_line(mapping, claim)
        if self.text[mapping.start_mark.index] != "{":  # one pair in a list: [Linear: {...}]
            own = self.text[mapping.start_mark.index : mapping.end_mark.index].rstrip()
            alone = mapping.start_mark.line == mapping.end_mark.line
            return self._replaced(mapping, f"{{{own}, {claim}}}", len(own)) if alone else None
        last = mapping.value[-1][1] if mapping.value else None
        if last is None or not _within(last, mapping):  # an alias stands where its anchor does
            return None
        return self._inserted(last.end_mark, f", {claim}")

    def _inserted(self, mark: yaml.Mark, more: str) -> Written:
        line = self.lines[mark.line]
        return Written(mark.line + 1, line[: mark.column] + more + line[mark.column :], new=False)

    def _replaced(self, node: yaml.Node, text: str, length: int | None = None) -> Written:
        start = node.start_mark
        end = node.end_mark.column if length is None else start.column + length
        line = self.lines[start.line]
        return Written(start.line + 1, line[: start.column] + text + line[end:], new=False)

    def _new_line(self, node: yaml.Node, text: str) -> Written:
        """Return lines of their own behind all that is in a block, as far in as it is."""
        after = 1 + max(_last_line(one) for one in _nodes(node) if one is not node and _within(one, node))
        indented = "\n".join(" " * node.start_mark.column + line for line in text.split("\n"))
        return Written(after + 1, indented, new=True)


def _nodes(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """Yield a node and all that is in it; what an alias repeats once more."""
    left = [] if node is None else [node]
    while left:
        one = left.pop()
        yield one
        if isinstance(one, yaml.MappingNode):
            left += [part for pair in reversed(one.value) for part in reversed(pair)]
        elif isinstance(one, yaml.SequenceNode):
            left += reversed(one.value)


def _ways(node: yaml.Node | None, way: Way = ()) -> Iterator[tuple[Way, yaml.Node]]:
    """Yield every node with the way to it."""
    if node is not None:
        yield way, node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*way, KEY), key
            yield from _ways(value, (*way, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _ways(item, (*way, number))


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _within(node: yaml.Node, outer: yaml.Node) -> bool:
    return bool(
        outer.start_mark.index <= node.start_mark.index and node.end_mark.index <= outer.end_mark.index
    )


def _start(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line, node.start_mark.column


def _last_line(node: yaml.Node) -> int:
    """Return the line in which a leaf ends, from 0; a block of text, and a block of lines, end before the next one."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        return int(node.start_mark.line)
    end = node.end_mark
    return int(end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line)
