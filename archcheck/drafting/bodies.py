"""Nested items -> the plain data of `layers:`, every child with its name; a value that flows elsewhere is a `from`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archcheck.drafting.structure import Group, Item, Leaf
from archcheck.drafting.values import Node
from archcheck.drafting.yaml_text import NamedBody, NumberedBody
from archcheck.spec.naming import WORDS
from archcheck.spec.read import CHILD_NAME
from archcheck.spec.signatures import FUNCTIONS, JOINS, module_names

Data = dict[str, Any] | list[Any] | str
Body = NamedBody | NumberedBody
Claims = Callable[[Node], Mapping[str, Any]]
"""What stands beside a layer: its claims."""

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
    """Return whether the format takes a word for a child's name; `block` where no text stands there."""
    taken = {*WORDS, *FUNCTIONS, *JOINS, *module_names()} - {"block"}
    return CHILD_NAME.fullmatch(word) is not None and not word[:1].isupper() and word not in taken


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
class BodyWriter:
    """Writes bodies.

    `given`: the network's inputs by value; `classes`: of modules, by path; `shapes`: of values, as claims have them;
    `shares`: by path, the layer whose weight a layer has.
    """

    given: Mapping[int, str]
    claims: Claims
    classes: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[int, list[int]] = field(default_factory=dict)
    shares: Mapping[str, str] = field(default_factory=dict)

    def root(self, items: Sequence[Item], output: int) -> Data:
        """Return the network's body."""
        flow = next(iter(self.given)) if len(self.given) == 1 else None
        return self.body(items, flow, [dict(self.given)], output)

    def body(
        self, items: Sequence[Item], flow: int | None, scopes: list[dict[int, str]], result: int
    ) -> Body:
        """Return a module's body: a list where its children are called 0, 1, 2 ..., else a mapping."""
        names = _Names({*_own_names(items), *WORDS, *FUNCTIONS, *JOINS, *module_names()})
        pairs = self.children(items, flow, [*scopes, {}], names, result)
        if [name for name, _ in pairs] == [str(number) for number in range(len(pairs))]:
            return NumberedBody(value for _, value in pairs)
        return NamedBody(pairs)

    def children(
        self,
        items: Sequence[Item],
        flow: int | None,
        scopes: list[dict[int, str]],
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
            data = self.item(item, flow, scopes, names)
            pairs.append((name, {data: {}} if name == "block" and isinstance(data, str) else data))
            flow = item.result
            scopes[-1].setdefault(flow, name)
        if flow != result:
            pairs.append(self._again(result, scopes, names))
        return pairs

    def item(self, item: Item, flow: int | None, scopes: list[dict[int, str]], names: _Names) -> Data:
        """Return what stands at a child's name."""
        if isinstance(item, Group):
            joined = self._joined(item, flow, scopes)
            if joined is not None:
                return joined
            body = self.body(item.items, flow, scopes, item.result)
            body.of, body.gives = self.classes.get(item.path, ""), self.shapes.get(item.result)
            return body
        beside = dict(self.claims(item.node))
        share = self.shares.get(item.node.path or "")
        if share is not None:
            beside = {"share": share, **beside}
        if item.node.joins:
            args = dict(item.node.args)
            return {item.node.kind: self._branches(item, flow, scopes, names), **args, **beside}
        if not item.node.args and not beside:
            return item.node.kind
        args = dict(item.node.args) or ({"start_dim": 1} if item.node.kind == "flatten" else {})
        return {item.node.kind: args, **beside}

    def _joined(self, group: Group, flow: int | None, scopes: list[dict[int, str]]) -> Data | None:
        """Return a module that is nothing but a join of the modules in it as that join, None where it is not one."""
        only = group.items[0]
        if len(group.items) > 1 or isinstance(only, Group) or not only.branches or _entry(only, flow) != flow:
            return None
        if not all(
            len(one) == 1 and (isinstance(one[0], Group) or not one[0].node.keeps) for one in only.branches
        ):
            return None
        bodies = {
            one.name or str(number): self.item(one, flow, scopes, _Names(set()))
            for number, (one,) in enumerate(only.branches)
            if _entry(one, flow) == flow
        }
        if len(bodies) < len(only.branches):
            return None
        numbered = list(bodies) == [str(number) for number in range(len(bodies))]
        listed = numbered and not any(isinstance(one, NamedBody) for one in bodies.values())
        ways = NumberedBody(bodies.values()) if listed else NamedBody(bodies)
        return {only.node.kind: ways, **only.node.args, **self.claims(only.node)}

    def _branches(self, item: Leaf, flow: int | None, scopes: list[dict[int, str]], names: _Names) -> Data:
        """Return a join's branches: open ones, for their layers have names, and lists of functions, which have none."""
        found: list[Any] = []
        for place, value in enumerate(item.node.inputs):
            items = item.branches[place] if item.branches else ()
            if not items:
                found.append([] if value == flow else {"from": self._name(value, scopes)})
                continue
            plain = self._functions(items, flow, scopes, value)
            if plain:
                found.append(plain if len(plain) > 1 else plain[0])
                continue
            pairs = self.children(items, flow, [*scopes, {}], names, value)
            bare = len(pairs) == 1 and not _named(items[-1])
            open_body = NamedBody(pairs) if len(pairs) > 1 else dict(pairs)
            found.append(pairs[0][1] if bare else open_body)
        if item.node.kind == "scaled_dot_product_attention" and not _own_names(item.inside):
            return dict(zip(ATTENDED, found, strict=False))
        return found

    def _functions(
        self, items: Sequence[Item], flow: int | None, scopes: list[dict[int, str]], result: int
    ) -> list[Any]:
        """Return a branch as a list; nothing where children have names, or are taken again, which takes one."""
        if _own_names(items):
            return []
        pairs = self.children(items, flow, [*scopes, {}], _Names(set(), numbered=True), result)
        return [] if "from" in str(pairs) else [data for _, data in pairs]

    def _again(self, value: int, scopes: list[dict[int, str]], names: _Names) -> tuple[str, Data]:
        """Return a child that gives a value again."""
        name = self._name(value, scopes)
        return names.new(f"{name}_again" if not name[:1].isdigit() else f"again_{name}"), {"from": name}

    def _name(self, value: int, scopes: list[dict[int, str]]) -> str:
        """Return the name that a value is found by from inside of all these bodies. Raises `Nameless`."""
        for depth, scope in reversed([*enumerate(scopes)]):
            name = scope.get(value)
            if name is not None:
                hidden = any(name in inner.values() for inner in scopes[depth + 1 :])
                if hidden:
                    break
                return name
        raise Nameless(value)


def _entry(item: Item, flow: int | None) -> int | None:
    """Return the value that must flow into an item."""
    if isinstance(item, Group):
        return item.entry
    if item.node.joins:
        return item.flow
    return item.node.inputs[0] if len(item.node.inputs) == 1 else flow


def _named(item: Item) -> bool:
    return isinstance(item, Group) or item.node.name is not None


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
    """Return the names that the model itself gives in a body, in the branches of its joins too."""
    found = {item.name for item in items if item.name is not None}
    for item in items:
        if isinstance(item, Leaf):
            found |= _own_names(item.inside)
    return found
