"""The JSON that `verify`, `profile`, `compare` and `explain` write, as JSON Schemas: what another program may rely on.

Within version 1 keys may be added to the environment, and to a profile's results, totals and layers; all else is as
it stands here. Shapes have no batch axis, counts are exact, null is what is not known or not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

from archcheck.json_schema import DRAFT, Json, array, described, either, record, ref
from archcheck.kind_schema import decided, names, words
from archcheck.report.comparing_data import COMPARE_SCHEMA
from archcheck.report.explain_contract import explain_schema
from archcheck.report.explain_data import EXPLAIN_SCHEMA
from archcheck.report.profile_contract import PROFILE_DEFINITIONS, profile_schema
from archcheck.report.to_json import PROFILE_SCHEMA, VERIFY_SCHEMA
from archcheck.results import FAILING, Status

NULL: Json = {"type": "null"}
TEXT: Json = {"type": "string"}
ARGUMENT: Json = {
    "type": ["boolean", "number", "string", "array", "null"],
    "items": {"type": ["number", "null"]},
}
DEFINITIONS: Json = {
    "text": either(TEXT, NULL),
    "count": either({"type": "integer", "minimum": 0}, NULL),
    "shape": either(array({"type": "integer", "minimum": 0}), NULL),
}


def schema_of(name: str) -> Json:
    """Return the schema of what `archcheck NAME` writes as JSON. A name that writes none is a KeyError."""
    return _CONTRACTS[name]()


def _verify() -> Json:
    return _document(VERIFY_SCHEMA, _verification(), {**DEFINITIONS, "check": _check()})


def _profile() -> Json:
    return _document(PROFILE_SCHEMA, profile_schema(), {**DEFINITIONS, **PROFILE_DEFINITIONS})


def _compare() -> Json:
    properties = {
        "layers": described(
            "A row a layer: what each of the networks without an error has there.", _compared_layers()
        ),
        "findings": described("What is more than a budget allows.", array(_finding())),
    }
    document = _document(COMPARE_SCHEMA, _compared(), DEFINITIONS)
    document["properties"] |= properties
    document["required"] += list(properties)
    return document


def _explain() -> Json:
    return _document(EXPLAIN_SCHEMA, explain_schema(), DEFINITIONS)


_CONTRACTS: Mapping[str, Callable[[], Json]] = {
    "verify": _verify,
    "profile": _profile,
    "compare": _compare,
    "explain": _explain,
}


def _document(name: str, result: Json, definitions: Json) -> Json:
    properties = {"schema": {"const": name}, "environment": {"type": "object"}, "results": array(result)}
    return {"$schema": DRAFT, "title": name, **_whole_record(properties), "definitions": definitions}


def _whole_record(properties: Json) -> Json:
    return record(properties, required=properties)


def _open_record(properties: Json) -> Json:
    """Return an object that has all these keys, and may have more."""
    return {"type": "object", "properties": properties, "required": list(properties)}


# verify


def _verification() -> Json:
    properties = {
        "target": TEXT,
        "name": TEXT,
        "device": described("Where the network ran; null where nothing was run.", ref("text")),
        "ok": described("Whether nothing differs and everything was reached.", {"type": "boolean"}),
        "error": described("What kept the checks from being made.", ref("text")),
        "checks": array(ref("check")),
    }
    passing = {"properties": {"status": {"enum": [word for word in get_args(Status) if word not in FAILING]}}}
    failing = {"properties": {"status": {"enum": list(FAILING)}}}
    no_checks = _having({"checks": {"maxItems": 0}})
    return {
        **_whole_record(properties),
        "if": _having({"ok": {"const": True}}),
        "then": _having({"error": NULL, "checks": array(passing)}),
        "else": either({**_having({"error": TEXT}), **no_checks}, _having({"checks": {"contains": failing}})),
    }


def _having(properties: Json) -> Json:
    return {"properties": properties, "required": list(properties)}


def _check() -> Json:
    properties: Json = {
        "layer": described("The dotted path; empty for the whole network.", TEXT),
        "type": described("The layer's kind; empty for the network and for bodies.", TEXT),
        "quantity": either(*(quantity for quantity, _, _ in _quantities())),
        **{key: {} for key in ("documented", "inferred", "seen")},
        "status": {"enum": list(get_args(Status))},
        "line": described("The line of the spec.", {"type": ["integer", "null"], "minimum": 1}),
        "hint": described("What would make the claim true, or why the layer failed.", ref("text")),
    }
    remarks = {
        "wrong": described("Why the claim is known to be wrong.", ref("text")),
        "at": described("Where in the document it stands.", ref("text")),
    }
    values = [
        {
            "if": _having({"quantity": quantity}),
            "then": _having({"documented": documented, "inferred": opinion, "seen": opinion}),
        }
        for quantity, documented, opinion in _quantities()
    ]
    return {**record({**properties, **remarks}, required=properties), "allOf": values}


def _quantities() -> tuple[tuple[Json, Json, Json], ...]:
    """Return every quantity with what a document says of it and what is inferred or seen."""
    arguments = {name for word in words() for name in names(word)}
    sizes = {name for word in words() for name in decided(word)}
    count, text, shape = ref("count"), ref("text"), ref("shape")
    letters = either(array(either({"type": "integer", "minimum": 0}, TEXT)), NULL)
    sides = either(array(either({"type": "integer", "minimum": 0}, array({"type": "integer"}))), NULL)
    run = _whole_record({"input": {"type": "array"}, "output": letters})
    statistic: Json = {"type": ["number", "null"]}
    return (
        ({"enum": ["output", "input"]}, letters, shape),
        ({"enum": ["params", "macs", "flops"]}, either(count, TEXT), count),
        ({"enum": sorted(sizes)}, count, count),
        ({"enum": sorted(arguments - sizes)}, ARGUMENT, ARGUMENT),
        ({"type": "string", "pattern": r"^layers\.[A-Za-z0-9 +]+$"}, either(count, TEXT), count),
        ({"const": "sizes"}, sides, sides),
        ({"const": "runs"}, run, either(shape, TEXT)),
        ({"const": "repr"}, text, text),
        ({"type": "string", "pattern": r"^init\.[^.]+\.[^.]+\.[a-z]+$"}, statistic, statistic),
        ({"enum": ["training.steps_per_epoch", "training.steps"]}, either(count, TEXT), count),
        ({"enum": ["budget.params", "budget.macs", "budget.flops"]}, count, count),
        ({"const": "statement"}, TEXT, NULL),
    )


# compare


def _compared() -> Json:
    amounts = {name: ref("count") for name in (*AMOUNTS, "peak_bytes")}
    number = {"type": "number", "minimum": 0}
    ratio = dict.fromkeys(("median", "p10", "p90", "sure_low", "sure_high"), number)
    latency = {"median_ms": number, "samples_ms": array(number, least=1)}
    properties = {
        "target": TEXT,
        "name": TEXT,
        "saved": described("The file it was read from; null where it was counted here.", ref("text")),
        "dtype": ref("text"),
        "batch": either({"type": "integer", "minimum": 1}, NULL),
        "mode": ref("text"),
        "error": described("What kept the network from being counted.", ref("text")),
        "totals": either(_open_record(amounts), NULL),
        "latency": described("Of the one run that timed all in turn.", either(_open_record(latency), NULL)),
        "latency_ratio": described(
            "To the first network's time, round by round; the median lies in sure_low to sure_high, 95 % sure.",
            either(_open_record({**ratio, "samples": array(number, least=1)}), NULL),
        ),
    }
    failed = {
        "if": _having({"error": TEXT}),
        "then": _having({"totals": NULL}),
        "else": _having({"dtype": TEXT}),
    }
    return {**_whole_record(properties), **failed}


AMOUNTS = ("params", "macs", "flops", "bytes")


def _compared_layers() -> Json:
    shapes = {"input": ref("shape"), "output": ref("shape")}
    amounts = dict.fromkeys(AMOUNTS, ref("count"))
    return array(array(either(_open_record({"layer": TEXT, "type": TEXT, **shapes, **amounts}), NULL)))


def _finding() -> Json:
    quantities = ["params", "macs", "flops", "memory", "latency_ratio"]
    number = {"type": ["number", "null"]}
    blamed = {"layer": TEXT, "type": TEXT, "before": ref("count"), "now": ref("count")}
    properties = {
        "target": TEXT,
        "quantity": {"enum": quantities},
        "allowed": number,
        "found": number,
        "line": {"type": ["integer", "null"], "minimum": 1},
        "uncounted": array(TEXT),
        "blamed": array(_whole_record(blamed)),
    }
    return _whole_record(properties)
