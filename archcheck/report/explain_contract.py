"""The JSON that `explain` writes, as a JSON Schema: one record a target, in it one a convention."""

from __future__ import annotations

from archcheck.conventions import CONVENTIONS
from archcheck.json_schema import (
    COUNT,
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


def explain_schema() -> Json:
    """Return the schema of one result; it needs the definitions `text` and `count`."""
    properties = {
        "target": TEXT,
        "name": TEXT,
        "batch": described("The samples that were counted.", {"type": "integer", "minimum": 1}),
        "error": described("What kept the network from being counted.", ref("text")),
        "against": array(_against()),
        "claim": described(
            "What the claimed number is; null where none was asked about.", either(_claim(), NULL)
        ),
    }
    failed = having({"error": TEXT})
    nothing = {"properties": {"against": {"maxItems": 0}, "claim": NULL}}
    return {**record(properties, required=properties), "if": failed, "then": nothing}


def _against() -> Json:
    line = {"amount": WHOLE, "why": TEXT, "layers": array(TEXT)}
    properties = {
        "convention": {"enum": list(CONVENTIONS)},
        "unit": described("What the tool calls its number.", TEXT),
        "source": described("The version and the file that the rule was read from.", TEXT),
        "macs": described("Ours.", ref("count")),
        "amount": described("The tool's number, by its convention.", ref("count")),
        "difference": described("The second less the first: what the lines add up to.", either(WHOLE, NULL)),
        "lines": array(record(line, required=line)),
        "unknown": described("Why a number is null; there are no lines then.", array(TEXT)),
        "asked": described("What the real tool said, where it was asked.", ref("count")),
        "asked_error": described("Why it said nothing.", ref("text")),
    }
    known = {"macs": COUNT, "amount": COUNT, "unknown": {"maxItems": 0}}
    return {
        **record(properties, required=properties),
        "if": having({"difference": WHOLE}),
        "then": having(known),
        "else": having({"lines": {"maxItems": 0}, "unknown": {"minItems": 1}}),
    }


def _claim() -> Json:
    reading = {"amount": COUNT, "words": TEXT}
    properties = {
        "text": TEXT,
        "quantity": {"enum": ["macs", "flops", "params", "bytes"]},
        "right": described("Whether it is right as it is stated.", {"type": "boolean"}),
        "readings": described(
            "All that it may be; none where nothing fits.", array(record(reading, required=reading))
        ),
    }
    return {
        **record(properties, required=properties),
        "if": having({"right": {"const": True}}),
        "then": having({"readings": {"minItems": 1}}),
    }
