"""Losses: what each element takes, then the sum or mean that `reduction` asks for (0 none, 1 mean, 2 sum).

The formulas are those of https://docs.pytorch.org/docs/stable/nn.html#loss-functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from archcheck.counting.ops.base import OpCall, OpRule, present, size
from archcheck.operations import Operations


def reduced(terms: int, reduction: int) -> Operations:
    """Return what adding up `terms` numbers takes, and dividing the sum for a mean."""
    return Operations(adds=max(terms - 1, 0) * (reduction != 0), divisions=reduction == 1)


def elementwise_loss(one: Operations, place: int, call: OpCall) -> Operations:
    """Count `one` an element, and the reduction at `place`."""
    terms = size(call.given)
    return one.times(terms) + reduced(terms, call.argument(place, "reduction", 1))


def likelihood(call: OpCall) -> Operations:
    """Count the chosen log-probabilities' sum or mean: (input, target, weight, reduction, ignore_index)."""
    terms = size(call.args[1])
    weighed = Operations(multiplies=terms, adds=max(terms - 1, 0)).times(present(call.argument(2, "weight")))
    return weighed + reduced(terms, call.argument(3, "reduction", 1))


def cross_entropy_of_logits(call: OpCall) -> Operations:
    """Count `(1 - y) * x + log(1 + exp(-x))`: (input, target, weight, pos_weight, reduction)."""
    one = Operations(adds=3, multiplies=1 + present(*call.args[2:4]), exponentials=2)
    return elementwise_loss(one, 4, call)


ELEMENTWISE: Mapping[str, tuple[Operations, int]] = {
    "mse_loss": (Operations(adds=1, multiplies=1), 2),  # (x - y) * (x - y)
    "l1_loss": (Operations(adds=1), 2),  # |x - y|
    "smooth_l1_loss": (Operations(adds=1, multiplies=2, divisions=1, comparisons=1), 2),  # 0.5 * d * d / beta
    "huber_loss": (Operations(adds=1, multiplies=2, comparisons=1), 2),  # 0.5 * d * d
    "binary_cross_entropy": (
        Operations(adds=3, multiplies=2, exponentials=2),
        3,
    ),  # y log x + (1 - y) log(1 - x)
    "soft_margin_loss": (Operations(multiplies=1, exponentials=2, adds=1), 2),  # log(1 + exp(-y * x))
}
"""Of each loss: operations an element, and where its reduction stands among the arguments."""

OPS: Mapping[str, OpRule] = {
    **{name: partial(elementwise_loss, *given) for name, given in ELEMENTWISE.items()},
    **dict.fromkeys(("nll_loss_forward", "nll_loss2d_forward", "nll_loss", "nll_loss2d"), likelihood),
    "binary_cross_entropy_with_logits": cross_entropy_of_logits,
}
"""Losses, by name."""
