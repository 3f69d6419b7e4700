"""The JSON that `list` writes, as a JSON Schema: a record a network, its documents, and what is in dispute."""

from __future__ import annotations

from typing import get_args

from archcheck.json_schema import COUNT, NULL, TEXT, Json, array, described, either, having, open_record, ref
from archcheck.report.ledger_data import COUNTS
from archcheck.results import Status

MEANINGS = {
    "claims": "What the documents state.",
    "agree": "How much of that is true.",
    "known_wrong": "What is wrong, and known to be.",
    "differ": "What is wrong and not marked so, or was not reached.",
    "unchecked": "What no check is possible of.",
    "to_run": "What arithmetic leaves open and a run may settle.",
}


def list_schema() -> Json:
    """Return the schema of one result; it needs the definitions `text` and `count`."""
    properties: Json = {
        "target": TEXT,
        "name": TEXT,
        "title": TEXT,
        "family": described("The file of which this is one variant, by its name.", ref("text")),
        "params": described("The parameters, exact.", ref("count")),
        **_counts(),
        "error": described("What kept the network from being read.", ref("text")),
        "sources": array(_source()),
        "findings": described(
            "What a document has wrong, or documents contradict each other in.", array(_finding())
        ),
    }
    nothing = {"sources": {"maxItems": 0}, "findings": {"maxItems": 0}, "claims": {"const": 0}}
    return {**open_record(properties), "if": having({"error": TEXT}), "then": having(nothing)}


def _counts() -> Json:
    return {name: described(MEANINGS[name], COUNT) for name in COUNTS}


def _source() -> Json:
    words = {name: ref("text") for name in ("name", "url", "author", "lines")}
    return open_record({**words, "title": TEXT, "year": ref("count"), **_counts()})


def _finding() -> Json:
    statement: Json = {
        "source": described("Which document says so; null where the spec names none.", ref("text")),
        "documented": {},
        "status": {"enum": list(get_args(Status))},
        "at": ref("text"),
        "wrong": described("Why it is known to be wrong.", ref("text")),
        "line": either({"type": "integer", "minimum": 1}, NULL),
    }
    return open_record(
        {
            "layer": TEXT,
            "type": TEXT,
            "quantity": TEXT,
            "contradiction": described("Whether two documents cannot both be right.", {"type": "boolean"}),
            "real": described("What it is, as seen or else as inferred; null where that is not known.", {}),
            "statements": array(open_record(statement), least=1),
        }
    )
