"""What a comment says about shapes, unless it is code that was commented out."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import replace
from typing import Literal

from archcheck.dialects import vocabulary
from archcheck.dialects.columns import shifted
from archcheck.dialects.lines import statements
from archcheck.dialects.stated import Statement

LONGEST = 1_000
"""Characters of a comment that may be code; longer ones are read as text."""
Code = Literal["none", "code", "assigned"]
"""`assigned`: `src = [src_len, batch]`, which is code and also how people write a shape."""
_TOOLS = (
    "type:",
    "noqa",
    "pylint:",
    "pragma",
    "fmt:",
    "mypy:",
    "ruff:",
    "isort:",
    "!",
    "-*-",
    "%%",
    "@param",
    "archcheck:",
)
_EXAMPLES = ("e.g", "eg.", "for example", "for instance", "例如")
_WISHES = ("but we ", "but should", "but it should", "we want", "instead of", "rather than", "而不是")
"""What is said where one of two shapes is not what is there."""
_SPOKEN = vocabulary.SHAPE | vocabulary.INPUT | vocabulary.OUTPUT
_CALLED = _SPOKEN | {"torch.size", "size", "tensorshape", "tf.tensorshape"}
_KEY = "shape: "
_BRACKET = re.compile(r"[\s=>-]*([(\[][0-9][0-9, ]*[)\]])[\s.]*")
_PROMPT = re.compile(r"\s*(?:In|Out) ?\[[0-9 ]*\]:?\s*")
"""Which cell of a notebook it was, as what made a script of one leaves it."""
_STATEMENTS = (ast.Expr, ast.Assign, ast.AnnAssign)


def comment(text: str) -> tuple[Statement, ...]:
    """Return what a comment says, given without its `#`; columns are of that text.

    >>> [size.value for size in comment(" [1, 96, 54, 54]")[0].shapes[0].sizes]
    [1, 96, 54, 54]
    >>> comment(" nn.Conv2d(3, 64, 3),"), comment(" ('plane', 'car')")
    ((), ())
    """
    if text.lstrip().lower().startswith(_TOOLS) or _PROMPT.fullmatch(text):
        return ()
    found = statements(text)
    code = _code(text) if found else "none"
    if code == "code":
        return ()
    lower = text.lstrip().lower()
    doubt = code == "assigned" or lower.startswith(_EXAMPLES) or any(wish in lower for wish in _WISHES)
    return tuple(replace(one, sure=False) for one in found) if doubt else found


def shape_alone(text: str) -> Statement | None:
    """Return what numbers in brackets say that are the whole text, beside an expression that is a shape: every axis.

    >>> shape_alone(" (1, 2, 3)").text, shape_alone(" (1, 2, 3) are given")
    ('(1, 2, 3)', None)
    """
    bare = _BRACKET.fullmatch(text)
    found = statements(f"{_KEY}{bare[1]}") if bare is not None and len(text) <= LONGEST else ()
    if bare is None or len(found) != 1 or found[0].role != "value" or len(found[0].shapes) != 1:
        return None
    shape = replace(found[0].shapes[0], layout="size")
    one = Statement("value", (shape,), bare[1], shape.start, shape.end)
    return shifted(one, bare.start(1) - len(_KEY))


def _code(text: str) -> Code:
    bare = text.strip().rstrip(",")
    if not bare or len(bare) > LONGEST:
        return "none"
    tree = _parsed(bare if not bare.endswith(":") else f"{bare} pass")
    if tree is None:
        return "code" if "=" in bare and _are_arguments(bare) else "none"
    if not all(isinstance(node, _STATEMENTS) for node in tree.body):
        return "code"
    if any(_is_call(node) for node in ast.walk(tree)):
        return "code"
    if text.partition("#")[0].rstrip().endswith(",") and any(
        isinstance(node, ast.Assign) for node in tree.body
    ):
        return "code"  # an argument of a call that is commented out
    kinds = {_assigned(node) for node in tree.body if isinstance(node, ast.Assign)}
    return "code" if "code" in kinds else "assigned" if "assigned" in kinds else "none"


def _are_arguments(bare: str) -> bool:
    """Return whether it is `size=(3, 9), ratio=1.0`: arguments, with one among them that is no list of sizes."""
    tree = _parsed(f"_({bare})")
    call = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    if not isinstance(call, ast.Expr) or not isinstance(call.value, ast.Call) or call.value.args:
        return False
    values = [one.value for one in call.value.keywords]
    return any(not isinstance(one, (ast.Tuple, ast.List, ast.Name)) for one in values)


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():  # `3is` is a warning of the parser, and no matter of ours
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_call(node: ast.AST) -> bool:
    """Return whether it is a call, but of nothing that shapes are written as: `torch.Size(...)`, `input(3, 32, 32)`."""
    if isinstance(node, (ast.Lambda, ast.Await, ast.Yield, ast.ListComp, ast.GeneratorExp, ast.Dict)):
        return True
    return (
        isinstance(node, ast.Call)
        and not _is_remark(node)
        and ast.unparse(node.func).lower() not in _CALLED
        and bool(node.args or node.keywords)
    )


def _is_remark(node: ast.Call) -> bool:
    """Return whether it is `x (B, N, C)`, with a blank that code does not have, or `形状为(B, C)`."""
    if not isinstance(node.func, ast.Name) or not node.args:
        return False
    apart = node.args[0].col_offset > (node.func.end_col_offset or 0) + 1
    return apart or not node.func.id.isascii()


def _assigned(node: ast.Assign) -> Code:
    """Return whether an assignment is code: `B, C = 4, 8`; `shape = (1, 3)` is none, `src = [len, batch]` may be."""
    target = node.targets[0]
    name = ast.unparse(target).lower() if isinstance(target, (ast.Name, ast.Attribute)) else ""
    if not isinstance(node.value, (ast.Tuple, ast.List)) or not name:
        return "code"
    if name.rpartition(".")[2] in _SPOKEN or name.endswith(("_shape", "_size")):
        return "none"
    literal = all(isinstance(entry, ast.Constant) for entry in node.value.elts)
    return "code" if literal or not isinstance(target, ast.Name) else "assigned"
