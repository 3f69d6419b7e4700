"""Changes that make no difference: the network gives the same for every input of the documented shape and all weights.

In training too. It is said only of what is proved here; a change that merely leaves every number as it was is unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from archcheck.infer import Inference
from archcheck.leaf import InferredLayer, complete
from archcheck.mutating.changes import Mutant
from archcheck.mutating.kinds import IDEMPOTENT, MAX_POOLING, MOVES, as_it_comes, commute
from archcheck.rules import Shape
from archcheck.spec.layers import Layer, Value
from archcheck.spec.source import Place

POOLING = (*MAX_POOLING, *(kind.replace("Max", "Avg") for kind in MAX_POOLING))
ADAPTIVE = tuple(kind for kind in POOLING if kind.startswith("Adaptive"))
_ORDERED = ("permute", "transpose", "roll")
"""What puts axes, or the elements along them, in another order."""
UNTOUCHED = "it stays as it was"
"""Of several layers that one line has become: the slip does not change this one."""


def why_same(mutant: Mutant, before: Inference, after: Inference) -> str | None:
    """Return why a change makes no difference, None where it may make one."""
    if after.problem is not None and before.problem is None:
        return None
    if mutant.sort == "swapped":
        nodes = [layer.node for place in mutant.places for layer in _at(before, place)[:1]]
        one, other = nodes
        return commute(one, other) if isinstance(one, Layer) and isinstance(other, Layer) else None
    were, are = _at(before, mutant.places[0]), _at(after, mutant.places[0])
    if mutant.sort == "argument":
        reasons = [_out_of_reach(mutant.argument or "", *pair) for pair in zip(were, are, strict=True)]
    elif mutant.sort == "twice":
        reasons = [_repeated(layer) for layer in are[1::2]]
    elif mutant.sort == "left out":
        reasons = [_identity(layer) for layer in were]
    else:
        reasons = [_identity(layer) if layer.kind in ADAPTIVE else None for layer in were]
    if not reasons or None in reasons:
        return None
    return next((reason for reason in reasons if reason != UNTOUCHED), None)


def _at(inference: Inference, place: Place) -> Sequence[InferredLayer]:
    return [layer for layer in inference.layers if layer.node.place == place]


def _repeated(layer: InferredLayer) -> str | None:
    """Return why a layer does nothing to what the same layer gives."""
    if layer.kind in IDEMPOTENT and isinstance(layer.node, Layer) and as_it_comes(layer.node):
        return f"{layer.kind} changes nothing the second time"
    return _identity(layer)


def _identity(layer: InferredLayer) -> str | None:
    """Return why a layer gives what it receives."""
    if layer.kind == "Identity":
        return "an Identity changes nothing"
    if layer.kind == "Dropout" and complete(layer.kind, layer.args)["p"] == 0:
        return "nothing is dropped"
    if (
        layer.kind in (*MOVES, *ADAPTIVE, "narrow")
        and layer.effect
        and layer.inputs == (layer.effect.output,)
    ):
        return "what it gives has the size of what it receives already"
    if layer.kind in _ORDERED and _moves_nothing(layer):
        return "it leaves every element where it is"
    return None


def _moves_nothing(layer: InferredLayer) -> bool:
    """Return whether a layer puts no axis, and no element of one, anywhere else."""
    args, given = layer.node.args, layer.inputs[0]
    if given is None or layer.effect is None:
        return False
    if layer.kind == "transpose":
        return _axes(args["dim0"], given) == _axes(args["dim1"], given)
    if layer.kind == "permute":
        dims = _axes(args["dims"], given)
        return dims == sorted(dims)
    return not _rolled(args, given)


def _out_of_reach(name: str, was: InferredLayer, now: InferredLayer) -> str | None:
    """Return why an argument does not matter to this layer, as it is and with this input."""
    if was.effect is None or now.effect is None or was.effect.outputs != now.effect.outputs:
        return None
    args, output = complete(was.kind, was.args), was.effect.output
    if was.node.args == now.node.args:
        return UNTOUCHED
    if name in ("start_dim", "end_dim", "shape", "sizes", "unflattened_size") and was.kind in MOVES:
        return "it gives the same elements in the same shape"
    if name == "stride" and _single(output[2:]) and "Transpose" not in was.kind:
        return "there is one window only, so the stride is never taken"
    if name == "dilation" and _single(args.get("kernel_size")):
        return "a window of 1 has nothing to spread"
    if name == "ceil_mode":
        return "the windows fit, so nothing is rounded"
    if name in ("padding_mode", "count_include_pad") and _all(args.get("padding"), 0):
        return "there is no padding"
    if _names_the_same(name, was, now):
        return "it names the same axes and places"
    if name == "dropout" and args.get("num_layers") == 1:
        return "there is one layer only, and it drops between layers"
    return None


def _names_the_same(name: str, was: InferredLayer, now: InferredLayer) -> bool:
    """Return whether axes, or a place, are named in another way only, as -1 for the last."""
    given, one, other = was.inputs[0], was.node.args, now.node.args
    if given is None:
        return False
    if was.kind == "select" and name == "index":
        (axis,) = _axes(one["dim"], given)
        return (cast("int", one[name]) - cast("int", other[name])) % given[axis] == 0
    if was.kind == "mean" and name == "dim":
        return sorted(_axes(one[name], given)) == sorted(_axes(other[name], given))
    return was.kind == "roll" and _rolled(one, given) == _rolled(other, given)


def _rolled(args: Mapping[str, Value], given: Shape) -> dict[int, int]:
    """Return by axis how far its elements are moved, where they are."""
    moved: dict[int, int] = {}
    for axis, shift in zip(_axes(args["dims"], given), cast("tuple[int, ...]", args["shifts"]), strict=True):
        moved[axis] = (moved.get(axis, 0) + shift) % max(given[axis], 1)
    return {axis: shift for axis, shift in moved.items() if shift}


def _axes(value: Value, given: Shape) -> list[int]:
    """Return axes of a shape, counted from the front."""
    named = value if isinstance(value, tuple) else (value,)
    return [cast("int", axis) % len(given) for axis in named]


def _single(value: object) -> bool:
    return _all(value, 1)


def _all(value: object, number: int) -> bool:
    """Return whether a size is this number on every side; of no sides nothing is said."""
    sides = value if isinstance(value, tuple) else (value,)
    return bool(sides) and all(side == number for side in sides)
