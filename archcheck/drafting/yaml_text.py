"""Plain data -> YAML as people write specs: a layer in one line where it fits, bodies indented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any


class NamedBody(dict[str, Any]):
    """A mapping that has a line for each of its children; `of`: the class of the module that it is, None of no module.

    `gives`: the shape that comes out of it, without the batch axis, where that is known.
    """

    of: str | None = None
    gives: list[int] | None = None


class NumberedBody(list[Any]):
    """A list that has a line for each of its children; `of`, `gives` as a `NamedBody`."""

    of: str | None = None
    gives: list[int] | None = None


WIDTH = 110
"""Characters of a line."""

_PLAIN = re.compile(r"[.]?[A-Za-z_](?:[\w .+/()-]*[\w.)])?")
"""Text that needs no quotes, also between the commas of a flow mapping."""

_WORDS = re.compile(r"true|false|null|yes|no|on|off|[.]?nan|[.]?inf|~|[yn]", re.IGNORECASE)


def yaml_of(value: Any) -> str:
    """Return a mapping as a YAML text that ends with a line end."""
    return "".join(f"{line}\n" for line in _lines(value, 0))


def scalar(value: Any) -> str:
    """Return a number, a truth value, null or a text as YAML writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if not isinstance(value, str):
        return repr(value)
    plain = _PLAIN.fullmatch(value) and not _WORDS.fullmatch(value)
    return value if plain else json.dumps(value, ensure_ascii=False)


def flow(value: Any) -> str:
    """Return a value in one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{scalar(key)}: {flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    return scalar(value)


def _lines(value: Any, indent: int) -> Iterator[str]:
    """Yield the lines of a mapping or a list that is not empty, each with its indent."""
    blank = " " * indent
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _entry(f"{blank}{scalar(key)}:", one, indent)
        return
    for one in value:
        is_line = not isinstance(one, dict) or "block" in one or "from" in one
        if is_line and _is_short(one, indent + 2):
            yield f"{blank}- {flow(one)}"
            continue
        first, *rest = _lines(one, indent + 2)
        yield f"{blank}- {first.lstrip()}"
        yield from rest


def _entry(head: str, value: Any, indent: int) -> Iterator[str]:
    if _is_short(value, len(head) + 1):
        yield f"{head} {flow(value)}"
    elif isinstance(value, str):
        yield f"{head} {scalar(value)}"
    else:
        yield head
        yield from _lines(value, indent + 2)


def _is_short(value: Any, before: int) -> bool:
    """Return whether a value stands in one line: it fits, and no body is in it."""
    return not _has_body(value) and len(flow(value)) + before <= WIDTH


def _has_body(value: Any) -> bool:
    if isinstance(value, NamedBody | NumberedBody):
        return bool(value)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_has_body, parts))
