"""Normalisations, by the formulas of `archcheck.rules.normalisation`: 5n + 2 with statistics taken from n numbers.

A mean is n - 1 additions and a division; n differences; a variance n squares, n - 1 additions and a division;
`+ eps`, a square root, n divisions. A learned scale is a multiplication, a learned bias an addition, an element.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from archcheck.counting.ops.base import OpCall, OpRule, present, size
from archcheck.operations import Operations


def taken(groups: int, n: int) -> Operations:
    """Return what normalising `groups` times `n` numbers by their own statistics takes: 5n + 2 each."""
    return Operations(adds=3 * n - 1, multiplies=n, divisions=n + 2, exponentials=1).times(groups)


def learned(elements: int, weight: object, bias: object) -> Operations:
    """Return what a scale and a bias take, where there are any."""
    return Operations(multiplies=elements * (weight is not None), adds=elements * (bias is not None))


def layer_norm(call: OpCall) -> Operations:
    """Count a normalisation over the last axes: (input, normalized_shape, weight, bias, eps)."""
    elements, n = size(call.given), math.prod(call.args[1])
    return taken(elements // n if n else 0, n) + learned(
        elements, call.argument(2, "weight"), call.argument(3, "bias")
    )


def group_norm(call: OpCall) -> Operations:
    """Count a normalisation of groups of channels: (input, weight, bias, N, C, HxW, group, eps)."""
    elements, groups = size(call.given), call.args[3] * call.args[6]
    return taken(groups, elements // groups if groups else 0) + learned(elements, call.args[1], call.args[2])


def rms_norm(call: OpCall) -> Operations:
    """Count `x / sqrt(eps + mean(x * x)) * weight`, 3n + 2: (input, normalized_shape, weight, eps)."""
    elements, n = size(call.given), math.prod(call.args[1])
    rows = elements // n if n else 0
    root = Operations(adds=n, multiplies=n, divisions=n + 1, exponentials=1).times(rows)
    return root + learned(elements, call.argument(2, "weight"), None)


def _channel_norm(call: OpCall, own: bool, running: int) -> Operations:
    """Count a normalisation of channels: by their own statistics, or 2 an element by those kept.

    Each of the `running` statistics that is kept on moves by `(1 - m) * old + m * new`: 3 a channel.
    """
    elements, channels = size(call.given), call.given.shape[1]
    scale = learned(elements, call.args[1], call.args[2])
    if not own:
        return scale + Operations(adds=elements, multiplies=elements)
    moved = Operations(multiplies=2, adds=1).times(running * channels)
    return scale + taken(channels, elements // channels if channels else 0) + moved


def batch_norm(call: OpCall) -> Operations:
    """Count (input, weight, bias, running_mean, running_var, training, momentum, eps)."""
    return _channel_norm(call, own=bool(call.args[5]), running=present(*call.args[3:5]))


def batch_norm_own(call: OpCall) -> Operations:
    """Count (input, weight, bias, training, momentum, eps): nothing is kept."""
    if len(call.args) > 3 and isinstance(call.args[3], bool):
        return _channel_norm(call, own=True, running=0)
    return batch_norm(call)


def batch_norm_kept(call: OpCall) -> Operations:
    """Count (input, weight, bias, running_mean, running_var, momentum, eps) in evaluation."""
    return _channel_norm(call, own=False, running=0)


def batch_norm_updating(call: OpCall) -> Operations:
    """Count (input, weight, bias, running_mean, running_var, momentum, eps) in training."""
    return _channel_norm(call, own=True, running=present(*call.args[3:5]))


def weight_norm(call: OpCall) -> Operations:
    """Count `v * (g / |v|)`: the squares, sums and roots of each row's norm, a division a row, n products."""
    elements, rows = size(call.args[0]), size(call.args[1])
    return Operations(multiplies=2 * elements, adds=elements - rows, exponentials=rows, divisions=rows)


OPS: Mapping[str, OpRule] = {
    "native_layer_norm": layer_norm,
    "native_group_norm": group_norm,
    "_fused_rms_norm": rms_norm,
    "rms_norm": rms_norm,
    **dict.fromkeys(("native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm"), batch_norm),
    "_native_batch_norm_legit": batch_norm_own,
    "_native_batch_norm_legit_functional": batch_norm,
    "_native_batch_norm_legit_no_training": batch_norm_kept,
    "_batch_norm_no_update": batch_norm_kept,
    "_batch_norm_with_update": batch_norm_updating,
    "_batch_norm_with_update_functional": batch_norm_updating,
    "_weight_norm_interface": weight_norm,
}
"""The normalisations, by name."""
