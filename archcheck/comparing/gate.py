"""What exceeds a budget or is no longer as a baseline has it, and the layers to blame.

Counts, shapes and predicted memory are exact: one more is too many. A time is held only as a ratio within one run,
and only where the whole interval in which the true ratio lies is above the limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from archcheck.comparing.comparison import (
    FEWEST_SURE,
    QUANTITIES,
    Comparison,
    Quantity,
    Row,
    TimeRatio,
    amount_of,
    peak_bytes,
    rows_of,
)
from archcheck.costs import LayerCost, Profile
from archcheck.errors import UsageError
from archcheck.results import Plain
from archcheck.spec.budget import COUNTS, Budget, Counted

Held = Quantity | Literal["memory", "latency_ratio", "input", "output", "layers"]


@dataclass(frozen=True, slots=True)
class Blamed:
    """A layer and what it has of the quantity; `before`: in the baseline; None: it was or is not there, or unknown."""

    layer: str
    type: str
    before: Plain
    now: Plain


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it may be.

    `quantity`: what it is about; `allowed`: the budget's limit, or what the baseline has; `found`: what there is, None
    where an operator is unknown; `against`: the baseline's file, None for a budget; `line`: of the budget;
    `uncounted`: the operators that keep it unknown; `blamed`: the layers, the one that did most first.
    """

    target: str
    quantity: Held
    allowed: int | float | None
    found: int | float | None
    blamed: tuple[Blamed, ...] = ()
    against: str | None = None
    line: int | None = None
    uncounted: tuple[str, ...] = ()


# budgets


def over_budget(profile: Profile, budget: Budget, before: Profile | None = None) -> tuple[Finding, ...]:
    """Return what a profile has more of than its budget allows; what is unknown is not within a budget.

    To blame is the layer with most of it or, given what the network was `before`, the layers that grew.
    """
    found = [_over(profile, quantity, budget, before) for quantity in COUNTS]
    return tuple(one for one in (*found, _memory_over(profile, budget)) if one is not None)


def _over(profile: Profile, quantity: Counted, budget: Budget, before: Profile | None) -> Finding | None:
    limit, found = budget.count(quantity), amount_of(profile, quantity)
    if limit is None or (found is not None and found <= limit):
        return None
    grown = _grown(profile, before, quantity) if before else ()
    return Finding(
        profile.target,
        quantity,
        limit,
        found,
        grown or _biggest(profile, quantity),
        line=budget.line,
        uncounted=profile.uncounted if found is None else (),
    )


def _biggest(profile: Profile, quantity: Quantity) -> tuple[Blamed, ...]:
    """Return the layer that has most of a quantity; calls of one layer are one, and unknown ones say nothing."""
    shares: dict[str, int] = {}
    types: dict[str, str] = {}
    for layer in profile.layers:
        shares[layer.layer] = shares.get(layer.layer, 0) + (amount_of(layer, quantity) or 0)
        types.setdefault(layer.layer, layer.type)
    most = max(shares, key=lambda path: shares[path], default=None)
    return () if most is None or not shares[most] else (Blamed(most, types[most], None, shares[most]),)


def _grown(profile: Profile, before: Profile, quantity: Quantity) -> tuple[Blamed, ...]:
    rows = rows_of([before.layers, profile.layers])
    return tuple(_amounts(row, quantity) for row in _ordered(rows, quantity) if _more(row, quantity) > 0)


def _memory_over(profile: Profile, budget: Budget) -> Finding | None:
    limit, found = budget.peak_bytes, peak_bytes(profile)
    if limit is None or (found is not None and found <= limit):
        return None
    heavy = max(profile.layers, key=lambda layer: _held_bytes(layer, profile), default=None)
    blamed: tuple[Blamed, ...] = ()
    if heavy is not None and _held_bytes(heavy, profile):
        blamed = (Blamed(heavy.layer, heavy.type, None, _held_bytes(heavy, profile)),)
    return Finding(profile.target, "memory", limit, found, blamed, line=budget.line)


_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}


def _held_bytes(layer: LayerCost, profile: Profile) -> int:
    """Return what a layer's parameters and what it gives take, of a whole batch; 0 where that is not known."""
    size = _BYTES.get(profile.dtype, 0)
    given = 0 if layer.output is None else math.prod(layer.output) * profile.batch * size
    return (layer.params or 0) * size + (given if layer.output_bytes is None else layer.output_bytes)


def too_slow(
    profile: Profile, ratio: TimeRatio, budget: Budget, first: Profile | None = None
) -> Finding | None:
    """Return that a network takes longer than its budget allows beside the `first`, both timed in turn.

    Noise alone is no finding: only if the whole interval of `TimeRatio.sure` is above the limit, and of enough samples
    for an interval to be sure, is it one. To blame
    are the layers that have more multiply-accumulates than the first network's: no layer has a time here.
    """
    limit = budget.latency_ratio
    if limit is None or ratio.sure[0] <= limit or len(ratio.samples) < FEWEST_SURE:
        return None
    grown = _grown(profile, first, "macs") if first else ()
    return Finding(profile.target, "latency_ratio", limit, ratio.median, grown, line=budget.line)


