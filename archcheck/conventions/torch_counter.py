"""As PyTorch's own counter tells it: two operations a multiply-accumulate, of the operators that are registered.

Version 2.13, `torch/utils/flop_counter.py` (`flop_registry`), on the meta device, where fused kernels do not hide the
products: https://github.com/pytorch/pytorch/blob/v2.13.0/torch/utils/flop_counter.py
"""

from __future__ import annotations

from archcheck.conventions.base import Call, Convention, Telling, share

REGISTERED = frozenset(
    {
        "mm",
        "addmm",
        "bmm",
        "baddbmm",
        "_scaled_mm",
        "convolution",
        "_convolution",
        "cudnn_convolution",
        "convolution_overrideable",
        "_slow_conv2d_forward",
    }
)
"""The operators whose products the counter knows, of those that a forward pass without fused kernels is made of."""


def tell(call: Call) -> Telling:
    """Return twice the multiply-accumulates of the registered operators."""
    seen = call.op_macs(REGISTERED)
    why = "" if seen == call.macs else f"not counted: {call.type} (an operator that is not registered)"
    return Telling(seen, why, share(seen, "a multiply-accumulate is two operations there"))


CONVENTION = Convention(
    "torch",
    "FlopCounterMode",
    "FLOPs",
    "two a multiply-accumulate, nothing else",
    tell,
    "torch 2.13, torch/utils/flop_counter.py",
)
