"""What a document shows as printed, bound to the statements before it that may have printed it."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archcheck.binding.expressions import called_name, is_shape, meant
from archcheck.binding.readers import Readers
from archcheck.binding.source import Source, Span
from archcheck.binding.spots import Said, Spot, Stated
from archcheck.binding.texts import Text, on_one_line
from archcheck.binding.tree import Tree
from archcheck.dialects.outputs import PrintedModel, PrintedTable
from archcheck.dialects.stated import Statement
from archcheck.documents.document import Document, Line, Passage

_SILENT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Shown:
    """A table or a model that a document shows, and the spots that may have printed it."""

    shown: PrintedTable | PrintedModel
    spots: tuple[Spot, ...]
    passage: Passage
    line: Line


def outputs(
    document: Document, source: Source, tree: Tree, readers: Readers
) -> tuple[list[Stated], list[Shown]]:
    """Return what outputs state, and what else they show: each of the code passage before it."""
    spans = {id(span.passage): span for span in source.spans}
    statements = _by_line(tree)
    before: Span | None = None
    printing: tuple[Spot, ...] = ()
    stated: list[Stated] = []
    shown: list[Shown] = []
    for passage in document.passages:
        if passage.kind == "code":
            before = spans[id(passage)]
            printing = tuple(
                _printing(tree, [one for at in _lines(before) for one in statements.get(at, ())])
            )
        elif passage.kind == "output":
            text = Text.of(passage.text, 1, 0)
            found = readers.printed(passage.text)
            answers = _answers_shape(tree, printing) and readers.alone(passage.text) is not None
            counts = _answers_counts(tree, printing)
            for one in found:
                if isinstance(one, Statement):
                    if counts and one.name is None and all(shape.layout == "shape" for shape in one.shapes):
                        continue
                    one = _whole(one) if answers and len(found) == 1 else one
                    stated.append(_stated(Said(one, printing, _silence(before, printing)), passage, text))
                else:
                    line = passage.lines[bisect_right(text.begins, one.start) - 1]
                    shown.append(Shown(one, printing, passage, line))
    return stated, shown


def _stated(said: Said, passage: Passage, text: Text) -> Stated:
    statement, number, column = on_one_line(said.statement, text)
    return Stated(replace(said, statement=statement), passage, passage.lines[number - 1], column, "output")


def _lines(span: Span) -> range:
    return range(span.first, span.last + 1) if span.first else range(0)


def _by_line(tree: Tree) -> Mapping[int, Sequence[int]]:
    """Return the statements of the top, by the line that they begin on."""
    found: dict[int, list[int]] = {}
    for number, node in enumerate(tree.nodes):
        if tree.parents[number] == 0 and isinstance(node, ast.stmt):
            found.setdefault(node.lineno, []).append(number)
    return found


def _printing(tree: Tree, statements: Sequence[int]) -> Iterator[Spot]:
    """Yield the statements of a passage that may print; the last one shows its value, too."""
    for number in statements:
        node = tree.nodes[number]
        if not isinstance(node, _SILENT):
            shows = number == statements[-1] and isinstance(node, ast.Expr)
            yield Spot("shown" if shows else "printed", number)


def _answers_shape(tree: Tree, printing: Sequence[Spot]) -> bool:
    """Return whether the last statement before an output shows its value, and that is a shape."""
    node = tree.nodes[printing[-1].node] if printing and printing[-1].kind == "shown" else None
    return isinstance(node, ast.Expr) and any(is_shape(one) for one in meant([node.value]))


def _answers_counts(tree: Tree, printing: Sequence[Spot]) -> bool:
    """Return whether the last statement before an output shows how long things are: `len(a), len(b)`."""
    node = tree.nodes[printing[-1].node] if printing and printing[-1].kind == "shown" else None
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Tuple):
        return False
    return all(called_name(one) == "len" or isinstance(one, ast.Constant) for one in node.value.elts)


def _whole(statement: Statement) -> Statement:
    """Return a tuple that is the answer to an expression that is a shape, as that: surely, and every axis."""
    shapes = tuple(replace(shape, layout="size") for shape in statement.shapes)
    return replace(statement, shapes=shapes, sure=True)


def _silence(before: Span | None, printing: Sequence[Spot]) -> str | None:
    if printing:
        return None
    if before is None:
        return "no code stands before it"
    return "the code before it prints nothing" if before.first else "the code before it does not parse"
