"""What one profile is in JSON: every key that `to_json` writes, with its type; more keys may be added."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

from archcheck.costs import Bound, Memory, Mode
from archcheck.json_schema import (
    COUNT,
    NULL,
    NUMBER,
    TEXT,
    Json,
    array,
    described,
    either,
    having,
    mapping,
    open_record,
    record,
    ref,
)
from archcheck.operations import CallKind, Operations

MAYBE: Json = {"type": ["number", "null"], "minimum": 0}

_OPERATIONS: Json = {part.name: COUNT for part in fields(Operations)}

PROFILE_DEFINITIONS: Json = {
    "operations": {
        "description": "How often each kind of arithmetic is done, and the bytes moved; null: not known.",
        **either(
            record(_OPERATIONS, required=_OPERATIONS),
            NULL,
        ),
    },
    "memory": {
        "description": "Bytes by what they are for; null: not found out.",
        **either(
            open_record({part.name: ref("count") for part in fields(Memory)}),
            NULL,
        ),
    },
    "timing": open_record({"samples_ms": array(NUMBER, least=1)}),
}
"""What a profile's schema refers to, beside `text`, `count` and `shape`."""


def profile_schema() -> Json:
    """Return the schema of one result; a network in error has no layers."""
    properties = {
        "target": TEXT,
        "name": TEXT,
        "title": TEXT,
        "device": ref("text"),
        "dtype": TEXT,
        "batch": described("Samples of a timed call.", {"type": "integer", "minimum": 1}),
        "mode": {"enum": list(get_args(Mode))},
        "optimizer": described("What a training step uses; null in inference.", ref("text")),
        "input": described("What the costs are of, batch axis included.", array(array(COUNT))),
        "error": described("What kept the network from being measured.", ref("text")),
        "environment": {"type": "object"},
        "totals": open_record(_totals(), ("params", "macs", "flops", "latency_ms")),
        "steps": described("The parts of a step of training.", mapping(ref("timing"))),
        "predicted": ref("memory"),
        "measured": ref("memory"),
        "ceilings": either(open_record(_ceilings(), ("gflops_per_s", "gbytes_per_s")), NULL),
        "told": either(open_record(_told()), NULL),
        "training": described(
            "What the documented recipe takes; null where there is none, or no training was timed.",
            either(open_record(_training()), NULL),
        ),
        "layers": described("A row a call, in the order the calls end.", array(_layer())),
        "witnesses": array(open_record(_witness())),
        "notes": described("What was wanted and could not be found out, and why.", array(TEXT)),
    }
    needed = ("target", "name", "device", "dtype", "batch", "mode", "error", "totals", "layers")
    failed = having({"error": TEXT})
    return {
        **open_record(properties, needed),
        "if": failed,
        "then": {"properties": {"layers": {"maxItems": 0}}},
    }


def _totals() -> Json:
    counts = dict.fromkeys(("params", "macs", "flops"), ref("count"))
    names = ("latency_ms", "latency_p10_ms", "latency_p90_ms", "latency_p99_ms", "latency_spread")
    return {
        **counts,
        "operations": ref("operations"),
        "uncounted": described("Operators without a rule.", array(TEXT)),
        **dict.fromkeys(names, MAYBE),
        "latency_samples_ms": either(array(NUMBER, least=1), NULL),
        "samples_per_s": MAYBE,
        "steps_ms": mapping(NUMBER),
        "layers_latency_ms": MAYBE,
        "residual_ms": {"type": ["number", "null"]},
    }


def _ceilings() -> Json:
    return {"gflops_per_s": NUMBER, "gbytes_per_s": NUMBER, "launch_ms": MAYBE}


def _training() -> Json:
    counts = (
        "samples",
        "epochs",
        "steps_per_epoch",
        "steps",
        "total_macs",
        "total_flops",
        "step_macs",
        "step_flops",
    )
    times = (
        *("step_ms", "epoch_ms", "total_ms"),
        *("predicted_step_ms", "predicted_epoch_ms", "predicted_total_ms"),
    )
    return {
        "batch": {"type": "integer", "minimum": 1},
        **dict.fromkeys(("dataset", "optimizer"), ref("text")),
        "drop_last": {"type": "boolean"},
        **dict.fromkeys(counts, ref("count")),
        **dict.fromkeys(("forward", "backward", "update"), ref("operations")),
        "uncounted": array(TEXT),
        **dict.fromkeys(times, MAYBE),
        **dict.fromkeys(("peak_bytes", "predicted_peak_bytes"), ref("count")),
    }


def _told() -> Json:
    return {"convention": TEXT, "amount": ref("count"), "unit": TEXT, "note": TEXT}


def _witness() -> Json:
    difference = {"type": ["integer", "null"]}
    return {
        "tool": TEXT,
        "macs": ref("count"),
        "difference": difference,
        "counts": TEXT,
        "error": ref("text"),
    }


def _layer() -> Json:
    counts = dict.fromkeys(("params", "macs", "flops"), ref("count"))
    properties = {
        "layer": TEXT,
        "type": TEXT,
        "kind": {"enum": list(get_args(CallKind))},
        "input": ref("shape"),
        "output": ref("shape"),
        **counts,
        **dict.fromkeys(("latency_ms", "latency_p90_ms", "latency_spread"), MAYBE),
        "operations": ref("operations"),
        "batch_operations": ref("operations"),
        **dict.fromkeys(("output_bytes", "saved_bytes", "saved_bytes_measured"), ref("count")),
        **dict.fromkeys(("gflops_per_s", "gbytes_per_s"), MAYBE),
        "bound": {"enum": [*get_args(Bound), None]},
    }
    return open_record(
        properties, ("layer", "type", "input", "output", "params", "macs", "flops", "latency_ms")
    )
