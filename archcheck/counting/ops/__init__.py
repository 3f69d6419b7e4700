"""What every operator of PyTorch costs: a page a family, one table of all; a name that is not in it is unknown.

To add an operator: write its rule, a function of one `OpCall` that returns `Operations` without bytes, on the page of
its family; state the formula in its docstring; enter it under its name in the page's `OPS`. What does not read its
operands and write its results once each has a row in `traffic.BYTES` too.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.counting.ops import (
    attention,
    backward,
    contraction,
    elementwise,
    fourier,
    loss,
    movement,
    normalisation,
    pooling,
    recurrent,
    reduction,
    resampling,
)
from archcheck.counting.ops.base import OpCall, OpRule
from archcheck.counting.ops.traffic import BYTES, touched_bytes

__all__ = ["BYTES", "OPS", "OpCall", "OpRule", "touched_bytes"]

PAGES = (
    movement,
    elementwise,
    reduction,
    contraction,
    attention,
    normalisation,
    pooling,
    resampling,
    recurrent,
    fourier,
    loss,
    backward,
)

OPS: Mapping[str, OpRule] = {name: rule for page in PAGES for name, rule in page.OPS.items()}
"""Every operator with a rule, by its name without `aten::` and without the `_` of its in-place form."""
