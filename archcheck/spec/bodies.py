"""Reading `layers:`: bodies, layers, branches and blocks, until only leaves are left.

A list is a body whose children are called 0, 1, 2 ...; a mapping is a body of named children, unless one of
its keys is a layer's kind: a capitalised `torch.nn` class, one of archcheck's functions, `add`, `concat` or
`block`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from archcheck.spec import claims, read, signatures
from archcheck.spec.layers import Body, Branch, Branches, Claim, Layer, Node, Value, join
from archcheck.spec.read import Scope
from archcheck.spec.signatures import Argument, Signature
from archcheck.spec.source import Items, Pairs, Place, Scalar
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
REPEATING = ("num_layers", "num_encoder_layers", "num_decoder_layers")
MAX_INNER = 10_000
"""How often a module may repeat itself inside: built even where no input reaches it, more would take for ever."""

BRANCHING = ("add", "concat")
WORDS = ("add", "concat", "block", "with", "repeat", "dim", "device", *claims.LAYER_CLAIMS)
"""Lower-case words of the format, which no child may be called (with the functions' names)."""


@dataclass(frozen=True, slots=True)
class Block:
    """A body with parameters, to be expanded wherever `block: NAME` stands; None: must be given."""

    name: str
    params: Mapping[str, int | None]
    layers: Yaml
    nodes: int = 1


@dataclass(slots=True)
class BodyReader:
    """Turns YAML nodes into bodies; it counts what it makes, so that no `repeat:` runs away."""

    blocks: Mapping[str, Block]
    made: int = 0
    expanded: int = 0
    _within: list[str] = field(default_factory=list)

    def body(self, node: Yaml, scope: Scope) -> Body:
        """Read a body: a list, or a mapping of named children. A single layer is a body of one."""
        if isinstance(node, Items):
            return Body(tuple(self._numbered(node, scope)), False, node.place)
        if isinstance(node, Pairs) and not _kinds(node):
            return Body(tuple(self._named(node, scope)), True, node.place)
        if isinstance(node, Pairs) and node.get("block") is not None:
            return self._block_child(node, scope)
        return Body((("0", self._child(node, _inside(scope, "0"))),), False, node.place)

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
            name = _child_name(key, scope)
            inner = _inside(scope, name)
            if isinstance(value, Scalar) and not _is_layer_word(value):
                raise _no_child(key.place, value, inner)
            yield name, self._child(value, inner)

    def _child(self, node: Yaml, scope: Scope) -> Node:
        self._count(node.place, scope)
        if isinstance(node, Scalar):
            if not _is_layer_word(node):
                raise _no_child(node.place, node, scope)
            return _layer(str(node.value), node.place, _nothing(node.place), _nothing(node.place), scope)
        found = _kinds(node) if isinstance(node, Pairs) else []
        if not isinstance(node, Pairs) or not found:
            return self.body(node, scope)
        if len(found) > 1:
            names = " and ".join(repr(key.value) for key in found[:2])
            raise scope.error(found[1].place, f"two kinds in one layer: {names}; write each as its own")
        kind = str(found[0].value)
        if kind == "block":
            return self._block_child(node, scope)
        if kind in BRANCHING:
            return self._branches(kind, node, scope)
        return _layer(kind, found[0].place, read.needed(node, kind, kind, scope), node, scope)

    def _branches(self, kind: str, node: Pairs, scope: Scope) -> Branches:
        allowed = (kind, *claims.LAYER_CLAIMS, *(("dim",) if kind == "concat" else ()))
        read.only_keys(node, allowed, kind, scope)
        value, dim = read.needed(node, kind, kind, scope), node.get("dim")
        if isinstance(value, Items):
            named = [(str(number), item) for number, item in enumerate(value.items)]
        else:
            mapping = read.pairs(value, f"{kind} (its branches)", scope)
            named = [(_child_name(key, scope), item) for key, item in mapping.pairs]
        if len(named) < 2:
            raise scope.error(value.place, f"{kind} needs at least 2 branches, given {len(named)}")
        return Branches(
            kind,
            tuple(self._branch(name, item, _inside(scope, name)) for name, item in named),
            node.place,
            1 if dim is None else read.whole(dim, "dim", scope, least=-8, most=8),
            claims.layer_claims(node, scope),
        )

    def _branch(self, name: str, node: Yaml, scope: Scope) -> Branch:
        self._count(node.place, scope)
        if not isinstance(node, Pairs) or node.get("device") is None:
            return Branch(name, self.body(node, scope))
        read.only_keys(node, ("device", "layers"), "a branch with a device", scope)
        device, layers = node.get("device"), read.needed(node, "layers", "a branch with a device", scope)
        assert device is not None
        return Branch(name, self.body(layers, scope), read.whole(device, "device", scope, 0, MAX_DEVICE))

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
        named = read.needed(node, "block", "block", scope)
        name = read.text(named, "block", scope)
        if name not in self.blocks:
            known = sorted(self.blocks)
            hint = read.did_you_mean(name, known) or f"; there are: {', '.join(known) or 'none'}"
            raise scope.error(named.place, f"no block {name!r} under 'blocks:'{hint}")
        return self.blocks[name], named.place

    def _given(self, block: Block, node: Pairs, scope: Scope) -> Mapping[str, int]:
        given, values = node.get("with"), dict(block.params)
        if given is not None:
            mapping = read.pairs(given, "with", scope)
            read.only_keys(mapping, tuple(block.params), f"block {block.name!r}", scope)
            for key, value in mapping.pairs:
                values[str(key.value)] = read.whole(value, f"{key.value}", scope, least=-read.MAX_SIZE)
        missing = [name for name, value in values.items() if value is None]
        if missing:
            raise scope.error(node.place, f"block {block.name!r} needs 'with: {{{missing[0]}: ...}}'")
        return {name: value for name, value in values.items() if value is not None}

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


def _inside(scope: Scope, name: str) -> Scope:
    return Scope(join(scope.path, name), scope.names)


def _kinds(node: Pairs) -> list[Scalar]:
    """Return the keys that make a mapping a layer."""
    return [key for key, _ in node.pairs if _is_kind(str(key.value))]


def _is_kind(word: str) -> bool:
    return word[:1].isupper() or word in signatures.FUNCTIONS or word in (*BRANCHING, "block")


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
    words = [*signatures.FUNCTIONS, *BRANCHING, "block", *claims.LAYER_CLAIMS, "with", "repeat", "dim"]
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


def _nothing(place: Place) -> Pairs:
    return Pairs((), place)


def _layer(kind: str, place: Place, args: Yaml, node: Pairs, scope: Scope) -> Layer:
    """Read one layer: `args` stands at its kind, `node` is the mapping around that, with the claims."""
    signature = signatures.signature(kind)
    if signature is None:
        raise scope.error(place, read.no_module(kind, (*signatures.kinds(), *signatures.FUNCTIONS)))
    read.only_keys(node, (kind, *claims.LAYER_CLAIMS), kind, scope)
    empty = isinstance(args, Scalar) and args.value is None
    mapping = _nothing(place) if empty else read.pairs(args, kind, scope)
    values: dict[str, Value] = {}
    found: list[Claim] = []
    for key, value in mapping.pairs:
        name = str(key.value)
        argument = _known_argument(signature, key, scope)
        if claims.is_statement(value):
            found += claims.statements(name, value, read.whole, scope)
        else:
            values[name] = _argument(signature, argument, value, scope)
    places = {str(key.value): key.place for key, _ in mapping.pairs}
    return Layer(kind, values, place, places, (*found, *claims.layer_claims(node, scope)))


def _known_argument(signature: Signature, key: Scalar, scope: Scope) -> Argument:
    argument = signature.get(str(key.value))
    if argument is None:
        names = signature.names
        hint = read.did_you_mean(str(key.value), names) or f"; it has: {', '.join(names) or 'none'}"
        raise scope.error(key.place, f"{signature.kind} has no argument {key.value!r}{hint}")
    return argument


def _argument(signature: Signature, argument: Argument, node: Yaml, scope: Scope) -> Value:
    value = read.argument(node, scope)
    problem = signatures.problem(argument, value) or _excess(argument, value)
    if problem is not None:
        raise scope.error(node.place, f"{signature.kind}: {argument.name} {problem}")
    return value


def _excess(argument: Argument, value: Value) -> str | None:
    """Return what is wrong with a number that PyTorch takes, and then never comes to an end with."""
    most = {"ratio": read.MAX_SIZE}.get(argument.type, MAX_INNER if argument.name in REPEATING else math.inf)
    for number in value if isinstance(value, tuple) else (value,):
        if isinstance(number, int | float) and number > most:
            return f"must be at most {most}, given {number}"
    return None
