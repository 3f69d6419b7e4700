"""What was typed at a prompt and what came back: `>>> x.shape`, `In [3]: x.shape`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archcheck.documents.code import parsed
from archcheck.documents.document import Line
from archcheck.documents.gathering import Gathering
from archcheck.documents.statements import Reach
from archcheck.documents.text import behind, dedented, indent, joined, without

_PROMPT = re.compile(r"(?:>>>|In \[\d*\]:)(?: |$)")
_MORE = re.compile(r"(?:\.\.\.|\s+\.{3,}:)(?: |$)")
_OUT = re.compile(r"Out\[\d*\]:\s*")


def is_session(lines: Sequence[Line]) -> bool:
    """Return whether lines begin with a prompt."""
    first = next((line.text for line in lines if line.text.strip()), "")
    return _PROMPT.match(first.lstrip()) is not None


def split(lines: Sequence[Line], into: Gathering) -> None:
    """Add what was typed as code and the rest as output; a blank line ends an output."""
    typed: list[Line] = []
    came: list[Line] = []
    for line in dedented(lines):
        prompt = _PROMPT.match(line.text)
        more = _MORE.match(line.text) if typed and not came else None
        mark = prompt or more
        if mark is None:
            out = _OUT.match(line.text)
            came.append(line if out is None else behind(line, out.end()))
            continue
        if came:
            _add(typed, came, into)
            typed, came = [], []
        typed.append(behind(line, mark.end()))
    _add(typed, came, into)


def has_answers(lines: Sequence[Line]) -> bool:
    """Return whether code has what it prints below it behind a prompt: `print(x.shape)` and then `>>> (1, 2)`."""
    return any(line.text.lstrip().startswith(">>>") for line in lines) and parsed(joined(lines)) is None


def split_answers(lines: Sequence[Line], into: Gathering) -> None:
    """Add a block's code as one passage, and its answers as one output behind it.

    The answers leave blank lines: so a function or a loop that goes on below one stays whole.
    """
    bare = [_unprompted(line) for line in lines]
    reach, code, answers, at = Reach([line.text for line in bare]), list(lines), [], 0
    while at < len(lines):
        end = at + 1
        if bare[at] is not lines[at]:
            end = reach.logical(at)[0]
            answers += bare[at:end]
            code[at:end] = [without(line) for line in lines[at:end]]
        at = end
    into.code(code)
    into.output(answers)


def _unprompted(line: Line) -> Line:
    columns = indent(line.text)
    if not line.text.startswith(">>>", columns):
        return line
    bare = behind(line, columns + len(">>>"))
    return behind(bare, indent(bare.text))


def _add(typed: list[Line], came: list[Line], into: Gathering) -> None:
    into.code(typed)
    into.output(came)
