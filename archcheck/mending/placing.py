"""A change of a statement -> an edit of the line of the document that it stands on."""

from __future__ import annotations

from collections.abc import Iterator

from archcheck.binding.program import Claim, Program
from archcheck.documents.document import Edit, Line
from archcheck.mending.evidence import Left
from archcheck.mending.rewriting import Change


class Placing:
    """Turns changes of claims into edits of the document's lines."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._source = program.source.split("\n")
        self._numbers = {id(line): number for number, (_, line) in enumerate(program.places)}

    def edit(self, claim: Claim, change: Change) -> Edit:
        """Return the edit that makes a change. Raises `Left` where it would go over the end of a line."""
        begins = claim.column
        for line, text_from in self._lines(claim):
            start, end = begins + change.start + text_from, begins + change.end + text_from
            if start <= len(line.text):
                if end > len(line.text):
                    break
                return Edit(line, start, end, change.text)
            begins -= len(line.text) - text_from + 1
        raise Left("it goes over the end of a line")

    def _lines(self, claim: Claim) -> Iterator[tuple[Line, int]]:
        """Yield the line that a claim begins on and those below it, each with how many columns were cut before reading.

        Code is read without the indent that all lines of its passage have. `claim.column` counts from the whole line,
        so nothing is cut from the first.
        """
        yield claim.line, 0
        number = self._numbers.get(id(claim.line))
        if number is None:  # an output, which was read as it is
            lines = claim.passage.lines
            yield from ((line, 0) for line in lines[_index(lines, claim.line) + 1 :])
            return
        for at in range(number + 1, len(self._program.places)):
            passage, line = self._program.places[at]
            if passage is not claim.passage:
                return
            yield line, len(line.text) - len(self._source[at])


def _index(lines: tuple[Line, ...], wanted: Line) -> int:
    return next(at for at, line in enumerate(lines) if line is wanted)
