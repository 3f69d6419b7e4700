"""What is said of a function as a whole: which of its parameters, or of what it returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from archcheck.binding.scopes import parameters, received
from archcheck.binding.spots import Spot
from archcheck.binding.tree import Function, is_function
from archcheck.dialects.stated import Statement


def of_signature(statement: Statement, function: Function, number: int) -> Iterator[Spot]:
    """Yield what a statement about a function as a whole may mean, the likeliest first."""
    name, names = statement.name, received(function)
    if statement.role == "flow":
        yield Spot("flow", number)
    elif name is not None and name.lstrip("*") in parameters(function.args):
        yield Spot("parameter", number, name=name.lstrip("*"))
    elif statement.role == "output":
        yield Spot("return", number)
    elif name is None and statement.role == "input" and names:
        yield Spot("parameter", number, name=names[0])
    elif name is None and statement.role == "value":
        yield Spot("return", number)
        yield from (Spot("parameter", number, name=one) for one in names)


def returning(function: Function, name: str) -> Iterator[ast.Return]:
    """Yield the statements that return a variable by its name, alone or as one of several."""
    todo: list[ast.AST] = [*function.body]
    while todo:
        node = todo.pop(0)
        if isinstance(node, ast.Return):
            given = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            if any(isinstance(one, ast.Name) and one.id == name for one in given):
                yield node
        elif not isinstance(node, ast.ClassDef | ast.Lambda) and not is_function(node):
            todo += ast.iter_child_nodes(node)


def no_parameter(function: Function, name: str | None, node: ast.AST) -> str:
    """Say that a function has no such parameter, or none at all; `node`: what the text stands beside."""
    what = function.name if is_function(node) else f"{getattr(node, 'name', '')}.{function.name}"
    return f"'{what}' has no parameter" + (f" '{name}'" if name else "")
