"""Plain text with code pasted between the prose -> passages.

A statement begins at a line that can be one and reaches as far as its brackets and its indent say; Python's parser
decides. Statements that follow each other are one passage. What begins as only code begins and does not parse is code
too: whoever joins the code can then say where it breaks, where silence would be a pass.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from archcheck.documents.code import looks_like_code, names_made, parsed, parsed_or_line
from archcheck.documents.document import Line
from archcheck.documents.gathering import Gathering
from archcheck.documents.printed import end_of_printed
from archcheck.documents.sessions import is_session, split
from archcheck.documents.statements import Reach, first_word, may_be_code
from archcheck.documents.text import dedented, indent

_Found = Literal["code", "broken", "doubtful", "output", "session"]
_HEADS = frozenset({"class", "def", "async", "for", "while", "with", "if", "try"})
_FIRST = frozenset({"import", "from", "class", "def"})
_SHORTEST_JOINED = 60
_MARKS = frozenset("()[]{}=:.,_*+'\"")
_QUOTES = "'\""
_LEAST_MARKS = 0.08


@dataclass(frozen=True, slots=True)
class _Span:
    """Lines `first` to `end`, what they were found to be, and the indent of their first statement.

    `doubtful`: parses, and is code only if there is code right before and right behind it.
    """

    found: _Found
    first: int
    end: int
    indent: int = 0


def read_plain(lines: Sequence[Line], into: Gathering) -> None:
    """Add a text's passages."""
    finder = _Finder([line.text for line in lines], into.code_seen)
    prose = 0
    for span in _runs(finder.spans(), finder.texts):
        into.prose(lines[prose : span.first])
        _add(span, lines[span.first : span.end], into)
        prose = span.end
    into.prose(lines[prose:])


def _add(span: _Span, lines: Sequence[Line], into: Gathering) -> None:
    if span.found == "session":
        split(lines, into)
    elif span.found == "output":
        into.output(dedented(lines))
    else:
        into.code(dedented(lines, span.indent))


@dataclass(slots=True)
class _Finder:
    """Goes through the lines once; `names`: those that the code so far has made."""

    texts: list[str]
    code_seen: bool
    names: set[str] = field(default_factory=set)

    def spans(self) -> list[_Span]:
        """Return what is not prose, in order."""
        reach, spans, at = Reach(self.texts), [], 0
        while at < len(self.texts):
            span = self._span(at, reach)
            if span is not None:
                spans.append(span)
                self.code_seen = self.code_seen or span.found != "output"
            at = at + 1 if span is None else span.end
        return spans

    def _span(self, at: int, reach: Reach) -> _Span | None:
        text = self.texts[at].strip()
        if not _is_statement(text):
            return None
        if text.startswith((">>> ", "In [")) and is_session([Line(text, 1, 0)]):
            return _Span("session", at, self._blank_after(at))
        span = None
        if may_be_code(text) or first_word(text) in self.names or text[0] in _QUOTES:
            span = self._statement(at, reach)
        if self.code_seen and (span is None or span.found == "doubtful"):
            end = end_of_printed(self.texts, at, reach)
            return _Span("output", at, end) if end > at else span
        return span

    def _blank_after(self, at: int) -> int:
        while at < len(self.texts) and self.texts[at].strip():
            at += 1
        return at

    def _statement(self, at: int, reach: Reach) -> _Span | None:
        end = reach.statement(at)
        statements, line = parsed_or_line(self._text(at, end))
        if statements is None and end > at + 1:
            cut = at + line - 1
            if at < cut < end and not may_be_code(self.texts[cut]):
                end = cut
                statements = parsed(self._text(at, end))
        if statements:
            return self._judged(at, end, statements)
        if self._begins_as_code(at, end):
            return _Span("broken", at, end, indent(self.texts[at]))
        reach.in_vain(end - at - 1)
        return None

    def _judged(self, at: int, end: int, statements: list[ast.stmt]) -> _Span:
        if not any(looks_like_code(one, self.names) for one in statements):
            return _Span("doubtful", at, end, indent(self.texts[at]))
        self.names.update(names_made(statements))
        return _Span("code", at, end, indent(self.texts[at]))

    def _text(self, first: int, end: int) -> str:
        base = indent(self.texts[first])
        return "".join(f"{text[min(base, indent(text)) :]}\n" for text in self.texts[first:end])

    def _begins_as_code(self, at: int, end: int) -> bool:
        """Return whether lines that do not parse were meant as Python all the same."""
        text = self.texts[at].strip()
        if end == at + 1:
            return _head_parses(text) or _lost_its_line_ends(text)
        return _head_parses(text) or _opening_parses(text)


