"""The values that a document's code has under a name, wherever it writes one: as a default, a keyword or an entry."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any


def written_values(tree: ast.Module) -> Mapping[str, Any]:
    """Return the numbers that code has under a name, the first of each: as a default, a keyword or an entry.

    Of what it has no number of, the first word that it compares it with.

    >>> written_values(ast.parse("def build(depth=2): return task.name == 'cut' or name in ('paste', 'fill')"))
    {'name': 'cut', 'depth': 2}
    """
    found: dict[str, Any] = {}
    later: dict[str, Any] = {}
    words: dict[str, Any] = {}
    for node in ast.walk(tree):
        for name, word in _compared(node):
            words.setdefault(name, word)
        for name, value in _defaults(node):
            _keep(found, name, value)
        for name, value in _entries(node):
            _keep(later, name, value)
    return {**words, **later, **found}


def _keep(found: dict[str, Any], name: str, node: ast.AST | None) -> None:
    try:
        value = ast.literal_eval(node) if isinstance(node, ast.expr) else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return
    number = isinstance(value, bool | float) or (isinstance(value, int) and value > 0)
    if number or (isinstance(value, tuple | list) and value):
        found.setdefault(name, value)


def _compared(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the name of what is compared with words, and the first of these."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.In()], comparators=[right]):
            inside = right.elts if isinstance(right, ast.Tuple | ast.List | ast.Set) else [right]
            word = inside[0].value if inside and isinstance(inside[0], ast.Constant) else None
            if isinstance(word, str) and (name := _last_name(left)):
                yield name, word


def _last_name(node: ast.expr) -> str | None:
    """Return `name` of `name`, `task.name` and `task["name"]`."""
    match node:
        case (
            ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name)))
        ):
            return name
    return None


def _defaults(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        args = node.args
        named = [*args.posonlyargs, *args.args]
        behind = named[len(named) - len(args.defaults) :]
        yield from ((one.arg, value) for one, value in zip(behind, args.defaults, strict=True))
        yield from ((one.arg, value) for one, value in zip(args.kwonlyargs, args.kw_defaults, strict=True))


def _entries(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    match node:
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), keywords=keywords) if called[
            :1
        ].isupper():
            yield from (
                (one.arg, one.value) for one in keywords if one.arg
            )  # `softmax(dim=-1)` says no width
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        case ast.Call(func=ast.Attribute(attr="add_argument"), args=args, keywords=keywords):
            names = [
                one.value for one in args if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
            default = next((one.value for one in keywords if one.arg == "default"), None)
            yield from ((name.lstrip("-").replace("-", "_"), default) for name in names)
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=value)
            | ast.Assign(targets=[ast.Attribute(attr=name)], value=value)
        ):
            yield name, value
