"""A block that a document sets apart -> passages, by what its label says or else by what it looks like."""

from __future__ import annotations

from collections.abc import Sequence

from archcheck.documents import sessions
from archcheck.documents.code import looks_like_code, parsed
from archcheck.documents.document import Line
from archcheck.documents.gathering import Gathering
from archcheck.documents.languages import Holds
from archcheck.documents.magics import blanked, other_language
from archcheck.documents.plain import read_plain
from archcheck.documents.printed import looks_printed
from archcheck.documents.text import joined


def add_block(lines: Sequence[Line], holds: Holds, into: Gathering) -> None:
    """Add the passages of a block that holds what its label says (`holds`); another language than Python adds none."""
    if holds in {"python", "session", "unsaid"} and sessions.is_session(lines):
        sessions.split(lines, into)
    elif holds in {"python", "unsaid"} and sessions.has_answers(lines):
        sessions.split_answers(lines, into)
    elif holds == "python":
        if not other_language(lines):
            into.code(lines)
    elif holds == "output":
        into.output(lines)
    elif holds == "unsaid":
        _add_unsaid(lines, into)


def _add_unsaid(lines: Sequence[Line], into: Gathering) -> None:
    """Add a block without a language: code if it parses and looks it, what code printed, or a text of both."""
    statements = parsed(joined(blanked(lines)))
    if statements and any(map(looks_like_code, statements)):
        into.code(lines)
    elif into.code_seen and statements is None and looks_printed([line.text for line in lines]):
        into.output(lines)
    else:
        read_plain(lines, into)
