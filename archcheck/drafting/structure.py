"""Nodes in a row -> nested bodies: modules become bodies with their names, ways that meet again become branches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archcheck.drafting.values import Node, parent
from archcheck.spec.layers import join


@dataclass(frozen=True, slots=True)
class Leaf:
    """One node; of a join `branches` are the bodies in front of each of its inputs, which all receive `flow`.

    `flow` is None where none of them takes what they receive.
    """

    node: Node
    branches: tuple[tuple[Item, ...], ...] = ()
    flow: int | None = None

    @property
    def name(self) -> str | None:
        """The child's own name, if it has one."""
        return self.node.name

    @property
    def result(self) -> int:
        """The value that it gives."""
        return self.node.output

    @property
    def inside(self) -> tuple[Item, ...]:
        """What stands in it."""
        return tuple(item for branch in self.branches for item in branch)

    @property
    def reads(self) -> frozenset[int]:
        """The values that it takes from outside."""
        return frozenset(self.node.inputs) | _read(self.inside)


@dataclass(frozen=True, slots=True)
class Group:
    """The body of a module; `entry`: the value that flows into it."""

    path: str
    name: str
    items: tuple[Item, ...]
    entry: int | None = None

    @property
    def result(self) -> int:
        """The value that its last item gives."""
        return self.items[-1].result

    @property
    def inside(self) -> tuple[Item, ...]:
        """What stands in it."""
        return self.items

    @property
    def reads(self) -> frozenset[int]:
        """The values that it takes from outside."""
        return _read(self.items)


Item = Leaf | Group


def _read(items: Sequence[Item]) -> frozenset[int]:
    return frozenset(value for item in items for value in item.reads) - made_in(items)


def made_in(items: Sequence[Item]) -> frozenset[int]:
    """Return every value that is made in items, at any depth."""
    return frozenset(value for item in items for value in ({item.result} | made_in(item.inside)))


def grouped(nodes: Sequence[Node]) -> tuple[Item, ...]:
    """Return the network's body: its nodes in order, those of a module in it as one item.

    A function between two layers of a module is taken into it. Modules whose layers take turns with others have no
    body of their own: their layers stand in the body around them, each by its path from there (`convs.0`).
    """
    opened = _taking_turns(nodes)
    return _grouped([_brought_out(node, opened) for node in nodes], "", opened)


def _taking_turns(nodes: Sequence[Node]) -> frozenset[str]:
    """Return the modules between whose first and last node something runs that cannot stand in them."""
    spans: dict[str, tuple[int, int]] = {}
    for place, node in enumerate(nodes):
        path = node.owner
        while path:
            spans[path] = (spans.get(path, (place,))[0], place)
            path = parent(path)
    return frozenset(
        path
        for path, (first, last) in spans.items()
        if not all(_may_stand_in(path, node) for node in nodes[first:last])
    )


def _may_stand_in(path: str, node: Node) -> bool:
    """Return whether a node is the module's own, or a function of the module around it."""
    own = f"{node.owner}.".startswith(f"{path}.")
    return own or (node.owner == parent(path) and not node.keeps)


def _brought_out(node: Node, opened: frozenset[str]) -> Node:
    """Return a node as one of the nearest module around it that has a body."""
    owner = node.owner
    while owner in opened:
        owner = parent(owner)
    if owner == node.owner or node.name is None:
        return replace(node, owner=owner)
    return replace(node, owner=owner, name=f"{_from(owner, node.owner)}.{node.name}")


def _grouped(nodes: Sequence[Node], path: str, opened: frozenset[str]) -> tuple[Item, ...]:
    items: list[Item] = []
    rest = list(nodes)
    while rest:
        child = _child(rest[0], path, opened)
        if child is None:
            items.append(Leaf(rest.pop(0)))
            continue
        inner = join(path, child)
        end = max(place for place, node in enumerate(rest) if _child(node, path, opened) == child) + 1
        end = _with_joins(rest, end, path)
        own = [_moved(node, path, inner) for node in rest[:end]]
        items.append(Group(inner, child, _grouped(own, inner, opened)))
        rest = rest[end:]
    return tuple(items)


def _with_joins(nodes: Sequence[Node], end: int, path: str) -> int:
    """Return where a module's body ends: functions behind it stand in it up to the last that takes an inner value."""
    inner = {node.output for node in nodes[: end - 1]}
    behind = end
    while behind < len(nodes) and nodes[behind].owner == path and nodes[behind].name is None:
        behind += 1
        if inner.intersection(nodes[behind - 1].inputs):
            end = behind
    return end


