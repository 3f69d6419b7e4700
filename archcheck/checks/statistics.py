"""Mean, standard deviation and variance of freshly initialised weights, from the distribution's own formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from archcheck.spec.layers import Initialiser, Value

_MOMENTS: Mapping[str, Callable[..., tuple[float, float]]] = {
    "normal_": lambda mean=0.0, std=1.0: (mean, std * std),
    "uniform_": lambda a=0.0, b=1.0: ((a + b) / 2, (b - a) * (b - a) / 12),
    "constant_": lambda val: (val, 0.0),
    "ones_": lambda: (1.0, 0.0),
    "zeros_": lambda: (0.0, 0.0),
}
"""(mean, variance) of the initialisers whose moments do not depend on the tensor's shape.

Squares are products: `**` raises where a product is infinite.
"""


def statistic(initialiser: Initialiser, name: str) -> float | None:
    """Return `mean`, `std` or `variance` of what an initialiser writes; None where the shape decides it."""
    moments = _MOMENTS.get(initialiser.function)
    if moments is None:
        return None
    args: Mapping[str, Value] = initialiser.args
    mean, variance = moments(**args)
    return {"mean": mean, "std": math.sqrt(variance), "variance": variance}[name]
