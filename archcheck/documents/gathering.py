"""Passages as a reader finds them, in order."""

from __future__ import annotations

from collections.abc import Sequence

from archcheck.documents.document import Kind, Line, Passage
from archcheck.documents.magics import blanked
from archcheck.documents.text import behind, indent, trimmed


class Gathering:
    """The passages of a document so far. `cell`: the notebook's cell that the next ones stand in."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self.cell: int | None = None
        self.code_seen = False

    def code(self, lines: Sequence[Line], *, raises: bool = False) -> None:
        """Add Python; what is said to IPython alone is blanked. `raises`: as in `Passage`."""
        self._add("code", blanked(trimmed(lines)), raises=raises)
        self.code_seen = True

    def module(self, lines: Sequence[Line]) -> None:
        """Add a whole Python file: a `%` or `!` in it is Python, and nothing is blanked."""
        self._add("code", lines)

    def output(self, lines: Sequence[Line]) -> None:
        """Add what the code before it printed; where there is none before it, it is prose."""
        if self.code_seen:
            self._add("output", trimmed(lines))
        else:
            self.prose(lines)

    def prose(self, lines: Sequence[Line]) -> None:
        """Add what is neither code nor output, each line without its indent."""
        self._add("prose", [behind(line, indent(line.text)) for line in trimmed(lines)])

    def _add(self, kind: Kind, lines: Sequence[Line], *, raises: bool = False) -> None:
        if any(line.text.strip() for line in lines):
            self.passages.append(Passage(kind, tuple(lines), self.cell, raises))
