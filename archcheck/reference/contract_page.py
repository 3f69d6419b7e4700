"""`archcheck help json`: every key of the JSON that commands write, from its schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcheck.reference.layout import listing, paragraph, sections
from archcheck.report.contract import schema_of

NAMES = ("verify", "profile", "compare", "explain", "list")
"""The contracts; `lint` writes that of `verify`."""
MOST_TYPES = 12
"""Words that a value may be, of which more are not told: arguments are named as PyTorch names them."""


def text() -> str:
    """Return the page."""
    return sections(
        paragraph(
            "`--format json` is a contract: shapes have no batch axis, counts are exact, null is what is not known or "
            "not there. Within a version keys may be added, and no key changes what it means. "
            "`archcheck schema NAME` prints a contract as a JSON Schema."
        ),
        *((f"archcheck.{name}/1", listing(_keys(name))) for name in NAMES),
    )


def _keys(name: str) -> Iterator[tuple[str, str]]:
    schema = schema_of(name)
    yield from _below("", schema, schema.get("definitions", {}), ())


def _below(
    path: str, part: dict[str, Any], known: dict[str, Any], inside: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Yield the keys of an object and of what is in it, each definition once on its way."""
    for found, where in _resolved(part, known, inside):
        for key, value in found.get("properties", {}).items():
            name = f"{path}{key}"
            yield name, _told(value, known)
            yield from _below(f"{name}.", value, known, where)
        if isinstance(found.get("items"), dict):
            yield from _below(f"{path.removesuffix('.')}[].", found["items"], known, where)


def _resolved(
    part: dict[str, Any], known: dict[str, Any], inside: tuple[str, ...]
) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        if name not in inside:
            yield from _resolved(known[name], known, (*inside, name))
        return
    yield part, inside
    for one in (*part.get("allOf", ()), *part.get("anyOf", ())):
        if "if" not in one or "type" in one:  # not what holds on a condition alone
            yield from _resolved(one, known, inside)


def _told(part: dict[str, Any], known: dict[str, Any]) -> str:
    meaning = str(part.get("description", ""))
    types = [*dict.fromkeys(word for one, _ in _resolved(part, known, ()) for word in _types(one))]
    if len(types) > MOST_TYPES:
        types[MOST_TYPES:] = ["others"]
    return f"{' or '.join(types)}{': ' if types and meaning else ''}{meaning}"


def _types(part: dict[str, Any]) -> list[str]:
    if "const" in part:
        return [repr(part["const"])]
    if "enum" in part:
        return [repr(one) for one in part["enum"]]
    found = part.get("type", [])
    return [found] if isinstance(found, str) else [*found]
