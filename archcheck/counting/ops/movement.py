"""Operators that only move, make or draw numbers: no arithmetic."""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.counting.ops.base import OpRule, nothing

OPS: Mapping[str, OpRule] = dict.fromkeys(("cat", "clone", "_unsafe_view", "copy"), nothing)
"""The operators that move numbers, by name."""
