"""Mean, standard deviation and variance of freshly initialised weights, from the distribution's own formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from archcheck.spec.layers import Initialiser, Value

Moments = tuple[float, float | None]
"""(mean, variance); None where the tensor's shape decides it."""

_MIDDLE: Moments = (0.0, None)
"""Of what is drawn evenly about 0, as far as the shape lets it."""

_MOMENTS: Mapping[str, Callable[..., Moments]] = {
    "normal_": lambda mean=0.0, std=1.0: (mean, std * std),
    "uniform_": lambda a=0.0, b=1.0: ((a + b) / 2, (b - a) * (b - a) / 12),
    "constant_": lambda val: (val, 0.0),
    "ones_": lambda: (1.0, 0.0),
    "zeros_": lambda: (0.0, 0.0),
    "xavier_uniform_": lambda **_: _MIDDLE,
    "xavier_normal_": lambda **_: _MIDDLE,
    "kaiming_uniform_": lambda **_: _MIDDLE,
    "kaiming_normal_": lambda **_: _MIDDLE,
}
"""The moments of the initialisers by their arguments. Squares are products: `**` raises where one is infinite.

https://docs.pytorch.org/docs/stable/nn.init.html
"""

_DRAWN: Mapping[str, Moments] = {"weight": _MIDDLE, "bias": _MIDDLE}
_ONES: Mapping[str, Moments] = {"weight": (1.0, 0.0), "bias": (0.0, 0.0)}
_TABLE: Mapping[str, Moments] = {"weight": (0.0, 1.0)}

DEFAULTS: Mapping[str, Mapping[str, Moments]] = {
    **dict.fromkeys(("Linear", "Bilinear"), _DRAWN),
    **{f"Conv{way}{sides}d": _DRAWN for way in ("", "Transpose") for sides in (1, 2, 3)},
    **{f"{norm}Norm{sides}d": _ONES for norm in ("Batch", "Instance") for sides in (1, 2, 3)},
    **dict.fromkeys(("SyncBatchNorm", "GroupNorm", "LayerNorm"), _ONES),
    **dict.fromkeys(("Embedding", "EmbeddingBag"), _TABLE),
}
"""What PyTorch gives every parameter of a kind where nobody says otherwise; of tables, `padding_idx` apart.

"The values are initialized from U(-sqrt(k), sqrt(k))", "The learnable weights are initialized to 1" and "from N(0, 1)":
https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html, and the page of each other kind.
"""


def statistic(initialiser: Initialiser, name: str) -> float | None:
    """Return `mean`, `std` or `variance` of what an initialiser writes; None where the shape decides it."""
    moments = _MOMENTS.get(initialiser.function)
    if moments is None:
        return None
    args: Mapping[str, Value] = initialiser.args
    return _named(moments(**args), name)


def default_statistic(kind: str, parameter: str, name: str) -> float | None:
    """Return the same of PyTorch's own initialisation; None where it is not known without the weight's shape."""
    moments = DEFAULTS.get(kind, {}).get(parameter)
    return None if moments is None else _named(moments, name)


def _named(moments: Moments, name: str) -> float | None:
    mean, variance = moments
    if name == "mean" or variance is None:
        return mean if name == "mean" else None
    return math.sqrt(variance) if name == "std" else variance
