"""A document -> its program, and what the document says of it, bound to what reports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from archcheck.binding.assertions import assertions
from archcheck.binding.comments import Comment, comments, goes_on, left_out, rows
from archcheck.binding.expressions import called_name, constructs
from archcheck.binding.outputs import outputs
from archcheck.binding.program import Claim, Exhibit, Program, Site, Told
from archcheck.binding.readers import DIALECTS, Readers
from archcheck.binding.saying import Saying
from archcheck.binding.scopes import Scopes
from archcheck.binding.self_tests import self_tests
from archcheck.binding.source import Source, joined
from archcheck.binding.spots import Said, Spot, Stated, Subject, unsure
from archcheck.binding.subjects import Subjects
from archcheck.binding.texts import Text, annotated, docstrings, in_short, on_one_line
from archcheck.binding.tree import Tree, dotted, is_function
from archcheck.dialects.stated import Statement
from archcheck.documents.document import Document


def bind(document: Document, readers: Readers = DIALECTS) -> Program:
    """Return the program that a document's code is, and every claim with the sites it may be said of.

    Code that does not parse is a problem of its own; the rest goes on. `readers`: who reads what people write.
    """
    source = joined(document)
    tree = Tree.of(source.text)
    printed, shown = outputs(document, source, tree, readers)
    found = [*_beside_code(source, tree, readers), *printed]
    numbers: dict[Spot, int] = {}
    for spots in (*(stated.said.spots for stated in found), *(one.spots for one in shown)):
        for spot in spots:
            numbers.setdefault(spot, len(numbers) + 1)
    sites = tuple(_site(number, spot, tree, source.lines) for spot, number in numbers.items())
    claims = tuple(_claim(stated, numbers) for stated in found)
    exhibits = tuple(
        Exhibit(one.shown, tuple(numbers[spot] for spot in one.spots), one.passage, one.line) for one in shown
    )
    tests = tuple(self_tests(document, source, tree))
    return Program(source.text, source.places, sites, claims, source.problems, exhibits, tests)


def _in_comments(
    source: Source, tree: Tree, readers: Readers
) -> Iterator[tuple[Comment, Sequence[Statement]]]:
    """Yield each comment, but for code that was left out and for rows of values, and what it says."""
    written = comments(source.lines, tree.tops())
    dropped = left_out(written) | rows(written)
    for before, comment in zip((None, *written), written, strict=False):
        if comment.line not in dropped:
            yield comment, _in_doubt(readers.comment(comment.text), goes_on(before, comment))


def _beside_code(source: Source, tree: Tree, readers: Readers) -> Iterator[Stated]:
    """Yield what comments, docstrings, annotations and assertions say."""
    stated = [(one, said, readers.alone(one.text)) for one, said in _in_comments(source, tree, readers)]
    telling = [(comment, said) for comment, said, alone in stated if said or alone]
    subjects = Subjects.of(tree, telling)
    saying = Saying(subjects, Scopes.of(tree))
    for comment, statements, alone in stated:
        text = Text.of(comment.text, comment.line, comment.column)
        if not statements and alone is None:
            continue
        subject = subjects.of_comment(comment)
        if alone is not None and subject.shapes:
            yield _placed(Said(alone, subject.shapes), text, source, "comment")
            continue
        for said in saying.of_comment(_in_order(text.text, statements, subject, readers), subject):
            yield _placed(said, text, source, "comment")
    for text in docstrings(tree, source.lines):
        for said in saying.of_docstring(readers.docstring(text.text), text.node):
            yield _placed(said, text, source, "docstring")
    yield from _in_annotations(source, tree, saying, readers)
    for said, text in assertions(tree, source.lines, readers):
        yield _placed(said, text, source, "assertion")


def _in_annotations(source: Source, tree: Tree, saying: Saying, readers: Readers) -> Iterator[Stated]:
    """Yield what annotations of parameters, results and variables say."""
    for one in annotated(tree, source.lines):
        if (statement := readers.annotation(one.text.text)) is not None:
            if one.of_statement:
                said = Said(statement, tuple(_variable(tree, one.text.node)))
            else:
                said = saying.of_function(statement, one.text.node, one.name)
            yield _placed(said, one.text, source, "annotation")


def _in_order(
    text: str, found: Sequence[Statement], subject: Subject, readers: Readers
) -> Sequence[Statement]:
    """Return statements; where as many values stand beside them and nothing else is said, as sure as each is alone."""
    spans = [(shape.start, shape.end) for one in found for shape in one.shapes]
    shown = [spot for spot in subject.parts if spot.when != "before"]
    if len(found) < 2 or not len(found) == len(shown) == len(spans):
        return found
    edges = zip([0, *(end for _, end in spans)], [*(start for start, _ in spans), len(text)], strict=True)
    if "".join(text[end:start] for end, start in edges).strip(" \t,;"):
        return found
    alone = [readers.comment(text[start:end]) for start, end in spans]
    return [
        replace(one, sure=any(again.sure for again in own)) for one, own in zip(found, alone, strict=True)
    ]


def _in_doubt(statements: Sequence[Statement], doubt: bool) -> Sequence[Statement]:
    """Return statements, in doubt unsure of what it is that they name nothing of."""
    return [unsure(one) if doubt and one.name is None else one for one in statements]


def _variable(tree: Tree, number: int) -> Iterator[Spot]:
    node = tree.nodes[number]
    name = dotted(node.target) if isinstance(node, ast.AnnAssign) else None
    if name is not None:
        yield Spot("value", number, "after", name)


def _placed(said: Said, text: Text, source: Source, told: Told) -> Stated:
    statement, number, column = on_one_line(said.statement, text)
    passage, line = source.places[number - 1]
    return Stated(replace(said, statement=statement), passage, line, source.column(number, column), told)


def _claim(stated: Stated, numbers: Mapping[Spot, int]) -> Claim:
    said = stated.said
    sites = tuple(dict.fromkeys(numbers[spot] for spot in said.spots))
    return Claim(said.statement, sites, stated.passage, stated.line, stated.column, said.why, stated.told)


def _site(number: int, spot: Spot, tree: Tree, lines: Sequence[str]) -> Site:
    node, at = tree.nodes[spot.node], spot.node
    if any(isinstance(tree.nodes[above], ast.JoinedStr) for above in tree.above(at)):
        at = tree.statement(at)  # Python does not always know where things in an f-string are
    text = spot.name or _text(node if at == spot.node else tree.nodes[at], lines)
    function = tree.qualified(spot.node)
    if is_function(node) and spot.when == "here":
        function = f"{function}.{_text(node, lines)}".lstrip(".")
    line = int(getattr(tree.nodes[at], "lineno", 1))
    repeated = tree.repeated(spot.node)
    return Site(
        number, spot.kind, line, function, text, spot.name, spot.node, spot.when, repeated, spot.since
    )


def _text(node: ast.AST, lines: Sequence[str]) -> str:
    """Return what messages call a node: the class that it makes, the name of a function, else the code."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name
    name = called_name(node)
    return name if name is not None and constructs(node) else in_short(node, lines)
