"""As thop tells it: hooks on modules of the classes that it has a rule for; its number is MACs by its own word.

Version 0.1.1.post2209072238, `thop/profile.py` (`register_hooks`), `thop/vision/calc_func.py`, `thop/rnn_hooks.py`:
https://github.com/Lyken17/pytorch-OpCounter/tree/master/thop
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from archcheck.conventions.base import NOTHING, Call, Convention, Share, Telling, elements, not_counted
from archcheck.conventions.products import (
    BATCH_NORMS,
    CELLS,
    INSTANCE_NORMS,
    RECURRENT,
    TRANSPOSED,
    convolution_macs,
    is_convolution,
    linear_macs,
    weight_of,
)


def tell(call: Call) -> Telling:
    """Return what thop's hook of a module counts; functions and other classes have none."""
    if call.row.kind == "function":
        return NOTHING if call.macs == 0 else not_counted("functions: modules alone are seen")
    if call.is_module and is_convolution(call):
        return _convolution(call)
    if call.is_module and call.type == "Linear":
        return Telling(linear_macs(call))
    rule = _MODULES.get(call.type) if call.is_module else None
    if rule is None:
        return NOTHING if call.macs == 0 else not_counted(f"{call.type} (a class without a rule)")
    return rule(call)


def _convolution(call: Call) -> Telling:
    """The output's elements x `C_in / G` x the kernel's, transposed or not."""
    if call.type not in TRANSPOSED:
        return Telling(convolution_macs(call))
    kernel = math.prod((weight_of(call) or ())[2:])
    counted = call.elements_out * (call.number("in_channels") // max(1, call.number("groups"))) * kernel
    why = "transposed convolutions: every weight at every place of the output, not of the input"
    return Telling(counted, "" if counted == call.macs else why)


def _norm(what: str, flag: str) -> Callable[[Call], Telling]:
    def rule(call: Call) -> Telling:
        each = 4 if call.argument(flag) else 2
        return elements(each * call.elements_in, f"{what}, {each} an element")

    return rule


def _prelu(call: Call) -> Telling:
    return elements(call.elements_in, "PReLU, 1 an element")


def _softmax(call: Call) -> Telling:
    """`3 n - 1` for each of the rows of `n`."""
    axis = call.argument("dim")
    if not isinstance(axis, int) or not call.given:
        return Telling(unknown="thop fails on a Softmax whose dim is left out")
    row = call.given[axis]
    return elements(call.elements_in // row * (3 * row - 1), "softmax, 3 an element less 1 a row")


def _average_pool(call: Call) -> Telling:
    return elements(call.elements_out, "average pooling, 1 an element of the output")


def _adaptive_pool(call: Call) -> Telling:
    """The mean window's elements and 1 more, for every element given; a window may be a fraction."""
    sides = zip(call.given[2:], call.gave[2:], strict=True)
    window = math.prod(side / out for side, out in sides)
    amount = int((window + 1) * call.elements_out)
    return elements(amount, "adaptive average pooling, its window and 1 more for an element of the output")


def _upsample(call: Call) -> Telling:
    each = {"nearest": 1, "linear": 5, "bilinear": 11, "bicubic": 259}.get(str(call.argument("mode")), 0)
    return elements(each * call.elements_out, f"{call.argument('mode')} upsampling, {each} an element")


def _rest(kind: str, hidden: int, *, bias: bool) -> int:
    """What a cell does beside its matrix products: gates' additions and products, by `rnn_hooks.py`."""
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    beside = {"RNN": 0, "GRU": 4, "LSTM": 4}[kind]
    return hidden * (gates * (3 if bias else 1) + beside)


def _products(kind: str, inputs: int, hidden: int) -> int:
    return {"RNN": 1, "GRU": 3, "LSTM": 4}[kind] * hidden * (inputs + hidden)


def _cell(call: Call) -> Telling:
    kind, hidden = call.type.removesuffix("Cell"), call.number("hidden_size")
    rows = call.given[0]
    products = rows * _products(kind, call.number("input_size"), hidden)
    rest = rows * _rest(kind, hidden, bias=bool(call.argument("bias")))
    return Telling(products, "", (Share(rest, _GATES),))


def _recurrent(call: Call) -> Telling:
    """Every layer of the stack, twice where it runs both ways, for every step of every sample."""
    if len(call.given) != 3:
        return Telling(unknown="thop takes the axes of a recurrent layer's input without a batch for others")
    hidden, ways = call.number("hidden_size"), 2 if call.argument("bidirectional") else 1
    sizes = [call.number("input_size"), *[hidden * ways] * (call.number("num_layers") - 1)]
    often = ways * math.prod(call.given[:2])
    products = often * sum(_products(call.type, size, hidden) for size in sizes)
    rest = often * len(sizes) * _rest(call.type, hidden, bias=bool(call.argument("bias")))
    why = "" if products == call.macs else "recurrent layers: a projection (`proj_size`) is not seen"
    return Telling(products, why, (Share(rest, _GATES),))


_GATES = "recurrent layers: biases and what the gates add and multiply"

_MODULES: Mapping[str, Callable[[Call], Telling]] = {
    **dict.fromkeys(BATCH_NORMS, _norm("batch norm", "affine")),
    **dict.fromkeys(INSTANCE_NORMS, _norm("instance norm", "affine")),
    "LayerNorm": _norm("layer norm", "elementwise_affine"),
    "PReLU": _prelu,
    "Softmax": _softmax,
    **dict.fromkeys(("AvgPool1d", "AvgPool2d", "AvgPool3d"), _average_pool),
    **dict.fromkeys(("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"), _adaptive_pool),
    **dict.fromkeys(("Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"), _upsample),
    **dict.fromkeys(CELLS, _cell),
    **dict.fromkeys(RECURRENT, _recurrent),
}
"""By class: those whose hook counts something; what it takes for nothing, and what it does not know, is not here."""

CONVENTION = Convention(
    "thop",
    "thop",
    "MACs",
    "norms, average pooling and upsampling counted too",
    tell,
    "thop 0.1.1.post2209072238, thop/profile.py",
    "a module that two others hold is counted more than once there",
)
