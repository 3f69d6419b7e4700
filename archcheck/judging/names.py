"""What a written size comes to: a number, a name, or arithmetic of names such as `B*nW`, `H/2` and `self.heads`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from math import prod

MOST_CHARACTERS = 200
"""A longer expression is no size that anybody would read."""

Names = Mapping[str, int]
"""The sizes that names stand for, within one call."""


def settled(written: str, size: int, names: Names) -> Names | None:
    """Return the names as they must be for what is written to come to `size`; None where it cannot.

    A name that is not known yet stands for what is missing. What is no arithmetic, and arithmetic of several unknown
    names, may come to anything.

    >>> settled("B*nW", 128, {"B": 2})
    {'B': 2, 'nW': 64}
    >>> settled("H/2", 7, {"H": 15}), settled("N", 3, {"N": 4})
    ({'H': 15}, None)
    """
    tree = _tree(written)
    if tree is None:
        return names
    return None if _divides_by_nothing(tree, names) else _solve(tree, size, names)


def known(written: str, names: Names) -> int | None:
    """Return what is written as a number, or None where a name in it is not known, or it is no arithmetic."""
    tree = _tree(written)
    values = () if tree is None else _values(tree, names)
    return values[0] if values else None


def names_in(written: int | str | None) -> frozenset[str]:
    """Return the names in a written size: `B*nW` has two."""
    tree = _tree(written) if isinstance(written, str) else None
    found: set[str] = set()
    todo: list[ast.AST] = [] if tree is None else [tree]
    while todo:
        node = todo.pop()
        name = _name(node) if isinstance(node, ast.expr) else None
        if name is None:
            todo += ast.iter_child_nodes(node)
        else:
            found.add(name)
    return frozenset(found)


@lru_cache(maxsize=4096)
def _tree(written: str) -> ast.expr | None:
    if len(written) > MOST_CHARACTERS:
        return None
    try:
        return ast.parse(written.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _divides_by_nothing(tree: ast.expr, names: Names) -> bool:
    """Return whether anything in an expression is divided by 0: that is no size at all."""
    inside = (one for one in ast.walk(tree) if isinstance(one, ast.BinOp))
    divisors = (one.right for one in inside if isinstance(one.op, ast.Div | ast.FloorDiv | ast.Mod))
    return any(_values(one, names) == (0,) for one in divisors)


def _solve(node: ast.expr, size: int, names: Names) -> Names | None:
    name = _name(node)
    values = _values(node, names)
    if name is not None and not values:
        return {**names, name: size}
    if values:
        return names if size in values else None
    if isinstance(node, ast.BinOp):
        return _solve_binary(node, size, names)
    return names


def _solve_binary(node: ast.BinOp, size: int, names: Names) -> Names | None:
    """Solve for the side that is not known; where neither is, anything may be."""
    left, right = _values(node.left, names), _values(node.right, names)
    if bool(left) == bool(right):
        return names
    given = (left or right)[0]
    unknown = node.right if left else node.left
    match node.op:
        case ast.Add():
            wanted = size - given
        case ast.Sub():
            wanted = given - size if left else size + given
        case ast.Mult():
            if given == 0 or size % given:
                return None
            wanted = size // given
        case _:  # several sizes give the same quotient
            return names
    return _solve(unknown, wanted, names) if wanted >= 0 else None


def _values(node: ast.expr, names: Names) -> tuple[int, ...]:
    """Return the whole numbers that an expression may mean; none where something in it is not known.

    A quotient that is not whole may be meant rounded down or up; what is taken from a product in words, from its last.
    """
    name = _name(node)
    if name is not None:
        return (names[name],) if name in names else _compact(name, names)
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return (number,)
        case ast.BinOp(left=left, op=sign, right=right):
            pairs = [(one, other) for one in _values(left, names) for other in _values(right, names)]
            values = (value for pair in pairs for value in _applied(sign, *pair))
            return tuple(dict.fromkeys((*values, *_loosely(node, names))))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return tuple(-value for value in _values(operand, names))
    return ()


def _loosely(node: ast.BinOp, names: Names) -> tuple[int, ...]:
    """Return what `batch size * trg len - 1` means to those who write a size in words: of the last of them one less."""
    product = node.left
    if not isinstance(node.op, ast.Add | ast.Sub) or not isinstance(product, ast.BinOp):
        return ()
    last = _name(product.right)
    if not isinstance(product.op, ast.Mult) or last is None or "_" not in last:
        return ()
    less = ast.BinOp(left=product.right, op=node.op, right=node.right)
    return _values(ast.BinOp(left=product.left, op=ast.Mult(), right=less), names)


def _compact(name: str, names: Names) -> tuple[int, ...]:
    """Return the product of known sizes that capital letters at a stretch mean: `HW` is `H*W`; `NH` is none."""
    letters = name.isalpha() and (name.isupper() or name == "hw")
    if not letters or not 1 < len(name) < 4 or (len(name) == 2 and name[0] == "N"):
        return ()
    return (prod(names[one] for one in name),) if all(one in names for one in name) else ()


def _applied(sign: ast.operator, left: int, right: int) -> tuple[int, ...]:
    match sign:
        case ast.Add():
            return (left + right,)
        case ast.Sub():
            return (left - right,)
        case ast.Mult():
            return (left * right,)
        case ast.Div() if right:
            return tuple(dict.fromkeys((left // right, -(-left // right))))
        case ast.FloorDiv() if right:
            return (left // right,)
        case ast.Pow() if 0 <= right <= 4 and abs(left) <= 2**15:
            return (left**right,)
    return ()


def _name(node: ast.expr) -> str | None:
    """Return a name, dotted or not, as it is written."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = _name(node.value)
        return None if owner is None else f"{owner}.{node.attr}"
    return None
