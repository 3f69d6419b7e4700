"""Reading `layers:`: bodies, layers, branches and blocks, until only leaves are left.

A list is a body whose children are called 0, 1, 2 ...; a mapping is a body of named children, unless one of
its keys is a layer's kind: a capitalised `torch.nn` class, one of archcheck's functions, a join, `block`, `from` or
`aside`. Children are read in the order they run, so what is `from` an earlier one is known when it is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from archcheck.spec import claims, leaves, naming, parameters, read, signatures
from archcheck.spec.arithmetic import Parameter
from archcheck.spec.earlier import Earlier
from archcheck.spec.expansions import Expansion, Expansions
from archcheck.spec.layers import Body, Branch, Branches, From, Layer, Node, join
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
FAMILY = 3
"""What the networks of a family may expand to together: as much as so many networks alone."""


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

    `names`: the parameters of the file, which blocks see too; `inputs`: what the network's inputs are called;
    `networks`: how many the file has.
    """

    blocks: Mapping[str, Block]
    names: Mapping[str, Parameter] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    networks: int = 1
    made: int = 0
    expanded: int = 0
    _within: list[str] = field(default_factory=list)
    _open: int = 0
    _earlier: Earlier = field(default_factory=lambda: Earlier(Expansions()))

    def body(self, node: Yaml, scope: Scope) -> Body:
        """Read a body: a list, or a mapping of named children. A single layer is a body of one."""
        if isinstance(node, Pairs) and isinstance(node.get("block"), Scalar):
            return self._block_child(node, scope)
        if isinstance(node, Items):
            children = tuple(self._numbered(node, scope))
        elif isinstance(node, Pairs) and not naming.kinds(node):
            children = tuple(self._named(node, scope))
        else:
            if isinstance(node, Pairs):
                naming.refuse_children(node, scope)
            children = (("0", self._child(node, _inside(scope, "0"))),)
        return naming.distinct(
            Body(children, isinstance(node, Pairs) and not naming.kinds(node), node.place), scope
        )

    def _numbered(self, node: Items, scope: Scope, number: int = 0) -> Iterator[tuple[str, Node]]:
        for item in node.items:
            for child in self._item(item, scope, number):
                yield str(number), child
                number += 1

    def _item(self, item: Yaml, scope: Scope, number: int) -> Iterator[Node]:
        inner = _inside(scope, str(number))
        repeat = item.get("repeat") if isinstance(item, Pairs) else None
        if isinstance(item, Pairs) and item.get("open") is not None:
            yield from self._opened(item, scope, number)
        elif repeat is None or not isinstance(item, Pairs):
            yield self._child(item, inner)
        else:
            for n in range(number, number + self._times(item, repeat, inner)):
                yield self._block(item, _inside(scope, str(n)))

    def _opened(self, item: Pairs, scope: Scope, number: int) -> Iterator[Node]:
        """Yield the children of an open block: they belong to the list around it, whose numbers go on."""
        inner, repeat = _inside(scope, str(number)), item.get("repeat")
        read.only_keys(item, ("block", "with", "repeat", "open"), "an open block", inner)
        word = read.needed(item, "open", "an open block", inner)
        if read.shown(word) != "true":
            raise inner.error(word.place, f"open is true or left out, given {read.shown(word)}")
        plain = Pairs(tuple(pair for pair in item.pairs if pair[1] is not word), item.place)
        for _ in range(1 if repeat is None else self._times(plain, repeat, inner)):
            with self._within_block(plain, inner) as block:
                children = read.items(block.layers, f"block {block.name!r}, which is open here,", inner)
                given = Scope(scope.path, self._given(block, plain, inner))
                for name, child in self._numbered(Items(children, word.place), given, number):
                    yield child
                    number = int(name) + 1

    def _named(self, node: Pairs, scope: Scope) -> Iterator[tuple[str, Node]]:
        for key, value in node.pairs:
            for name in self._names(key, value, scope):
                inner = _inside(scope, name)
                child = read.worked_out(value, inner)
                if isinstance(child, Scalar) and not naming.is_layer_word(child):
                    raise naming.no_child(key.place, child, inner)
                yield name, self._child(child, inner)

    def _names(self, key: Scalar, value: Yaml, scope: Scope) -> Iterator[str]:
        """Yield what a child is called, or the several that `layer1..6` stands for."""
        several = naming.numbered(key, scope, MAX_LAYERS)
        if several is None:
            yield naming.child_name(key, scope)
            return
        (stem, numbers), size = several, count_nodes(value)
        if not numbers and isinstance(value, Pairs) and isinstance(value.get("block"), Scalar):
            self._named_block(value, scope)  # none at all must not hide a mistake
        for number in numbers:
            self._count(key.place, scope, size, made=0)
            yield naming.child_name(Scalar(f"{stem}{number}", key.place), scope)

    def _child(self, node: Yaml, scope: Scope) -> Node:
        child = self._read(node, scope)
        self._earlier.add(scope.path, child.kind if isinstance(child, Layer) else "")
        return child

    def _read(self, node: Yaml, scope: Scope) -> Node:
        self._count(node.place, scope)
        node = read.worked_out(node, scope)
        if isinstance(node, Scalar):
            if not naming.is_layer_word(node):
                raise naming.no_child(node.place, node, scope)
            empty = leaves.nothing(node.place)
            return leaves.layer(str(node.value), node.place, empty, empty, scope)
        found = naming.kinds(node) if isinstance(node, Pairs) else []
        if not isinstance(node, Pairs) or not found:
            return self.body(node, scope)
        naming.refuse_children(node, scope)
        if len(found) > 1:
            names = " and ".join(repr(key.value) for key in found[:2]) + "; write each as its own"
            raise scope.error(found[1].place, f"two kinds in one layer: {names}")
        kind = str(found[0].value)
        if kind == "block":
            return self._block_child(node, scope)
        if kind == "from":
            return self._from(node, scope)
        if kind == "aside":
            return self._aside(node, scope)
        if kind in naming.JOINS:
            return self._branches(kind, node, scope)
        layer = leaves.layer(kind, found[0].place, read.needed(node, kind, kind, scope), node, scope)
        share = node.get("share")
        return layer if share is None else replace(layer, shares=self._shared(share, scope))

    def _from(self, node: Pairs, scope: Scope) -> From:
        read.only_keys(node, ("from",), "from", scope)
        of, is_input = self._named_node(read.needed(node, "from", "from", scope), "from", self.inputs, scope)
        return From(of, is_input, node.place)

    def _shared(self, node: Yaml, scope: Scope) -> str:
        path, _ = self._named_node(node, "share", (), scope)
        if self._earlier.kind(path) not in leaves.SHARING:
            have = " and ".join(leaves.SHARING)
            raise scope.error(node.place, f"share: {path!r} has no weight to share; {have} have")
        return path

    def _named_node(self, node: Yaml, what: str, inputs: tuple[str, ...], scope: Scope) -> tuple[str, bool]:
        """Return the path of an earlier node, or the name of a network's input, and which of the two it is."""
        name = read.text(read.worked_out(node, scope), f"{what} (a name, quoted if it is a number)", scope)
        path = self._earlier.find(name, scope.path)
        if path is not None or name in inputs:
            return path or name, path is None
        near = self._earlier.near(name, scope.path, inputs)
        hint = f"; did you mean {near!r}?" if near else ""
        raise scope.error(node.place, f"{what}: nothing called {name!r} comes before{hint}")

    def _aside(self, node: Pairs, scope: Scope) -> Body:
        read.only_keys(node, ("aside", *claims.LAYER_CLAIMS), "aside", scope)
        body = self.body(read.needed(node, "aside", "aside", scope), scope)
        return replace(body, aside=True, claims=claims.layer_claims(node, scope))

    def _branches(self, kind: str, node: Pairs, scope: Scope) -> Branches:
        signature = signatures.JOINS[kind]
        read.only_keys(node, (kind, *signature.names, *claims.LAYER_CLAIMS), kind, scope)
        value = read.needed(node, kind, kind, scope)
        branches = tuple(self._each_branch(kind, value, scope))
        least, most = signatures.BRANCHES.get(kind, (2, math.inf))
        if not least <= len(branches) <= most:
            many = f"at least {least}" if len(branches) < least else f"at most {most}"
            raise scope.error(value.place, f"{kind} needs {many} branches, given {len(branches)}")
        args = {
            argument.name: leaves.stated(signature, argument, given, scope)
            for argument in signature.arguments
            if (given := node.get(argument.name)) is not None
        }
        return Branches(kind, branches, node.place, args, claims.layer_claims(node, scope))

    def _each_branch(self, kind: str, node: Yaml, scope: Scope) -> Iterator[Branch]:
        """Yield the branches of a join: of a mapping by name; of a list open ones, and others by number."""
        if isinstance(node, Scalar):
            raise scope.error(
                node.place, f"{kind} needs a list or a mapping of branches, given {read.shown(node)}"
            )
        if isinstance(node, Pairs):
            for number, (key, item) in enumerate(node.pairs):
                name = naming.branch_name(key, scope)
                self._in_its_place(kind, name, number, key.place, scope)
                yield self._branch(name, item, _inside(scope, name))
            return
        for number, item in enumerate(node.items):
            if isinstance(item, Pairs) and not naming.kinds(item) and item.get("device") is None:
                self._count(item.place, scope)
                self._open += 1
                yield Branch(None, self.body(item, Scope(scope.path.rpartition(".")[0], scope.names)))
                self._open -= 1
            else:
                yield self._branch(str(number), item, _inside(scope, str(number)))

    def _in_its_place(self, kind: str, name: str, number: int, place: Place, scope: Scope) -> None:
        """Refuse a branch that has the name of another's part: PyTorch's function tells them by their order."""
        parts = signatures.PARTS.get(kind, ())
        if name in parts[:number] + parts[number + 1 :]:
            order = ", ".join(parts)
            raise scope.error(
                place, f"{kind}: branch {name!r} is number {number + 1} here; their order is {order}"
            )

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
        self._earlier.add(scope.path)
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
        with self._within_block(node, scope) as block:
            body = self._expanded(block, Scope(scope.path, self._given(block, node, scope)))
        said = claims.layer_claims(node, scope)
        return replace(body, claims=body.claims + said) if said else body

    def _expanded(self, block: Block, scope: Scope) -> Body:
        """Return what a block stands for with the parameters of `scope`."""
        depth, room = self._depth(scope), (self._most_made - self.made, self._most_expanded - self.expanded)
        known = self._earlier.expansions.copied(block.name, scope, depth, room)
        if known is not None:
            self.made, self.expanded = self.made + known.made, self.expanded + known.values
            return known.body
        made, expanded, asked = self.made, self.expanded, self._earlier.asked
        body = self.body(block.layers, scope)
        if self._earlier.asked == asked:  # else it has paths in it, which are others elsewhere
            counts = self.made - made, self.expanded - expanded
            self._earlier.expansions.keep(block.name, scope, Expansion(body, scope.path, depth, *counts))
        return body

    @contextmanager
    def _within_block(self, node: Pairs, scope: Scope) -> Iterator[Block]:
        block, place = self._named_block(node, scope)
        if block.name in self._within:
            way = " -> ".join([*self._within, block.name])
            raise scope.error(place, f"block {block.name!r} contains itself: {way}")
        self._count(node.place, scope, block.nodes)
        self._within.append(block.name)
        yield block
        self._within.pop()

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

    @property
    def _most_made(self) -> int:
        return min(MAX_LAYERS, FAMILY * MAX_LAYERS // self.networks)

    @property
    def _most_expanded(self) -> int:
        return min(MAX_EXPANDED, FAMILY * MAX_EXPANDED // self.networks)

    def _count(self, place: Place, scope: Scope, nodes: int = 0, made: int = 1) -> None:
        """Count what is made of `nodes` YAML values, and refuse what is beyond a limit."""
        self.made += made
        self.expanded += nodes
        each = f" in each of {self.networks} variants" if self.networks > FAMILY else ""
        if self.made > self._most_made:
            raise scope.error(place, f"more than {self._most_made} layers and blocks{each}, repeats expanded")
        if self.expanded > self._most_expanded:
            raise scope.error(place, f"more than {self._most_expanded} values{each}, blocks expanded")
        if self._depth(scope) >= MAX_DEPTH or len(scope.path) > MAX_PATH:
            raise scope.error(
                place, f"more than {MAX_DEPTH} layers and blocks, or {MAX_PATH} letters, inside each other"
            )

    def _depth(self, scope: Scope) -> int:
        return len(self._within) + self._open + scope.path.count(".")


def _inside(scope: Scope, name: str) -> Scope:
    return Scope(join(scope.path, name), scope.names)
