"""Pooling, by the formulas of `archcheck.rules.pooling`: one operation for each further element of a window."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

from archcheck.counting.ops.base import OpCall, OpRule, sides_of, size
from archcheck.operations import Operations
from archcheck.rules.windows import taps


def _window(sides: int, call: OpCall) -> int:
    return math.prod(sides_of(call.argument(1, "kernel_size"), sides))


def max_pool(sides: int, call: OpCall) -> Operations:
    """Count the largest of each window: (input, kernel_size, ...)."""
    return Operations(comparisons=_window(sides, call) - 1).times(size(call.gave))


def avg_pool(sides: int, call: OpCall) -> Operations:
    """Count the mean of each window, padding counted as input: (input, kernel_size, ...)."""
    return Operations(adds=_window(sides, call) - 1, divisions=1).times(size(call.gave))


def _reads(sides: int, call: OpCall) -> int:
    """Return how many elements all windows of an adaptive pooling read."""
    lead, lengths, counts = call.given.shape[:-sides], call.given.shape[-sides:], call.gave.shape[-sides:]
    return math.prod(lead) * (taps(lengths, counts) if math.prod(counts) else 0)


def adaptive_avg_pool(sides: int, call: OpCall) -> Operations:
    """Count the mean of each window of an adaptive pooling: (input, output_size)."""
    means = size(call.gave)
    return Operations(adds=_reads(sides, call) - means, divisions=means)


def adaptive_max_pool(sides: int, call: OpCall) -> Operations:
    """Count the largest of each window of an adaptive pooling: (input, output_size)."""
    return Operations(comparisons=_reads(sides, call) - size(call.gave))


def spread_back(call: OpCall) -> Operations:
    """Count a gradient added to the one element that was the largest: (grad_output, ...)."""
    return Operations(adds=size(call.given))


def avg_pool_backward(sides: int, call: OpCall) -> Operations:
    """Count a gradient divided, and added to each element of its window: (grad_output, input, kernel_size, ...)."""
    window = math.prod(sides_of(call.argument(2, "kernel_size"), sides))
    return Operations(divisions=1, adds=window).times(size(call.given))


def adaptive_backward(sides: int, call: OpCall) -> Operations:
    """Count a gradient divided, and added to each element of its window: (grad_output, input)."""
    forward = OpCall((call.args[1],), {}, call.given)
    return Operations(divisions=size(call.given), adds=_reads(sides, forward))


OPS: Mapping[str, OpRule] = {
    **{f"max_pool{sides}d": partial(max_pool, sides) for sides in (1, 2, 3)},
    **{f"max_pool{sides}d_with_indices": partial(max_pool, sides) for sides in (1, 2, 3)},
    **{f"mkldnn_max_pool{sides}d": partial(max_pool, sides) for sides in (2, 3)},
    **{f"fractional_max_pool{sides}d": partial(max_pool, sides) for sides in (2, 3)},
    **{f"avg_pool{sides}d": partial(avg_pool, sides) for sides in (1, 2, 3)},
    **{f"adaptive_avg_pool{sides}d": partial(adaptive_avg_pool, sides) for sides in (1, 2, 3)},
    **{f"_adaptive_avg_pool{sides}d": partial(adaptive_avg_pool, sides) for sides in (2, 3)},
    **{f"adaptive_max_pool{sides}d": partial(adaptive_max_pool, sides) for sides in (1, 2, 3)},
    **{f"max_pool{sides}d_with_indices_backward": spread_back for sides in (2, 3)},
    **{f"fractional_max_pool{sides}d_backward": spread_back for sides in (2, 3)},
    **{f"adaptive_max_pool{sides}d_backward": spread_back for sides in (2, 3)},
    **{f"avg_pool{sides}d_backward": partial(avg_pool_backward, sides) for sides in (2, 3)},
    **{f"_adaptive_avg_pool{sides}d_backward": partial(adaptive_backward, sides) for sides in (2, 3)},
}
"""Pooling, by name."""
