"""A change of a statement -> an edit of the line of the document that it stands on."""

from __future__ import annotations

from collections.abc import Iterator

from archcheck.binding.program import Claim, Program
from archcheck.documents.document import Edit, Line
from archcheck.mending.evidence import Left
from archcheck.mending.rewriting import Change


class Placing:
    """Knows where the lines of a program stand in its document."""

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
        """Yield the lines that a claim may stand on, and the column from which the text that was read has them.

        That of code has lost the indent that all of its passage has; a claim's own column counts with it.
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
