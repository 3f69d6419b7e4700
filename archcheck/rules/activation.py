"""Activations and dropouts: the shape stays, except under `GLU`.

Every formula is that of https://docs.pytorch.org/docs/stable/generated/torch.nn.NAME.html. `flops` counts
its operations: a comparison, `+ - * /`, exp, log, tanh and erf are 1 each, arithmetic on constants alone, an
absolute value and a change of sign are 0; a formula by cases is its dearest case and a comparison a boundary.
`macs` are 0. Dropouts are those of evaluation: the identity, 0 flops.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Kind, Rule, Shape, at_least, needs_rank, numel
from archcheck.rules.demands import axis_at, needs_axes, one_of, probability, without

FLOAT32_MAX = (2 - 2**-23) * 2.0**127
"""The largest number of PyTorch's default type."""

PER_ELEMENT: Mapping[str, int] = {
    "ReLU": 1,  # max(0, x)
    "ReLU6": 2,  # min(max(0, x), 6)
    "LeakyReLU": 2,  # x if x >= 0 else slope * x
    "ELU": 4,  # x if x > 0 else alpha * (exp(x) - 1)
    "SELU": 7,  # scale * (max(0, x) + min(0, alpha * (exp(x) - 1)))
    "Sigmoid": 3,  # 1 / (1 + exp(-x))
    "Hardsigmoid": 4,  # 0 if x <= -3, 1 if x >= 3, else x / 6 + 1 / 2
    "LogSigmoid": 4,  # log(1 / (1 + exp(-x)))
    "Tanh": 1,  # tanh(x)
    "Tanhshrink": 2,  # x - tanh(x)
    "Hardswish": 5,  # 0 if x <= -3, x if x >= 3, else x * (x + 3) / 6
    "Hardshrink": 2,  # x if x > lambd, x if x < -lambd, else 0
    "Softplus": 6,  # 1 / beta * log(1 + exp(beta * x)), x if beta * x > threshold
    "Softsign": 2,  # x / (1 + |x|)
    "SiLU": 4,  # x * sigmoid(x)
    "Mish": 5,  # x * tanh(softplus(x)), with beta = 1
    "Threshold": 1,  # x if x > threshold else value
    "Identity": 0,
}
"""Operations an element of the activations that take any input and any arguments."""

GELU_FLOPS: Mapping[str, int] = {
    "none": 5,  # x * (0.5 * (1 + erf(x / sqrt(2))))
    "tanh": 9,  # 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x)))
}
"""Operations an element by `approximate`: https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html."""


def elementwise(each: int) -> Rule:
    """Return the rule of an activation of `each` operations an element, whatever its arguments."""

    def rule(x: Shape, **_: object) -> Effect:
        return Effect((x,), flops=each * numel(x))

    return rule


def prelu(x: Shape, *, num_parameters: int, **_: object) -> Effect:
    """`x if x >= 0 else a * x`, one `a` for all or one a channel; 2 an element.

    An input of one axis counts as one channel: https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html
    """
    at_least(1, "num_parameters", num_parameters)
    channels = x[1] if len(x) > 1 else 1
    if num_parameters != 1 and (not x or channels != num_parameters):
        raise RefusedInput(f"expects {num_parameters} channels (num_parameters), given {channels}")
    return Effect((x,), params=num_parameters, flops=2 * numel(x))


def celu(x: Shape, *, alpha: float, **_: object) -> Effect:
    """`max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`: 7 an element.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.CELU.html
    """
    if alpha == 0:
        raise BadArgument("alpha", "0 would divide by zero")
    return Effect((x,), flops=7 * numel(x))


def gelu(x: Shape, *, approximate: str, **_: object) -> Effect:
    """`x` times the normal distribution up to `x`: 5 operations an element, 9 with the tanh approximation.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html
    """
    one_of("approximate", approximate, *GELU_FLOPS)
    return Effect((x,), flops=GELU_FLOPS[approximate] * numel(x))


def hardtanh(
    x: Shape,
    *,
    min_val: float,
    max_val: float,
    min_value: float | None,
    max_value: float | None,
    **_: object,
) -> Effect:
    """`min(max(min_val, x), max_val)`, the older names first where given: 2 an element.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html
    """
    low = min_val if min_value is None else min_value
    high = max_val if max_value is None else max_value
    if high <= low:
        raise BadArgument("max_val", f"{high} is not over min_val {low}")
    return Effect((x,), flops=2 * numel(x))


