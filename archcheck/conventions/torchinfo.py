"""As torchinfo tells it: mult-adds of each weight and bias of a module without children, as often as its output says.

Version 1.8.0, `torchinfo/layer_info.py` (`LayerInfo.calculate_macs`), on modules whose class name is looked at:
https://github.com/TylerYep/torchinfo/blob/v1.8.0/torchinfo/layer_info.py
"""

from __future__ import annotations

import math

from archcheck.conventions.base import NOTHING, Call, Convention, Telling, not_counted, share
from archcheck.conventions.products import CELLS, RECURRENT, is_transposed


def tell(call: Call) -> Telling:
    """Return the mult-adds of one call: of a module by its parameters, of a function none."""
    if call.row.kind == "function":
        return NOTHING if call.macs == 0 else not_counted("functions: modules alone are seen")
    if any("." in name for name, _ in call.row.weights):
        return not_counted("attention (its linear layers are never called themselves)")
    weights = sum(
        _times(call, name) * math.prod(shape) for name, shape in call.row.weights if _is(name, "weight")
    )
    biases = sum(
        _times(call, name) * math.prod(shape) for name, shape in call.row.weights if _is(name, "bias")
    )
    if call.macs == 0:
        return Telling(shares=share(weights + biases, f"{call.type}: its weights, {_often(call)}"))
    why = "" if weights == call.macs else _why(call)
    return Telling(weights, why, share(biases, "bias"))


def _is(name: str, what: str) -> bool:
    """Return whether a parameter counts as a weight, or else as a bias; one that is neither by name is left out."""
    return "weight" in name if what == "weight" else "bias" in name and "weight" not in name


def _times(call: Call, name: str) -> int:
    """Return how often a parameter counts: of a class named `Conv` at every place, else once a sample.

    What is not called `weight` or `bias` (`weight_ih_l0`) counts for each of the first two axes of the output.
    """
    if name not in ("weight", "bias"):
        return math.prod(call.gave[:2])
    if "Conv" in call.type:
        return math.prod(call.gave[:1] + call.gave[2:])
    return call.gave[0] if call.gave else 1


def _often(call: Call) -> str:
    return "at every place" if "Conv" in call.type else "once a sample"


def _why(call: Call) -> str:
    if is_transposed(call):
        return "transposed convolutions: every weight at every place of the output, not of the input"
    if call.type in RECURRENT | CELLS:
        return "recurrent layers: every weight for each of the output's first two axes"
    if call.type == "Linear":
        return "linear layers on more than two axes: every weight once a sample"
    return f"{call.type}: every weight {_often(call)}" if call.row.weights else f"not counted: {call.type}"


CONVENTION = Convention(
    "torchinfo",
    "torchinfo",
    "mult-adds",
    "a MAC, biases and the weights of norms counted too",
    tell,
    "torchinfo 1.8.0, torchinfo/layer_info.py",
)
