"""The JSON that commands write, as JSON Schemas: what another program may rely on.

Within version 1 keys may be added to the environment, to checks, to a verification (`mutation`), and to a profile's
results, totals and layers; all else is as it stands here. Shapes have no batch axis, counts are exact, null is what is
not known or not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

from archcheck.json_schema import (
    COUNT,
    DRAFT,
    NULL,
    TEXT,
    WHOLE,
    Json,
    array,
    described,
    either,
    having,
    record,
    ref,
)
from archcheck.kind_schema import decided, names, words
from archcheck.report.compare_contract import compare_schema, comparison_parts
from archcheck.report.compare_data import COMPARE_SCHEMA
from archcheck.report.explain_contract import explain_schema
from archcheck.report.explain_data import EXPLAIN_SCHEMA
from archcheck.report.ledger_contract import list_schema
from archcheck.report.ledger_data import LIST_SCHEMA
from archcheck.report.profile_contract import PROFILE_DEFINITIONS, profile_schema
from archcheck.report.to_json import PROFILE_SCHEMA, VERIFY_SCHEMA
from archcheck.results import FAILING, Status
from archcheck.strength import Fate

ARGUMENT: Json = {
    "type": ["boolean", "number", "string", "array", "null"],
    "items": {"type": ["number", "null"]},
}
DEFINITIONS: Json = {
    "text": either(TEXT, NULL),
    "count": either(COUNT, NULL),
    "shape": either(array(COUNT), NULL),
}


def schema_of(name: str) -> Json:
    """Return the schema of what `archcheck NAME` writes as JSON. A name that writes none is a KeyError."""
    return _CONTRACTS[name]()


def _verify() -> Json:
    return _document(VERIFY_SCHEMA, _verification(), {**DEFINITIONS, "check": _check()})


def _profile() -> Json:
    return _document(PROFILE_SCHEMA, profile_schema(), {**DEFINITIONS, **PROFILE_DEFINITIONS})


def _compare() -> Json:
    return _document(COMPARE_SCHEMA, compare_schema(), DEFINITIONS, comparison_parts())


def _list() -> Json:
    return _document(LIST_SCHEMA, list_schema(), DEFINITIONS)


def _explain() -> Json:
    return _document(EXPLAIN_SCHEMA, explain_schema(), DEFINITIONS)


_CONTRACTS: Mapping[str, Callable[[], Json]] = {
    "verify": _verify,
    "profile": _profile,
    "compare": _compare,
    "explain": _explain,
    "list": _list,
}


def _document(name: str, result: Json, definitions: Json, parts: Json | None = None) -> Json:
    properties = {"schema": {"const": name}, "environment": {"type": "object"}, "results": array(result)}
    properties |= parts or {}
    return {
        "$schema": DRAFT,
        "title": name,
        **record(properties, required=properties),
        "definitions": definitions,
    }


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
    optional = {
        "mutation": described("What became of each slip, where `--mutate` asked.", _mutation()),
        "note": described("Why it was not run on the device that the others are run on.", TEXT),
        "calls": described("What the models of a document were called with.", array(TEXT)),
    }
    passing = {"properties": {"status": {"enum": [word for word in get_args(Status) if word not in FAILING]}}}
    failing = {"properties": {"status": {"enum": list(FAILING)}}}
    no_checks = having({"checks": {"maxItems": 0}})
    return {
        **record({**properties, **optional}, required=properties),
        "if": having({"ok": {"const": True}}),
        "then": having({"error": NULL, "checks": array(passing)}),
        "else": either({**having({"error": TEXT}), **no_checks}, having({"checks": {"contains": failing}})),
    }


def _mutation() -> Json:
    change: Json = {
        "layer": described("The dotted path of the first layer that it changes.", TEXT),
        "type": described("The layer's kind; empty for a repeated block.", TEXT),
        "line": described("The line of the spec.", {"type": "integer", "minimum": 1}),
        "what": described("What was changed, such as `stride 4 -> 5`.", TEXT),
        "fate": {"enum": list(get_args(Fate))},
        "alike": described("How many layers blocks made of the line.", {"type": "integer", "minimum": 1}),
        "why": described("What caught it, or why it makes no difference.", ref("text")),
        "claim": described("A claim that would catch it; null where none could.", ref("text")),
    }
    line = {"type": "integer", "minimum": 1}
    written: Json = {
        "line": described("The line of the file as it is.", line),
        "text": described("What the line becomes, or the new line, or lines.", TEXT),
        "new": described("Whether it stands before what is in that line now.", {"type": "boolean"}),
    }
    proposal: Json = {
        "claim": TEXT,
        "catches": {"type": "integer", "minimum": 1},
        "written": described(
            "Where and how in the spec's file.", either(record(written, required=written), NULL)
        ),
    }
    counts: Json = {fate.replace(" ", "_"): COUNT for fate in get_args(Fate)}
    strength = {"type": "number", "minimum": 0, "maximum": 1}
    properties: Json = {
        **counts,
        "strength": described("The share that is caught of the changes that make a difference.", strength),
        "changes": array(record(change, required=change)),
        "proposals": array(record(proposal, required=proposal)),
    }
    return record(properties, required=properties)


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
        "source": described(
            "Which of the spec's documents says so, or by what a document does; null: not told.", ref("text")
        ),
        "said": described("The shape as a document has it; null of a spec's claim.", ref("text")),
    }
    values = [
        {
            "if": having({"quantity": quantity}),
            "then": having({"documented": documented, "inferred": opinion, "seen": opinion}),
        }
        for quantity, documented, opinion in _quantities()
    ]
    return {**record({**properties, **remarks}, required=properties), "allOf": values}


def _quantities() -> tuple[tuple[Json, Json, Json], ...]:
    """Return every quantity with what a document says of it and what is inferred or seen."""
    arguments = {name for word in words() for name in names(word)}
    sizes = {name for word in words() for name in decided(word)}
    count, text, shape = ref("count"), ref("text"), ref("shape")
    letters = either(array(either(COUNT, TEXT)), NULL)
    sides = either(array(either(COUNT, array(WHOLE))), NULL)
    run = record({"input": {"type": "array"}, "output": letters}, required=("input", "output"))
    statistic: Json = {"type": ["number", "null"]}
    return (
        ({"enum": ["output", "input"]}, letters, shape),
        ({"enum": ["params", "macs", "flops"]}, either(count, TEXT), count),
        ({"enum": sorted(sizes)}, count, count),
        ({"enum": sorted(arguments - sizes - {"sizes"})}, ARGUMENT, ARGUMENT),
        ({"type": "string", "pattern": r"^layers\.[A-Za-z0-9 +]+$"}, either(count, TEXT), count),
        ({"const": "sizes"}, sides, sides),
        ({"const": "runs"}, run, either(shape, TEXT)),
        ({"const": "repr"}, text, text),
        ({"type": "string", "pattern": r"^init\.[^.]+\.[^.]+\.[a-z]+$"}, statistic, statistic),
        ({"enum": ["training.steps_per_epoch", "training.steps"]}, either(count, TEXT), count),
        ({"enum": ["budget.params", "budget.macs", "budget.flops"]}, count, count),
        ({"const": "statement"}, TEXT, NULL),
        ({"const": "code"}, NULL, NULL),
    )
