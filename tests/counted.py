"""Counts small pieces of PyTorch code on the meta device, for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from archcheck.counting.operators import Operators
from archcheck.operations import CountedOp, Operations, summed

META = torch.device("meta")


def a(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Return a tensor without values."""
    return torch.empty(shape, dtype=dtype, device=META)


def whole(*shape: int) -> torch.Tensor:
    """Return whole numbers without values."""
    return a(*shape, dtype=torch.int64)


def ops_of(function: Callable[..., Any], *given: Any) -> list[CountedOp]:
    """Return what a function's operators cost, without gradients."""
    ops: list[list[CountedOp]] = [[]]
    with torch.no_grad(), torch.inference_mode(False), Operators(ops):
        function(*given)
    return ops[0]


def cost_of(function: Callable[..., Any], *given: Any) -> Operations | None:
    """Return what a function costs, bytes too."""
    return summed(op.operations for op in ops_of(function, *given))


def arithmetic_of(function: Callable[..., Any], *given: Any) -> Operations | None:
    """Return what a function costs without its bytes."""
    cost = cost_of(function, *given)
    if cost is None:
        return None
    return Operations(
        cost.mul_adds, cost.adds, cost.multiplies, cost.comparisons, cost.divisions, cost.exponentials
    )
