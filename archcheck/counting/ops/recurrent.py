"""Fused recurrent layers and cells, and bags of embeddings; the formulas are those of `archcheck.rules.recurrent`.

`*_UNIT` is what a hidden unit takes beside the products and biases.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch

from archcheck.counting.ops.base import OpCall, OpRule, size
from archcheck.operations import Operations

RELU_UNIT = Operations(adds=1, comparisons=1)
TANH_UNIT = Operations(adds=1, exponentials=1)

LSTM_UNIT = Operations(adds=8, multiplies=3, divisions=3, exponentials=5)
"""Four sums; three sigmoids (exp, addition, division) and tanh; f * c + i * g; o * tanh(c)."""

GRU_UNIT = Operations(adds=7, multiplies=2, divisions=2, exponentials=3)
"""Two sums and sigmoids; n = tanh(i + r * h): 3; (h - n) * z + n: 3."""

UNITS = (RELU_UNIT, TANH_UNIT, LSTM_UNIT, GRU_UNIT)
"""By the number that the libraries give the kinds."""


def _steps(rows: int, units: int, weights: list[torch.Tensor], unit: Operations) -> Operations:
    """Return the cost of `rows` through every weight, each bias and all hidden units once."""
    matrices = sum(size(one) for one in weights if one.dim() > 1)
    biases = sum(size(one) for one in weights if one.dim() == 1)
    return (Operations(mul_adds=matrices, adds=biases) + unit.times(units)).times(rows)


def mkldnn_layer(call: OpCall) -> Operations:
    """Count one layer in one direction: (input, weights and biases, hx, cx, reverse, sizes, mode, hidden, ...)."""
    weights = [one for one in call.args[1:5] if isinstance(one, torch.Tensor)]
    if not call.args[12]:
        weights = weights[:2]
    return _steps(size(call.given[..., :1]), call.args[10], weights, UNITS[call.args[9]])


def cudnn_layers(call: OpCall) -> Operations:
    """Count all layers and directions: (input, weights, stride, buffer, hx, cx, mode, hidden, proj, layers, ...)."""
    directions = 1 + bool(call.args[13])
    rows = size(call.given) // call.given.shape[-1]
    return _steps(rows, call.args[7] * call.args[9] * directions, list(call.args[1]), UNITS[call.args[6]])


def fused_cell(unit: Operations, gates: int, call: OpCall) -> Operations:
    """Count what follows the products: (input_gates, hidden_gates, state, input_bias, hidden_bias)."""
    biased = sum(
        call.argument(place, name) is not None for place, name in ((3, "input_bias"), (4, "hidden_bias"))
    )
    return (unit + Operations(adds=gates * biased)).times(size(call.args[2]))


def embedding_bag(call: OpCall) -> Operations:
    """Count the sum, mean or largest of each bag's rows: (weight, indices, offsets, scale, mode, sparse, weights).

    Bags of no row are not looked for: where they begin is a matter of values.
    """
    rows, width = size(call.args[1]), call.given.shape[-1]
    further = rows * width - size(call.gave)
    mode = call.argument(4, "mode", 0)
    if mode == 2:
        return Operations(comparisons=further)
    weighed = rows * width * (call.argument(6, "per_sample_weights") is not None)
    return Operations(adds=further, divisions=size(call.gave) * (mode == 1), multiplies=weighed)


OPS: Mapping[str, OpRule] = {
    "mkldnn_rnn_layer": mkldnn_layer,
    "_cudnn_rnn": cudnn_layers,
    "_thnn_fused_lstm_cell": partial(fused_cell, LSTM_UNIT, 4),
    "_thnn_fused_gru_cell": partial(fused_cell, GRU_UNIT, 3),
    **dict.fromkeys(("_embedding_bag", "_embedding_bag_forward_only"), embedding_bag),
}
"""Recurrent layers and bags, by name."""
