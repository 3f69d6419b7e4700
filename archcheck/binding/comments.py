"""The comments of a program, found by the tokenizer, and the code that each stands beside."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from archcheck.binding.tree import Place

_LAYOUT = (
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.COMMENT,
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a program.

    `line`; `column`: in characters, where its text begins after the `#`; `text`. `at`: the line of the code that it
    stands behind, None where it has its line for itself; a comment right under such a one, in the same column, goes on
    with it. `margin`: the column of its `#`. `first`: where the first token of `at` begins; `last`: where the last one
    before the comment ends, commas left aside; `next`: where the next token begins. These three are places as the
    syntax tree counts them. `top`, `bottom`: the lines of the block that it makes with the comments above and below it,
    where it has its line for itself.
    """

    line: int
    column: int
    text: str
    margin: int
    at: int | None
    first: Place
    last: Place
    next: Place | None = None
    top: int = 0
    bottom: int = 0


def comments(lines: Sequence[str], tops: Iterable[int] = ()) -> tuple[Comment, ...]:
    """Return the comments of a program that parses, in order.

    `tops`: lines at which statements of the module begin, where they are known: then only those near comments are read.
    """
    found: list[Comment] = []
    waiting = 0  # those from here on do not know yet what follows
    first, last, reached = (0, 0), (0, 0), 0
    for token in _tokens(lines, _near_comments(lines, tops)):
        if token.type == tokenize.COMMENT:
            found.append(_comment(lines, token, first, last, found[-1] if found else None))
        elif token.type not in _LAYOUT:
            begin = _place(lines, token.start)
            if waiting < len(found):
                found[waiting:] = [_followed(one, begin, token.start[1]) for one in found[waiting:]]
                waiting = len(found)
            first = begin if begin[0] != reached else first
            last = last if token.string in (",", ";") else _place(lines, token.end)
            reached = token.end[0]
    return tuple(_in_blocks(found))


def _in_blocks(found: Sequence[Comment]) -> Iterator[Comment]:
    """Yield comments that know the first and the last line of the block that they stand in."""
    at = 0
    while at < len(found):
        end = at + 1
        while end < len(found) and found[at].at is None is found[end].at:
            if found[end].line != found[end - 1].line + 1:
                break
            end += 1
        top, bottom = found[at].line, found[end - 1].line
        yield from (replace(one, top=top, bottom=bottom) for one in found[at:end])
        at = end


_LEADING = ("to", "from", "of", "into", "is", "with", "and", "or", "has", "have", "shape", "as")
"""Words that a line does not end with, but goes on."""
_HEADS = ("def ", "return ", "class ", "for ", "if ", "while ", "with ", "import ", "from ")
LEAST_LINES = 2
"""Of a block of comments, that are code: then all of it is code that was left out."""


def left_out(found: Sequence[Comment]) -> frozenset[int]:
    """Return the lines of the comments that are code with its own comments, left out as a whole."""
    lines: set[int] = set()
    block: list[Comment] = []
    for comment in (*found, None):
        if block and (comment is None or not _is_next(block[-1], comment)):
            if len(block) > LEAST_LINES and sum(map(_is_code, block)) >= LEAST_LINES:
                lines.update(one.line for one in block)
            block = []
        if comment is not None and comment.at is None:
            block.append(comment)
    return frozenset(lines)


def rows(found: Sequence[Comment]) -> frozenset[int]:
    """Return the lines of the comments that are rows of an array which a comment above them opens: `[[1, 2],`."""
    lines: set[int] = set()
    depth, before = 0, 0
    for comment in found:
        depth = depth if comment.line == before + 1 else 0
        if depth and comment.text.lstrip().startswith("["):
            lines.add(comment.line)
        opened = comment.text.count("[") - comment.text.count("]")
        depth = max(0, depth + opened) if depth or "[[" in comment.text else 0
        before = comment.line
    return frozenset(lines)


def _is_next(before: Comment, comment: Comment) -> bool:
    return comment.at is None and (comment.line, comment.margin) == (before.line + 1, before.margin)


def _is_code(comment: Comment) -> bool:
    """Return whether a comment is a line of code: the head of a block, or an assignment of what is worked out."""
    text = comment.text.strip()
    if len(text) > MOST_CHARACTERS or not (text.startswith(_HEADS) or "=" in text):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(f"{text} pass" if text.endswith(":") else text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    node = body[0] if body else None
    worked_out = (ast.Call, ast.Subscript, ast.BinOp, ast.Attribute)
    return isinstance(node, _BLOCKS) or (isinstance(node, ast.Assign) and isinstance(node.value, worked_out))


_BLOCKS = (
    ast.FunctionDef,
    ast.Return,
    ast.ClassDef,
    ast.For,
    ast.If,
    ast.While,
    ast.With,
    ast.Import,
    ast.ImportFrom,
)
MOST_CHARACTERS = 300
"""Of a line that is looked at for code."""


def goes_on(before: Comment | None, comment: Comment) -> bool:
    """Return whether a comment on a line of its own goes on with a sentence of the line before."""
    if before is None or before.at is not None or comment.at is not None:
        return False
    if before.line != comment.line - 1 or before.margin != comment.margin:
        return False
    if before.text.lower().split()[-1:] and before.text.lower().split()[-1] in _LEADING:
        return True
    words = comment.text.split(maxsplit=2)
    plain = len(words) > 2 and words[0].isalpha() and words[0][0].islower() and words[1].isalpha()
    return plain and before.text.rstrip()[-1:].isalnum()


def _near_comments(lines: Sequence[str], tops: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield which lines to read: statements with a `#`, each with the one behind it, from a line up to another."""
    bounds = [0, *(top - 1 for top in tops if top > 1), len(lines)]
    first = None
    read = False
    for begin, end in pairwise(bounds):
        marked = any("#" in line for line in lines[begin:end])
        if marked or read:
            first = begin if first is None else first
        elif first is not None:
            yield first, begin
            first = None
        read = marked
    if first is not None:
        yield first, len(lines)


def _tokens(lines: Sequence[str], spans: Iterable[tuple[int, int]]) -> Iterator[tokenize.TokenInfo]:
    for first, end in spans:
        text = io.StringIO("".join(f"{line}\n" for line in lines[first:end]), newline="\n")
        for token in tokenize.generate_tokens(text.readline):
            (line, column), (last, behind) = token.start, token.end
            yield token._replace(start=(line + first, column), end=(last + first, behind)) if first else token


def _comment(
    lines: Sequence[str], token: tokenize.TokenInfo, first: Place, last: Place, before: Comment | None
) -> Comment:
    text = token.string.lstrip("#")
    line, margin = token.start
    column = margin + len(token.string) - len(text)
    if lines[line - 1][:margin].strip():
        return Comment(line, column, text, margin, line, first, last)
    goes_on = (
        before is not None and before.at is not None and before.line == line - 1 and before.margin == margin
    )
    if goes_on and before is not None:
        return replace(before, line=line, column=column, text=text)
    return Comment(line, column, text, margin, None, first, last)


def _followed(comment: Comment, begin: Place, column: int) -> Comment:
    """Return a comment that knows what follows; in the column of that, it does not go on with what was before."""
    goes_on = comment.at is not None and (comment.line == comment.at or column != comment.margin)
    return replace(comment, next=begin, at=comment.at if goes_on else None)


def _place(lines: Sequence[str], at: Place) -> Place:
    """Return a place of the tokenizer, which counts characters, in bytes."""
    line, column = at
    text = lines[line - 1] if line <= len(lines) else ""
    return (line, column) if text.isascii() else (line, len(text[:column].encode()))
