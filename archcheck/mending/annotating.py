"""Shape comments for the lines of a document's code that have none, each proved by running the commented code."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archcheck.arguments import Argument
from archcheck.binding.program import Program
from archcheck.documented import Asked, Reviewed, review
from archcheck.documents import Document, Edit, edited
from archcheck.errors import UsageError
from archcheck.input_text import read_inputs
from archcheck.judging.parts import Ruling
from archcheck.judging.verdicts import Verdicts
from archcheck.mending.bare import Bare, bare_lines
from archcheck.mending.evidence import Evidence, Gathering, Left
from archcheck.mending.fixing import reread
from archcheck.mending.sources import orders_of
from archcheck.mending.trying_sizes import tried_far
from archcheck.mending.wording import is_unsure, worded
from archcheck.results import Verification

LONGEST = 120
"""Characters of a line that is not to become longer."""
ANY = "torch.Size([...])"
"""A claim that any tensor agrees with: written behind a line for a first run, it lets that line's value be seen."""
NOT_CALLED = "no model was called with it: the document calls its models itself, or none could be made"
Comments = Mapping[Bare, str]
"""By the line that a comment stands behind, its text without the `#`."""
Key = tuple[int | None, int, str]
"""Where a stated shape stands, and how it is written: the notebook's cell, the line, the text."""


@dataclass(frozen=True, slots=True)
class Annotated:
    """A document and its text with comments; `added`: how many; `bare`: how many lines have none.

    `after`: what was verified of it; None where there was nothing to add.
    """

    document: Document
    text: str
    added: int
    bare: int
    after: Verification | None


def annotate(document: Document, asked: Asked) -> Annotated:
    """Return a document with shape comments on lines that have no comment; code and comments stay as they are.

    A comment stays only if it agrees when the commented code is run again. That run is without `asked.inputs`: where a
    model was called with these, they are written into the document, too, as a comment `archcheck: input=...`. Raises as
    `documented.review` does, and `UsageError` where no model takes `asked.inputs`.
    """
    text, added, after = document.text, 0, None
    while (more := _more(reread(document, text), asked)) is not None:
        now, count = more
        text, added, after = now.document.text, added + count, now.verification
    return Annotated(document, text, added, len(bare_lines(reread(document, text)).told), after)


def _more(document: Document, asked: Asked) -> tuple[Reviewed, int] | None:
    """Return a document with further comments that agree, and how many; None where no line can get one."""
    lines = bare_lines(document)
    if not lines.told:
        return None
    seen = review(_with(document, dict.fromkeys(lines.told, ANY)), replace(asked, again=True))
    _check_taken(document, seen, asked.inputs)
    head = _said_input(lines.heads, seen, asked.inputs)
    found = _worded(lines.told, seen)
    while found:
        now = review(_with(document, {**head, **found}), replace(asked, inputs=()))
        rulings = _rulings(now.verdicts)
        kept = {bare: text for bare, text in found.items() if _agrees(rulings.get(_key(bare, text)))}
        if len(kept) == len(found):
            return None if _worse(seen, now) else (now, len(kept))
        found = kept
    return None


def _with(document: Document, said: Comments) -> Document:
    """Return a document with comments behind lines."""
    edits = [Edit(bare.line, bare.column, bare.column, f"  # {text}") for bare, text in said.items()]
    return reread(document, edited(document, edits))


def _worded(lines: Sequence[Bare], seen: Reviewed) -> dict[Bare, str]:
    """Return what can be said of each line, where that is known and not too long."""
    own, orders = seen.verdicts.own, orders_of(seen.program.source)
    evidence = _evidence(lines, seen.program, seen.verdicts)
    far = []
    if any(is_unsure(one, own, orders) for one in evidence.values()):
        far = [_evidence(lines, seen.program, verdicts) for verdicts in tried_far(seen)]
    found = {}
    for bare, one in evidence.items():
        with contextlib.suppress(Left):
            text = worded(one.beside(more[bare] for more in far if bare in more), own, orders)
            if bare.column + len(f"  # {text}") <= LONGEST:
                found[bare] = text
    return found


def _evidence(lines: Sequence[Bare], program: Program, verdicts: Verdicts) -> dict[Bare, Evidence]:
    """Return what was seen of each line, where that is one tensor."""
    gathering, rulings, found = Gathering(program, verdicts), _rulings(verdicts), {}
    for bare in lines:
        ruling = rulings.get(_key(bare, ANY))
        if ruling is not None:
            with contextlib.suppress(Left):
                found[bare] = gathering.evidence(ruling)
    return found


def _key(bare: Bare, text: str) -> Key:
    return bare.passage.cell, bare.line.number, text


def _rulings(verdicts: Verdicts) -> dict[Key, Ruling]:
    """Return what is ruled of each stated shape, by where it stands and how it is written."""
    found: dict[Key, Ruling] = {}
    for ruling in verdicts.rulings:
        claim = ruling.part.claim
        found.setdefault((claim.passage.cell, claim.line.number, ruling.part.text), ruling)
    return found


def _agrees(ruling: Ruling | None) -> bool:
    return ruling is not None and ruling.check.status == "agrees"


def _worse(before: Reviewed, after: Reviewed) -> bool:
    """Return whether a shape differs that did not before."""
    was = _rulings(before.verdicts)
    wrong = [key for key, one in _rulings(after.verdicts).items() if one.check.status == "differs"]
    return any(key in was and was[key].check.status != "differs" for key in wrong)


def _check_taken(document: Document, seen: Reviewed, inputs: Sequence[str]) -> None:
    """Raise `UsageError` where the user said an input, and no model was called with that."""
    if not inputs:
        return
    read = read_inputs(inputs)
    said = [one for one in (*read.by_place, *read.by_name.values()) if isinstance(one, Argument)]
    shapes = tuple(one.shape for one in said)
    called = [one for one in seen.verdicts.turns.values() if one.turn and one.inputs == shapes]
    if all(one.error is not None for one in called):
        failed = next((f"{one.what} does not take it: {one.error}" for one in called), NOT_CALLED)
        raise UsageError(f"{document.path}: --input {' '.join(inputs)}: {failed}")


def _said_input(heads: Sequence[Bare], seen: Reviewed, inputs: Sequence[str]) -> Comments:
    """Return the comment that says what models are to be called with, where the user said it and it was taken."""
    if not heads or all(called.origin != "option" for called in seen.verdicts.calls):
        return {}
    read = read_inputs(inputs)
    said = [("", one) for one in read.by_place] + [(f"{name}=", one) for name, one in read.by_name.items()]
    tensors = [f"{name}{_written(one)}" for name, one in said if isinstance(one, Argument)]
    return {heads[0]: f"archcheck: input={', '.join(tensors)}"} if len(tensors) == len(said) else {}


def _written(argument: Argument) -> str:
    sizes = ", ".join(map(str, argument.shape))
    dtype = "" if argument.dtype == "float32" else f":{argument.dtype}"
    high = "" if argument.high is None else f"<{argument.high}"
    return f"({sizes}){dtype}{high}"
