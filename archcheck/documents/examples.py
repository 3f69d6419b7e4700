"""The examples in a Python file's docstrings (`>>> net(x).shape`), which run after all of its code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from archcheck.documents import sessions
from archcheck.documents.code import parsed
from archcheck.documents.document import Line
from archcheck.documents.gathering import Gathering
from archcheck.documents.text import joined

_PROMPT = ">>> "
_TELLING = ("Size(", ".shape", ".size(", "#")
"""What is in an example that may say something of a shape; others run where one behind them in a docstring has it."""
_DEFINED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_QUOTES = ('"""', "'''")


def read_examples(lines: Sequence[Line], into: Gathering) -> None:
    """Add the examples of a file whose code has been added; those that do not parse are none."""
    if not any(_PROMPT in line.text for line in lines):
        return
    for first, last in _docstrings(parsed(joined(lines)) or []):
        examples = list(_examples(lines[first - 1 : last]))
        telling = [at for at, example in enumerate(examples) if _tells(example)]
        for example in examples[: telling[-1] + 1] if telling else ():
            _add(example, into)


def _docstrings(statements: Sequence[ast.stmt]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last line of each docstring, in order."""
    todo: list[Sequence[ast.stmt]] = [statements]
    found: list[tuple[int, int]] = []
    while todo:
        body = todo.pop()
        match body[:1]:
            case [ast.Expr(value=ast.Constant(value=str())) as literal]:
                found.append((literal.lineno, literal.end_lineno or literal.lineno))
        todo += [one.body for one in body if isinstance(one, _DEFINED)]
    yield from sorted(found)


def _examples(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield what stands from a prompt to the next blank line, or to the end of the docstring."""
    example: list[Line] = []
    for line in (*lines, Line("", 0, 0)):
        text = line.text.strip()
        if example or text.startswith(_PROMPT):
            ends = text.endswith(_QUOTES)
            kept = Line(line.text.rstrip()[: -len(_QUOTES[0])], line.number, line.start) if ends else line
            if kept.text.strip():
                example.append(kept)
            if ends or not text:
                yield example
                example = []


def _tells(example: Sequence[Line]) -> bool:
    return any(word in line.text for line in example for word in _TELLING)


def _add(example: Sequence[Line], into: Gathering) -> None:
    own = Gathering()
    sessions.split(example, own)
    if any(one.kind == "code" and parsed(one.text) is None for one in own.passages):
        return
    for one in own.passages:
        add = into.code if one.kind == "code" else into.output
        add(one.lines)
