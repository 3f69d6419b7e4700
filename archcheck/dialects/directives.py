"""The comment `archcheck: input=(1, 3, 224, 224)`: what a document's network is called with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archcheck.arguments import Arguments
from archcheck.errors import UsageError
from archcheck.input_text import read_inputs
from archcheck.spec.source import one_line
from archcheck.units import at_commas

MARK = "archcheck:"
"""What such a comment begins with."""
_MARK = re.compile(rf"\s*{MARK}\s*")
_INPUT = re.compile(r"input\s*=\s*")
_NAMED = re.compile(r"([A-Za-z_]\w*)\s*=\s*(.*)", re.DOTALL)
_BRACKETED = re.compile(r"[(\[]([^()\[\]]*?),?\s*[)\]](.*)", re.DOTALL)
LONGEST = 1_000
_EXAMPLE = "input=(1, 3, 224, 224) or input=(1, 128):int64, mask=(1, 128):bool"


@dataclass(frozen=True, slots=True)
class Directive:
    """What a comment tells archcheck: the arguments of the network's call; columns `start` to `end` of the comment."""

    arguments: Arguments
    start: int
    end: int


def directive(text: str) -> Directive | None:
    """Return what a comment tells archcheck, None where it tells nothing.

    Several inputs stand with commas between, those after the first perhaps with the names of their parameters; a type
    and a bound are as in `--input`. Raises `UsageError` with the comment and what is wrong with it.

    >>> directive(" archcheck: input=(1, 128):int64, mask=(1, 128):bool").arguments.by_name["mask"].shape
    (1, 128)
    """
    mark = _MARK.match(text)
    if mark is None:
        return None
    if len(text) > LONGEST:
        raise _error(text, f"has more than {LONGEST} characters")
    said = text[mark.end() :].rstrip()
    given = _INPUT.match(said)
    if given is None:
        raise _error(text, f"write {_EXAMPLE}")
    inputs = [_plain(part.strip()) for part in list(at_commas(said[given.end() :])) or [""]]
    try:
        return Directive(read_inputs(inputs), mark.start(), mark.end() + len(said))
    except UsageError as error:
        problem = str(error)
        for one in inputs:
            problem = problem.removeprefix(one_line(f"--input {one.strip()}:")).lstrip()
        raise _error(text, problem) from None


def _plain(part: str) -> str:
    """Return an input as `--input` has it: `mask=(1, 128):bool` -> `mask=1,128:bool`."""
    named = _NAMED.fullmatch(part)
    name, shape = (f"{named[1]}=", named[2]) if named is not None else ("", part)
    if name == "input=":
        name = ""
    bracketed = _BRACKETED.fullmatch(shape)
    if bracketed is None:
        return f"{name}{shape}"
    return f"{name}{bracketed[1].strip()}{bracketed[2]}"


def _error(text: str, problem: str) -> UsageError:
    said = text.strip() if len(text) < 200 else f"{text.strip()[:200]}..."
    return UsageError(one_line(f"# {said}: {problem}"))
