"""Nested items -> the plain data of `layers:`, every child with its name; a value that flows elsewhere is a `from`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from archcheck.drafting.structure import Group, Item, Leaf
from archcheck.drafting.values import Node
from archcheck.drafting.yaml_text import NamedBody, NumberedBody
from archcheck.spec.naming import WORDS, written
from archcheck.spec.read import CHILD_NAME
from archcheck.spec.signatures import FUNCTIONS, JOINS, module_names

Data = dict[str, Any] | list[Any] | str
Body = NamedBody | NumberedBody

WORDS_FOR = {
    "flatten": "flat",
    "reshape": "reshaped",
    "permute": "permuted",
    "transpose": "transposed",
    "unflatten": "unflattened",
    "select": "selected",
    "narrow": "part",
    "roll": "rolled",
    "mean": "average",
    "scaled": "times",
    "add": "total",
    "mul": "product",
    "concat": "joined",
    "matmul": "multiplied",
    "scaled_dot_product_attention": "attended",
}
"""What a function is called among the children, which bear names."""
ATTENDED = ("query", "key", "value", "mask")
"""What the branches of an attention are."""


def is_name(word: str) -> bool:
    """Return whether the format takes a word for a child's name."""
    return CHILD_NAME.fullmatch(word) is not None and word not in module_names()


class Nameless(Exception):  # noqa: N818 - becomes the error of a draft
    """A value that is taken where no name reaches it."""

    def __init__(self, value: int) -> None:
        super().__init__(value)
        self.value = value


@dataclass(slots=True)
class _Names:
    """The names of one body's children, those of open branches in it too; `numbered`: they are 0, 1, 2 ..."""

    taken: set[str]
    numbered: bool = False

    def new(self, wish: str) -> str:
        """Return a name like `wish` that nothing has yet."""
        name, number = str(len(self.taken)) if self.numbered else wish, 2
        while name in self.taken:
            name, number = f"{wish}_{number}", number + 1
        self.taken.add(name)
        return name


@dataclass(slots=True)
class _Scope:
    """What may be taken again by its name: names by value, the first that a value got.

    `heard`: every child's name there is, of a path its first word: it hides an equal one further out.
    """

    names: dict[int, str] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)

    def put(self, value: int, name: str) -> None:
        """Let a value be found by a name from now on."""
        self.names.setdefault(value, name)
        self.heard.add(_head(name))

    def put_inside(self, name: str, inner: _Scope) -> None:
        """Let what is in the child `name` be found by its path."""
        for value, path in inner.names.items():
            self.put(value, f"{name}.{path}")


