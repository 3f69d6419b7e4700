"""What the values in a spec may be, as a JSON Schema: text, sizes, counts, expressions, parameters."""

from __future__ import annotations

import re

from archcheck import units
from archcheck.json_schema import Json, array, either, ref, whole
from archcheck.spec import arithmetic, claims, parameters, read, source

ARITHMETIC = r"(?:[A-Za-z0-9_ +\-%()]|//|\*(?!\*))*"
"""The characters of integer arithmetic: `/` in twos, `*` alone."""


def value_definitions() -> Json:
    """Return a definition for each sort of value."""
    return {
        "text": {"type": "string", "pattern": r"\S", "not": {"pattern": read.CONTROL.pattern}},
        "expression": {
            "title": "a parameter, or integer arithmetic on parameters: + - * // % and parentheses",
            **whole(rf"\s*\$\{{{ARITHMETIC}\}}\s*"),
        },
        "size": number(1),
        "integer": number(-arithmetic.MAX_VALUE, arithmetic.MAX_VALUE),
        "number": either({"type": "number"}, ref("expression")),
        "parameter": _parameter(),
        "axes": array(either(ref("size"), whole(read.LETTER.pattern)), most=read.MAX_AXES),
        "sizes": array(ref("size"), most=read.MAX_AXES),
        "batched": array(ref("size"), 1, read.MAX_AXES),
        "sides": array(either(ref("size"), ref("sizes"))),
        "count": _count(units.STATED, {}),
        "exact": _count(units.STATED, {"maximum": read.MAX_SIZE}),
        "bytes": _count(units.STATED_BYTES, {"maximum": read.MAX_SIZE}),
        "how_many": either(ref("count"), {"const": claims.SOME.text}),
        "statistic": ref("number"),
        "place": either({"type": "integer", "minimum": 1, "maximum": read.MAX_SIZE}, ref("filled")),
        "filled": {
            "allOf": [ref("text")],
            "pattern": rf"^(?:[^$]|\$(?!\{{[^{{}}]*\}})|\$\{{{ARITHMETIC}\}})*$",
        },
    }


def _count(written: re.Pattern[str], limits: Json) -> Json:
    """Return what a count may be: a number, or text such as `16.6M`."""
    text = whole(written.pattern) | {"maxLength": source.MAX_DIGITS}
    return either({"type": "integer", "minimum": 0, **limits}, text, ref("expression"))


def _parameter() -> Json:
    """Return what a parameter may be: a number, true or false, or a word."""
    limits = {"minimum": -read.MAX_SIZE, "maximum": read.MAX_SIZE}
    word = {"allOf": [ref("text")], "maxLength": parameters.MAX_WORD, "not": {"pattern": r"\$\{"}}
    return either({"type": ["number", "boolean"], **limits}, word, ref("expression"))


def number(least: int, most: int = read.MAX_SIZE) -> Json:
    """Return a whole number between two, or what is worked out."""
    return either({"type": "integer", "minimum": least, "maximum": most}, ref("expression"))
