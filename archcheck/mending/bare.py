"""The lines of a program that could say a shape and say nothing: statements of `forward`, layers of a Sequential."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archcheck.binding.comments import comments
from archcheck.binding.expressions import called_name
from archcheck.binding.scopes import forward_of
from archcheck.binding.source import Source, joined
from archcheck.binding.tree import Tree
from archcheck.documents import Document
from archcheck.documents.document import Line, Passage

_GIVING = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True, slots=True)
class Bare:
    """A line without a comment, and the column where one may begin."""

    passage: Passage
    line: Line
    column: int


@dataclass(frozen=True, slots=True)
class BareLines:
    """Lines without a comment: `told`, those that a shape can be written behind, in order; `heads`, `class ...:` lines.

    `heads` are of classes that have a `forward`: the comment that says their input goes there.
    """

    told: tuple[Bare, ...]
    heads: tuple[Bare, ...]


def bare_lines(document: Document) -> BareLines:
    """Return the lines of a document's code that could say something and do not."""
    source = joined(document)
    nodes = Tree.of(source.text).nodes
    classes = [node for node in nodes if isinstance(node, ast.ClassDef) and forward_of(node) is not None]
    layers = [layer for node in nodes for layer in _layers(node)]
    told: list[ast.stmt | ast.expr] = [*layers]
    told += (one for node in classes for one in _statements(forward_of(node)))
    ends = sorted({(one.end_lineno or one.lineno, one.end_col_offset or 0) for one in told})
    heads = [(node.lineno, _head(source, node)) for node in classes]
    taken = {comment.line for comment in comments(source.lines)}
    return BareLines(tuple(_bare(source, ends, taken)), tuple(_bare(source, heads, taken)))


def _head(source: Source, node: ast.ClassDef) -> int:
    """Return where the header of a class ends, if that is on its first line."""
    line = source.lines[node.lineno - 1]
    return (
        len(line.rstrip().encode())
        if node.body[0].lineno > node.lineno and line.rstrip().endswith(":")
        else 0
    )


def _statements(function: ast.AST | None) -> Iterator[ast.stmt]:
    """Yield what a function sets and returns, also in its blocks, but not in functions inside it."""
    todo: list[ast.AST] = [] if function is None else [function]
    while todo:
        node = todo.pop()
        for block in _BLOCKS:
            for one in getattr(node, block, []):
                if isinstance(one, _GIVING) and _has_shape(one):
                    yield one
                elif not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    todo.append(one)


def _has_shape(statement: ast.stmt) -> bool:
    """Return whether a statement may give one tensor: not several things, nor the sizes of one."""
    value = getattr(statement, "value", None)
    if value is None or isinstance(value, (ast.Tuple, ast.List, ast.Dict, ast.Constant)):
        return False
    if any(isinstance(one, (ast.Tuple, ast.List)) for one in getattr(statement, "targets", ())):
        return False
    while isinstance(value, ast.Subscript):
        value = value.value
    is_size = isinstance(value, ast.Attribute) and value.attr == "shape"
    return not is_size and called_name(value) not in ("size", "Size")


def _layers(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the layers that a Sequential is made of, named ones too."""
    if not isinstance(node, ast.Call) or called_name(node) != "Sequential":
        return
    for one in node.args:
        if called_name(one) == "OrderedDict" and isinstance(one, ast.Call):
            lists = (each for each in one.args if isinstance(each, ast.List))
            yield from (each for found in lists for each in found.elts if isinstance(each, ast.Tuple))
        elif isinstance(one, ast.Call):
            yield one


def _bare(source: Source, ends: Sequence[tuple[int, int]], taken: set[int]) -> Iterator[Bare]:
    """Yield the lines that end where something ends, a comma left aside, and have no comment."""
    for number, column in ends:
        text = source.lines[number - 1]
        behind = text.encode()[column:].decode(errors="replace").strip()
        if column and number not in taken and behind in ("", ","):
            passage, line = source.places[number - 1]
            yield Bare(passage, line, len(line.text.rstrip()))
