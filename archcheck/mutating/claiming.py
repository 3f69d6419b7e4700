"""What a document could claim of a network, and which of it two networks differ in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from archcheck.checks.columns import Columns
from archcheck.checks.sides import sides_of
from archcheck.infer import Inference
from archcheck.mutating.printed import printed
from archcheck.results import Shape
from archcheck.spec.layers import Sides, Spec
from archcheck.spec.source import Place

Key = tuple[str, Place | None]
"""What a claim is about: a quantity, and the place of the layer (None: the whole network)."""

REPR = "repr"
COSTS = {REPR: 5}
"""What a claim costs to write, in claims of one line: a printed model is many lines."""


@dataclass(frozen=True, slots=True)
class Claimable:
    """A value that may be claimed, and how the claim is written."""

    value: object
    text: str
    rank: int
    cost: int = 1


def claimable(spec: Spec, inference: Inference) -> Mapping[Key, Claimable]:
    """Return every claim that is true of a network, the easier ones first: totals, sides, kinds, outputs, the print."""
    return dict((*_network(spec, inference), *_outputs(spec, inference)))


def told_apart(keys: Mapping[Key, Claimable], spec: Spec, inference: Inference) -> frozenset[Key]:
    """Return which of the claims that are true of one network are not of this other one."""
    others = claimable(spec, inference)
    return frozenset(key for key, claim in keys.items() if _differs(key, claim, others.get(key)))


def _differs(key: Key, claim: Claimable, other: Claimable | None) -> bool:
    if other is not None:
        return other.value != claim.value
    # What is not known is no contradiction; a layer, or a kind of layers, that is not there is one.
    return key[1] is not None or key[0].startswith("layers.")


def _network(spec: Spec, inference: Inference) -> Iterator[tuple[Key, Claimable]]:
    macs = inference.macs if spec.batch == 1 else Columns(spec, inference, None).cost("", "macs")
    sides = sides_of(spec, inference.outputs)
    for rank, (name, count) in enumerate((("params", inference.params), ("macs", macs))):
        if count is not None:
            yield (name, None), Claimable(count, f"documented: {{{name}: {count}}}", rank)
    if sides is not None and len(sides) > 1:
        yield ("sizes", None), Claimable(sides, f"documented: {{sizes: {_sides_text(sides)}}}", 2)
    kinds = [layer.kind for layer in inference.layers if layer.kind[0].isupper()]
    for kind in dict.fromkeys(kinds):
        text = f"documented: {{layers: {{{kind}: {kinds.count(kind)}}}}}"
        yield (f"layers.{kind}", None), Claimable(kinds.count(kind), text, 3)
    text = "documented: {repr: <the printed model>}"
    yield (REPR, None), Claimable(printed(spec), text, 5, COSTS[REPR])


def _outputs(spec: Spec, inference: Inference) -> Iterator[tuple[Key, Claimable]]:
    """Yield what each line's layers give, where all of them give the same: a claim in a block is about all of them."""
    found: dict[Place, tuple[str, set[Shape | None]]] = {}
    for path, node in spec.leaves():
        shapes = found.setdefault(node.place, (path, set()))[1]
        shapes.add(_sample(spec, inference.outputs.get(path)))
    for place, (path, values) in found.items():
        if None not in values and len(values) == 1:
            shape = cast("Shape", next(iter(values)))
            yield ("output", place), Claimable(values, f"{path}: output: {list(shape)}", 4)
        else:
            yield ("output", place), Claimable(values, "", 4)


def _sample(spec: Spec, shape: Shape | None) -> Shape | None:
    return shape[1:] if shape and shape[0] == spec.batch else shape


def _sides_text(sides: Sides) -> str:
    return "[" + ", ".join(str(list(side)) if isinstance(side, tuple) else str(side) for side in sides) + "]"
