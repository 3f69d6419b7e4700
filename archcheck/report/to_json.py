"""The JSON contract, versioned: shapes without the batch axis, exact integers, null for what is unknown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import Any, get_args

from archcheck.costs import Profile, TrainingCost
from archcheck.results import Check, Plain, Verification
from archcheck.strength import Fate, Mutation

VERIFY_SCHEMA = "archcheck.verify/1"
PROFILE_SCHEMA = "archcheck.profile/1"


def verify_json(results: Sequence[Verification], environment: Mapping[str, Plain]) -> str:
    """Return the document of `archcheck verify` and `archcheck lint`."""
    return document_text(VERIFY_SCHEMA, environment, [_verification(result) for result in results])


def profile_json(results: Sequence[Profile], environment: Mapping[str, Plain]) -> str:
    """Return the document of `archcheck profile`."""
    return document_text(PROFILE_SCHEMA, environment, [_profile(result) for result in results])


def document_text(
    schema: str,
    environment: Mapping[str, Plain],
    results: list[Plain],
    parts: Mapping[str, Plain] | None = None,
) -> str:
    """Return a document of any contract as text; `parts`: what it has beside its results."""
    document = {"schema": schema, "environment": dict(environment), "results": results, **(parts or {})}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _verification(result: Verification) -> Plain:
    more = {} if result.mutation is None else {"mutation": _mutation(result.mutation)}
    more |= {} if result.note is None else {"note": result.note}
    more |= {"calls": list(result.calls)} if result.calls else {}
    return {
        "target": result.target,
        "name": result.name,
        "device": result.device,
        "ok": result.ok,
        "error": result.error,
        "checks": [_record(check) for check in result.checks],
        **more,
    }


def _mutation(found: Mutation) -> Plain:
    counts = {fate.replace(" ", "_"): found.count(fate) for fate in get_args(Fate)}
    return {**counts, "strength": found.strength, **_plain(found)}  # type: ignore[dict-item]


def _profile(result: Profile) -> Plain:
    return {
        "target": result.target,
        "name": result.name,
        "title": result.title,
        "device": result.device,
        "dtype": result.dtype,
        "batch": result.batch,
        "mode": result.mode,
        "optimizer": result.optimizer,
        "input": _plain(result.input),
        "error": result.error,
        "environment": dict(result.environment),
        "totals": _totals(result),
        "steps": {name: _plain(timing) for name, timing in result.steps.items()},
        "predicted": _plain(result.predicted),
        "measured": _plain(result.measured),
        "ceilings": _plain(result.ceilings),
        "told": _plain(result.told),
        "training": _training(result.training),
        "layers": _plain(result.layers),
        "witnesses": _plain(result.witnesses),
        "notes": list(result.notes),
    }


def _training(cost: TrainingCost | None) -> Plain:
    """Return a recipe's cost with what follows from it, as the properties of the record say it."""
    if cost is None:
        return None
    derived = {name: getattr(cost, name) for name in DERIVED}
    return {**_plain(cost), **derived}  # type: ignore[dict-item]


DERIVED = (
    "step_macs", "step_flops", "epoch_ms", "total_ms", "predicted_epoch_ms", "predicted_total_ms",
)  # fmt: skip
"""The properties of `TrainingCost` that a reader of the JSON would have to work out."""


def _totals(result: Profile) -> Plain:
    latency = result.latency
    return {
        "params": result.params,
        "macs": result.macs,
        "flops": result.flops,
        "operations": _plain(result.operations),
        "uncounted": list(result.uncounted),
        "latency_ms": latency.median_ms if latency else None,
        "latency_p10_ms": latency.p10_ms if latency else None,
        "latency_p90_ms": latency.p90_ms if latency else None,
        "latency_p99_ms": latency.p99_ms if latency else None,
        "latency_spread": latency.spread if latency else None,
        "latency_samples_ms": list(latency.samples_ms) if latency else None,
        "samples_per_s": result.samples_per_s,
        "steps_ms": {name: timing.median_ms for name, timing in result.steps.items()},
        "layers_latency_ms": result.layers_latency_ms,
        "residual_ms": result.residual_ms,
    }


def _plain(value: Any) -> Plain:
    """Return a value in JSON's own types: records as objects, tuples as lists."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value  # type: ignore[no-any-return]


def _record(record: Check) -> Plain:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(record).items()
    }
