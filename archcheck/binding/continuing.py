"""Statements that a comment above them takes for one: what it says is so behind the last of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from archcheck.binding.expressions import is_shape, target_name
from archcheck.binding.tree import Tree

MOST = 3
"""Statements behind the first that are looked at."""
_ORDERS = {
    *("contiguous", "expand", "flatten", "movedim", "permute", "reshape"),
    *("squeeze", "swapaxes", "transpose", "unflatten", "unsqueeze", "view"),
}
"""Methods after which the same values stand in another order."""


def continued(tree: Tree, following: Mapping[int, int], statement: int) -> Iterator[int]:
    """Yield the statements right below one that go on with it.

    `b, c, h, w = x.shape` only gets ready for the next; `x = x.permute(...)` is gone on with by `x = x.reshape(...)`.
    """
    for number in _right_below(tree, following, statement):
        node, after = tree.nodes[statement], tree.nodes[number]
        if not (_takes_sizes(node) or (_changes(node) or 0) == _changes(after)):
            return
        yield number
        statement = number


def steps(tree: Tree, following: Mapping[int, int], statement: int) -> Iterator[int]:
    """Yield the simple statements right below one, without a line between: of them a comment may tell step by step."""
    for number in _right_below(tree, following, statement):
        if not isinstance(tree.nodes[number], (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)):
            return
        yield number


def _right_below(tree: Tree, following: Mapping[int, int], statement: int) -> Iterator[int]:
    for _ in range(MOST):
        number = following.get(statement)
        if number is None or _first(tree.nodes[number]) != _last(tree.nodes[statement]) + 1:
            return
        yield number
        statement = number


def _first(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _last(node: ast.AST) -> int:
    return int(getattr(node, "end_lineno", 0))


def _takes_sizes(node: ast.AST) -> bool:
    """Return whether a statement only gives names to sizes: `b, c = x.shape`, `n = x.size(0)`."""
    if not isinstance(node, ast.Assign):
        return False
    value = node.value.value if isinstance(node.value, ast.Subscript) else node.value
    size = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "size"
    return is_shape(value) or size


def _changes(node: ast.AST) -> str | None:
    """Return the variable that a statement puts into another order: `x = x.permute(0, 2, 1).contiguous()`."""
    name = target_name(node) if isinstance(node, ast.Assign) else None
    value = node.value if isinstance(node, ast.Assign) else None
    for _ in range(MOST):
        match value:
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in _ORDERS:
                value = inner
    return name if isinstance(value, ast.Name) and value.id == name else None
