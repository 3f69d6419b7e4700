"""Reading claims: `VALUE`, `{documented: VALUE, wrong: WHY, by: SOURCE, at: WHERE}`, or a list of such statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from archcheck.spec import read
from archcheck.spec.layers import By, Claim, ClaimValue, Run, Sides
from archcheck.spec.read import TOP, Scope
from archcheck.spec.signatures import kinds
from archcheck.spec.source import MAX_DIGITS, Items, Node, Pairs, Scalar
from archcheck.units import Shape, Stated, read_stated

STATEMENT = ("documented", "wrong", "by", "at")
LAYER_CLAIMS = ("input", "output", "params", "macs", "flops")
DOCUMENTED = ("params", "macs", "flops", "sizes", "layers", "runs", "repr", "init", "unchecked")
GROUP = ("by", "at")
"""What may stand once in `documented:` for all its statements that have none of their own."""
RUN = ("input", "output", "wrong", "by", "at")
UNCHECKED = ("says", "why", "by", "at")
STATISTICS = ("mean", "std", "variance")
MAX_RUNS = 100
"""Further inputs of one network; each of them is inferred, built for and run."""

SOME = Stated("some", 1, read.MAX_SIZE)
"""What a document says that names a kind of layer and no number."""

Convert = Callable[[Node, str, Scope], ClaimValue]
"""Turns what is documented into a value; the text is what messages call it."""


def layer_claims(node: Pairs, scope: Scope) -> tuple[Claim, ...]:
    """Read the claims that stand beside a layer's kind."""
    there = {key.value: value for key, value in node.pairs}
    found: list[Claim] = []
    for quantity in LAYER_CLAIMS:
        value = there.get(quantity)
        if value is not None:
            convert: Convert = read.pattern if quantity in ("input", "output") else count
            found += statements(quantity, value, convert, scope)
    return tuple(found)


def documented(node: Node, inputs: Sequence[str] = ("input",)) -> tuple[Claim, ...]:
    """Read `documented:`, the claims on the whole network, whose inputs are called `inputs`.

    It is a mapping, or a list of such: one for each source, or each of its tables.
    """
    groups = node.items if isinstance(node, Items) and node.items else (node,)
    return tuple(claim for group in groups for claim in _group(group, inputs))


def _group(node: Node, inputs: Sequence[str]) -> Iterator[Claim]:
    mapping = read.pairs(node, "documented")
    again = next((key for key, _ in mapping.pairs if key.value == "documented"), None)
    if again is not None:
        raise again.place.error(
            "documented: 'documented:' stands once; here write what is in it: {params: 5}"
        )
    read.only_keys(mapping, (*DOCUMENTED, *GROUP), "documented")
    remarks = _remarks(mapping)
    for key, value in mapping.pairs:
        if key.value in GROUP:
            continue
        claims = _runs(value, inputs) if key.value == "runs" else _SECTIONS[str(key.value)](value)
        yield from (replace(one, by=one.by or remarks.by, at=one.at or remarks.at) for one in claims)


def statements(quantity: str, node: Node, convert: Convert, scope: Scope = TOP) -> Iterator[Claim]:
    """Yield the claims on one quantity: one, or one for each statement of a list."""
    several = isinstance(node, Items) and node.items and all(isinstance(item, Pairs) for item in node.items)
    for statement in node.items if several and isinstance(node, Items) else (node,):
        yield _statement(quantity, statement, convert, scope)


def is_statement(node: Node) -> bool:
    """Return whether a node is written as `{documented: ...}` or as a list of those."""
    if isinstance(node, Items):
        return bool(node.items) and all(isinstance(item, Pairs) for item in node.items)
    return isinstance(node, Pairs)


def _statement(quantity: str, node: Node, convert: Convert, scope: Scope) -> Claim:
    if not isinstance(node, Pairs):
        return Claim(quantity, convert(node, quantity, scope), node.place)
    read.only_keys(node, STATEMENT, f"claim '{quantity}'", scope)
    value = read.needed(node, "documented", f"claim '{quantity}'", scope)
    remarks = _remarks(node, scope)
    made = convert(value, quantity, scope)
    return Claim(quantity, made, value.place, remarks.wrong, remarks.at, by=remarks.by)


class _Remarks(NamedTuple):
    """What stands beside a statement: why it is wrong, where its document says it, and which document."""

    wrong: str | None
    at: str | None
    by: By | None


def _remarks(node: Pairs, scope: Scope = TOP) -> _Remarks:
    wrong, at, by = node.get("wrong"), node.get("at"), node.get("by")
    return _Remarks(
        None if wrong is None else read.text(wrong, "'wrong' (the reason)", scope),
        None if at is None else _at(at, scope),
        None
        if by is None
        else By(read.text(read.filled(by, scope), "'by' (the name of a source)", scope), by.place),
    )


