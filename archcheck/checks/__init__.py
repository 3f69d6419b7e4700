"""Documented x inferred x seen -> checks: one row a claim, and one where the document is silent."""

from __future__ import annotations

from collections.abc import Iterator

from archcheck.checks.budget_checks import budget_checks
from archcheck.checks.columns import Columns
from archcheck.checks.layer_checks import LayerChecks
from archcheck.checks.network_checks import network_checks
from archcheck.infer import Inference
from archcheck.results import Check, Seen
from archcheck.spec.layers import Spec

__all__ = ["each_check", "make_checks"]


def make_checks(spec: Spec, inference: Inference, seen: Seen | None) -> tuple[Check, ...]:
    """Return every check of a spec; `seen` is None where nothing was run (lint)."""
    return tuple(each_check(spec, inference, seen))


def each_check(spec: Spec, inference: Inference, seen: Seen | None) -> Iterator[Check]:
    """Yield the checks one by one, for who needs the first that fails and no more."""
    columns = Columns(spec, inference, seen)
    maker = LayerChecks(columns)
    for path, node in (*spec.walk(), ("", spec.body)):
        yield from maker.node(path, node)
    yield from network_checks(columns)
    yield from budget_checks(columns)
