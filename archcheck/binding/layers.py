"""Comments in an `__init__`: of the layers that are made there, one by one where there are as many ways as layers."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise

from archcheck.binding.expressions import called_name, constructs, values_of
from archcheck.binding.standing import Telling
from archcheck.binding.tree import Tree, dotted
from archcheck.dialects.stated import Statement

MOST = 8
"""Statements behind the first in which a layer is looked for."""
_CONTAINERS = ("Sequential", "ModuleList")


def building(tree: Tree, following: Mapping[int, int], statement: int) -> int:
    """Return the first statement from one on that makes a layer, where those before it in an `__init__` make none."""
    if not _is_init(tree.nodes[tree.owners[statement]]):
        return statement
    number: int | None = statement
    for _ in range(MOST):
        if number is None or not isinstance(tree.nodes[number], (ast.Assign, ast.AnnAssign)):
            return statement
        values = values_in(tree, number)
        if any(constructs(value) for value in values):
            return number
        if values:
            return statement  # what comes first may be what is meant
        number = following.get(number)
    return statement


def values_in(tree: Tree, statement: int) -> list[ast.expr]:
    """Return the expressions that a comment beside a statement is about; in an `__init__` those that may be layers."""
    values = values_of(tree.nodes[statement])
    if not _is_init(tree.nodes[tree.owners[statement]]):
        return values
    return [one for one in values if not (_is_number(one) or _is_class(one))]


def _is_number(node: ast.expr) -> bool:
    """Return whether a number comes out, whatever goes in: `int(8 * width)`, `max(round(n * depth), 1)`."""
    match node:
        case ast.Call(func=ast.Name(id="int" | "len" | "round")):
            return True
        case ast.Call(func=ast.Name(id="max" | "min"), args=[_, _, *_] as args):
            return any(isinstance(one, ast.Constant) for one in args)
        case _:
            return False


def _is_class(node: ast.expr) -> bool:
    """Return whether it is a class, or one of two: `Conv = Deep if deep else Flat`."""
    found = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    names = [(dotted(one) or "").rpartition(".")[2] for one in found]
    return all(name[:1].isupper() and not name.isupper() for name in names)


def _is_init(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


def ways(telling: Sequence[Telling]) -> Mapping[int, tuple[int, int]]:
    """Return, by the line of a comment, which of the ways of its block it tells of, and how many these are.

    Each goes on where the one above it ends: `8 x 8 x 16 -> 8 x 8 x 32` and `8 x 8 x 32 -> 4 x 4 x 32`.
    """
    found: dict[int, tuple[int, int]] = {}
    own = (one for one in telling if one[0].at is None)
    for _, block in groupby(own, key=lambda one: one[0].top):
        flows = [(comment.line, said[0]) for comment, said in block if len(said) == 1]
        flows = [(line, one) for line, one in flows if one.role == "flow" and one.name is None]
        if len(flows) > 1 and all(
            _sizes(one, -1) == _sizes(other, 0) for (_, one), (_, other) in pairwise(flows)
        ):
            found.update({line: (place, len(flows)) for place, (line, _) in enumerate(flows)})
    return found


def _sizes(statement: Statement, at: int) -> list[int | str | None]:
    return [size.value for size in statement.shapes[at].sizes]


def layers_in(statement: ast.AST) -> Sequence[ast.expr]:
    """Return the layers that the container has which a statement makes, `Sequential(a, b)`; none of anything else."""
    made = values_of(statement)
    call = made[0] if made else None
    if not isinstance(call, ast.Call) or called_name(call) not in _CONTAINERS or call.keywords:
        return []
    match call.args:
        case [ast.List(elts=elements) | ast.Starred(value=ast.List(elts=elements))]:
            return elements
        case _:
            return call.args
