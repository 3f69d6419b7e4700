"""The JSON contract, versioned: shapes without the batch axis, exact integers, null for what is unknown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from archcheck.costs import LayerCost, Profile, Witness
from archcheck.results import Check, Plain, Verification

VERIFY_SCHEMA = "archcheck.verify/1"
PROFILE_SCHEMA = "archcheck.profile/1"


def verify_json(results: Sequence[Verification], environment: Mapping[str, Plain]) -> str:
    """Return the document of `archcheck verify` and `archcheck lint`."""
    return _document(VERIFY_SCHEMA, environment, [_verification(result) for result in results])


def profile_json(results: Sequence[Profile], environment: Mapping[str, Plain]) -> str:
    """Return the document of `archcheck profile`."""
    return _document(PROFILE_SCHEMA, environment, [_profile(result) for result in results])


def _document(schema: str, environment: Mapping[str, Plain], results: list[Plain]) -> str:
    document = {"schema": schema, "environment": dict(environment), "results": results}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _verification(result: Verification) -> Plain:
    return {
        "target": result.target,
        "name": result.name,
        "device": result.device,
        "ok": result.ok,
        "error": result.error,
        "checks": [_record(check) for check in result.checks],
    }


def _profile(result: Profile) -> Plain:
    latency = result.latency
    totals: dict[str, Plain] = {
        "params": result.params,
        "macs": result.macs,
        "flops": result.flops,
        "latency_ms": latency.median_ms if latency else None,
        "latency_p90_ms": latency.p90_ms if latency else None,
        "latency_spread": latency.spread if latency else None,
        "latency_samples_ms": list(latency.samples_ms) if latency else None,
        "layers_latency_ms": result.layers_latency_ms,
        "uncounted": list(result.uncounted),
    }
    return {
        "target": result.target,
        "name": result.name,
        "device": result.device,
        "dtype": result.dtype,
        "batch": result.batch,
        "mode": result.mode,
        "error": result.error,
        "environment": dict(result.environment),
        "totals": totals,
        "layers": [_record(layer) for layer in result.layers],
        "witnesses": [_record(witness) for witness in result.witnesses],
    }


def _record(record: Check | LayerCost | Witness) -> Plain:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(record).items()
    }
