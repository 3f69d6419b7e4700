"""Parameters that have several tensors in them: the code takes them apart, or walks over them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

MOST_PARTS = 6
SEVERAL = 3
"""Tensors in a list that the code walks over."""
_OF_TENSORS = frozenset(
    (
        *(
            "shape",
            "size",
            "dim",
            "ndim",
            "view",
            "reshape",
            "flatten",
            "permute",
            "transpose",
            "unsqueeze",
            "squeeze",
        ),
        *("contiguous", "mean", "softmax", "sigmoid", "detach", "device"),
    )
)
"""What is read of tensors, and of nothing else that code walks over."""


def taken_apart(node: ast.AST) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Yield what is taken apart, into what, and on which line: `x, y = batch`, `for x in maps`."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=parts)], value=ast.Name(id=name), lineno=line):
            inner = tuple(one.id for one in parts if isinstance(one, ast.Name))
            if 1 < len(inner) == len(parts) <= MOST_PARTS:
                yield name, inner, line
        case ast.For(target=target, iter=walked) | ast.comprehension(target=target, iter=walked):
            match target, walked:
                case ast.Name(id=one), ast.Name(id=name):
                    yield name, (one,) * SEVERAL, walked.lineno
                case (
                    ast.Tuple(elts=[_, ast.Name(id=one)]),
                    ast.Call(func=ast.Name(id="enumerate"), args=[ast.Name(id=name)]),
                ):
                    yield name, (one,) * SEVERAL, walked.lineno


def are_tensors(inner: tuple[str, ...], nodes: Sequence[tuple[int, ast.AST]]) -> bool:
    """Return whether the code does with the parts of what it walks over what is done with tensors alone."""
    if len(set(inner)) > 1:
        return True
    for _, node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if (
                name == inner[0] and attr in _OF_TENSORS
            ):
                return True
            case ast.Call(func=func, args=[ast.Name(id=name), *_]) if name == inner[0] and _is_of_self(func):
                return True
    return False


def _is_of_self(func: ast.expr) -> bool:
    """Return whether a call is of a part of the model: `self.layers[k](x)`."""
    owner = func.value if isinstance(func, ast.Subscript) else func
    return isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name) and owner.value.id == "self"
