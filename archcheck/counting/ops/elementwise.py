"""Operators that do the same for every element they give; activations by the formulas of the layers' rules.

The formulas: https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops. One by cases costs its dearest case and
a comparison a boundary. Of two complex numbers a sum is 2 additions, a product 4 multiplications and 2 additions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from archcheck.counting.ops.base import OpCall, OpRule, each, size
from archcheck.operations import Operations

ADD, MUL = Operations(adds=1), Operations(multiplies=1)
COMPARE, DIVIDE, EXP = Operations(comparisons=1), Operations(divisions=1), Operations(exponentials=1)


def _is_complex(value: Any) -> bool:
    return value.is_complex() if isinstance(value, torch.Tensor) else isinstance(value, complex)


def added(call: OpCall) -> Operations:
    """Count `x + alpha * y`, which multiplies where alpha is neither 1 nor -1."""
    scaled = call.argument(2, "alpha", 1) not in (1, -1)
    parts = 1 + call.gave.is_complex()
    return Operations(adds=parts, multiplies=scaled * parts).times(size(call.gave))


def multiplied(call: OpCall) -> Operations:
    """Count `x * y`: of complex numbers 4 products and 2 sums, 2 products where one is real."""
    complexes = sum(map(_is_complex, call.args[:2]))
    one = (MUL, MUL.times(2), Operations(multiplies=4, adds=2))[complexes]
    return one.times(size(call.gave))


def divided(call: OpCall) -> Operations:
    """Count `x / y`; a complex number by a real one is 2 divisions.

    By a complex one, `x * conj(y) / |y|^2`: 6 products, 3 sums and 2 divisions.
    """
    if len(call.args) > 1 and _is_complex(call.args[1]):
        return Operations(multiplies=6, adds=3, divisions=2).times(size(call.gave))
    return DIVIDE.times(size(call.gave) * (1 + call.gave.is_complex()))


def real(operations: Operations) -> OpRule:
    """Return the rule of `operations` an element, unknown of complex numbers."""

    def rule(call: OpCall) -> Operations | None:
        return None if call.gave.is_complex() else operations.times(size(call.gave))

    return rule


def powered(call: OpCall) -> Operations | None:
    """Count `x ** y`: a square is a multiplication."""
    square = len(call.args) > 1 and not isinstance(call.args[1], torch.Tensor) and call.args[1] == 2
    return (multiplied(OpCall((call.args[0],) * 2, {}, call.out))) if square else real(EXP)(call)


def length(call: OpCall) -> Operations:
    """Count an absolute value: 0, but of a complex number two squares, their sum and its root."""
    if not call.given.is_complex():
        return Operations()
    return Operations(multiplies=2, adds=1, exponentials=1).times(size(call.gave))


def exponential(call: OpCall) -> Operations:
    """Count `exp(x)`; of a complex number `exp(a) * (cos(b), sin(b))`."""
    complex_one = Operations(exponentials=3, multiplies=2)
    return (complex_one if call.gave.is_complex() else EXP).times(size(call.gave))


def clamped(call: OpCall) -> Operations:
    """Count a comparison for each bound that is given."""
    bounds = (call.argument(1, "min") is not None) + (call.argument(2, "max") is not None)
    return COMPARE.times(bounds * size(call.gave))


def exponential_linear(call: OpCall) -> Operations:
    """Count ELU, `x if x > 0 else alpha * (exp(x) - 1)`, 4; with a scale SELU, 7: see `SATURATING`."""
    _, _, scale, inputs, *_ = (*call.args, *(1,) * 3)[:4]
    one = Operations(comparisons=1, exponentials=1, adds=1, multiplies=1)
    return (one if scale == inputs == 1 else SATURATING["selu"]).times(size(call.gave))


def gaussian(call: OpCall) -> Operations:
    """Count GELU: `x * (0.5 * (1 + erf(x / sqrt(2))))`, or with tanh: see `archcheck.rules.activation`."""
    if call.argument(1, "approximate", "none") == "tanh":
        return Operations(multiplies=6, adds=2, exponentials=1).times(size(call.gave))
    return Operations(multiplies=2, adds=1, divisions=1, exponentials=1).times(size(call.gave))


SIGMOID = Operations(exponentials=1, adds=1, divisions=1)
"""1 / (1 + exp(-x))."""

SATURATING: Mapping[str, Operations] = {
    "sigmoid": SIGMOID,
    "silu": SIGMOID + MUL,  # x * sigmoid(x)
    "glu": SIGMOID + MUL,  # a * sigmoid(b)
    "log_sigmoid_forward": SIGMOID + EXP,  # log(1 / (1 + exp(-x)))
    "logit": EXP + ADD + DIVIDE,  # log(x / (1 - x))
    "tanh": EXP,
    "softplus": Operations(multiplies=1, exponentials=2, adds=1, divisions=1, comparisons=1),
    "mish": Operations(exponentials=3, adds=1, multiplies=1),  # x * tanh(log(1 + exp(x)))
    "selu": Operations(comparisons=2, exponentials=1, adds=2, multiplies=2),
    "celu": Operations(comparisons=2, exponentials=1, adds=2, multiplies=1, divisions=1),
}
"""Operations an element: `celu` is `max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`, `selu` that with a scale."""

PIECEWISE: Mapping[str, Operations] = {
    "relu": COMPARE,
    "relu6": COMPARE.times(2),
    "threshold": COMPARE,
    "hardtanh": COMPARE.times(2),
    "leaky_relu": COMPARE + MUL,
    "_prelu_kernel": COMPARE + MUL,
    "rrelu_with_noise": COMPARE + MUL,
    "hardsigmoid": COMPARE.times(2) + DIVIDE + ADD,  # x / 6 + 1 / 2
    "hardswish": COMPARE.times(2) + ADD + MUL + DIVIDE,  # x * (x + 3) / 6
    "hardshrink": COMPARE.times(2),
    "softshrink": COMPARE.times(2) + ADD,
}
"""Operations an element of the activations by cases."""

COMPARED = (
    "eq", "ne", "lt", "le", "gt", "ge", "maximum", "minimum", "fmax", "fmin", "clamp_min", "clamp_max", "isclose",
    "heaviside",
)  # fmt: skip
"""One comparison an element."""

TRANSCENDENTAL = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "erf", "erfc", "erfinv", "special_erfcx", "lgamma", "digamma",
    "sinc", "angle",
)  # fmt: skip
"""One exponential an element: a function that has no formula of sums and products."""

MIXED: Mapping[str, Operations] = {
    "reciprocal": DIVIDE,
    "remainder": Operations(divisions=1, multiplies=1, adds=1),  # x - floor(x / y) * y
    "fmod": Operations(divisions=1, multiplies=1, adds=1),
    "floor_divide": DIVIDE,
    "addcmul": Operations(multiplies=2, adds=1),  # x + value * y * z
    "addcdiv": Operations(multiplies=1, divisions=1, adds=1),
    "lerp": Operations(adds=2, multiplies=1),  # x + w * (y - x)
    "hypot": Operations(multiplies=2, adds=1, exponentials=1),
    "atan2": Operations(divisions=1, exponentials=1),
    "xlogy": EXP + MUL,
    "logaddexp": Operations(exponentials=3, adds=1),  # log(exp(x) + exp(y))
    "logaddexp2": Operations(exponentials=3, adds=1),
    "square": MUL,
    "deg2rad": MUL,
    "rad2deg": MUL,
    "native_dropout": DIVIDE + MUL,  # the mask by what is kept, the input by the mask
}
"""Operations an element of formulas of more than one step."""

OPS: Mapping[str, OpRule] = {
    **dict.fromkeys(("add", "sub", "rsub", "subtract"), added),
    **dict.fromkeys(("mul", "multiply"), multiplied),
    **dict.fromkeys(("div", "divide", "true_divide"), divided),
    **dict.fromkeys(("pow", "float_power"), powered),
    **dict.fromkeys(COMPARED, each(COMPARE)),
    **dict.fromkeys(TRANSCENDENTAL, real(EXP)),
    **{name: real(one) for page in (SATURATING, PIECEWISE, MIXED) for name, one in page.items()},
    "clamp": clamped,
    "clip": clamped,
    "abs": length,
    "exp": exponential,
    "addr": each(Operations(multiplies=1, adds=1)),
    "linalg_cross": each(Operations(multiplies=2, adds=1)),
    "polar": each(Operations(exponentials=2, multiplies=2)),  # r * cos(a), r * sin(a)
    "elu": exponential_linear,
    "gelu": gaussian,
}
"""The elementwise operators, by name."""
