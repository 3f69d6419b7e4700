"""Reading `layers:`: bodies, layers, branches and blocks, until only leaves are left.

A list is a body whose children are called 0, 1, 2 ...; a mapping is a body of named children, unless one of
its keys is a layer's kind: a capitalised `torch.nn` class, one of archcheck's functions, `add`, `concat` or
`block`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from archcheck.spec import claims, read, signatures
from archcheck.spec.layers import Body, Branch, Branches, Claim, Layer, Node, Value, join
from archcheck.spec.read import Scope
from archcheck.spec.signatures import Signature
from archcheck.spec.source import Items, Pairs, Place, Scalar
from archcheck.spec.source import Node as Yaml

MAX_LAYERS = 100_000
"""A network of a million layers is a mistake in a `repeat:`, not a network."""
MAX_DEVICE = 63

BRANCHING = ("add", "concat")
WORDS = ("add", "concat", "block", "with", "repeat", "dim", "device", *claims.LAYER_CLAIMS)
"""Lower-case words of the format, which no child may be called (with the functions' names)."""


@dataclass(frozen=True, slots=True)
class Block:
    """A body with parameters, to be expanded wherever `block: NAME` stands; None: must be given."""

    name: str
    params: Mapping[str, int | None]
    layers: Yaml


@dataclass(slots=True)
class BodyReader:
    """Turns YAML nodes into bodies; it counts what it makes, so that no `repeat:` runs away."""

    blocks: Mapping[str, Block]
    made: int = 0
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
            for _ in range(self._times(repeat, _inside(scope, str(number)))):
                yield str(number), self._block(item, _inside(scope, str(number)))
                number += 1

    def _named(self, node: Pairs, scope: Scope) -> Iterator[tuple[str, Node]]:
        for key, value in node.pairs:
            name, inner = str(key.value), _inside(scope, str(key.value))
            if name in WORDS:
                raise inner.error(
                    key.place, f"{name!r} is a word of the format; call this child something else"
                )
            if not name.replace("_", "").replace("-", "").isalnum():
                raise inner.error(key.place, "a child's name has letters, digits, '_' and '-' only")
            if isinstance(value, Scalar) and not _is_layer_word(value):
                raise _no_child(key.place, value, inner)
            yield name, self._child(value, inner)

    def _child(self, node: Yaml, scope: Scope) -> Node:
        self._count(node.place, scope)
        if isinstance(node, Scalar):
            if not _is_layer_word(node):
                raise _no_child(node.place, node, scope)
            return _layer(str(node.value), Pairs((), node.place), Pairs((), node.place), scope)
        found = _kinds(node) if isinstance(node, Pairs) else []
        if not isinstance(node, Pairs) or not found:
            return self.body(node, scope)
        if len(found) > 1:
            names = " and ".join(str(key.value) for key in found)
            raise scope.error(found[1].place, f"two kinds in one layer: {names}; write each as its own")
        kind = str(found[0].value)
        if kind == "block":
            return self._block_child(node, scope)
        if kind in BRANCHING:
            return self._branches(kind, node, scope)
        read.only_keys(node, (kind, *claims.LAYER_CLAIMS), f"{kind}", scope)
        return _layer(kind, read.needed(node, kind, kind) if node.get(kind) else node, node, scope)

    def _branches(self, kind: str, node: Pairs, scope: Scope) -> Branches:
        allowed = (kind, *claims.LAYER_CLAIMS, *(("dim",) if kind == "concat" else ()))
        read.only_keys(node, allowed, kind, scope)
        value, dim = read.needed(node, kind, kind, scope), node.get("dim")
        if isinstance(value, Items):
            named = [(str(number), item) for number, item in enumerate(value.items)]
        else:
            mapping = read.pairs(value, f"{kind} (its branches)", scope)
            named = [(str(key.value), item) for key, item in mapping.pairs]
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
        times = self._times(repeat, scope)
        children = tuple((str(n), self._block(node, _inside(scope, str(n)))) for n in range(times))
        return Body(children, False, node.place)

    def _times(self, repeat: Yaml, scope: Scope) -> int:
        return read.whole(repeat, "repeat", scope, least=0, most=MAX_LAYERS)

    def _block(self, node: Pairs, scope: Scope) -> Body:
        read.only_keys(node, ("block", "with", "repeat", *claims.LAYER_CLAIMS), "block", scope)
        self._count(node.place, scope)
        named = read.needed(node, "block", "block", scope)
        name = read.text(named, "block")
        if name not in self.blocks:
            known = sorted(self.blocks)
            hint = read.did_you_mean(name, known) or f"; there are: {', '.join(known) or 'none'}"
            raise scope.error(named.place, f"no block {name!r} under 'blocks:'{hint}")
        if name in self._within:
            way = " -> ".join([*self._within, name])
            raise scope.error(named.place, f"block {name!r} contains itself: {way}")
        block = self.blocks[name]
        self._within.append(name)
        inner = Scope(scope.path, self._given(block, node, scope))
        body = self.body(block.layers, inner)
        self._within.pop()
        return replace(body, claims=body.claims + claims.layer_claims(node, scope))

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

    def _count(self, place: Place, scope: Scope) -> None:
        self.made += 1
        if self.made > MAX_LAYERS:
            raise scope.error(place, f"more than {MAX_LAYERS} layers, repeats expanded")


def _inside(scope: Scope, name: str) -> Scope:
    return Scope(join(scope.path, name), scope.names)


def _kinds(node: Pairs) -> list[Scalar]:
    """Return the keys that make a mapping a layer."""
    return [key for key, _ in node.pairs if _is_kind(str(key.value))]


def _is_kind(word: str) -> bool:
    return word[:1].isupper() or word in signatures.FUNCTIONS or word in (*BRANCHING, "block")


def _is_layer_word(node: Scalar) -> bool:
    return isinstance(node.value, str) and (node.value[:1].isupper() or node.value in signatures.FUNCTIONS)


def _no_child(place: Place, node: Scalar, scope: Scope) -> Exception:
    words = [*signatures.FUNCTIONS, *BRANCHING, "block", *claims.LAYER_CLAIMS, "with", "repeat", "dim"]
    for name in (*reversed(scope.path.split(".")), str(node.value)):
        hint = read.did_you_mean(name, words)
        if hint and name not in words:
            return scope.error(place, f"{read.shown(node)} is no layer: no word {name!r}{hint}")
    return scope.error(
        place, f"{read.shown(node)} is no layer; a layer is written 'ReLU' or 'Conv2d: {{...}}'"
    )


def _layer(kind: str, args: Yaml, node: Pairs, scope: Scope) -> Layer:
    signature = signatures.signature(kind)
    place = next((key.place for key, _ in node.pairs if key.value == kind), node.place)
    if signature is None:
        hint = read.did_you_mean(kind, sorted([*signatures.kinds(), *signatures.FUNCTIONS]))
        raise scope.error(place, f"no module {kind!r} in torch.nn{hint}")
    empty = args is node or (isinstance(args, Scalar) and args.value is None)
    mapping = Pairs((), place) if empty else read.pairs(args, kind, scope)
    values: dict[str, Value] = {}
    found: list[Claim] = []
    for key, value in mapping.pairs:
        name = str(key.value)
        _known_argument(signature, key, scope)
        if claims.is_statement(value):
            found += claims.statements(name, value, _whole_argument, scope)
        else:
            values[name] = _argument(signature, name, value, scope)
    places = {str(key.value): key.place for key, _ in mapping.pairs}
    return Layer(kind, values, place, places, (*found, *claims.layer_claims(node, scope)))


def _known_argument(signature: Signature, key: Scalar, scope: Scope) -> None:
    names = [argument.name for argument in signature.arguments]
    if key.value not in names:
        hint = read.did_you_mean(str(key.value), names) or f"; it has: {', '.join(names) or 'none'}"
        raise scope.error(key.place, f"{signature.kind} has no argument {key.value!r}{hint}")


def _argument(signature: Signature, name: str, node: Yaml, scope: Scope) -> Value:
    value = read.argument(node, scope)
    argument = next(argument for argument in signature.arguments if argument.name == name)
    problem = signatures.problem(argument, value)
    if problem is not None:
        raise scope.error(node.place, f"{signature.kind}: {name} {problem}")
    return value


def _whole_argument(node: Yaml, scope: Scope) -> int:
    return read.whole(node, "a claimed argument", scope)
