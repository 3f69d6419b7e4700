"""A comparison for programs: CSV, a row a layer, and the JSON contract `archcheck.compare/1`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcheck.comparing.comparison import (
    QUANTITIES,
    Comparison,
    Quantity,
    Row,
    Side,
    TimeRatio,
    amount_of,
    peak_bytes,
)
from archcheck.comparing.gate import Blamed, Finding
from archcheck.costs import LayerCost
from archcheck.report.to_csv import csv_text
from archcheck.report.to_json import document_text
from archcheck.results import Plain
from archcheck.units import shape_text

COMPARE_SCHEMA = "archcheck.compare/1"


def comparison_csv(comparison: Comparison, rows: Sequence[Row]) -> str:
    """Return a row a layer: every network's amounts, and how far the others lie from the first; nothing is unknown."""
    names = [side.profile.name for side in comparison.sides]
    labels = [name if names.count(name) == 1 else f"{name} {place + 1}" for place, name in enumerate(names)]
    shapes = [f"output {label}" for label in labels]
    amounts = [f"{quantity} {label}" for quantity in QUANTITIES for label in labels]
    changes = [f"{quantity} {label} - {labels[0]}" for quantity in QUANTITIES for label in labels[1:]]
    header = ["layer", "type", *shapes, *amounts, *changes]
    return csv_text(header, ([row.layer, row.type, *_csv_cells(row)] for row in rows))


def _csv_cells(row: Row) -> list[str | int | None]:
    places = range(len(row.sides))
    outputs = [shape_text(side.output) if side and side.output is not None else None for side in row.sides]
    amounts = [_amount(side, quantity) for quantity in QUANTITIES for side in row.sides]
    changes = [row.difference(quantity, place) for quantity in QUANTITIES for place in places[1:]]
    return [*outputs, *amounts, *changes]


def _amount(side: LayerCost | None, quantity: Quantity) -> int | None:
    return None if side is None else amount_of(side, quantity)


def comparison_json(
    comparison: Comparison, rows: Sequence[Row], found: Sequence[Finding], environment: Mapping[str, Plain]
) -> str:
    """Return the document of `archcheck compare`."""
    results: list[Plain] = [
        _side(side, comparison.ratio(place)) for place, side in enumerate(comparison.sides)
    ]
    results += [
        {**_NO_PROFILE, "target": target, "name": target, "error": why} for target, why in comparison.errors
    ]
    parts: dict[str, Plain] = {
        "layers": [[_layer(side) for side in row.sides] for row in rows],
        "findings": [_finding(one) for one in found],
    }
    return document_text(COMPARE_SCHEMA, environment, results, parts)


_NO_PROFILE: Mapping[str, Plain] = dict.fromkeys(
    ("target", "name", "saved", "dtype", "batch", "mode", "error", "totals", "latency", "latency_ratio")
)


def _side(side: Side, ratio: TimeRatio | None) -> Plain:
    profile = side.profile
    totals: dict[str, Plain] = {quantity: amount_of(profile, quantity) for quantity in QUANTITIES}
    time = side.time
    return {
        "target": profile.target,
        "name": profile.name,
        "saved": side.saved,
        "dtype": profile.dtype,
        "batch": profile.batch,
        "mode": profile.mode,
        "error": None,
        "totals": {**totals, "peak_bytes": peak_bytes(profile)},
        "latency": None if time is None else {"median_ms": time.median_ms, "samples_ms": [*time.samples_ms]},
        "latency_ratio": None if ratio is None else _ratio(ratio),
    }


def _ratio(ratio: TimeRatio) -> Plain:
    (low, high), (first, last) = ratio.sure, ratio.spread
    return {
        "median": ratio.median,
        "p10": first,
        "p90": last,
        "sure_low": low,
        "sure_high": high,
        "samples": [*ratio.samples],
    }


def _layer(side: LayerCost | None) -> Plain:
    if side is None:
        return None
    shapes: dict[str, Plain] = {
        name: None if shape is None else [*shape]
        for name, shape in (("input", side.input), ("output", side.output))
    }
    amounts: dict[str, Plain] = {quantity: amount_of(side, quantity) for quantity in QUANTITIES}
    return {"layer": side.layer, "type": side.type, **shapes, **amounts}


def _finding(one: Finding) -> Plain:
    return {
        "target": one.target,
        "quantity": one.quantity,
        "allowed": one.allowed,
        "found": one.found,
        "line": one.line,
        "uncounted": [*one.uncounted],
        "blamed": [_blamed(blamed) for blamed in one.blamed],
    }


def _blamed(one: Blamed) -> Plain:
    return {"layer": one.layer, "type": one.type, "before": one.before, "now": one.now}
