"""What stands at parameters says of their arguments: types, annotations, docstrings, and the marks of tests."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from archcheck.running.candidates import REQUIRED

TENSORS = ("Tensor", "FloatTensor", "LongTensor", "BoolTensor", "IntTensor")
MANY = ("tuple", "Tuple", "list", "List", "Sequence")
LISTS = ("list", "List")
SIMPLE = ("int", "float", "bool", "str")
SIDES = (8, 8)
"""Of what is called a shape or a grid: alike, for what is cut into squares has one word for both."""
WHOLES = frozenset(("sides", "shape", "shapes", "size", "sizes", "grid", "resolution", "hw"))
"""Words in the names of several sizes at once."""


def is_no_tensor(annotation: object) -> bool:
    """Return whether a parameter's type says that it is no tensor, and no list of any: a number, or several."""
    return kind_of(annotation) in (*SIMPLE, *MANY) and not has_tensors(annotation)


def has_tensors(annotation: object) -> bool:
    """Return whether a type is that of a tensor, or of something that is made of tensors."""
    return any(name in _text_of(annotation) for name in TENSORS)


def sides_of(annotation: object, count: int) -> Any:
    """Return so many sizes as a parameter takes them by its type: `List[int]`, `List[Tuple[int, int]]`.

    >>> sides_of("List[int]", 2), sides_of("List[Tuple[int, int]]", 2)
    ([8, 8], [(8, 8), (8, 8)])
    """
    sizes = (*SIDES, *range(10, 10 + count))[:count]
    nested = sum(
        word in _text_of(annotation) for word in ("List[List", "List[Tuple", "list[list", "list[tuple")
    )
    return [sizes, sizes] if nested else list(sizes)


def _text_of(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def required(found: Callable[..., Any]) -> Iterator[tuple[str, object]]:
    """Yield the parameters that have no default, with their annotations. Raises TypeError, ValueError."""
    described = None
    for one in inspect.signature(found).parameters.values():
        if one.default is one.empty and one.kind in REQUIRED:
            if one.annotation is one.empty and described is None:
                described = _described(found)
            yield one.name, (described or {}).get(one.name) if one.annotation is one.empty else one.annotation


def parametrized(found: Callable[..., Any]) -> dict[str, Any]:
    """Return the first values that a test is parametrized with, by the marks that pytest leaves."""
    given: dict[str, Any] = {}
    for mark in getattr(found, "pytestmark", ()):
        match getattr(mark, "args", ()):
            case (str() | list() | tuple() as names, list() | tuple() as values, *_) if values:
                words = [one.strip() for one in names.split(",")] if isinstance(names, str) else names
                first = values[0].values if type(values[0]).__name__ == "ParameterSet" else values[0]
                several = len(words) > 1 or first is not values[0]
                given |= dict(zip(words, first if several else (first,), strict=False))
    return given


def unset_numbers(found: Callable[..., Any]) -> list[str]:
    """Return the parameters that are None where they are left out, and whole numbers by their types.

    >>> def make(width: int, hidden: int | None = None, name: "str | None" = None): ...
    >>> unset_numbers(make)
    ['hidden']
    """
    parameters = inspect.signature(found).parameters.values()
    return [one.name for one in parameters if one.default is None and kind_of(one.annotation) == "int"]


def _described(found: Callable[..., Any]) -> dict[str, str]:
    """Return the types that a docstring has for parameters: `window_size (tuple[int]): ...`."""
    texts = (getattr(one, "__doc__", None) for one in (found, getattr(found, "__init__", None)))
    lines = [line for text in texts if isinstance(text, str) for line in text.splitlines()]
    return {entry[1]: entry[2] for line in lines if (entry := _ENTRY.match(line)) is not None}


_ENTRY = re.compile(r"\s*(\w{1,40})\s?\(([\w.\[\] |]{1,60})(?:, optional)?\)\s?:")


def kind_of(annotation: object) -> str:
    """Return the last name of a type, without what may be left out and without what it is of: `Optional[nn.Module]`."""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    try:
        node: ast.AST = ast.parse(text.strip("'\""), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return ""
    while True:
        match node:
            case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional"), slice=inner):
                node = inner
            case ast.Subscript(value=value):
                node = value
            case ast.BinOp(left=left, op=ast.BitOr()):
                node = left
            case ast.Attribute(attr=name) | ast.Name(id=name):
                return name
            case _:
                return ""
