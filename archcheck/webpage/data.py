"""What the page shows, as plain data: words are ready to be shown, numbers are left to be sorted and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archcheck import __version__
from archcheck.costs import LayerCost, Profile
from archcheck.report.pages import Page
from archcheck.report.values import summary_text, value_text
from archcheck.results import FAILING, Check, Plain, Status
from archcheck.units import shape_text

CHECK_COLUMNS = (
    "layer",
    "type",
    "quantity",
    "documented",
    "inferred",
    "seen",
    "status",
    "line",
    "at",
    "hint",
)
LAYER_COLUMNS = (
    *("number", "layer", "type", "kind", "output", "params", "macs", "flops", "moved_bytes"),
    *("latency_ms", "latency_spread", "gflops_per_s", "bound", "batch_flops", "batch_bytes"),
)
URGENCY: tuple[Status, ...] = (*FAILING, "known wrong", "unchecked", "agrees")
"""What a reader wants to see first."""
Row = list[Plain]


@dataclass(frozen=True, slots=True)
class Shown:
    """One network: what is said of it and holds, and what it costs."""

    page: Page
    cost: Profile


def page_data(shown: Sequence[Shown]) -> dict[str, Plain]:
    """Return all that the page shows; columns are named once, since there may be many thousand rows."""
    return {
        "version": __version__,
        "checkColumns": list(CHECK_COLUMNS),
        "layerColumns": list(LAYER_COLUMNS),
        "networks": [_network(one) for one in shown],
    }


def _network(shown: Shown) -> dict[str, Plain]:
    spec, result, cost = shown.page.spec, shown.page.result, shown.cost
    told = [check for check in result.checks if check.claimed or check.status in FAILING]
    return {
        "name": spec.name,
        "title": spec.title,
        "family": spec.family or "",
        "target": spec.target,
        "input": ", ".join(f"{tensor.name} {shape_text(tensor.shape)}" for tensor in spec.inputs),
        "sources": [{"title": source.title, "url": source.url or ""} for source in spec.sources],
        "ok": result.ok,
        "summary": summary_text(result),
        "claims": result.claims,
        "agree": result.count("agrees"),
        "knownWrong": result.count("known wrong"),
        "differ": result.differing,
        "notReached": result.count("not reached"),
        "unchecked": result.count("unchecked"),
        "checks": [_check_row(check) for check in sorted(told, key=_urgency)],
        "layers": [_layer_row(number, layer) for number, layer in enumerate(cost.layers, 1)],
        **_cost(cost),
    }


def _urgency(check: Check) -> int:
    return URGENCY.index(check.status)


def _check_row(check: Check) -> Row:
    values = (check.documented, check.inferred, check.seen)
    return [
        check.layer or "the network",
        check.type,
        check.quantity,
        *(None if value is None else value_text(check.quantity, value) for value in values),
        check.status,
        check.line,
        ": ".join(word for word in (check.source, check.at) if word),
        "; ".join(word for word in (check.wrong, check.hint) if word),
    ]


def _layer_row(number: int, layer: LayerCost) -> Row:
    one, all_of_batch = layer.operations, layer.batch_operations
    return [
        number,
        layer.layer or "the network",
        layer.type,
        layer.kind,
        "" if layer.output is None else shape_text(layer.output),
        layer.params,
        layer.macs,
        layer.flops,
        None if one is None else one.moved_bytes,
        layer.latency_ms,
        layer.latency_spread,
        layer.gflops_per_s,
        layer.bound,
        None if all_of_batch is None else all_of_batch.flops,
        None if all_of_batch is None else all_of_batch.moved_bytes,
    ]


def _cost(cost: Profile) -> dict[str, Plain]:
    peak = cost.measured or cost.predicted
    moved = cost.operations
    samples = {} if cost.latency is None else {"whole call": cost.latency, **cost.steps}
    ceilings = cost.ceilings
    return {
        "device": _device(cost),
        "params": cost.params,
        "macs": cost.macs,
        "flops": cost.flops,
        "moved_bytes": None if moved is None else moved.moved_bytes,
        "peak_bytes": None if peak is None else peak.peak,
        "latency_ms": None if cost.latency is None else cost.latency.median_ms,
        "samples": {name: list(timing.samples_ms) for name, timing in samples.items()},
        "ceilings": None if ceilings is None else [ceilings.gflops_per_s, ceilings.gbytes_per_s],
        "notes": list(cost.notes),
    }


def _device(cost: Profile) -> str:
    name = cost.environment.get("device_name")
    known = f" ({name})" if name and name != cost.device else ""
    return f"{cost.device}{known}, {cost.dtype}, batch {cost.batch}"
