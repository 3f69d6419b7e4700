"""Reading `{normal_: {std: 0.01}}`: one thing of PyTorch's by its name, with its own arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archcheck.spec import read, signatures
from archcheck.spec.layers import Value
from archcheck.spec.read import Scope
from archcheck.spec.signatures import Argument, Signature
from archcheck.spec.source import Node, Pairs, Place, Scalar


@dataclass(frozen=True, slots=True)
class Table:
    """What a call may name: `noun`s of `library`, and what each of them takes."""

    noun: str
    library: str
    names: Callable[[], tuple[str, ...]]
    signature: Callable[[str], Signature | None]


INITIALISERS = Table("function", "torch.nn.init", signatures.initialisers, signatures.initialiser)
OPTIMIZERS = Table("optimizer", "torch.optim", signatures.optimizers, signatures.optimizer)


@dataclass(frozen=True, slots=True)
class Call:
    """A name of the table, the arguments that are given, and where the name stands."""

    name: str
    args: Mapping[str, Value]
    place: Place


def call(node: Node, where: str, table: Table) -> Call:
    """Read one call; `where` is what messages call it. A null stands for no arguments."""
    mapping = read.pairs(node, where)
    if len(mapping.pairs) != 1:
        raise node.place.error(
            f"{where} needs one {table.noun} of {table.library}, given {len(mapping.pairs)}"
        )
    (key, value), *_ = mapping.pairs
    signature = known(str(key.value), key.place, where, table)
    empty = isinstance(value, Scalar) and value.value is None
    given = Pairs((), key.place) if empty else read.pairs(value, signature.kind)
    return Call(signature.kind, _arguments(signature, given, where), key.place)


def known(name: str, place: Place, where: str, table: Table) -> Signature:
    """Return what `name` takes; one that is not in the table is refused, with the nearest that is."""
    signature = table.signature(name)
    if signature is None:
        hint = read.did_you_mean(name, sorted(table.names()))
        raise place.error(f"{where}: no {table.noun} {name!r} in {table.library} that a spec may use{hint}")
    return signature


def _arguments(signature: Signature, given: Pairs, where: str) -> dict[str, Value]:
    read.only_keys(given, signature.names, signature.kind)
    args = {}
    for argument in signature.arguments:
        value = given.get(argument.name)
        if value is not None:
            args[argument.name] = _argument(argument, value, f"{where}: {signature.kind}")
        elif argument.required:
            raise given.place.error(f"{where}: {signature.kind} needs {argument.name}")
    return args


def _argument(argument: Argument, node: Node, where: str) -> Value:
    value = read.argument(node, Scope())
    problem = signatures.problem(argument, value)
    if problem is not None:
        raise node.place.error(f"{where}: {argument.name} {problem}")
    return value
