"""The bytes of operators that do not read all their operands or write all their results once.

By default an operator reads every element of its operands and writes every element of its results; what is expanded
from one element counts once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch

from archcheck.counting.ops.base import ByteRule, OpCall
from archcheck.counting.ops.movement import MADE

Bytes = tuple[int, int]


def _bytes(tensor: object) -> int:
    return math.prod(tensor.shape) * tensor.itemsize if isinstance(tensor, torch.Tensor) else 0


def no_bytes(call: OpCall, read: int, written: int) -> Bytes:
    """Return none: the result is the operand under another shape, or memory that nobody has written."""
    return 0, 0


def written_only(call: OpCall, read: int, written: int) -> Bytes:
    """Return what is written: numbers that come from nowhere."""
    return 0, written


def picked(place: int) -> ByteRule:
    """Return the rule of what reads, of the tensor at `place`, only what it gives; its other operands whole."""

    def rule(call: OpCall, read: int, written: int) -> Bytes:
        return read - touched_bytes(call.args[place]) + written, written

    return rule


def bag(call: OpCall, read: int, written: int) -> Bytes:
    """Return the rows that the indices name, each read once an index: (weight, indices, ...)."""
    table, indices = call.args[0], call.args[1]
    row = table.shape[-1] * table.itemsize
    return read - touched_bytes(table) + math.prod(indices.shape) * row, written


def copied(call: OpCall, read: int, written: int) -> Bytes:
    """Return `copy_`'s: (to, from) reads the second alone."""
    return touched_bytes(call.args[1]), written


def put(place: int) -> ByteRule:
    """Return the rule of what writes the values at `place` into its first operand: in place these alone."""

    def rule(call: OpCall, read: int, written: int) -> Bytes:
        values = call.args[place] if len(call.args) > place else None
        if call.out is not call.args[0]:
            return read, written
        return read - touched_bytes(call.args[0]), _bytes(values) or written

    return rule


def batch_normed(call: OpCall, read: int, written: int) -> Bytes:
    """Return what a norm of channels writes: its statistics only where it takes them, by (..., training, ...)."""
    return read, written if call.args[5] else _bytes(call.gave)


def touched_bytes(tensor: torch.Tensor) -> int:
    """Return the bytes of the elements that a tensor has; what is expanded from one element counts once."""
    sizes = (size for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if stride or not size)
    return math.prod(sizes) * tensor.itemsize


UNTOUCHED = (
    "empty", "empty_like", "empty_strided", "empty_permuted", "new_empty", "new_empty_strided", "_efficientzerotensor",
    "_unsafe_view", "_reshape_alias", "detach", "alias", "set", "resize", "resize_as", "lift", "lift_fresh",
    "sym_size", "sym_stride", "sym_numel", "sym_storage_offset", "is_same_size", "is_pinned", "_fused_sdp_choice",
    "_has_compatible_shallow_copy_type", "_assert_tensor_metadata", "squeeze", "unsqueeze", "t", "transpose",
    "swapaxes", "swapdims", "unsafe_split", "unsafe_split_with_sizes", "unsafe_chunk", "record_stream",
    "prim::device", "prim::layout",
)  # fmt: skip
"""What looks at no element."""

BYTES: Mapping[str, ByteRule] = {
    **dict.fromkeys(MADE, written_only),
    **dict.fromkeys(UNTOUCHED, no_bytes),
    **dict.fromkeys(("index", "_unsafe_index", "index_select", "gather", "take", "embedding"), picked(0)),
    **dict.fromkeys(("_embedding_bag", "_embedding_bag_forward_only"), bag),
    "copy": copied,
    **dict.fromkeys(("index_put", "_index_put_impl", "_unsafe_index_put"), put(2)),
    **dict.fromkeys(("scatter", "index_copy"), put(3)),
    **dict.fromkeys(("native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm"), batch_normed),
}
"""What these read and write, by name."""
