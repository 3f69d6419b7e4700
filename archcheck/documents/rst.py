"""reStructuredText -> passages: code directives, literal blocks, sessions, and the rest as prose.

Only indentation is needed for that, and docutils gives no exact lines of what stands in lists and notes:
https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#literal-blocks
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archcheck.documents.blocks import add_block
from archcheck.documents.document import Line
from archcheck.documents.gathering import Gathering
from archcheck.documents.languages import Holds, of_directive
from archcheck.documents.text import dedented, indent

_DIRECTIVE = re.compile(r"\.\. ([\w:.+-]+?)::(?: +(.*))?$")
_OPTION = re.compile(r":[\w -]+:(?: |$)")
_MARKUP = (".. _", ".. [", ".. |", ".. __")
_ITEM = re.compile(r"(?:[-*+•]|\(?(?:\w|#|\d+)[.)]) +")


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines `first` to `end` that are set apart, and what they hold; `prose`: the line behind the prose before it."""

    prose: int
    first: int
    end: int
    holds: Holds


def read_rst(lines: Sequence[Line], into: Gathering) -> None:
    """Add a page's passages."""
    texts = [line.text.expandtabs(8) for line in lines]
    at = prose = 0
    while at < len(lines):
        block = _block(texts, at)
        if block is None:
            at += 1
            continue
        into.prose(lines[prose : block.prose])
        add_block(dedented(lines[block.first : block.end]), block.holds, into)
        at = prose = block.end
    into.prose(lines[prose:])


def _block(texts: Sequence[str], at: int) -> _Block | None:
    """Return the block that a line begins: by a prompt, a directive, a comment, or `::` at a paragraph's end."""
    inner = texts[at].strip()
    if inner.startswith(">>> "):
        return _Block(at, at, _end_of_session(texts, at), "session")
    if inner.startswith(".."):
        return _explicit(texts, at, inner)
    if not inner.endswith("::"):
        return None
    end = _end_of_body(texts, at, _text_indent(texts[at]))
    return _Block(at + 1, at + 1, end, "unsaid") if end > at + 1 else None


def _explicit(texts: Sequence[str], at: int, inner: str) -> _Block | None:
    """Return the block of a directive or a comment; what is in a note is read like the page."""
    directive = _DIRECTIVE.fullmatch(inner)
    if directive is None and (inner.startswith(_MARKUP) or not (inner + " ").startswith(".. ")):
        return None
    holds = of_directive(directive[1], directive[2] or "") if directive else "other"
    if holds == "markup":
        return None
    end = _end_of_body(texts, at, indent(texts[at]))
    first = at + 1
    while first < end and _OPTION.match(texts[first].strip()):
        first += 1
    return _Block(at, first, end, holds)


def _end_of_body(texts: Sequence[str], at: int, base: int) -> int:
    """Return the line behind the deeper lines that follow line `at`."""
    end = at + 1
    for n in range(at + 1, len(texts)):
        if not texts[n].strip():
            continue
        if indent(texts[n]) <= base:
            break
        end = n + 1
    return end


def _end_of_session(texts: Sequence[str], at: int) -> int:
    base = indent(texts[at])
    while at < len(texts) and texts[at].strip() and indent(texts[at]) >= base:
        at += 1
    return at


def _text_indent(text: str) -> int:
    """Return where a paragraph's text begins, which in a list is behind the item's mark."""
    base = indent(text)
    item = _ITEM.match(text[base:])
    return base + (0 if item is None else item.end())
