"""Whether a document is as one of our JSON Schemas says, and if not, where and why: one line.

These are the words of draft 7 that `json_schema.py` writes, and no others; the tests ask `jsonschema` for a second
opinion on every one of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from archcheck.json_schema import Json

Problems = Iterator[tuple[str, str]]
"""Where, as `results[0].totals.macs`, and what is wrong there."""


def first_problem(document: object, schema: Json) -> str | None:
    """Return what is wrong with a document: `results[0].batch: needs ..., given 0`; None if nothing is."""
    found = next(_problems(document, schema, "", schema), None)
    return None if found is None else f"{found[0] or 'the document'}: {found[1]}"


def _problems(value: object, schema: Json, where: str, root: Json) -> Problems:
    if "$ref" in schema:
        yield from _problems(value, _definition(schema["$ref"], root), where, root)
        return
    for word, rule in schema.items():
        check = _WORDS.get(word)
        if check is not None:
            yield from check(value, rule, where, root)
    if isinstance(value, dict) and "additionalProperties" in schema:
        yield from _others(value, schema, where, root)
    if "if" in schema:
        then = "else" if _fails(value, schema["if"], root) else "then"
        yield from _problems(value, schema.get(then, {}), where, root)


def _others(value: Json, schema: Json, where: str, root: Json) -> Problems:
    """What is said of the keys that `properties` does not name: nothing may stand there, or a value of one kind."""
    rule = schema["additionalProperties"]
    for name in value.keys() - schema.get("properties", {}).keys():
        if rule is False:
            yield where, f"has an unknown key {name!r}"
        elif isinstance(rule, dict):
            yield from _problems(value[name], rule, _below(where, name), root)


def _definition(reference: str, root: Json) -> Json:
    found: Json = root["definitions"][reference.removeprefix("#/definitions/")]
    return found


def _fails(value: object, schema: Json, root: Json) -> bool:
    return next(_problems(value, schema, "", root), None) is not None


def _is(value: object, kind: str) -> bool:
    """Return whether a value is of a JSON type; `true` is no number, and 1.0 is a whole one."""
    if kind == "integer":
        return _is(value, "number") and (isinstance(value, int) or value.is_integer())  # type: ignore[attr-defined]
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, _TYPES[kind])


_TYPES: Mapping[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}
_NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
}
_NAMES |= {"integer": "a whole number", "number": "a number"}


def _type(value: object, rule: str | list[str], where: str, root: Json) -> Problems:
    kinds = [rule] if isinstance(rule, str) else rule
    if not any(_is(value, kind) for kind in kinds):
        yield where, f"needs {' or '.join(_NAMES[kind] for kind in kinds)}, given {_shown(value)}"


def _const(value: object, rule: object, where: str, root: Json) -> Problems:
    yield from _enum(value, [rule], where, root)


def _enum(value: object, rule: list[object], where: str, root: Json) -> Problems:
    if not any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in rule):
        yield where, f"needs {' or '.join(map(json.dumps, rule))}, given {_shown(value)}"


def _minimum(value: object, rule: float, where: str, root: Json) -> Problems:
    if isinstance(value, int | float) and not isinstance(value, bool) and value < rule:
        yield where, f"needs at least {rule}, given {_shown(value)}"


def _maximum(value: object, rule: float, where: str, root: Json) -> Problems:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > rule:
        yield where, f"needs at most {rule}, given {_shown(value)}"


def _pattern(value: object, rule: str, where: str, root: Json) -> Problems:
    if isinstance(value, str) and not re.search(rule, value):
        yield where, f"needs text like {rule}, given {_shown(value)}"


def _items(value: object, rule: Json, where: str, root: Json) -> Problems:
    for place, item in enumerate(value if isinstance(value, list) else ()):
        yield from _problems(item, rule, f"{where}[{place}]", root)


def _least(value: object, rule: int, where: str, root: Json) -> Problems:
    if isinstance(value, list) and len(value) < rule:
        yield where, f"needs at least {rule} items, given {len(value)}"


def _most(value: object, rule: int, where: str, root: Json) -> Problems:
    if isinstance(value, list) and len(value) > rule:
        yield where, f"needs at most {rule} items, given {len(value)}"


def _contains(value: object, rule: Json, where: str, root: Json) -> Problems:
    if isinstance(value, list) and all(_fails(item, rule, root) for item in value):
        yield where, "none of its items is what one must be"


def _required(value: object, rule: list[str], where: str, root: Json) -> Problems:
    for name in rule if isinstance(value, dict) else ():
        if name not in value:  # type: ignore[operator]
            yield where, f"has no {name!r}"


def _properties(value: object, rule: Json, where: str, root: Json) -> Problems:
    for name, part in rule.items() if isinstance(value, dict) else ():
        if name in value:  # type: ignore[operator]
            yield from _problems(value[name], part, _below(where, name), root)  # type: ignore[index]


def _any_of(value: object, rule: list[Json], where: str, root: Json) -> Problems:
    found = [next(_problems(value, part, where, root), None) for part in rule]
    if None in found:
        return
    said = [problem for problem in found if problem is not None]
    # What went wrong deepest inside is the alternative that was meant; of equals, all are told.
    deepest = max(len(place) for place, _ in said)
    meant = dict.fromkeys(text for place, text in said if len(place) == deepest)
    yield next(place for place, _ in said if len(place) == deepest), _together(list(meant))


def _together(said: list[str]) -> str:
    """Return several refusals of one value as one: `needs null or a list, given 3`."""
    pairs = [text.removeprefix("needs ").rpartition(", given ") for text in said]
    needs = dict.fromkeys(need or given for need, _, given in pairs)
    return said[0] if len(said) == 1 else f"needs {' or '.join(needs)}, given {pairs[0][2]}"


def _all_of(value: object, rule: list[Json], where: str, root: Json) -> Problems:
    for part in rule:
        yield from _problems(value, part, where, root)


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


_WORDS: Mapping[str, Callable[..., Problems]] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "minimum": _minimum,
    "maximum": _maximum,
    "pattern": _pattern,
    "items": _items,
    "minItems": _least,
    "maxItems": _most,
    "contains": _contains,
    "required": _required,
    "properties": _properties,
    "anyOf": _any_of,
    "allOf": _all_of,
}
