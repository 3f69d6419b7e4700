"""What kernels give that their fakes do not say: sizes that a library chooses by itself."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

PAGE, LINE = 4096, 64
"""Bytes: what oneDNN rounds each part of a workspace up to, and the rows of some parts."""


class RealSizes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Gives the workspace of oneDNN's recurrent layers the size that it has; a fake one has none."""

    supports_higher_order_operators = True

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Say that the compiler need not be kept out of here: to keep it out, PyTorch would import it."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        gave = func(*args, **(kwargs or {}))
        if func is not torch.ops.aten.mkldnn_rnn_layer.default:
            return gave
        given, hidden_size, train = args[0], args[10], args[15]
        workspace = recurrent_workspace(*given.shape, hidden_size, given.itemsize) if train else 0
        return (*gave[:3], torch.empty(workspace, dtype=torch.uint8))


def recurrent_workspace(steps: int, batch: int, features: int, hidden: int, itemsize: int) -> int:
    """Return the bytes that oneDNN keeps for the backward pass of one layer and direction of an LSTM.

    Each part on pages of its own: the four gates and the output of every step, and for the step before the first
    too, in two copies: layer states, hidden states, cell states, and gradients of the first two in float32
    (`set_offsets` in https://github.com/uxlfoundation/oneDNN/blob/main/src/cpu/rnn/rnn_utils.cpp).

    >>> recurrent_workspace(5, 2, 8, 16, 4)
    28672
    """
    now, ever = steps * batch, 2 * (steps + 1) * batch
    widest = max(features, hidden)
    parts = (
        now * _row(4 * hidden, itemsize),
        now * _row(hidden, itemsize),
        ever * _row(widest, itemsize),
        ever * hidden * itemsize,
        ever * hidden * 4,
        ever * _row(widest, 4),
        ever * _row(widest, 4),
    )
    return sum(math.ceil(part / PAGE) * PAGE for part in parts)


def _row(length: int, itemsize: int) -> int:
    """Return the bytes of a row: whole lines of the cache, one more where rows would fall on the same place in it."""
    lines = math.ceil(length * itemsize / LINE)
    return (lines + (lines * LINE // itemsize % 256 == 0)) * LINE
