"""Statements that a comment above them takes for one: what it says is so behind the last of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import islice

from archcheck.binding.expressions import is_shape, target_name
from archcheck.binding.scopes import assigns
from archcheck.binding.tree import Tree, dotted

MOST = 3
"""Statements behind the first that are looked at."""
MOST_STEPS = 16
"""Of a way through layers."""
MOST_NODES = 300
"""Of a statement, that are looked at for a variable."""
_ORDERS = {
    *("contiguous", "expand", "flatten", "movedim", "permute", "reshape"),
    *("squeeze", "swapaxes", "transpose", "unflatten", "unsqueeze", "view"),
}
"""Methods after which the same values stand in another order."""


def continued(tree: Tree, following: Mapping[int, int], statement: int) -> Iterator[int]:
    """Yield the statements right below one that go on with it.

    `b, c, h, w = x.shape` only gets ready for the next; `x = x.permute(...)` is gone on with by `x = x.reshape(...)`,
    and `x = torch.tensor(())` by `x.new_ones(2, 3)`, which shows what is made of it.
    """
    for number in _right_below(tree, following, statement):
        node, after = tree.nodes[statement], tree.nodes[number]
        if not (_takes_sizes(node) or (_changes(node) or 0) == _changes(after) or _shows(node, after)):
            return
        yield number
        statement = number


def steps(tree: Tree, following: Mapping[int, int], statement: int) -> Iterator[int]:
    """Yield the simple statements right below one, without a line between: of them a comment may tell step by step."""
    for number in _right_below(tree, following, statement):
        if not isinstance(tree.nodes[number], (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)):
            return
        yield number


def end_of_way(tree: Tree, following: Mapping[int, int], statement: int) -> int | None:
    """Return the last of the statements right below one that pass on what it made: `x = conv(x)`, `x = pool(x)`.

    A line above them may tell of the way through all; None where there is but one.
    """
    node = tree.nodes[statement]
    name = target_name(node) if isinstance(node, ast.Assign) else None
    last = None
    for number in _right_below(tree, following, statement, MOST_STEPS):
        if name is None or not _passes(tree.nodes[number], name):
            return last
        last = number
        if isinstance(tree.nodes[number], ast.Return):
            return last
    return last


def made_below(tree: Tree, following: Mapping[int, int], statement: int, name: str) -> Iterator[int]:
    """Yield the statements right below one that give a variable a value."""
    for number in _right_below(tree, following, statement, MOST_STEPS):
        if assigns(tree.nodes[number], name):
            yield number


def _passes(node: ast.AST, name: str) -> bool:
    """Return whether a statement makes of a variable what is called so again, or is returned."""
    value = node.value if isinstance(node, (ast.Assign, ast.Return)) else None
    if value is None or not (isinstance(node, ast.Return) or target_name(node) == name):
        return False
    return any(dotted(one) == name for one in islice(ast.walk(value), MOST_NODES))


def _right_below(tree: Tree, following: Mapping[int, int], statement: int, most: int = MOST) -> Iterator[int]:
    for _ in range(most):
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


def _shows(node: ast.AST, after: ast.AST) -> bool:
    """Return whether a statement only shows what a method of the variable gives that the one before has set."""
    name = target_name(node) if isinstance(node, ast.Assign) else None
    match after:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=of)))):
            return name == of
    return False


def _changes(node: ast.AST) -> str | None:
    """Return the variable that a statement puts into another order: `x = x.permute(0, 2, 1).contiguous()`."""
    name = target_name(node) if isinstance(node, ast.Assign) else None
    value = node.value if isinstance(node, ast.Assign) else None
    for _ in range(MOST):
        match value:
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in _ORDERS:
                value = inner
    return name if isinstance(value, ast.Name) and value.id == name else None
