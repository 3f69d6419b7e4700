"""As the Netscope CNN Analyzer tells it: by the layers of Caffe, multiply-accumulates ("macc") apart from all else.

`src/analyzer.coffee` at commit 8ae36d8; what it has no layer for it refuses, and so does this:
https://github.com/dgschwend/netscope/blob/gh-pages/src/analyzer.coffee
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from archcheck.conventions.base import NOTHING, Call, Convention, Telling, elements
from archcheck.conventions.products import (
    CONVOLUTIONS,
    CONVOLVING,
    TRANSPOSED,
    convolution_macs,
    linear_macs,
    weight_of,
)
from archcheck.operations import Operations


def tell(call: Call) -> Telling:
    """Return the macc of one call; what Caffe has no layer for is unknown."""
    rule = (_MODULES if call.row.kind == "module" else _FUNCTIONS).get(call.type)
    if rule is None:
        return Telling(unknown=f"Netscope has no layer for {call.type}")
    return rule(call)


def others(call: Call) -> Operations:
    """Return what it counts beside macc: comparisons (comp), additions, divisions and exponentials."""
    rule = _OTHERS.get(call.type)
    return rule(call) if rule else Operations()


def _convolution(call: Call) -> Telling:
    return Telling(convolution_macs(call))


def _deconvolution(call: Call) -> Telling:
    """`C_in C_out H_out W_out (K_w / S_w)(K_h / S_h)`: groups are not looked at."""
    kernel, stride = call.argument("kernel_size"), call.argument("stride")
    if not isinstance(kernel, tuple) or not isinstance(stride, tuple):
        return Telling(unknown="Netscope needs a deconvolution's kernel and stride")
    share = math.prod(side / step for side, step in zip(kernel, stride, strict=True))
    counted = int(call.number("in_channels") * call.elements_out * share)
    why = (
        ""
        if counted == call.macs
        else "deconvolutions: output places x kernel / stride, padding and groups unseen"
    )
    return Telling(counted, why)


def _linear(call: Call) -> Telling:
    return Telling(linear_macs(call)) if weight_of(call) else NOTHING


def _batch_norm(call: Call) -> Telling:
    """Caffe's BatchNorm has no macc; its weights are a Scale layer, 1 an element."""
    scaled = call.weight("weight") is not None
    return elements(call.elements_in if scaled else 0, "batch norm's scale, 1 an element")


def _local_response(call: Call) -> Telling:
    return elements(call.elements_in * call.number("size"), "local response norm: its window's squares")


def _product(call: Call) -> Telling:
    return elements(call.elements_out, "elementwise products, 1 an element")


def _nothing(call: Call) -> Telling:
    return NOTHING


def _adaptive(call: Call) -> Telling:
    """Caffe pools over the whole side or by a window: anything between has no layer."""
    if any(side != 1 for side in call.gave[2:]) and call.given != call.gave:
        return Telling(unknown=f"Netscope has no layer for {call.type} to {call.gave[2:]}")
    return NOTHING


def _each(operations: Operations) -> Callable[[Call], Operations]:
    return lambda call: operations.times(call.elements_in)


def _window(call: Call) -> int:
    kernel = call.argument("kernel_size")
    sides = len(call.gave) - 2
    return math.prod(kernel) if isinstance(kernel, tuple) else int(str(kernel or 0)) ** max(sides, 1)


_QUIET = (
    *("Flatten", "Identity", "Dropout", "Dropout2d", "ReLU", "ReLU6", "ELU", "PReLU", "Softmax"),
    *("MaxPool2d", "AvgPool2d", "flatten", "reshape", "permute", "concat", "add"),
)
_MODULES: Mapping[str, Callable[[Call], Telling]] = {
    **dict.fromkeys(_QUIET, _nothing),
    **dict.fromkeys(CONVOLUTIONS, _convolution),
    **dict.fromkeys(TRANSPOSED, _deconvolution),
    "Linear": _linear,
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d"), _batch_norm),
    "LocalResponseNorm": _local_response,
    **dict.fromkeys(("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"), _adaptive),
}
_FUNCTIONS: Mapping[str, Callable[[Call], Telling]] = {
    **dict.fromkeys(("add", "add_", "cat", "relu", "relu_", "relu6", "elu", "dropout", "softmax"), _nothing),
    **dict.fromkeys(("flatten", "reshape", "view", "permute", "transpose"), _nothing),
    **dict.fromkeys(("max_pool2d", "avg_pool2d"), _nothing),
    **dict.fromkeys(("adaptive_avg_pool2d", "adaptive_max_pool2d"), _adaptive),
    **dict.fromkeys(CONVOLVING, _convolution),
    "linear": _linear,
    "mul": _product,
}
_OTHERS: Mapping[str, Callable[[Call], Operations]] = {
    **dict.fromkeys(("ReLU", "ReLU6", "ELU", "PReLU", "Dropout", "relu"), _each(Operations(comparisons=1))),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d"), _each(Operations(adds=1, divisions=1))),
    "LocalResponseNorm": _each(Operations(adds=1, exponentials=1, divisions=2)),
    **dict.fromkeys(("Softmax", "softmax"), _each(Operations(adds=1, exponentials=1, divisions=1))),
    **dict.fromkeys(("add", "add_"), lambda call: Operations(adds=call.elements_out)),
    **dict.fromkeys(("AdaptiveAvgPool2d", "adaptive_avg_pool2d"), _each(Operations(adds=1))),
    **dict.fromkeys(("AdaptiveMaxPool2d", "adaptive_max_pool2d"), _each(Operations(comparisons=1))),
    "MaxPool2d": lambda call: Operations(comparisons=call.elements_out * _window(call)),
    "AvgPool2d": lambda call: Operations(adds=call.elements_out * _window(call)),
}

CONVENTION = Convention(
    "netscope",
    "Netscope",
    "macc",
    "multiply-accumulates; comparisons, additions, divisions and exponentials are told apart",
    tell,
    "dgschwend/netscope 8ae36d8, src/analyzer.coffee",
    beside=others,
)