def _head_parses(text: str) -> bool:
    """Return whether a line is the head of a block: it parses as soon as a block follows it."""
    return first_word(text) in _HEADS and text.endswith(":") and parsed(f"{text} pass") is not None


def _opening_parses(text: str) -> bool:
    """Return whether the first line of many is an assignment that opens a bracket: `net = nn.Sequential(`."""
    closed = {"(": ")", "[": "]", "{": "}"}.get(text[-1:])
    statements = parsed(text + closed) if closed and "=" in text else None
    return bool(statements) and all(map(looks_like_code, statements or ()))


def _lost_its_line_ends(text: str) -> bool:
    """Return whether a line is Python whose lines were joined: it begins like code, with more marks than prose."""
    if len(text) < _SHORTEST_JOINED or first_word(text) not in _FIRST or ";" in text:
        return False
    words = "".join(char if char.isalnum() or char == "_" else " " for char in text).split()
    said = sum(keyword.iskeyword(word) or word == "self" for word in words)
    return said > 1 and sum(char in _MARKS for char in text) >= _LEAST_MARKS * len(text)


def _runs(spans: Sequence[_Span], texts: Sequence[str]) -> list[_Span]:
    """Return spans with those joined that are one passage, and with the comments that stand at them."""
    runs: list[_Span] = []
    for span in _decided(spans):
        if runs and _together(runs[-1], span, texts):
            runs[-1] = replace(runs[-1], end=span.end)
        else:
            behind = runs[-1].end if runs else 0
            runs.append(replace(span, first=_comments_before(span, behind, texts)))
    ends = [*(run.first for run in runs[1:]), len(texts)]
    return [replace(run, end=_comments_behind(run, end, texts)) for run, end in zip(runs, ends, strict=False)]


def _decided(spans: Sequence[_Span]) -> Iterator[_Span]:
    """Yield spans; a doubtful one between two of code, with no line between, is code, any other is none."""
    edge = _Span("output", -1, -1)
    for before, span, behind in zip([edge, *spans], spans, [*spans[1:], edge], strict=False):
        if span.found != "doubtful":
            yield span
        elif before.found == behind.found == "code" and before.end == span.first and span.end == behind.first:
            yield replace(span, found="code")


def _together(last: _Span, span: _Span, texts: Sequence[str]) -> bool:
    """Return whether two spans are one passage: nothing but blank lines and comments is between them.

    What stands behind code that does not parse goes with it; what stands before it is kept apart, and runs.
    """
    if last.found == span.found == "output":
        return not any(text.strip() for text in texts[last.end : span.first])
    if last.found not in {"code", "broken"} or span.found != "code":
        return last.found == span.found == "broken" and _bridged(last, span, texts)
    return _bridged(last, span, texts)


def _bridged(last: _Span, span: _Span, texts: Sequence[str]) -> bool:
    if any(map(_is_statement, texts[last.end : span.first])):
        return False
    return last.indent == span.indent


def _comments_before(span: _Span, end: int, texts: Sequence[str]) -> int:
    first = span.first
    while span.found in {"code", "broken"} and first > end and texts[first - 1].lstrip().startswith("#"):
        first -= 1
    return first


def _comments_behind(span: _Span, following: int, texts: Sequence[str]) -> int:
    end = span.end
    while span.found in {"code", "broken"} and end < following and texts[end].lstrip().startswith("#"):
        end += 1
    return end


def _is_statement(text: str) -> bool:
    """Return whether a line is neither blank nor a comment alone."""
    text = text.lstrip()
    return bool(text) and not text.startswith("#")