def findings(comparison: Comparison) -> tuple[Finding, ...]:
    """Return every network's excesses over its own budget; against the first network, the layers that grew."""
    found: list[Finding] = []
    first = comparison.sides[0].profile if comparison.sides else None
    for place, side in enumerate(comparison.sides):
        if side.budget is None:
            continue
        found += over_budget(side.profile, side.budget, first if place else None)
        ratio = comparison.ratio(place)
        slow = too_slow(side.profile, ratio, side.budget, first) if ratio else None
        found += [slow] if slow else []
    return tuple(found)


# baselines


def baseline_of(profile: Profile, saved: Sequence[Profile], file: str) -> Profile:
    """Return what a file has of the same network; of several, the one of the same batch and mode, if there is one.

    Raises `UsageError` where it has none, or only an error.
    """
    same = [one for one in saved if one.name == profile.name]
    if not same:
        names = ", ".join(dict.fromkeys(one.name for one in saved)) or "nothing"
        raise UsageError(f"{file}: has no profile of {profile.name}; it has {names}")
    alike = [one for one in same if (one.batch, one.mode) == (profile.batch, profile.mode)]
    chosen = (alike or same)[0]
    if chosen.error is not None:
        raise UsageError(f"{file}: has no costs of {profile.name}, but an error: {chosen.error}")
    return chosen


def changes(profile: Profile, before: Profile, file: str) -> tuple[Finding, ...]:
    """Return what of a profile is not as it was, in the total or in any one layer; names of layers may change.

    Raises `UsageError` where the two were made with different settings, which change the counts themselves.
    """
    _same_settings(profile, before, file)
    rows = rows_of([before.layers, profile.layers])
    found = [_changed(profile, before, rows, quantity) for quantity in QUANTITIES]
    found += [_memory_changed(profile, before), *_calls_changed(profile, rows)]
    return tuple(replace(one, against=file) for one in found if one is not None)


def _same_settings(profile: Profile, before: Profile, file: str) -> None:
    for name in ("dtype", "batch", "mode", "input"):
        was, now = getattr(before, name), getattr(profile, name)
        if was != now:
            raise UsageError(
                f"{file}: {before.target} was profiled with {name} {_said(was)}, this is {name} {_said(now)}; "
                "profile both with the same settings"
            )


def _said(value: object) -> str:
    shapes = value if isinstance(value, tuple) else ()
    return ", ".join("x".join(map(str, shape)) for shape in shapes) if shapes else str(value)


def _changed(profile: Profile, before: Profile, rows: tuple[Row, ...], quantity: Quantity) -> Finding | None:
    was, now = amount_of(before, quantity), amount_of(profile, quantity)
    blamed = tuple(
        _amounts(row, quantity)
        for row in _ordered(rows, quantity)
        if row.amount(quantity, 0) != row.amount(quantity, 1)
    )
    if was == now and not blamed:
        return None
    uncounted = profile.uncounted if now is None else ()
    return Finding(profile.target, quantity, was, now, blamed, uncounted=uncounted)


def _memory_changed(profile: Profile, before: Profile) -> Finding | None:
    was, now = peak_bytes(before), peak_bytes(profile)
    if was is None or was == now:  # a file without a prediction says nothing to hold
        return None
    return Finding(profile.target, "memory", was, now)


def _calls_changed(profile: Profile, rows: tuple[Row, ...]) -> Iterator[Finding]:
    """Yield the rows that came, went or have another type, then those that receive or give another shape."""
    other = tuple(_types(row) for row in rows if _type(row.sides[0]) != _type(row.sides[1]))
    if other:
        was, now = (sum(row.sides[place] is not None for row in rows) for place in (0, 1))
        yield Finding(profile.target, "layers", was, now, other)
    wheres: tuple[Literal["input", "output"], ...] = ("input", "output")
    for where in wheres:
        both = (_shapes(row, where) for row in rows if row.everywhere)
        moved = tuple(one for one in both if one.before != one.now)
        if moved:
            yield Finding(profile.target, where, None, None, moved)


def _type(side: LayerCost | None) -> str | None:
    return side.type if side else None


def _types(row: Row) -> Blamed:
    return Blamed(row.layer, row.type, _type(row.sides[0]), _type(row.sides[1]))


def _shapes(row: Row, where: Literal["input", "output"]) -> Blamed:
    was, now = (_list(getattr(side, where)) for side in row.sides)
    return Blamed(row.layer, row.type, was, now)


def _list(shape: tuple[int, ...] | None) -> Plain:
    return None if shape is None else list(shape)


def _amounts(row: Row, quantity: Quantity) -> Blamed:
    was, now = (None if side is None else amount_of(side, quantity) for side in row.sides)
    return Blamed(row.layer, row.type, was, now)


def _ordered(rows: tuple[Row, ...], quantity: Quantity) -> list[Row]:
    """Return rows with the biggest change first; what became known or unknown has no size, and stands in front."""
    return sorted(rows, key=lambda row: -_size(row.difference(quantity, 1)))


def _size(change: int | None) -> float:
    return float("inf") if change is None else abs(change)


def _more(row: Row, quantity: Quantity) -> int:
    return row.difference(quantity, 1) or 0
