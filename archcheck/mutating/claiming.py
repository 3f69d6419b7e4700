"""What a document could claim of a network, and which of it two networks differ in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from archcheck.checks.columns import Columns
from archcheck.checks.sides import sides_of
from archcheck.infer import Inference
from archcheck.mutating.printed import printed
from archcheck.mutating.writing import PRINTED
from archcheck.results import Shape
from archcheck.spec.layers import Sides, Spec
from archcheck.spec.source import Place

Key = tuple[str, Place | None]
"""What a claim is about: a quantity, and the place of the layer (None: the whole network)."""

REPR, FLOPS = "repr", "flops"
COSTS = {REPR: 5}
"""What a claim costs to write, in claims of one line: a printed model is many lines."""
MOST_SIDES = 30
"""Of a network whose sides change more often, hardly a document lists them."""
WRITTEN = 0.01
"""What a claim costs that the spec has already, and that only has to be checked."""


@dataclass(frozen=True, slots=True)
class Claimable:
    """A value that may be claimed; how messages call the claim, and its value as YAML (empty: it is not to be said).

    `last`: hardly a document says so, as every operation counted our way: it is proposed of what nothing else tells.
    """

    value: object
    text: str
    rank: int
    said: str = ""
    cost: float = 1
    last: bool = False


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
    columns = Columns(spec, inference, None)
    counts = (inference.params, columns.cost("", "macs"), columns.cost("", "flops"))
    sides = sides_of(spec, inference.outputs)
    for rank, name, count in zip((0, 1, 6), ("params", "macs", FLOPS), counts, strict=True):
        if count is not None:
            yield (
                (name, None),
                Claimable(count, f"documented: {{{name}: {count}}}", rank, str(count), last=name == FLOPS),
            )
    if sides is not None and len(sides) > 1:
        said, long = _sides_text(sides), len(sides) > MOST_SIDES
        cost = COSTS[REPR] if long else 1
        yield ("sizes", None), Claimable(sides, f"documented: {{sizes: {said}}}", 2, said, cost, long)
    kinds = [layer.kind for layer in inference.layers if layer.kind[0].isupper()]
    for kind in dict.fromkeys(kinds):
        said = str(kinds.count(kind))
        text = f"documented: {{layers: {{{kind}: {said}}}}}"
        yield (f"layers.{kind}", None), Claimable(kinds.count(kind), text, 3, said)
    yield (REPR, None), _printed(spec)


def _printed(spec: Spec) -> Claimable:
    """Return the printed model as a claim; one that is there already is only to be checked."""
    there = next((one for one in spec.claims if one.quantity == REPR and one.wrong is None), None)
    if there is None:
        return Claimable(printed(spec), f"documented: {{repr: {PRINTED}}}", 5, PRINTED, COSTS[REPR])
    text = f"repr: of line {there.place.line}, once `archcheck verify` finds that it agrees"
    return Claimable(printed(spec), text, 5, cost=WRITTEN)


def _outputs(spec: Spec, inference: Inference) -> Iterator[tuple[Key, Claimable]]:
    """Yield what each line's layers give, where all of them give the same: a claim in a block is about all of them."""
    found: dict[Place, tuple[str, set[Shape | None]]] = {}
    for path, node in spec.leaves():
        shapes = found.setdefault(node.place, (path, set()))[1]
        shapes.add(_sample(spec, inference.outputs.get(path)))
    for place, (path, values) in found.items():
        if None not in values and len(values) == 1:
            said = str(list(cast("Shape", next(iter(values)))))
            yield ("output", place), Claimable(values, f"{path}: output: {said}", 4, said)
        else:
            yield ("output", place), Claimable(values, "", 4)


def _sample(spec: Spec, shape: Shape | None) -> Shape | None:
    return shape[1:] if shape and shape[0] == spec.batch else shape


def _sides_text(sides: Sides) -> str:
    return "[" + ", ".join(str(list(side)) if isinstance(side, tuple) else str(side) for side in sides) + "]"
