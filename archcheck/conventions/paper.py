"""As papers on image networks tell it: multiply-accumulates of convolutions and fully connected layers alone.

The custom of "Going deeper with convolutions" (its budget of 1.5 billion multiply-adds) and of "Deep residual learning"
(section 3.3: "3.6 billion FLOPs (multiply-adds)"), bias, pooling, activations and norms left out:
https://arxiv.org/abs/1409.4842 and https://arxiv.org/abs/1512.03385
"""

from __future__ import annotations

from archcheck.conventions.base import NOTHING, Call, Convention, Telling, not_counted
from archcheck.conventions.products import (
    convolution_macs,
    is_convolution,
    is_linear,
    linear_macs,
    projection_macs,
)


def tell(call: Call) -> Telling:
    """Return a layer's multiply-accumulates if it has a kernel or is fully connected."""
    if is_convolution(call):
        return Telling(convolution_macs(call))
    if is_linear(call):
        return Telling(linear_macs(call))
    if call.is_module and call.type == "MultiheadAttention":
        return Telling(projection_macs(call), "not counted: attention between the projections")
    return NOTHING if call.macs == 0 else not_counted(f"{call.type}: neither convolution nor fully connected")


CONVENTION = Convention(
    "paper",
    "a paper",
    "multiply-adds",
    "convolutions and fully connected layers alone",
    tell,
    "arXiv 1512.03385, section 3.3 and table 1",
)
