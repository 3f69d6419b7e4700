"""What a wrong claim on parameters, MACs or FLOPs is the right number of: MACs called FLOPs, a part, a batch."""

from __future__ import annotations

import math
from typing import cast

from archcheck.checks.columns import Columns
from archcheck.infer import total
from archcheck.leaf import InferredLayer, complete
from archcheck.readings import Part, Quantity, Totals, hint
from archcheck.rules import RULES
from archcheck.spec.layers import Claim
from archcheck.units import Stated

COSTS = ("params", "macs", "flops")
"""The quantities that have a unit to be mistaken for another."""


def cost_hint(columns: Columns, path: str, claim: Claim) -> str | None:
    """Return what a claimed number is instead, of the node at `path` (`""`: the network); None where nothing fits."""
    if claim.quantity not in COSTS:
        return None
    layers = columns.one_sample.layers[columns.places.get(path, slice(0))]
    parts = tuple(map(_part, layers))
    totals = Totals(
        total(part.macs for part in parts),
        total(part.flops for part in parts),
        total(part.params for part in parts),
        parts,
    )
    return hint(cast("Stated", claim.value), cast("Quantity", claim.quantity), totals)


def _part(layer: InferredLayer) -> Part:
    effect = layer.effect
    if effect is None:
        return Part(layer.kind, None, None, None, None, None)
    biases = _biases(layer)
    adds = 0 if effect.macs == 0 else math.prod(effect.output) if biases else biases
    return Part(layer.kind, effect.macs, effect.flops, layer.params, biases, adds)


def _biases(layer: InferredLayer) -> int | None:
    """Return a layer's own biases: one an output channel or feature; None of a kind with parameters of other sorts."""
    if layer.effect is None or not layer.effect.params:
        return 0
    args = complete(layer.kind, layer.args) if layer.kind in RULES else {}
    out = args.get("out_channels", args.get("out_features"))
    if not isinstance(out, int):
        return None
    return out if args.get("bias") else 0
