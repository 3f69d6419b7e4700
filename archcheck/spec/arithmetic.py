"""`${width * 4}`: integer arithmetic on a block's parameters, and nothing more."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping

MAX_LENGTH = 200
MAX_VALUE = 2**63 - 1
NOT_ARITHMETIC = "is not integer arithmetic (+ - * // % and parentheses)"

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


def evaluate(text: str, names: Mapping[str, int]) -> int:
    """Return the value of an expression such as `width * 4` under `names`.

    Whole numbers, names, `+ - * // %`, a leading minus and parentheses. Raises `BadExpression`.

    >>> evaluate("width * 4 + 1", {"width": 16})
    65
    """
    if len(text) > MAX_LENGTH:
        raise BadExpression(f"an expression of {len(text)} characters; at most {MAX_LENGTH}")
    try:
        tree = ast.parse(_plain(text), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpression(f"'{text.strip()}' {NOT_ARITHMETIC}") from None
    return _value(tree.body, names)


def _plain(text: str) -> str:
    """Return what Python may parse: other characters, and `1if`, would make it warn before it refuses."""
    if _ODD.search(text):
        raise ValueError(text)
    return text.strip()


def _value(node: ast.expr, names: Mapping[str, int]) -> int:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return _bounded(number)
        case ast.Name(id=name):
            if name not in names:
                known = ", ".join(sorted(names)) or "none here"
                raise BadExpression(f"no parameter {name!r}; there are: {known}")
            return names[name]
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
