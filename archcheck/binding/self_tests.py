"""Calls by which a document tries its own code: of a model, with a tensor that it makes on the spot."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from archcheck.binding.program import SelfTest
from archcheck.binding.source import Source
from archcheck.binding.texts import in_short
from archcheck.binding.tree import Tree, dotted
from archcheck.documents.document import Document, Line, Passage

_MAKERS = frozenset({"rand", "randn", "randint", "ones", "zeros", "empty", "full", "arange", "tensor"})
"""Functions of `torch` that make a tensor of the sizes that they are given."""
_CHANGES = frozenset({"to", "cuda", "cpu", "float", "half", "double", "long", "int"})
"""Methods that leave a tensor's sizes alone."""
_FAILING = re.compile(
    r"error|fail|raise|wrong|invalid|crash|break|exception|does(?:n't| not)|won't|cannot", re.I
)
"""In a comment beside a call: the document may mean it to fail."""
_TRACEBACK = re.compile(r"^(?:Traceback \(most|\w*(?:Error|Exception)\b)", re.M)
_NEAR = 2
"""Lines above a call whose comments may be about it, and of the prose around its block."""
_KEPT_FROM = (ast.Try, ast.With, ast.AsyncWith, ast.ExceptHandler)
"""A call in one of these may be meant to fail: `with pytest.raises(...)`."""


def self_tests(document: Document, source: Source, tree: Tree) -> Iterator[SelfTest]:
    """Yield the calls of a program that must go through as they stand.

    All that goes in is made by the document there, of sizes that it writes out, so that a failure is its own. Calls
    that it shows to fail, or speaks of so, are left out.
    """
    failing = {id(one) for one in _shown_to_fail(document)}
    made: dict[tuple[int, str], bool] = {}
    for number, node in enumerate(tree.nodes):
        scope = tree.owners[number]
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    made[scope, target.id] = _is_made(node.value)
        if not isinstance(node, ast.Call) or not _is_of_a_model(node):
            continue
        passage, line = source.places[node.lineno - 1]
        known = all(_is_made(one) or _was_made(one, made, scope) for one in node.args)
        doubted = id(passage) in failing or _speaks_of_failing(source.lines, node)
        if known and not doubted and not _may_fail(tree, number):
            last = node.end_lineno or node.lineno
            yield SelfTest(node.lineno, last, in_short(node, source.lines), passage, line)


def _is_of_a_model(call: ast.Call) -> bool:
    """Return whether a call may be of a model: `net(x)`, `self.net(x)`, `Net()(x)`; the run tells what it was."""
    named = isinstance(call.func, ast.Call) or dotted(call.func) is not None
    return named and bool(call.args) and not call.keywords and not _is_made(call)


def _was_made(node: ast.expr, made: dict[tuple[int, str], bool], scope: int) -> bool:
    return isinstance(node, ast.Name) and made.get((scope, node.id), False)


def _is_made(node: ast.expr) -> bool:
    """Return whether an expression makes a tensor of sizes that are written out, or of names of numbers."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
        node = node.func.value
    if not isinstance(node, ast.Call) or (name := dotted(node.func)) is None:
        return False
    first, _, last = name.rpartition(".")
    return first in ("torch", "th") and last in _MAKERS and not any(map(_calls, node.args))


def _calls(node: ast.expr) -> bool:
    return any(isinstance(one, (ast.Call, ast.Attribute, ast.Starred)) for one in ast.walk(node))


def _may_fail(tree: Tree, number: int) -> bool:
    return any(isinstance(tree.nodes[above], _KEPT_FROM) for above in tree.above(number))


def _speaks_of_failing(lines: Sequence[str], call: ast.Call) -> bool:
    near = lines[max(0, call.lineno - 1 - _NEAR) : call.end_lineno or call.lineno]
    return any(_FAILING.search(line.partition("#")[2]) for line in near)


def _shown_to_fail(document: Document) -> Iterator[Passage]:
    """Yield the code that a document shows or says to raise an error: below it, or in the prose around it."""
    before: Passage | None = None
    for above, passage in zip((None, *document.passages), document.passages, strict=False):
        if passage.kind == "code":
            before = passage
            if passage.raises or (above is not None and _speaks_so(above, above.lines[-_NEAR:])):
                yield passage
        elif before is not None:
            shown = passage.kind == "output" and _TRACEBACK.search(passage.text)
            if shown or (above is before and _speaks_so(passage, passage.lines[:_NEAR])):
                yield before


def _speaks_so(passage: Passage, lines: Sequence[Line]) -> bool:
    return passage.kind == "prose" and any(_FAILING.search(line.text) for line in lines)
