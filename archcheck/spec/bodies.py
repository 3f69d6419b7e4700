"""Reading `layers:`: bodies, layers, branches and blocks, until only leaves are left.

A list is a body whose children are called 0, 1, 2 ...; a mapping is a body of named children, unless one of
its keys is a layer's kind: a capitalised `torch.nn` class, one of archcheck's functions, a join, `block`, `from` or
`aside`. Children are read in the order they run, so what is `from` an earlier one is known when it is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from archcheck.spec import claims, leaves, parameters, read, signatures
from archcheck.spec.arithmetic import Parameter
from archcheck.spec.layers import Body, Branch, Branches, From, Node, join
from archcheck.spec.read import Scope
from archcheck.spec.source import Items, Pairs, Place, Scalar, count_nodes
from archcheck.spec.source import Node as Yaml

MAX_LAYERS = 100_000
"""A network of a million layers is a mistake in a `repeat:`, not a network."""
MAX_DEPTH = 64
"""How deep layers may lie in each other once blocks are expanded."""
MAX_PATH = 500
"""Characters of a dotted path; there may be `MAX_LAYERS` of them."""
MAX_EXPANDED = 500_000
"""YAML values that blocks may expand to: a few long lists, repeated, are as much work as many layers."""
MAX_DEVICE = 63

JOINS = tuple(signatures.JOINS)
NODES = (*JOINS, "block", "from", "aside")
"""The lower-case kinds of nodes that are no functions."""
WORDS = (*NODES, "with", "repeat", "dim", "device", "share", *claims.LAYER_CLAIMS)
"""Lower-case words of the format, which no child may be called (with the functions' names)."""

RANGE = re.compile(r"(.*?)(\d{1,9})\.\.(\d{1,9}|\$\{[^{}]*\})")
"""`layer1..6`: children of one kind, each by its number."""


@dataclass(frozen=True, slots=True)
class Block:
    """A body with parameters, to be expanded wherever `block: NAME` stands; None: it has none."""

    name: str
    params: Pairs | None
    layers: Yaml
    nodes: int = 1


@dataclass(slots=True)
class BodyReader:
    """Turns YAML nodes into bodies; it counts what it makes, so that no `repeat:` runs away.

    `names`: the parameters of the file, which blocks see too; `inputs`: what the network's inputs are called.
    """

    blocks: Mapping[str, Block]
    names: Mapping[str, Parameter] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    made: int = 0
    expanded: int = 0
    _within: list[str] = field(default_factory=list)
    _finished: dict[str, None] = field(default_factory=dict)

    def body(self, node: Yaml, scope: Scope) -> Body:
        """Read a body: a list, or a mapping of named children. A single layer is a body of one."""
        if isinstance(node, Pairs) and node.get("block") is not None:
            return self._block_child(node, scope)
        if isinstance(node, Items):
            children = tuple(self._numbered(node, scope))
        elif isinstance(node, Pairs) and not _kinds(node):
            children = tuple(self._named(node, scope))
        else:
            children = (("0", self._child(node, _inside(scope, "0"))),)
        return _distinct(Body(children, isinstance(node, Pairs) and not _kinds(node), node.place), scope)

    def _numbered(self, node: Items, scope: Scope) -> Iterator[tuple[str, Node]]:
        number = 0
        for item in node.items:
            repeat = item.get("repeat") if isinstance(item, Pairs) else None
            if repeat is None or not isinstance(item, Pairs):
                yield str(number), self._child(item, _inside(scope, str(number)))
                number += 1
                continue
            for _ in range(self._times(item, repeat, _inside(scope, str(number)))):
                yield str(number), self._block(item, _inside(scope, str(number)))
                number += 1

    def _named(self, node: Pairs, scope: Scope) -> Iterator[tuple[str, Node]]:
        for key, value in node.pairs:
            for name in self._names(key, value, scope):
                inner = _inside(scope, name)
                child = read.worked_out(value, inner)
                if isinstance(child, Scalar) and not _is_layer_word(child):
                    raise _no_child(key.place, child, inner)
                yield name, self._child(child, inner)

    def _names(self, key: Scalar, value: Yaml, scope: Scope) -> Iterator[str]:
        """Yield what a child is called, or the several that `layer1..6` stands for."""
        match = RANGE.fullmatch(str(key.value))
        if match is None:
            yield _child_name(key, scope)
            return
        stem, first, last = match[1], int(match[2]), Scalar(_number(match[3]), key.place)
        size = count_nodes(value)
        for number in range(first, read.whole(last, str(key.value), scope, 0, MAX_LAYERS) + 1):
            self._count(key.place, scope, size)
            yield _child_name(Scalar(f"{stem}{number}", key.place), scope)

    def _child(self, node: Yaml, scope: Scope) -> Node:
        child = self._read(node, scope)
        self._finished[scope.path] = None
        return child

    def _read(self, node: Yaml, scope: Scope) -> Node:
        self._count(node.place, scope)
        node = read.worked_out(node, scope)
        if isinstance(node, Scalar):
            if not _is_layer_word(node):
                raise _no_child(node.place, node, scope)
            empty = leaves.nothing(node.place)
            return leaves.layer(str(node.value), node.place, empty, empty, scope)
        found = _kinds(node) if isinstance(node, Pairs) else []
        if not isinstance(node, Pairs) or not found:
            return self.body(node, scope)
        if len(found) > 1:
            names = " and ".join(repr(key.value) for key in found[:2])
            raise scope.error(found[1].place, f"two kinds in one layer: {names}; write each as its own")
        kind = str(found[0].value)
        if kind == "block":
            return self._block_child(node, scope)
        if kind == "from":
            return self._from(node, scope)
        if kind == "aside":
            return self._aside(node, scope)
        if kind in JOINS:
            return self._branches(kind, node, scope)
        layer = leaves.layer(kind, found[0].place, read.needed(node, kind, kind, scope), node, scope)
        share = node.get("share")
        return layer if share is None else replace(layer, shares=self._earlier(share, "share", scope))

    def _from(self, node: Pairs, scope: Scope) -> From:
        read.only_keys(node, ("from",), "from", scope)
        named = read.needed(node, "from", "from", scope)
        if isinstance(named, Scalar) and named.value in self.inputs:
            return From(str(named.value), True, node.place)
        return From(self._earlier(named, "from", scope), False, node.place)

    def _earlier(self, node: Yaml, what: str, scope: Scope) -> str:
        """Return the path of an earlier node, whose name is looked up from the innermost body outwards."""
        name, around = read.text(node, what, scope), scope.path
        while around:
            around = around.rpartition(".")[0]
            if join(around, name) in self._finished:
                return join(around, name)
        there = [*self.inputs] if what == "from" else []
        there += [path.rpartition(".")[2] for path in self._finished]
        hint = read.did_you_mean(name, sorted(set(there)))
        raise scope.error(node.place, f"{what}: nothing called {name!r} comes before{hint}")

    def _aside(self, node: Pairs, scope: Scope) -> Body:
        read.only_keys(node, ("aside", *claims.LAYER_CLAIMS), "aside", scope)
        body = self.body(read.needed(node, "aside", "aside", scope), scope)
        return replace(body, aside=True, claims=claims.layer_claims(node, scope))

    def _branches(self, kind: str, node: Pairs, scope: Scope) -> Branches:
        signature = signatures.JOINS[kind]
        read.only_keys(node, (kind, *signature.names, *claims.LAYER_CLAIMS), kind, scope)
        value = read.needed(node, kind, kind, scope)
        branches = tuple(self._ways(kind, value, scope))
        least, most = signatures.BRANCHES.get(kind, (2, math.inf))
        if not least <= len(branches) <= most:
            many = f"at least {least}" if len(branches) < least else f"at most {most}"
            raise scope.error(value.place, f"{kind} needs {many} branches, given {len(branches)}")
        stated = {name: given for name in signature.names if (given := node.get(name)) is not None}
        args = {
            name: leaves.stated(signature, argument, stated[name], scope)
            for argument in signature.arguments
            if (name := argument.name) in stated
        }
        return Branches(kind, branches, node.place, args, claims.layer_claims(node, scope))

    def _ways(self, kind: str, node: Yaml, scope: Scope) -> Iterator[Branch]:
        """Yield the branches of a join: of a mapping by name; of a list open ones, and others by number."""
        if not isinstance(node, Items):
            for key, item in read.pairs(node, f"{kind} (its branches)", scope).pairs:
                name = _child_name(key, scope)
                yield self._branch(name, item, _inside(scope, name))
            return
        for number, item in enumerate(node.items):
            if isinstance(item, Pairs) and not _kinds(item) and item.get("device") is None:
                self._count(item.place, scope)
                yield Branch(None, self.body(item, Scope(scope.path.rpartition(".")[0], scope.names)))
            else:
                yield self._branch(str(number), item, _inside(scope, str(number)))

    def _branch(self, name: str, node: Yaml, scope: Scope) -> Branch:
        self._count(node.place, scope)
        device = node.get("device") if isinstance(node, Pairs) else None
        if device is None or not isinstance(node, Pairs):
            branch = Branch(name, self.body(node, scope))
        else:
            read.only_keys(node, ("device", "layers"), "a branch with a device", scope)
            layers = read.needed(node, "layers", "a branch with a device", scope)
            number = read.whole(device, "device", scope, 0, MAX_DEVICE)
            branch = Branch(name, self.body(layers, scope), number)
        self._finished[scope.path] = None
        return branch

    def _block_child(self, node: Pairs, scope: Scope) -> Body:
        repeat = node.get("repeat")
        if repeat is None:
            return self._block(node, scope)
        times = self._times(node, repeat, scope)
        children = tuple((str(n), self._block(node, _inside(scope, str(n)))) for n in range(times))
        return Body(children, False, node.place)

    def _times(self, node: Pairs, repeat: Yaml, scope: Scope) -> int:
        self._named_block(node, scope)  # no repetition at all must not hide a mistake
        return read.whole(repeat, "repeat", scope, least=0, most=MAX_LAYERS)

    def _block(self, node: Pairs, scope: Scope) -> Body:
        block, place = self._named_block(node, scope)
        if block.name in self._within:
            way = " -> ".join([*self._within, block.name])
            raise scope.error(place, f"block {block.name!r} contains itself: {way}")
        self._count(node.place, scope, block.nodes)
        self._within.append(block.name)
        body = self.body(block.layers, Scope(scope.path, self._given(block, node, scope)))
        self._within.pop()
        return replace(body, claims=body.claims + claims.layer_claims(node, scope))

    def _named_block(self, node: Pairs, scope: Scope) -> tuple[Block, Place]:
        read.only_keys(node, ("block", "with", "repeat", *claims.LAYER_CLAIMS), "block", scope)
        named = read.worked_out(read.needed(node, "block", "block", scope), scope)
        name = read.text(named, "block", scope)
        if name not in self.blocks:
            known = sorted(self.blocks)
            hint = read.did_you_mean(name, known) or f"; there are: {', '.join(known) or 'none'}"
            raise scope.error(named.place, f"no block {name!r} under 'blocks:'{hint}")
        return self.blocks[name], named.place

    def _given(self, block: Block, node: Pairs, scope: Scope) -> Mapping[str, Parameter]:
        what = f"block {block.name!r}"
        return parameters.values(block.params, node.get("with"), what, node.place, scope, self.names)

    def _count(self, place: Place, scope: Scope, nodes: int = 0) -> None:
        self.made += 1
        self.expanded += nodes
        if self.made > MAX_LAYERS:
            raise scope.error(place, f"more than {MAX_LAYERS} layers and blocks, repeats expanded")
        if self.expanded > MAX_EXPANDED:
            raise scope.error(place, f"more than {MAX_EXPANDED} values, blocks expanded")
        if len(self._within) + scope.path.count(".") >= MAX_DEPTH or len(scope.path) > MAX_PATH:
            raise scope.error(
                place, f"more than {MAX_DEPTH} layers and blocks, or {MAX_PATH} letters, inside each other"
            )


def _number(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _distinct(body: Body, scope: Scope) -> Body:
    """Return a body whose children, those of open branches included, have names of their own."""
    seen: set[str] = set()
    for name, child in _children(body):
        if name in seen:
            raise scope.error(
                child.place,
                f"{name!r} stands twice in one body, to which the children of branches without a name belong; "
                "call one something else, or name the branches",
            )
        seen.add(name)
    return body


def _children(body: Body) -> Iterator[tuple[str, Node]]:
    """Yield the children of a body as a module: those of open branches are its own."""
    for name, child in body.children:
        yield name, child
        for branch in child.branches if isinstance(child, Branches) else ():
            if branch.name is None:
                yield from _children(branch.body)


def _inside(scope: Scope, name: str) -> Scope:
    return Scope(join(scope.path, name), scope.names)


def _kinds(node: Pairs) -> list[Scalar]:
    """Return the keys that make a mapping a layer."""
    return [key for key, _ in node.pairs if _is_kind(str(key.value))]


def _is_kind(word: str) -> bool:
    return word[:1].isupper() or word in signatures.FUNCTIONS or word in NODES


def _is_layer_word(node: Scalar) -> bool:
    return isinstance(node.value, str) and (node.value[:1].isupper() or node.value in signatures.FUNCTIONS)


def _child_name(key: Scalar, scope: Scope) -> str:
    name = read.child_name(key, scope)
    if name in WORDS:
        raise scope.error(key.place, f"{name!r} is a word of the format; call this child something else")
    if _is_kind(name):
        raise scope.error(key.place, f"{name!r} is a layer; write branches as a list, or name each")
    return name


def _no_child(place: Place, node: Scalar, scope: Scope) -> Exception:
    """Say what may have been meant: the key above by a word of the format, or the value by a kind of layer."""
    words = [*signatures.FUNCTIONS, *WORDS]
    for name in reversed(scope.path.split(".")):
        near = [kind for kind in signatures.kinds() if kind.lower() == name.lower()]
        near += get_close_matches(name, words, n=1, cutoff=0.75)
        if near and name not in words:
            return scope.error(
                place, f"{read.shown(node)} is no layer: no word {name!r}; did you mean {near[0]!r}?"
            )
    hint = read.did_you_mean(node.value, [*words, *signatures.kinds()]) if isinstance(node.value, str) else ""
    hint = hint or "; a layer is written 'ReLU' or 'Conv2d: {...}'"
    return scope.error(place, f"{read.shown(node)} is no layer{hint}")
