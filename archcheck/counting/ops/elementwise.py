"""Operators that do the same for every element; the formulas are those of the layers' rules."""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.counting.ops.base import OpRule, each
from archcheck.operations import Operations

OPS: Mapping[str, OpRule] = {
    "add": each(Operations(adds=1)),
    "relu": each(Operations(comparisons=1)),
}
"""The elementwise operators, by name."""
