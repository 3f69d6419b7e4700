"""The operators of a backward pass: an activation's slope by what comes back, and the norms' and sums' gradients.

Each formula is the derivative of the forward one as PyTorch writes it, what was kept from the forward pass given:
https://github.com/pytorch/pytorch/blob/main/tools/autograd/derivatives.yaml. Products of matrices come back as
products of matrices, and so have no rules here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from archcheck.counting.ops.base import OpCall, OpRule, each, each_given, nothing, size
from archcheck.operations import Operations

ADD, MUL = Operations(adds=1), Operations(multiplies=1)
COMPARE, DIVIDE, EXP = Operations(comparisons=1), Operations(divisions=1), Operations(exponentials=1)
SIGMOID = EXP + ADD + DIVIDE

SLOPES: Mapping[str, Operations] = {
    "threshold_backward": COMPARE,
    "hardtanh_backward": COMPARE.times(2),
    "leaky_relu_backward": COMPARE + MUL,
    "elu_backward": COMPARE + EXP + MUL.times(2),  # g * alpha * exp(x)
    "sigmoid_backward": ADD + MUL.times(2),  # g * (1 - y) * y
    "tanh_backward": ADD + MUL.times(2),  # g * (1 - y * y)
    "silu_backward": SIGMOID + MUL.times(3) + ADD.times(2),  # g * s * (1 + x * (1 - s))
    "glu_backward": SIGMOID + MUL.times(3) + ADD,  # both halves
    "hardsigmoid_backward": COMPARE.times(2) + MUL,
    "hardswish_backward": COMPARE.times(2) + MUL + ADD + DIVIDE,  # g * (x / 3 + 0.5)
    "mish_backward": SIGMOID + EXP.times(3) + ADD.times(3) + MUL.times(5),
    "softplus_backward": COMPARE + SIGMOID + MUL.times(2),
    "log_sigmoid_backward": SIGMOID + MUL,
    "hardshrink_backward": COMPARE.times(2),
    "softshrink_backward": COMPARE.times(2),
    "rrelu_with_noise_backward": COMPARE + MUL,
    "_prelu_kernel_backward": COMPARE + MUL.times(2),
    "native_dropout_backward": MUL.times(2),
    "logit_backward": ADD + MUL + DIVIDE,
    "mse_loss_backward": ADD + MUL.times(2),
    "smooth_l1_loss_backward": ADD + COMPARE + MUL + DIVIDE,
    "huber_loss_backward": ADD + COMPARE + MUL,
    "binary_cross_entropy_backward": ADD.times(2) + MUL.times(2) + DIVIDE,
}
"""Operations an element of what goes on backwards."""

MOVED = (
    "select_backward", "slice_backward", "diagonal_backward", "nll_loss_backward",
    "nll_loss2d_backward", "value_selecting_reduction_backward", "masked_select_backward", "trace_backward",
)  # fmt: skip
"""What only goes back to its place."""

ADDED_BACK = (
    "embedding_dense_backward", "embedding_backward", "_embedding_bag_dense_backward", "_embedding_bag_backward",
    "reflection_pad1d_backward", "reflection_pad2d_backward", "reflection_pad3d_backward",
    "replication_pad1d_backward", "replication_pad2d_backward", "replication_pad3d_backward", "unfold_backward",
    "index_select_backward", "gather_backward",
)  # fmt: skip
"""What is added to its place, each element once."""


def gelu(call: OpCall) -> Operations:
    """Count `g * (cdf + x * pdf)`, (grad, x, approximate); with tanh the derivative of that formula."""
    if call.kwargs.get("approximate") == "tanh":
        return Operations(multiplies=14, adds=5, exponentials=1).times(size(call.gave))
    return Operations(multiplies=6, adds=2, exponentials=2).times(size(call.gave))


def softmax(call: OpCall) -> Operations:
    """Count `y * (g - sum(g * y))`: (grad, y, dim, dtype)."""
    given = size(call.given)
    length = call.given.shape[call.args[2]] if call.given.dim() else 1
    rows = given // length if length else 0
    return Operations(multiplies=2 * given, adds=2 * given - rows)


def log_softmax(call: OpCall) -> Operations:
    """Count `g - exp(y) * sum(g)`: (grad, y, dim, dtype)."""
    return softmax(call) + Operations(exponentials=size(call.given), multiplies=-size(call.given))


def _normalised(elements: int, groups: int, scaled: bool, wanted: tuple[bool, ...]) -> Operations:
    """Count what goes back through `(x - m) / s * w + b`, of `groups` that are normalised by their own statistics.

    The normalised x again: 2 an element. To the input: `g * w`, its mean and its mean by the normalised x, both
    taken away, the rest by 1 / s. To the scale: a product and a sum an element; to the bias: a sum.
    """
    parts = Operations(adds=elements, multiplies=elements)
    if wanted[0]:
        parts += Operations(
            multiplies=elements * (3 + scaled), adds=4 * elements - 2 * groups, divisions=2 * groups
        )
    if wanted[1]:
        parts += Operations(multiplies=elements, adds=elements)
    if len(wanted) > 2 and wanted[2]:
        parts += Operations(adds=elements)
    return parts


def layer_norm(call: OpCall) -> Operations:
    """Count (grad, input, normalized_shape, mean, rstd, weight, bias, output_mask)."""
    elements, n = size(call.given), math.prod(call.args[2])
    return _normalised(elements, elements // n if n else 0, call.args[5] is not None, tuple(call.args[7]))


def rms_norm(call: OpCall) -> Operations:
    """Count (grad, input, normalized_shape, rstd, weight, output_mask), as of a LayerNorm."""
    elements, n = size(call.given), math.prod(call.args[2])
    return _normalised(elements, elements // n if n else 0, call.args[4] is not None, tuple(call.args[5]))


def group_norm(call: OpCall) -> Operations:
    """Count (grad, input, mean, rstd, weight, N, C, HxW, group, output_mask)."""
    groups = call.args[5] * call.args[8]
    return _normalised(size(call.given), groups, call.args[4] is not None, tuple(call.args[9]))


def batch_norm(call: OpCall) -> Operations:
    """Count (grad, input, weight, running mean and var, saved mean and invstd, train, eps, output_mask)."""
    elements, channels = size(call.given), call.given.shape[1]
    wanted = tuple(call.args[9])
    if call.args[7]:
        return _normalised(elements, channels, call.args[2] is not None, wanted)
    return Operations(multiplies=elements) + _normalised(elements, channels, False, (False, *wanted[1:]))


OPS: Mapping[str, OpRule] = {
    **{name: each(one) for name, one in SLOPES.items()},
    **dict.fromkeys(MOVED, nothing),
    **dict.fromkeys(ADDED_BACK, each_given(ADD)),
    "gelu_backward": gelu,
    "_softmax_backward_data": softmax,
    "_log_softmax_backward_data": log_softmax,
    "native_layer_norm_backward": layer_norm,
    "_fused_rms_norm_backward": rms_norm,
    "native_group_norm_backward": group_norm,
    "native_batch_norm_backward": batch_norm,
}
"""Operators of the backward pass, by name."""