def _at(node: Node, scope: Scope) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return f"line {read.whole(node, 'at', scope)}"
    words = read.filled(node, scope)
    return read.text(words, "'at' (a line of the document, or words such as 'Table 1')", scope)


def count(node: Node, what: str, scope: Scope) -> Stated:
    """Return a count as precise as it is written."""
    value = read.resolve(node, scope) if isinstance(node, Scalar) else None
    if isinstance(value, int | str) and not isinstance(value, bool) and len(str(value)) <= MAX_DIGITS:
        stated = read_stated(value)
        if stated is not None and stated.low >= 0:
            return stated
    raise scope.error(node.place, f"{what} needs a count such as 5 or 16.6M, given {read.shown(node)}")


def _how_many(node: Node, what: str, scope: Scope) -> Stated:
    """A count of layers; the word `some` is at least one."""
    return SOME if isinstance(node, Scalar) and node.value == "some" else count(node, what, scope)


def _sides(node: Node, what: str, scope: Scope) -> Sides:
    return tuple(
        read.shape(item, what, scope) if isinstance(item, Items) else read.whole(item, what, scope)
        for item in read.items(node, what, scope)
    )


def _number(node: Node, what: str, scope: Scope) -> float:
    if isinstance(node, Scalar) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    raise scope.error(node.place, f"{what} needs a number, given {read.shown(node)}")


def _words(node: Node, what: str, scope: Scope) -> str:
    return read.lines(node, what, scope).rstrip("\n")


def _total(quantity: str) -> Callable[[Node], Iterator[Claim]]:
    return lambda node: statements(quantity, node, count)


def _layers(node: Node) -> Iterator[Claim]:
    for key, value in read.pairs(node, "layers").pairs:
        for kind in (word.strip() for word in str(key.value).split("+")):
            if kind not in kinds():
                raise key.place.error(f"layers: {read.no_module(kind, kinds())}")
        yield from statements(f"layers.{key.value}", value, _how_many)


def _runs(node: Node, names: Sequence[str]) -> Iterator[Claim]:
    runs = read.items(node, "runs")
    if len(runs) > MAX_RUNS:
        raise node.place.error(f"{len(runs)} runs; at most {MAX_RUNS}")
    for item in runs:
        run = read.pairs(item, "a run")
        read.only_keys(run, RUN, "a run")
        given, output = read.needed(run, "input", "a run"), run.get("output")
        value = Run(_inputs(given, names), None if output is None else read.pattern(output, "a run's output"))
        remarks = _remarks(run)
        yield Claim("runs", value, given.place, remarks.wrong, remarks.at, by=remarks.by)


def _inputs(node: Node, names: Sequence[str]) -> tuple[Shape, ...]:
    if len(names) == 1 and not isinstance(node, Pairs):
        return (_batched(node, "a run's input"),)
    mapping = read.pairs(node, f"a run's input (one shape for each of {', '.join(names)})")
    read.only_keys(mapping, names, "a run's input")
    given = (read.needed(mapping, name, "a run's input") for name in names)
    return tuple(_batched(shape, f"a run's input {name!r}") for name, shape in zip(names, given, strict=True))


def _batched(node: Node, what: str) -> Shape:
    shape = read.shape(node, what)
    if not shape:
        raise node.place.error(f"{what} needs at least the batch axis, given []")
    return read.bounded(shape, node, what)


def _init(node: Node) -> Iterator[Claim]:
    for key, value in read.pairs(node, "init").pairs:
        parts = str(key.value).split(".")
        if len(parts) != 3 or parts[2] not in STATISTICS:
            raise key.place.error(f"init: {key.value!r} is not KIND.PARAMETER.{{{','.join(STATISTICS)}}}")
        if parts[0] not in kinds():
            raise key.place.error(f"init: {read.no_module(parts[0], kinds())}")
        yield from statements(f"init.{key.value}", value, _number)


def _unchecked(node: Node) -> Iterator[Claim]:
    for item in read.items(node, "unchecked"):
        statement = read.pairs(item, "an unchecked statement")
        read.only_keys(statement, UNCHECKED, "an unchecked statement")
        says = read.needed(statement, "says", "an unchecked statement")
        why = read.text(read.needed(statement, "why", "an unchecked statement"), "'why'")
        remarks = _remarks(statement)
        value = read.text(says, "'says'")
        yield Claim("statement", value, says.place, at=remarks.at, unchecked=why, by=remarks.by)


_SECTIONS: dict[str, Callable[[Node], Iterator[Claim]]] = {
    "params": _total("params"),
    "macs": _total("macs"),
    "flops": _total("flops"),
    "sizes": lambda node: statements("sizes", node, _sides),
    "layers": _layers,
    "repr": lambda node: statements("repr", node, _words),
    "init": _init,
    "unchecked": _unchecked,
}