@dataclass(slots=True)
class BodyWriter:
    """Writes bodies.

    `given`: the network's inputs by value; `claimed`: the values whose shape is claimed; `shapes`: of values, as claims
    have them; `classes`: of modules, by path; `shares`: by path, the layer whose weight a layer has; `said`: what a
    document claims of the layers, by what they give.
    """

    given: Mapping[int, str]
    claimed: frozenset[int]
    shapes: Mapping[int, list[int]]
    classes: Mapping[str, str]
    shares: Mapping[str, str]
    said: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    def root(self, items: Sequence[Item], output: int) -> Data:
        """Return the network's body."""
        flow = next(iter(self.given)) if len(self.given) == 1 else None
        inputs = _Scope(dict(self.given), set(self.given.values()))
        return self.body(items, flow, [inputs, _Scope()], output)

    def body(self, items: Sequence[Item], flow: int | None, scopes: Sequence[_Scope], result: int) -> Body:
        """Return a module's body: a list where its children are called 0, 1, 2 ..., else a mapping.

        `scopes`: those around it, the innermost last; the last is its own, and empty.
        """
        names = _Names({*_own_names(items), *WORDS, *FUNCTIONS, *JOINS, *module_names()})
        pairs = self.children(items, flow, scopes, names, result)
        if [name for name, _ in pairs] == [str(number) for number in range(len(pairs))]:
            return NumberedBody(value for _, value in pairs)
        return NamedBody(pairs)

    def children(
        self,
        items: Sequence[Item],
        flow: int | None,
        scopes: Sequence[_Scope],
        names: _Names,
        result: int,
    ) -> list[tuple[str, Data]]:
        """Return children by name, in order; what they give is `result`."""
        pairs: list[tuple[str, Data]] = []
        for item in items:
            entry = _entry(item, flow)
            if entry is not None and entry != flow:
                pairs.append(self._again(entry, scopes, names))
                flow = entry
            name = item.name or names.new(_wish(item))
            inner = _Scope()
            pairs.append((written(name), self.item(item, flow, [*scopes, inner], names)))
            flow = item.result
            scopes[-1].put(flow, name)
            scopes[-1].put_inside(name, inner)
        if flow != result:
            pairs.append(self._again(result, scopes, names))
        return pairs

    def item(self, item: Item, flow: int | None, scopes: Sequence[_Scope], names: _Names) -> Data:
        """Return what stands at a child's name; the last of `scopes` is its own."""
        if isinstance(item, Group):
            joined = self._joined(item, flow, scopes[:-1])
            if joined is not None:
                return joined
            body = self.body(item.items, flow, scopes, item.result)
            body.of, body.gives = self.classes.get(item.path, ""), self.shapes.get(item.result)
            return body
        beside = self._claims(item.node)
        share = self.shares.get(item.node.path or "")
        if share is not None:
            beside = {"share": share, **beside}
        if item.node.joins:
            args = dict(item.node.args)
            return {item.node.kind: self._branches(item, flow, scopes[:-1], names), **args, **beside}
        if not item.node.args and not beside:
            return item.node.kind
        args = dict(item.node.args) or ({"start_dim": 1} if item.node.kind == "flatten" else {})
        return {item.node.kind: args, **beside}

    def _claims(self, node: Node) -> dict[str, Any]:
        if node.output in self.said:
            return dict(self.said[node.output])
        shape = self.shapes.get(node.output)
        return {"output": shape} if shape is not None and node.output in self.claimed else {}

    def _joined(self, group: Group, flow: int | None, scopes: Sequence[_Scope]) -> Data | None:
        """Return a module that is nothing but a join of the modules in it as that join, None where it is not one."""
        only = group.items[0]
        if len(group.items) > 1 or isinstance(only, Group) or not only.branches:
            return None
        if not all(
            len(one) == 1 and (isinstance(one[0], Group) or not one[0].node.keeps) for one in only.branches
        ):
            return None
        ways = {one.name or str(number): one for number, (one,) in enumerate(only.branches)}
        if len(ways) < len(only.branches) or any(
            "." in name or _entry(one, flow) != flow for name, one in ways.items()
        ):
            return None
        around = [*scopes, _Scope(heard={*ways}), _Scope()]
        bodies = {
            written(name): self.item(one, flow, [*around, _Scope()], _Names(set()))
            for name, one in ways.items()
        }
        numbered = list(bodies) == [str(number) for number in range(len(bodies))]
        listed = numbered and not any(isinstance(one, NamedBody) for one in bodies.values())
        branches = NumberedBody(bodies.values()) if listed else NamedBody(bodies)
        return {only.node.kind: branches, **only.node.args, **self._claims(only.node)}

    def _branches(self, item: Leaf, flow: int | None, scopes: Sequence[_Scope], names: _Names) -> Data:
        """Return a join's branches: open ones, for their layers have names, and lists of functions, which have none."""
        found: list[Any] = []
        for place, (value, items) in enumerate(_ways(item)):
            around = [*scopes, _Scope(heard={str(number) for number in range(place)})]
            if not items:
                found.append([] if value == flow else {"from": self._name(value, around)})
                continue
            plain = self._functions(items, flow, around, value)
            if plain:
                found.append(plain if len(plain) > 1 else plain[0])
                continue
            opened = _Scope()
            pairs = self.children(items, flow, [*around, opened], names, value)
            scopes[-1].heard |= opened.heard  # they stand beside the join
            bare = len(pairs) == 1 and not _own_names(items)
            open_body = NamedBody(pairs) if len(pairs) > 1 else dict(pairs)
            found.append(pairs[0][1] if bare else open_body)
        if item.node.kind == "scaled_dot_product_attention" and not _own_names(item.inside):
            return dict(zip(ATTENDED, found, strict=False))
        return found

    def _functions(
        self, items: Sequence[Item], flow: int | None, scopes: Sequence[_Scope], result: int
    ) -> list[Any]:
        """Return a branch as a list; nothing where children have names, or are taken again, which takes one."""
        if _own_names(items) or not _is_row(items, flow, result):
            return []
        pairs = self.children(items, flow, [*scopes, _Scope()], _Names(set(), numbered=True), result)
        return [data for _, data in pairs]

    def _again(self, value: int, scopes: Sequence[_Scope], names: _Names) -> tuple[str, Data]:
        """Return a child that gives a value again."""
        name = self._name(value, scopes)
        word = name.replace(".", "_")
        return names.new(f"{word}_again" if not word[:1].isdigit() else f"again_{word}"), {"from": name}

    def _name(self, value: int, scopes: Sequence[_Scope]) -> str:
        """Return the name that a value is found by from inside of all these bodies. Raises `Nameless`."""
        for depth, scope in reversed([*enumerate(scopes)]):
            name = scope.names.get(value)
            if name is not None and not any(_head(name) in inner.heard for inner in scopes[depth + 1 :]):
                return name
        raise Nameless(value)


def _head(path: str) -> str:
    return path.partition(".")[0]


def _entry(item: Item, flow: int | None) -> int | None:
    """Return the value that must flow into an item; None where any may."""
    if isinstance(item, Group):
        return item.entry
    if item.node.joins:
        return item.flow
    return item.node.inputs[0] if len(item.node.inputs) == 1 else flow


def _is_row(items: Sequence[Item], flow: int | None, result: int) -> bool:
    """Return whether functions run one after the other, so that nothing is taken `from` anywhere."""
    for item in items:
        if _entry(item, flow) not in (None, flow) or not all(
            _is_row(way, flow, value) for value, way in _ways(item)
        ):
            return False
        flow = item.result
    return flow == result


def _ways(item: Item) -> Iterator[tuple[int, Sequence[Item]]]:
    """Yield each branch of a join with the value that it gives, which is what flows in where the branch is empty."""
    if isinstance(item, Leaf) and item.node.joins:
        yield from zip_longest(item.node.inputs, item.branches, fillvalue=())


def _wish(item: Item) -> str:
    assert isinstance(item, Leaf), "a group has its module's name"
    kind = item.node.kind
    if kind == "add" and item.branches and () in item.branches:
        return "residual"
    path = item.node.path
    if path is not None:  # a layer without parameters that runs again
        return path.rpartition(".")[2] if not path[-1].isdigit() else kind.lower()
    return WORDS_FOR.get(kind, kind.lower())


def _own_names(items: Sequence[Item]) -> set[str]:
    """Return the names that the model itself gives in a body, in the branches of its joins too; of a path the first."""
    found = {_head(item.name) for item in items if item.name is not None}
    for item in items:
        if isinstance(item, Leaf):
            found |= _own_names(item.inside)
    return found