def rrelu(x: Shape, *, lower: float, upper: float, inplace: bool, **_: object) -> Effect:
    """`x if x >= 0 else (lower + upper) / 2 * x`, as in evaluation: 2 an element.

    Bounds are finite, unless `inplace`: https://docs.pytorch.org/docs/stable/generated/torch.nn.RReLU.html
    """
    for argument, bound in (("lower", lower), ("upper", upper)):
        if not (inplace or math.isfinite(bound)):
            raise BadArgument(argument, f"{bound} is not finite")
    if not lower <= upper:
        raise BadArgument("lower", f"{lower} is not less than or equal to upper {upper}")
    return Effect((x,), flops=2 * numel(x))


def softshrink(x: Shape, *, lambd: float, **_: object) -> Effect:
    """`x - lambd if x > lambd, x + lambd if x < -lambd, else 0`: 3 an element.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Softshrink.html
    """
    if not 0 <= lambd <= FLOAT32_MAX:
        raise BadArgument("lambd", f"{lambd} is not a number of 0 or more")
    return Effect((x,), flops=3 * numel(x))


def glu(x: Shape, *, dim: int, **_: object) -> Effect:
    """`a * sigmoid(b)` of the two halves of an axis: 4 an output element.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html
    """
    needs_axes(x, 1, "of 1 or more axes")
    axis = axis_at(x, dim)
    if x[axis] % 2:
        raise RefusedInput(f"needs an even size to halve along dim {dim}, given {x[axis]}")
    halved = (*x[:axis], x[axis] // 2, *x[axis + 1 :])
    return Effect((halved,), flops=4 * numel(halved))


def softmax_flops(x: Shape, axis: int, each: int = 2) -> int:
    """Count `exp(x_i) / sum_j exp(x_j)`: a row of n costs n exps, n - 1 additions and n divisions.

    `each` counts what is done an element besides the addition; 3 takes a logarithm too.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html
    """
    n = x[axis] if x else 1
    return numel(without(x, axis)) * ((each + 1) * n - 1)


def softmax(each: int) -> Rule:
    """Return the rule of Softmax, Softmin (`each` is 2) or LogSoftmax (3); see `softmax_flops`.

    Where `dim` is not given PyTorch takes axis 0 of 0, 1 or 3 axes, and axis 1 of more.
    """

    def rule(x: Shape, *, dim: int | None, **_: object) -> Effect:
        guess = 0 if len(x) in (0, 1, 3) else 1
        return Effect((x,), flops=softmax_flops(x, axis_at(x, guess if dim is None else dim), each))

    return rule


def softmax2d(x: Shape, **_: object) -> Effect:
    """Softmax over the channels of (N, C, H, W) or (C, H, W); see `softmax_flops`.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html
    """
    needs_rank(x, 3, 4, letters="(N, C, H, W) or (C, H, W)")
    return Effect((x,), flops=softmax_flops(x, len(x) - 3))


def dropout(x: Shape, *, p: float, **_: object) -> Effect:
    """Nothing, as in evaluation; PyTorch takes any rank, also for Dropout2d and Dropout3d.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
    """
    probability("p", p)
    return Effect((x,))


def dropout1d(x: Shape, *, p: float, **_: object) -> Effect:
    """Nothing, as in evaluation, of (N, C, L) or (C, L) alone.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout1d.html
    """
    probability("p", p)
    needs_rank(x, 2, 3, letters="(N, C, L) or (C, L)")
    return Effect((x,))


KINDS: Mapping[str, Kind] = {
    **{name: Kind(elementwise(each)) for name, each in PER_ELEMENT.items()},
    "PReLU": Kind(prelu),
    "CELU": Kind(celu),
    "GELU": Kind(gelu),
    "Hardtanh": Kind(hardtanh),
    "RReLU": Kind(rrelu),
    "Softshrink": Kind(softshrink),
    "GLU": Kind(glu),
    "Softmax": Kind(softmax(2)),
    "Softmin": Kind(softmax(2)),
    "LogSoftmax": Kind(softmax(3)),
    "Softmax2d": Kind(softmax2d),
    "Dropout": Kind(dropout),
    "Dropout1d": Kind(dropout1d),
    "Dropout2d": Kind(dropout),
    "Dropout3d": Kind(dropout),
    "AlphaDropout": Kind(dropout),
    "FeatureAlphaDropout": Kind(dropout),
}
"""Every activation and dropout of `torch.nn`."""
