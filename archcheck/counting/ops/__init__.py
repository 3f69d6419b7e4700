"""What every operator of PyTorch costs: a page a family, one table of all; a name that is not in it is unknown."""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.counting.ops import contraction, elementwise, movement
from archcheck.counting.ops.base import OpCall, OpRule

__all__ = ["OPS", "OpCall", "OpRule"]

OPS: Mapping[str, OpRule] = {
    **movement.OPS,
    **elementwise.OPS,
    **contraction.OPS,
}
"""Every operator with a rule, by its name without `aten::` and without the `_` of its in-place form."""
