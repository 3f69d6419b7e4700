"""Passages of code -> one source: each is parsed by itself first, so that one that does not parse costs only itself."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

from archcheck.binding.program import Problem
from archcheck.documents.document import Document, Line, Passage

_STARTERS = ("class ", "def ", "from ", "import ", "return ")
"""Words that begin a statement: several of them on a line that does not parse have lost their line ends."""
_MOST_STARTERS = 4
_LOST_ENDS = (
    "the code has lost its line ends: some {} statements stand on this line; write it out with line ends"
)
_REFUSALS = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
"""What Python raises on a text that is no program: null bytes, lone surrogates and nesting without end among it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A passage of code and its lines in the source, `first` to `last`; first is 0 where it does not parse."""

    passage: Passage
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """The lines of all code that parses, where each stands, and what does not parse."""

    lines: tuple[str, ...]
    places: tuple[tuple[Passage, Line], ...]
    spans: tuple[Span, ...]
    problems: tuple[Problem, ...]

    @property
    def text(self) -> str:
        """The program, every line with its end."""
        return "".join(f"{line}\n" for line in self.lines)

    def column(self, line: int, column: int) -> int:
        """Return where a column of a line of the source is in the passage's line, which may stand further in."""
        return column + len(self.places[line - 1][1].text) - len(self.lines[line - 1])


def joined(document: Document) -> Source:
    """Return a document's code as one source."""
    lines: list[str] = []
    places: list[tuple[Passage, Line]] = []
    spans: list[Span] = []
    problems: list[Problem] = []
    for passage in document.passages:
        if passage.kind != "code":
            continue
        texts = _dedented([_one_line(line.text) for line in passage.lines])
        refused = _refusal(texts)
        if refused is not None:
            problems.append(_problem(passage, refused))
            spans.append(Span(passage))
            continue
        spans.append(Span(passage, len(lines) + 1, len(lines) + len(texts)))
        lines += texts
        places += ((passage, line) for line in passage.lines)
    return Source(tuple(lines), tuple(places), tuple(spans), tuple(problems))


def parsed(text: str) -> ast.Module:
    """Parse a text, silently."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _refusal(texts: list[str]) -> BaseException | None:
    """Return what Python has against a program."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # what parses may still be no program: `return` outside a function, `nonlocal` at the top
            compile(
                ast.parse("".join(f"{text}\n" for text in texts)), "<document>", "exec", dont_inherit=True
            )
    except _REFUSALS as error:
        return error
    return None


def _problem(passage: Passage, refused: BaseException) -> Problem:
    number = (refused.lineno or 1) if isinstance(refused, SyntaxError) else 1
    line = passage.lines[min(max(number, 1), len(passage.lines)) - 1] if passage.lines else Line("", 1, 0)
    count = sum(line.text.count(word) for word in _STARTERS)  # also run together with what is before it
    if count >= _MOST_STARTERS:
        return Problem(passage, line, _LOST_ENDS.format(count))
    said = refused.msg if isinstance(refused, SyntaxError) else f"{refused}" or type(refused).__name__
    return Problem(passage, line, f"it does not parse: {said}")


def _one_line(text: str) -> str:
    """Return a line without what Python alone takes for a line end."""
    return text.replace("\r", " ")


def _dedented(texts: list[str]) -> list[str]:
    """Return lines without the indent that all of them have: a fragment of a class parses, too."""
    indents = [len(text) - len(text.lstrip(" \t")) for text in texts if text.strip()]
    least = min(indents, default=0)
    return [text[least:] if text.strip() else text[:0] for text in texts] if least else texts
