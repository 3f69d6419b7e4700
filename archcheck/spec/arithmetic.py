"""`${width * 4}`: integer arithmetic on parameters, and nothing more; `${name}` alone is what that parameter is."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

MAX_LENGTH = 200
MAX_VALUE = 2**63 - 1
NOT_ARITHMETIC = "is not integer arithmetic (+ - * // % and parentheses)"

Parameter = bool | int | float | str
"""What a parameter of a file or a block may be: a number, true or false, or a word."""

_ODD = re.compile(r"[^A-Za-z0-9_ +\-*/%()]|(?<![A-Za-z0-9_])[0-9]+[A-Za-z_]")

_OPERATORS: Mapping[type[ast.operator], tuple[str, Callable[[int, int], int]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
}


class BadExpression(ValueError):  # noqa: N818 - becomes a SpecError where the place is known
    """What is wrong with an expression, in one line."""


def evaluate(text: str, names: Mapping[str, Parameter]) -> Parameter:
    """Return the value of an expression such as `width * 4` under `names`.

    Whole numbers, names, `+ - * // %`, a leading minus and parentheses. A name alone may be a word as well, or
    another number; arithmetic is on whole ones. Raises `BadExpression`.

    >>> evaluate("width * 4 + 1", {"width": 16})
    65
    """
    tree = _tree(text)
    return _named(tree.id, names) if isinstance(tree, ast.Name) else _value(tree, names)


def check(text: str) -> None:
    """Raise `BadExpression` for what is no expression, whatever the parameters are."""
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.expr) and not _is_arithmetic(node):
            raise BadExpression(f"'{ast.unparse(node)}' {NOT_ARITHMETIC}")


def _is_arithmetic(node: ast.expr) -> bool:
    match node:
        case ast.Name() | ast.UnaryOp(op=ast.USub()):
            return True
        case ast.Constant(value=value):
            return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS


@lru_cache(maxsize=4096)
def _tree(text: str) -> ast.expr:
    """Parse an expression once: that of a block stands wherever the block does."""
    if len(text) > MAX_LENGTH:
        raise BadExpression(f"an expression of {len(text)} characters; at most {MAX_LENGTH}")
    try:
        return ast.parse(_plain(text), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpression(f"'{text.strip()}' {NOT_ARITHMETIC}") from None


def _plain(text: str) -> str:
    """Return what Python may parse: other characters, and `1if`, would make it warn before it refuses."""
    if _ODD.search(text):
        raise ValueError(text)
    return text.strip()


def _named(name: str, names: Mapping[str, Parameter]) -> Parameter:
    if name not in names:
        known = ", ".join(sorted(names)) or "none here"
        raise BadExpression(f"no parameter {name!r}; there are: {known}")
    return names[name]


def _whole(name: str, names: Mapping[str, Parameter]) -> int:
    value = _named(name, names)
    if not isinstance(value, int) or isinstance(value, bool):
        shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
        raise BadExpression(f"{name} is {shown}; arithmetic is on whole numbers")
    return value


def _value(node: ast.expr, names: Mapping[str, Parameter]) -> int:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return _bounded(number)
        case ast.Name(id=name):
            return _whole(name, names)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, names)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _apply(type(sign), _value(left, names), _value(right, names))
    raise BadExpression(f"'{ast.unparse(node)}' {NOT_ARITHMETIC}")


def _apply(sign: type[ast.operator], left: int, right: int) -> int:
    text, function = _OPERATORS[sign]
    if right == 0 and text in ("//", "%"):
        raise BadExpression(f"{left} {text} 0 divides by zero")
    return _bounded(function(left, right))


def _bounded(number: int) -> int:
    if abs(number) > MAX_VALUE:
        raise BadExpression("a value beyond 2^63 - 1")
    return number
