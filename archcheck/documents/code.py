"""Whether a text is Python, asked of Python's own parser; and whether what parses looks like code that somebody wrote.

Much prose parses: a word alone, a number, `Note: this`. It looks like code where it imports, defines, assigns, loops or
calls something that the document made before.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

CONVENTIONAL = frozenset({"F", "d2l", "nn", "np", "plt", "torch", "torchvision", "tf"})
"""Names that pages use without saying where they have them from."""
VALUES = frozenset({"Parameter", "Size", "array", "device", "tensor"})
"""Names that stand before the bracket where Python prints a value: `torch.Size([1, 2])`, `tensor([1., 2.])`."""
_BUILTINS = frozenset(name for name in dir(builtins) if not name[0].isupper())
_CODE = (
    *(
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Assign,
        ast.AugAssign,
    ),
    *(ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.Match),
)


def parsed(text: str) -> list[ast.stmt] | None:
    """Return a text's statements, None where it is no Python or more than the parser takes."""
    return parsed_or_line(text)[0]


def parsed_or_line(text: str) -> tuple[list[ast.stmt] | None, int]:
    """Return a text's statements, or None and the line, from 1, where the parser gives up; 0 where it cannot say."""
    try:
        return ast.parse(text).body, 0
    except SyntaxError as error:
        return None, error.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return None, 0


def looks_like_code(statement: ast.stmt, known: frozenset[str] | set[str] | None = None) -> bool:
    """Return whether a statement is more than prose that parses.

    `known`: the names made so far, which a call or a lone expression must use; None: any name will do for a call, as
    in a block that is set apart from the prose.
    """
    if isinstance(statement, ast.Expr):
        return _says_something(statement.value, known)
    if isinstance(statement, ast.AnnAssign):
        return statement.value is not None and not isinstance(statement.annotation, ast.Constant)
    if isinstance(statement, ast.Assert):
        return not isinstance(statement.test, ast.Name)
    return isinstance(statement, _CODE)


def _says_something(value: ast.expr, known: frozenset[str] | set[str] | None) -> bool:
    if isinstance(value, ast.Await):
        value = value.value
    if known is not None and isinstance(value, (ast.Tuple, ast.BinOp)):
        return _is_of_known(value, known)
    if is_value(value):
        return False
    called = isinstance(value, ast.Call)
    root = _root(value)
    if root is None:
        return False
    if known is None:
        return called and (isinstance(_called(value), ast.Attribute) or not root[0].isupper())
    return root in known or (called and (root in CONVENTIONAL or root in _BUILTINS))


def _is_of_known(value: ast.Tuple | ast.BinOp, known: frozenset[str] | set[str]) -> bool:
    """Return whether an expression of several is made of names made before, and of numbers: `x.shape, y.shape`."""
    parts = value.elts if isinstance(value, ast.Tuple) else [value.left, value.right]
    roots = [_root(part) for part in parts if not isinstance(part, ast.Constant)]
    return bool(roots) and all(root in known for root in roots)


def _called(value: ast.expr) -> ast.expr:
    return value.func if isinstance(value, ast.Call) else value


def _last(value: ast.expr) -> str:
    func = _called(value)
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _root(value: ast.expr) -> str | None:
    """Return the name that an expression begins with: `net` of `net(x)[0].shape`."""
    while not isinstance(value, ast.Name):
        if isinstance(value, ast.Call):
            value = value.func
        elif isinstance(value, (ast.Attribute, ast.Subscript, ast.Starred)):
            value = value.value
        else:
            return None
    return value.id


def is_value(value: ast.expr) -> bool:
    """Return whether an expression is what Python prints of a value: numbers in brackets, `torch.Size([1, 2])`."""
    if isinstance(value, ast.Call):
        return _last(value) in VALUES
    if isinstance(value, (ast.Tuple, ast.List)):
        return len(value.elts) > 1 and all(
            isinstance(one, ast.Constant) or is_value(one) for one in value.elts
        )
    return False


def names_made(statements: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements bind outside functions and classes, and those of what they import."""
    for statement in statements:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
        elif isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.With)):
            yield from _targets(statement)
        if isinstance(statement, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
            yield from names_made([*statement.body, *getattr(statement, "orelse", [])])


def _targets(statement: ast.Assign | ast.AugAssign | ast.AnnAssign | ast.For | ast.With) -> Iterator[str]:
    if isinstance(statement, ast.Assign):
        targets: list[ast.expr] = statement.targets
    elif isinstance(statement, ast.With):
        targets = [item.optional_vars for item in statement.items if item.optional_vars is not None]
    else:
        targets = [statement.target]
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, (ast.Tuple, ast.List)):
            targets = [*targets, *target.elts]
