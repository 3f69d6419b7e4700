"""The texts of a program that say something, and where they stand: docstrings and annotations."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from archcheck.binding.tree import Tree
from archcheck.dialects.columns import shifted
from archcheck.dialects.stated import Statement

_DESCRIBED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_QUOTES = ('"""', "'''", '"', "'")
_SHORT = 60


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a program: its first line, the column in characters where it begins there, and the node it is of.

    `begins`: where each of its lines begins in it.
    """

    text: str
    line: int
    column: int
    node: int
    begins: tuple[int, ...]

    @staticmethod
    def of(text: str, line: int, column: int, node: int = 0) -> Text:
        """Return a text that knows its lines."""
        return Text(text, line, column, node, (0, *accumulate(len(one) + 1 for one in text.split("\n")[:-1])))


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation: of a parameter (`name`), of what a function returns (None), or of a variable (a statement)."""

    text: Text
    name: str | None
    of_statement: bool = False


def docstrings(tree: Tree, lines: Sequence[str]) -> Iterator[Text]:
    """Yield the docstrings as they are written, without their quotes; `node`: what is described."""
    for number, node in enumerate(tree.nodes):
        if not isinstance(node, _DESCRIBED) or not node.body:
            continue
        match node.body[0]:
            case ast.Expr(value=ast.Constant(value=str()) as literal):
                if (text := _inside(text_of(literal, lines, number))) is not None:
                    yield text


def annotated(tree: Tree, lines: Sequence[str]) -> Iterator[Annotation]:
    """Yield the annotations that may say more than the name of a class."""
    for number, node in enumerate(tree.nodes):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                args = node.args
                star = [one for one in (args.vararg, args.kwarg) if one is not None]
                for one in (*args.posonlyargs, *args.args, *args.kwonlyargs, *star):
                    if one.annotation is not None and _says(one.annotation):
                        yield Annotation(text_of(one.annotation, lines, number), one.arg)
                if node.returns is not None and _says(node.returns):
                    yield Annotation(text_of(node.returns, lines, number), None)
            case ast.AnnAssign(value=ast.expr(), annotation=annotation) if _says(annotation):
                yield Annotation(text_of(annotation, lines, number), None, of_statement=True)


def on_one_line(statement: Statement, text: Text) -> tuple[Statement, int, int]:
    """Return a statement whose columns count in the line it begins on, that line, and where they count from."""
    at = bisect_right(text.begins, statement.start) - 1
    return shifted(statement, -text.begins[at]), text.line + at, text.column if at == 0 else 0


def in_short(node: ast.AST, lines: Sequence[str]) -> str:
    """Return code as it is written, in a line and not too long."""
    if not isinstance(node, (ast.expr, ast.stmt)):
        return ""
    text = text_of(node, lines, 0).text
    first, *others = text.strip().split("\n")
    cut = bool(others) or len(first) > _SHORT
    return f"{first[: _SHORT - 3].rstrip()}..." if cut else first


def _says(annotation: ast.expr) -> bool:
    """Return whether an annotation is more than a name: a shape takes a bracket or a string."""
    return not isinstance(annotation, (ast.Name, ast.Attribute)) and annotation != ast.Constant(None)


def text_of(node: ast.expr | ast.stmt, lines: Sequence[str], number: int) -> Text:
    """Return the code of a node as it is written; `number`: the node that it is a text of."""
    first, last = node.lineno, node.end_lineno or node.lineno
    start = _characters(lines[first - 1], node.col_offset)
    end = _characters(lines[last - 1], node.end_col_offset or 0)
    if first == last:
        return Text.of(lines[first - 1][start:end], first, start, number)
    parts = [lines[first - 1][start:], *lines[first : last - 1], lines[last - 1][:end]]
    return Text.of("\n".join(parts), first, start, number)


def _characters(line: str, column: int) -> int:
    """Return a column of bytes, as the syntax tree counts, in characters."""
    return column if line.isascii() else len(line.encode()[:column].decode(errors="replace"))


def _inside(literal: Text) -> Text | None:
    """Return what stands between the quotes; None of several literals in a row."""
    text = literal.text.lstrip("rRuUbB")
    quote = next((one for one in _QUOTES if text.startswith(one)), "")
    inside = text[len(quote) : -len(quote) or None]
    if quote in inside.replace("\\\\", "").replace(f"\\{quote[0]}", ""):
        return None
    before = len(literal.text) - len(text) + len(quote)
    return Text.of(inside, literal.line, literal.column + before, literal.node)
