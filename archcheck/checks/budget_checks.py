"""Checks of `budget:`: what the network costs, beside the most that it may; exact, and without running anything."""

from __future__ import annotations

from collections.abc import Iterator

from archcheck.checks.columns import Columns
from archcheck.checks.verdicts import TWO_OPINIONS, Verdict, same
from archcheck.infer import Inference
from archcheck.results import Check
from archcheck.spec.budget import COUNTS, Counted
from archcheck.units import count_text


def budget_checks(columns: Columns) -> Iterator[Check]:
    """Yield a check for each count that the spec's budget limits; what is not known is not within a budget."""
    budget = columns.spec.budget
    if budget is None:
        return
    for quantity in COUNTS:
        limit = budget.count(quantity)
        if limit is not None:
            yield _check(columns, quantity, limit, budget.line)


def _check(columns: Columns, quantity: Counted, limit: int, line: int | None) -> Check:
    seen = columns.seen
    by_rules = columns.inference.params if quantity == "params" else columns.cost("", quantity)
    by_run = None if seen is None or quantity == "flops" else getattr(seen, quantity)
    verdict = _verdict(columns, quantity, limit, [one for one in (by_rules, by_run) if one is not None])
    return columns.check("", None, None, f"budget.{quantity}", (limit, by_rules, by_run), verdict, line)


def _verdict(columns: Columns, quantity: Counted, limit: int, counts: list[int]) -> Verdict:
    if columns.failed is not None:
        return Verdict("not reached")
    if not counts:
        return Verdict("differs", "not known, so not within the budget")
    if not same(counts[0], counts[-1]):
        return Verdict("differs", TWO_OPINIONS)
    if counts[0] <= limit:
        return Verdict("agrees")
    return Verdict("differs", f"{count_text(counts[0] - limit)} over; {_most(columns, quantity)}")


def _most(columns: Columns, quantity: Counted) -> str:
    """Say which layer has most of a quantity: `most in features.0 (Conv2d): 240,000 of 416,520`."""
    inference: Inference = columns.inference if quantity == "params" else columns.one_sample
    shares = {layer.path: getattr(layer.effect, quantity) or 0 for layer in inference.layers if layer.effect}
    most = max(shares, key=lambda path: shares[path], default="")
    kind = next((layer.kind for layer in inference.layers if layer.path == most), "")
    whole = count_text(getattr(inference, quantity))
    return f"most in {most} ({kind}): {count_text(shares.get(most, 0))} of {whole}"
