"""What an annotation says of a shape: jaxtyping's `Float[Tensor, "b c h w"]`, torchtyping's `TensorType["b", 3]`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from archcheck.dialects.stated import REST, Size, StatedShape, Statement

LONGEST = 2_000
_TYPES = re.compile(
    r"(?:Float|BFloat|Int|UInt|Complex)(?:2|4|8|16|32|64|128)?|Bool|Shaped|Num|Inexact|Integer|Real|Key|Array|Scalar"
)
_WORD = re.compile(r"\S+")
_SUM = re.compile(r"[A-Za-z0-9_+\-*/()]+")


def annotation(text: str) -> Statement | None:
    """Return what an annotation's source says, `None | ...` and `Optional[...]` around it left aside; else None.

    >>> [size.value for size in annotation('Float[Tensor, "*batch 3 h//2 dim=64 #w _"]').shapes[0].sizes]
    ['...', 3, 'h//2', 64, None, None]
    """
    if len(text) > LONGEST:
        return None
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    node = _subscript(tree)
    if node is None or "\n" in text:
        return None
    shape = _shape(text, node)
    if shape is None:
        return None
    start, end = _column(text, node.col_offset), _column(text, node.end_col_offset or 0)
    return Statement("value", (shape,), text[start:end], start, end)


def _subscript(node: ast.expr) -> ast.Subscript | None:
    """Return the tensor's type in `T`, `T | None`, `None | T` and `Optional[T]`."""
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
            return _subscript(left)
        case ast.BinOp(left=ast.Constant(value=None), op=ast.BitOr(), right=right):
            return _subscript(right)
        case ast.Subscript(value=value, slice=inner) if _last(value) == "Optional":
            return _subscript(inner)
        case ast.Subscript():
            return node
    return None


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _shape(text: str, node: ast.Subscript) -> StatedShape | None:
    name, entries = _last(node.value), node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "TensorType":
        sizes = tuple(size for entry in entries for size in _typed(text, entry))
        whole = bool(sizes) and not any(isinstance(entry, ast.Slice) for entry in entries)
        return StatedShape(sizes, "letters", sizes[0].start, sizes[-1].end) if whole else None
    if not _TYPES.fullmatch(name) or len(entries) != 2 or not isinstance(entries[1], ast.Constant):
        return None
    return _dims(text, entries[1])


def _dims(text: str, node: ast.Constant) -> StatedShape | None:
    """Return the shape that a string of jaxtyping's is; one with escapes in it has no columns."""
    start, end = _column(text, node.col_offset), _column(text, node.end_col_offset or 0)
    source = text[start:end]
    quotes = 3 if source[:3] in ('"""', "'''") else 1
    inner = source[quotes : len(source) - quotes]
    if not isinstance(node.value, str) or inner != node.value:
        return None
    first = start + quotes
    sizes = tuple(_size(match[0], first + match.start()) for match in _WORD.finditer(inner))
    return StatedShape(sizes, "letters", first, first + len(inner))


def _size(word: str, start: int) -> Size:
    """Return one size; of `dim=3` the number's columns."""
    value = _value(word)
    given = word.rpartition("=")[2] if isinstance(value, int) else word
    return Size(value, start + len(word) - len(given), start + len(word))


def _value(word: str) -> int | str | None:
    """Return one of jaxtyping's sizes: `...` and `*name` are any number of axes, `#b`, `_` and `{n}` are not said."""
    if word == "..." or word.startswith("*") or word.startswith(("#*", "?*")):
        return REST
    bare = word.rpartition("=")[2].lstrip("?")
    if bare.isascii() and bare.isdecimal() and len(bare) < 13:
        return int(bare)
    if bare.startswith(("#", "_")) or not _SUM.fullmatch(bare):
        return None
    try:
        ast.parse(bare, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return bare


def _typed(text: str, node: ast.expr) -> Iterator[Size]:
    """Yield one of torchtyping's sizes: a string, a number, `-1` or `...`; types and other marks are none."""
    start, end = _column(text, node.col_offset), _column(text, node.end_col_offset or 0)
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            yield Size(number, start, end)
        case ast.Constant(value=str(name)) if text[start + 1 : end - 1] == name:
            yield Size(_value(name), start + 1, end - 1)
        case ast.Constant(value=value) if value is ...:
            yield Size(REST, start, end)
        case ast.UnaryOp():
            yield Size(None, start, end)


def _column(text: str, offset: int) -> int:
    """Return the column in characters of a place that Python gives in bytes."""
    return offset if text.isascii() else len(text.encode()[:offset].decode(errors="replace"))
