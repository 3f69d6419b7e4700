"""The multiply-accumulates of the layers that every tool knows, from shapes: what the tools' formulas have in common.

Letters: `N` batch, `C_in`, `C_out` channels, `G` groups, `K` the kernel's elements, `F` features.
"""

from __future__ import annotations

import math

from archcheck.conventions.base import Call
from archcheck.units import Shape

CONVOLUTIONS = frozenset({"Conv1d", "Conv2d", "Conv3d"})
TRANSPOSED = frozenset({"ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"})
CONVOLVING = frozenset({"conv1d", "conv2d", "conv3d"})
CONVOLVING_TRANSPOSED = frozenset({"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"})
RECURRENT = frozenset({"RNN", "LSTM", "GRU"})
CELLS = frozenset({"RNNCell", "LSTMCell", "GRUCell"})
BATCH_NORMS = frozenset({"BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"})
INSTANCE_NORMS = frozenset({"InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"})


def weight_of(call: Call) -> Shape | None:
    """Return the weight of a convolution or linear layer: a module's own, or a function's second tensor."""
    inputs = call.row.work.inputs
    return call.weight("weight") if call.is_module else inputs[1] if len(inputs) > 1 else None


def is_convolution(call: Call) -> bool:
    """Return whether it convolves, forward or transposed, as a module or as a function."""
    return is_forward(call) or is_transposed(call)


def is_forward(call: Call) -> bool:
    """Return whether it is a convolution that is not transposed."""
    return call.type in (CONVOLUTIONS if call.is_module else CONVOLVING)


def is_transposed(call: Call) -> bool:
    """Return whether it is a transposed convolution."""
    return call.type in (TRANSPOSED if call.is_module else CONVOLVING_TRANSPOSED)


def is_linear(call: Call) -> bool:
    """Return whether it is a fully connected layer."""
    return call.type == "Linear" if call.is_module else call.type == "linear"


def has_bias(call: Call) -> bool:
    """Return whether a convolution or linear layer adds a bias."""
    return call.weight("bias") is not None if call.is_module else len(call.row.work.inputs) > 2


def convolution_macs(call: Call) -> int:
    """Return a convolution's: the output's elements x `C_in / G` x `K`; transposed, the input's x `C_out / G` x `K`.

    A weight is `(C_out, C_in / G, *kernel)`, transposed `(C_in, C_out / G, *kernel)`.
    """
    weight = weight_of(call) or ()
    places = call.elements_in if is_transposed(call) else call.elements_out
    return places * math.prod(weight[1:])


def linear_macs(call: Call) -> int:
    """Return a linear layer's: for every row of the input, every weight once."""
    weight = weight_of(call) or (1,)
    return call.elements_in // weight[-1] * math.prod(weight) if weight[-1] else 0


def projection_macs(call: Call) -> int:
    """Return those of a `MultiheadAttention`'s four linear layers: in for query, key and value, and out."""
    query, key, value = (*call.row.work.inputs, (), (), ())[:3]
    width = query[-1] if query else 0
    rows = math.prod(query[:-1])
    return width * (math.prod(query) + math.prod(key) + math.prod(value) + rows * width)


def attention_macs(call: Call) -> int:
    """Return those of a `MultiheadAttention` between its linear layers: query x key, and weights x value."""
    return (call.macs or 0) - projection_macs(call)


def returns_weights(call: Call) -> bool:
    """Return whether a `MultiheadAttention` gives its weights too: it then multiplies matrices itself."""
    return len(call.row.work.outputs) > 1
