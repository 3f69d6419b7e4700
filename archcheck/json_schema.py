"""What the project's JSON Schemas are put together of, and how they are written.

Draft 7, because that is what editors' YAML servers know best; nothing here is read differently by a later draft.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Json = dict[str, Any]
"""A JSON object: a schema, or a part of one."""

NULL: Json = {"type": "null"}
TEXT: Json = {"type": "string"}
WHOLE: Json = {"type": "integer"}
COUNT: Json = {"type": "integer", "minimum": 0}
NUMBER: Json = {"type": "number", "minimum": 0}
"""A whole number may be below nought, a count and a number may not."""

TITLES = {
    "null": "none", "boolean": "yes or no", "integer": "whole number", "number": "number",
    "string": "text", "array": "list", "object": "mapping",
}  # fmt: skip
"""What a value is called beside others that could stand there."""
DRAFT = "http://json-schema.org/draft-07/schema#"
WIDTH = 110


def ref(name: str) -> Json:
    """Return a reference to a definition."""
    return {"$ref": f"#/definitions/{name}"}


def either(*parts: Json) -> Json:
    """Return what is at least one of `parts`, each of which has a title.

    Editors tell two parts apart by their titles; where they cannot, they show these in the place of what is said of
    the whole.
    """
    return parts[0] if len(parts) == 1 else {"anyOf": [_titled(part) for part in parts]}


def _titled(part: Json) -> Json:
    kind = part.get("type")
    return {"title": TITLES[kind], **part} if isinstance(kind, str) else part


def beside(part: Json) -> Json:
    """Return `part` so that something may stand beside it: draft 7 reads nothing that stands beside a `$ref`."""
    return {"allOf": [part]} if "$ref" in part else part


def described(text: str, part: Json) -> Json:
    """Return `part` with a description, which an editor shows."""
    return {"description": text, **beside(part)}


def each_described(meanings: Mapping[str, str], parts: Mapping[str, Json], keys: Iterable[str]) -> Json:
    """Return a property for each of the loader's `keys`; one that has no part or meaning is a KeyError."""
    return {key: described(meanings[key], parts[key]) for key in keys}


def array(items: Json, least: int = 0, most: int | None = None) -> Json:
    """Return a list of `least` to `most` items."""
    limits = {"minItems": least} if least else {}
    return {"type": "array", "items": items, **limits, **({} if most is None else {"maxItems": most})}


def record(properties: Json, required: Iterable[str] = ()) -> Json:
    """Return an object with these keys and no others."""
    needed = list(required)
    needs = {"required": needed} if needed else {}
    return {"type": "object", "properties": properties, **needs, "additionalProperties": False}


def open_record(properties: Json, required: Iterable[str] | None = None) -> Json:
    """Return an object with these keys, `required` (all) of which must be there, that may have more."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties if required is None else required),
    }


def having(properties: Json) -> Json:
    """Return what an object with keys like these is, whatever else it has."""
    return {"properties": properties, "required": list(properties)}


def mapping(values: Json, names: Json | None = None, least: int = 0, most: int | None = None) -> Json:
    """Return an object of `least` to `most` keys whose values are all alike; `names`: what its keys are."""
    limits: Json = {} if names is None else {"propertyNames": names}
    limits |= {"minProperties": least} if least else {}
    limits |= {} if most is None else {"maxProperties": most}
    return {"type": "object", "additionalProperties": values, **limits}


def whole(pattern: str) -> Json:
    """Return text that `pattern` matches from its beginning to its end."""
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


def portable(pattern: str) -> str:
    r"""Return a pattern in which `\w` is what Python means: to other readers of JSON Schema it is ASCII alone.

    Beyond ASCII it takes every character: which of them are letters, no pattern can say to all readers.
    """
    letters = "0-9A-Z_a-z\x80-\U0010ffff"
    return pattern.replace(r"[\w", f"[{letters}").replace(r"\w", f"[{letters}]")


def in_any_case(pattern: str) -> str:
    """Return a pattern of capitals that takes small letters as well; JSON Schema has no flags."""
    return re.sub("[A-Z]", lambda letter: f"[{letter[0]}{letter[0].lower()}]", pattern)


def one_of(words: Iterable[str]) -> str:
    """Return the pattern of any of these words."""
    return f"(?:{'|'.join(map(re.escape, words))})"


def as_text(schema: Json) -> str:
    """Return a schema as text; an object that fits is one line, so that a change of an argument reads as one."""
    return f"{_text(schema, '')}\n"


def _text(value: object, indent: str) -> str:
    line = json.dumps(value)
    deeper = indent + " "
    if len(indent) + len(line) <= WIDTH or not isinstance(value, dict):
        return line
    parts = (f"{deeper}{json.dumps(key)}: {_text(item, deeper)}" for key, item in value.items())
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
