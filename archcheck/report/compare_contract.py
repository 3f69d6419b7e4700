"""The JSON that `compare` writes, as a JSON Schema: a record a network, a row a layer, and what is over a budget."""

from __future__ import annotations

from typing import get_args

from archcheck.comparing.comparison import QUANTITIES
from archcheck.costs import Mode
from archcheck.json_schema import (
    NULL,
    NUMBER,
    TEXT,
    Json,
    array,
    described,
    either,
    having,
    open_record,
    record,
    ref,
)

BATCH: Json = {"type": "integer", "minimum": 1}
MODE: Json = {"enum": list(get_args(Mode))}
BUDGETED = ("params", "macs", "flops", "memory", "latency_ratio")


def compare_schema() -> Json:
    """Return the schema of one result; it needs the definitions `text` and `count`. In error, all else is null."""
    amounts = {name: ref("count") for name in (*QUANTITIES, "peak_bytes")}
    properties = {
        "target": TEXT,
        "name": TEXT,
        "saved": described("The file it was read from; null where it was counted here.", ref("text")),
        "dtype": ref("text"),
        "batch": either(BATCH, NULL),
        "mode": either(MODE, NULL),
        "error": described("What kept the network from being counted.", ref("text")),
        "totals": either(open_record(amounts), NULL),
        "latency": described("Of the one run that timed all in turn.", either(_latency(), NULL)),
        "latency_ratio": described(
            "To the first network's time, round by round; the median lies in sure_low to sure_high, 95 % sure.",
            either(_ratio(), NULL),
        ),
    }
    nothing = dict.fromkeys(("dtype", "batch", "mode", "totals", "latency", "latency_ratio"), NULL)
    counted = {"dtype": TEXT, "batch": BATCH, "mode": MODE, "totals": {"type": "object"}}
    return {
        **record(properties, required=properties),
        "if": having({"error": TEXT}),
        "then": having(nothing),
        "else": having(counted),
    }


def _latency() -> Json:
    return open_record({"median_ms": NUMBER, "samples_ms": array(NUMBER, least=1)})


def _ratio() -> Json:
    numbers = dict.fromkeys(("median", "p10", "p90", "sure_low", "sure_high"), NUMBER)
    return open_record({**numbers, "samples": array(NUMBER, least=1)})


def comparison_parts() -> Json:
    """Return what the document has beside its results; it needs the definitions `count` and `shape` too."""
    return {
        "layers": described(
            "A row a layer: what each of the networks without an error has there.", array(array(_layer()))
        ),
        "findings": described("What is more than a budget allows.", array(_finding())),
    }


def _layer() -> Json:
    shapes = {"input": ref("shape"), "output": ref("shape")}
    amounts: Json = {name: ref("count") for name in QUANTITIES}
    return either(open_record({"layer": TEXT, "type": TEXT, **shapes, **amounts}), NULL)


def _finding() -> Json:
    blamed = {"layer": TEXT, "type": TEXT, "before": ref("count"), "now": ref("count")}
    properties = {
        "target": TEXT,
        "quantity": {"enum": list(BUDGETED)},
        "allowed": described("The budget's limit.", NUMBER),
        "found": described("What there is; null where an operator is unknown.", either(NUMBER, NULL)),
        "line": {"type": ["integer", "null"], "minimum": 1},
        "uncounted": described("The operators that keep it unknown.", array(TEXT)),
        "blamed": array(record(blamed, required=blamed)),
    }
    return record(properties, required=properties)
