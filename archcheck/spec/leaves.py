"""Reading one layer: its kind, its arguments, each of the type that PyTorch takes, and the claims beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from archcheck.spec import claims, read, signatures
from archcheck.spec.layers import Claim, Layer, Value
from archcheck.spec.read import Scope
from archcheck.spec.signatures import Argument, Signature
from archcheck.spec.source import Node as Yaml
from archcheck.spec.source import Pairs, Place, Scalar

REPEATING = ("num_layers", "num_encoder_layers", "num_decoder_layers")
SHARING: Mapping[str, tuple[str, str]] = {
    "Linear": ("out_features", "in_features"),
    "Embedding": ("num_embeddings", "embedding_dim"),
}
"""The layers that may share their weight, and the arguments that are its sizes."""
FILLED = ("in_channels", "in_features", "num_features", "num_channels", "input_size", "embed_dim", "d_model")
"""What a layer's input decides: who writes a number alone means another argument."""
MAX_INNER = 10_000
"""How often a module may repeat itself inside: built even where no input reaches it, more would take for ever."""


def nothing(place: Place) -> Pairs:
    """Return a mapping of nothing: the arguments of a layer that has none."""
    return Pairs((), place)


def layer(kind: str, place: Place, args: Yaml, node: Pairs, scope: Scope) -> Layer:
    """Read one layer: `args` stands at its kind, `node` is the mapping around that, with the claims."""
    signature = signatures.signature(kind)
    if signature is None:
        raise scope.error(place, read.no_module(kind, (*signatures.kinds(), *signatures.FUNCTIONS)))
    read.only_keys(node, (kind, *(("share",) if kind in SHARING else ()), *claims.LAYER_CLAIMS), kind, scope)
    empty = isinstance(args, Scalar) and args.value is None
    if not (empty or isinstance(args, Pairs)):
        raise scope.error(
            args.place, f"{kind} needs a mapping, given {read.shown(args)}{_named(signature, args, scope)}"
        )
    mapping = nothing(place) if empty else read.pairs(args, kind, scope)
    values: dict[str, Value] = {}
    found: list[Claim] = []
    for key, value in mapping.pairs:
        name = str(key.value)
        argument = _known_argument(signature, key, scope)
        if claims.is_statement(value):
            found += claims.statements(name, value, read.whole, scope)
        else:
            values[name] = stated(signature, argument, value, scope)
    places = {str(key.value): key.place for key, _ in mapping.pairs}
    return Layer(kind, values, place, places, (*found, *claims.layer_claims(node, scope)))


def _named(signature: Signature, args: Yaml, scope: Scope) -> str:
    """Return the mapping that a value without a name may be meant for: `; write {kernel_size: 2}`."""
    value = read.argument(args, scope)
    found = [one for one in signature.arguments if one.name not in FILLED]
    found.sort(key=lambda one: not one.required)
    name = next((one.name for one in found if signatures.problem(one, value) is None), None)
    return "" if name is None else f"; write {{{name}: {signatures.shown(value)}}}"


def _known_argument(signature: Signature, key: Scalar, scope: Scope) -> Argument:
    argument = signature.get(str(key.value))
    if argument is None:
        names = signature.names
        hint = read.did_you_mean(str(key.value), names) or f"; it has: {', '.join(names) or 'none'}"
        raise scope.error(key.place, f"{signature.kind} has no argument {key.value!r}{hint}")
    return argument


def stated(signature: Signature, argument: Argument, node: Yaml, scope: Scope) -> Value:
    """Read the value of one argument, as PyTorch takes it."""
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
