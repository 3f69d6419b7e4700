"""Products of matrices, convolutions and fused attention: the multiply-accumulates, by PyTorch's own formulas.

Half of what `torch.utils.flop_counter` says is the multiply-accumulates: it counts two operations for each. What
PyTorch adds besides (a bias) is counted here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch.utils.flop_counter import flop_registry

from archcheck.counting.ops.base import OpCall, OpRule
from archcheck.operations import Operations


def _mul_adds(formula: Any, call: OpCall) -> Operations:
    flops = formula(*call.args, **call.kwargs, out_val=call.out)
    return Operations(mul_adds=int(flops) // 2)


def _with_bias(formula: Any, place: int, call: OpCall) -> Operations:
    """Add the bias at `place`, an addition for every element given."""
    counted = _mul_adds(formula, call)
    biased = call.argument(place, "bias") is not None
    return counted + Operations(adds=math.prod(call.gave.shape) * biased)


def _added(formula: Any, call: OpCall) -> Operations:
    """Add the first argument, an addition for every element given; `beta` and `alpha` other than 1 multiply."""
    counted = _mul_adds(formula, call)
    scaled = sum(call.kwargs.get(name, 1) not in (0, 1) for name in ("beta", "alpha"))
    adds = call.kwargs.get("beta", 1) != 0
    return counted + Operations(adds=1 * adds, multiplies=scaled).times(math.prod(call.gave.shape))


def _registered() -> dict[str, OpRule]:
    rules: dict[str, OpRule] = {}
    for packet, formula in flop_registry.items():
        if isinstance(packet, torch._ops.OpOverloadPacket):
            rules[packet.__name__] = partial(_mul_adds, formula)
        else:
            rules[str(packet)] = partial(_mul_adds, formula)
    return rules


aten = torch.ops.aten

OPS: Mapping[str, OpRule] = {
    **_registered(),
    **{
        name: partial(_with_bias, flop_registry[getattr(aten, name)], 2)
        for name in ("convolution", "_convolution")
    },
    **{name: partial(_added, flop_registry[getattr(aten, name)]) for name in ("addmm", "baddbmm")},
}
"""The operators that multiply and add up, by name."""