def _child(node: Node, path: str, opened: frozenset[str]) -> str | None:
    """Return what leads from `path` to the next body that a node stands in; None where it stands in that itself."""
    if node.owner == path:
        return None
    child, *words = _from(path, node.owner).split(".")
    while join(path, child) in opened:
        child = join(child, words.pop(0))
    return child


def _from(path: str, inner: str) -> str:
    """Return what leads from one module to another in it."""
    return inner[len(path) + 1 :] if path else inner


def _moved(node: Node, path: str, inner: str) -> Node:
    return replace(node, owner=inner, name=None) if node.owner == path else node


@dataclass(slots=True)
class Nesting:
    """Turns what runs between a fork and a join into the join's branches.

    `uses`: how often each value is taken; `inputs`: the network's own, where it has several.
    """

    uses: Mapping[int, int]
    inputs: frozenset[int] = frozenset()

    def nested(self, items: Sequence[Item], flow: int | None) -> tuple[Item, ...]:
        """Return a body that receives `flow`, with branches wherever that says the same."""
        done: list[Item] = []
        for item in items:
            before = done[-1].result if done else flow
            if isinstance(item, Group):
                entry = entry_of(item, before)
                done.append(Group(item.path, item.name, self.nested(item.items, entry), entry))
            elif item.node.joins:
                self._join(item.node, done, flow)
            else:
                done.append(item)
        return tuple(done)

    def _join(self, node: Node, done: list[Item], flow: int | None) -> None:
        """Add a join to the items before it, which become its branches where that takes no `from`."""
        for start in range(len(done), -1, -1):
            items, entry = done[start:], done[start - 1].result if start else flow
            branches = self._branches(node, items)
            if branches is None:
                break
            if (set(node.inputs) | _read(items)) - made_in(items) <= {entry, *self.inputs}:
                done[start:] = [Leaf(node, branches, entry)]
                return
        start = len(done) - self._parameters(node, done)
        entry = done[start - 1].result if start else flow
        made = Leaf(node, self._branches(node, done[start:]) or ())
        done[start:] = [replace(made, flow=entry) if entry in made.reads else made]

    def _branches(self, node: Node, items: Sequence[Item]) -> tuple[tuple[Item, ...], ...] | None:
        """Return the items as branches of a join, None where they are not: one is in two, in none, or used outside."""
        makers = {value: item for item in items for value in made_in([item])}
        found: list[tuple[Item, ...]] = []
        taken: set[int] = set()
        for value in node.inputs:
            way = _way(value, makers)
            if way & taken:
                return None
            taken |= way
            found.append(tuple(item for item in items if item.result in way))
        inside = _taken([*items, Leaf(node)])
        if len(taken) != len(items) or any(
            self.uses.get(value, 0) != inside[value] for value in made_in(items)
        ):
            return None
        return tuple(found)

    def _parameters(self, node: Node, done: list[Item]) -> int:
        """Return how many of the last items are parameters that only this join takes."""
        count = 0
        for item in reversed(done):
            if not isinstance(item, Leaf) or item.node.kind != "parameter" or self.uses.get(item.result) != 1:
                break
            if item.result not in node.inputs:
                break
            count += 1
        return count


def _way(value: int, makers: Mapping[int, Item]) -> set[int]:
    """Return the results of the items that a value is made of."""
    todo, found = [value], set[int]()
    while todo:
        item = makers.get(todo.pop())
        if item is not None and item.result not in found:
            found.add(item.result)
            todo += item.reads
    return found


def entry_of(group: Group, before: int | None) -> int | None:
    """Return the value that flows into a group: what comes before it where it takes that, else its only other one."""
    reads = group.reads
    return next(iter(reads)) if before not in reads and len(reads) == 1 else before


def _taken(items: Sequence[Item]) -> Counter[int]:
    """Return how often each value is taken in items, at any depth."""
    found: Counter[int] = Counter()
    for item in items:
        if isinstance(item, Leaf):
            found.update(item.node.inputs)
        found += _taken(item.inside)
    return found


def uses_of(nodes: Sequence[Node], output: int) -> dict[int, int]:
    """Return how often each value is taken; what the network gives is taken once more."""
    uses: dict[int, int] = {output: 1}
    for node in nodes:
        for value in node.inputs:
            uses[value] = uses.get(value, 0) + 1
    return uses
