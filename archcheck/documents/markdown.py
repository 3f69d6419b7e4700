"""Markdown, MyST and Quarto -> passages: fenced and indented code wherever it stands, and the rest as prose.

The blocks are found by markdown-it; only its line numbers and what it takes off each line are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcheck.documents.blocks import add_block
from archcheck.documents.document import Line
from archcheck.documents.frameworks import Frameworks
from archcheck.documents.gathering import Gathering
from archcheck.documents.languages import Holds, of_info
from archcheck.documents.text import behind, dedented, indent

if TYPE_CHECKING:
    from markdown_it.token import Token

_MOST_NESTED = 10
_QUIET_RUN = 40
_KEPT_BEFORE, _KEPT_BEHIND = 2, 4
_MAY_HOLD_CODE = ("```", "~~~", "\t", "     ", "<", ">")
_FENCES = ("```", "~~~")


def read_markdown(lines: Sequence[Line], into: Gathering, depth: int = 0) -> None:
    """Add a page's passages; a directive's content is read as a page of its own, down to `depth` 10."""
    hushed = _hushed([line.text for line in lines])
    blocks = [(block, _content(lines, hushed, block)) for block in _blocks(hushed)]
    frameworks = Frameworks(content for _, content in blocks)
    prose = 0
    for block, content in blocks:
        first, end = block.map or (0, 0)
        _add_prose(lines[prose:first], into)
        prose = end
        _add(block, content, frameworks, into, depth)
    _add_prose(lines[prose:], into)


def _blocks(texts: Sequence[str]) -> list[Token]:
    """Return the blocks of code, in order."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 40}).disable(["inline", "text_join", "reference"])
    tokens = parser.parse("".join(f"{text}\n" for text in texts))
    return [token for token in tokens if token.type in {"fence", "code_block"} and token.map is not None]


def _hushed(texts: Sequence[str]) -> list[str]:
    """Return as many lines, with the inside of each long run that can hold no code replaced by one dull paragraph.

    The parser makes some objects for each item of a list, and lists of many thousand lines would take it seconds. The
    lines at both ends of a run stay, so that what follows stands where it stood: in an item, behind a paragraph.
    """
    hushed, first = list(texts), 0
    for at in range(len(texts) + 1):
        if at < len(texts) and _is_quiet(texts[at]):
            continue
        if at - first > _QUIET_RUN:
            inside = range(first + _KEPT_BEFORE, at - _KEPT_BEHIND)
            hushed[inside.start : inside.stop] = [_hush(texts[n], "x") for n in inside]
            hushed[inside.stop - 1] = _hush(
                texts[inside.stop - 1], "#"
            )  # a heading ends what the paragraph was in
        first = at + 1
    return hushed


def _hush(text: str, put: str) -> str:
    return f"{' ' * indent(text)}{put}" if text.strip() else ""


def _is_quiet(text: str) -> bool:
    """Return whether no code can begin or end in a line, nor a block of HTML."""
    if any(mark in text for mark in _MAY_HOLD_CODE):
        return False
    inner = text.lstrip(" ")
    return len(inner) == len(text) or inner.startswith(("- ", "* ", "+ ")) or inner[:1].isdigit()


def _content(lines: Sequence[Line], hushed: Sequence[str], block: Token) -> list[Line]:
    """Return a block's lines without what the page puts before them: indent, `> `, a fence's own lines."""
    first = block.map[0] if block.map else 0
    first += block.type == "fence"
    kept = block.content.split("\n")[:-1]
    of_block = slice(first, first + len(kept))
    return [_inner(*one) for one in zip(lines[of_block], hushed[of_block], kept, strict=False)]


def _inner(line: Line, seen: str, text: str) -> Line:
    """Return the part of a line that the parser kept, `text`, with its place; `seen`: the line as it was parsed.

    Where the parser took a part of a tab for indent, `text` begins with the blanks that the rest of the tab comes to.
    """
    if seen.endswith(text):
        return behind(line, min(len(seen) - len(text), len(line.text)))
    return Line(text, line.number, max(0, line.start + len(line.text) - len(text)))


def _add(block: Token, lines: list[Line], frameworks: Frameworks, into: Gathering, depth: int) -> None:
    if block.type == "code_block":
        nested = any(line.text.lstrip().startswith(_FENCES) for line in lines)
        holds: Holds = "markup" if nested else "unsaid"
    else:
        holds = of_info(block.info)
        lines = _without_options(lines) if block.info.lstrip().startswith("{") else lines
    if holds == "markup":
        if depth < _MOST_NESTED:
            read_markdown(dedented(lines), into, depth + 1)
    elif holds != "python" or frameworks.keep(lines):
        add_block(lines, holds, into)


def _without_options(lines: list[Line]) -> list[Line]:
    """Return a directive's content: behind its `:name: value` lines, or behind a block of YAML between `---`."""
    first = 0
    if lines and lines[0].text.strip() == "---":
        ends = (n for n, line in enumerate(lines[1:], 2) if line.text.strip() == "---")
        first = next(ends, 0)
    while first < len(lines) and lines[first].text.startswith(":"):
        first += 1
    return lines[first:]


def _add_prose(lines: Sequence[Line], into: Gathering) -> None:
    """Add prose without the marks of quotes."""
    into.prose([behind(line, _marks(line.text)) for line in lines])


def _marks(text: str) -> int:
    return len(text) - len(text.lstrip(" \t>"))
