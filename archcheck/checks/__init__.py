"""Documented x inferred x seen -> checks: one row a claim, and one where the document is silent."""

from __future__ import annotations

from archcheck.checks.budget_checks import budget_checks
from archcheck.checks.columns import Columns
from archcheck.checks.layer_checks import LayerChecks
from archcheck.checks.network_checks import network_checks
from archcheck.infer import Inference
from archcheck.results import Check, Seen
from archcheck.spec.layers import Spec

__all__ = ["make_checks"]


def make_checks(spec: Spec, inference: Inference, seen: Seen | None) -> tuple[Check, ...]:
    """Return every check of a spec; `seen` is None where nothing was run (lint)."""
    columns = Columns(spec, inference, seen)
    maker = LayerChecks(columns)
    nodes = (*spec.walk(), ("", spec.body))
    rows = [check for path, node in nodes for check in maker.node(path, node)]
    return (*rows, *network_checks(columns), *budget_checks(columns))
