"""Which layer may stand where another is meant, and which two layers may change places without a difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from archcheck.leaf import complete
from archcheck.mutating.slips import NO_DECISION
from archcheck.spec.claims import LAYER_CLAIMS
from archcheck.spec.layers import Branches, Layer
from archcheck.spec.signatures import signature

SIDES = ("1d", "2d", "3d")
MONOTONE = (
    "ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "Sigmoid", "Tanh", "Hardsigmoid", "Hardtanh", "Softplus",
    "LogSigmoid", "Softsign",
)  # fmt: skip
"""Activations that never fall (with PyTorch's defaults): the largest of a window stays the largest."""
ELEMENTWISE = (*MONOTONE, "GELU", "SiLU", "Mish", "Hardswish", "Dropout", "Identity")
"""What treats every element alike, wherever it stands."""
SCALED = ("ReLU", "LeakyReLU")
"""Activations with f(s x) = s f(x) for s >= 0: to drop and to scale before them or after them is the same."""
IDEMPOTENT = ("ReLU", "ReLU6", "Hardtanh", "Identity")
"""What changes nothing the second time."""
MAX_POOLING = tuple(f"{word}MaxPool{sides}" for word in ("", "Adaptive") for sides in SIDES)
MOVES = ("Flatten", "Unflatten", "flatten", "unflatten", "reshape")
"""What reads the same elements in the same order, in another shape."""
PLACES = ("permute", "transpose", "roll", "narrow", "select")
"""What puts elements elsewhere, or takes some of them, and changes none."""

_OTHERS: Mapping[str, str] = {
    **{kind: "ReLU" for kind in ELEMENTWISE if kind not in ("Dropout", "Identity")},
    "ReLU": "Tanh",
    **{f"{word}MaxPool{sides}": f"{word}AvgPool{sides}" for word in ("", "Adaptive") for sides in SIDES},
    **{f"{word}AvgPool{sides}": f"{word}MaxPool{sides}" for word in ("", "Adaptive") for sides in SIDES},
    "add": "concat",
    "concat": "add",
    "mul": "add",
}


def other_kind(node: Layer | Branches) -> Iterator[Layer | Branches]:
    """Yield the layer that may be mistaken for this one, with the arguments that both take."""
    kind = _OTHERS.get(node.kind)
    if kind is None:
        return
    if isinstance(node, Branches):
        yield replace(node, kind=kind, args=complete(kind, {}) if signature(kind) else {})
        return
    names = signature(kind).names  # type: ignore[union-attr]
    lost = {name: value for name, value in node.args.items() if name not in names}
    default = complete(node.kind, {})
    if all(value == default.get(name) for name, value in lost.items() if name not in NO_DECISION):
        args = {name: value for name, value in node.args.items() if name in names}
        claims = tuple(claim for claim in node.claims if claim.quantity in (*LAYER_CLAIMS, *names))
        yield replace(node, kind=kind, args=args, claims=claims)


def commute(one: Layer, other: Layer) -> str | None:
    """Return why two layers give the same in either order, None where they may not."""
    for first, second in ((one, other), (other, one)):
        if first.kind == "Identity":
            return "an Identity changes nothing"
        if first.kind not in ELEMENTWISE or not (as_it_comes(first) or first.kind == "Dropout"):
            continue
        if first.kind in MONOTONE and second.kind in MAX_POOLING:
            return f"{first.kind} never falls, so {second.kind} finds the same elements"
        if first.kind in SCALED and second.kind == "Dropout":
            return f"{first.kind} of what is dropped or scaled is the same dropped or scaled"
        if second.kind in MOVES or (second.kind in PLACES and first.kind != "Dropout"):
            return f"{first.kind} treats every element alike, wherever {second.kind} puts it"
    return None


def as_it_comes(layer: Layer) -> bool:
    """Return whether a layer has PyTorch's defaults, but for whether it works in place."""
    default = complete(layer.kind, {})
    return all(value == default[name] for name, value in layer.args.items() if name != "inplace")
