"""What was read of a document: its text, and passages of code, output and prose whose lines know their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["code", "output", "prose"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a passage, without its line end and without what the format puts before it (indent, `> `, `>>> `).

    `number`: its line in the file, from 1; in a notebook its line in the cell, or in what the cell printed. `start`:
    where its text begins in the document's text, in characters; a notebook's lines stand there escaped as JSON has
    them. A line that Python would not take (`%matplotlib inline`) is kept for its number, without its text.
    """

    text: str
    number: int
    start: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines of one kind that stand together; `cell`: which of a notebook's cells they are, from 1.

    `code` is Python; of other languages nothing is kept. `output` is what the document shows as printed by the code
    before it. `prose` is the rest. `raises`: a notebook keeps an error that this code raised.
    """

    kind: Kind
    lines: tuple[Line, ...]
    cell: int | None = None
    raises: bool = False

    @property
    def text(self) -> str:
        """The lines, each with its end."""
        return "".join(f"{line.text}\n" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its name as the user wrote it, the file's whole text, and its passages in order.

    `encoding`: what writes the text back; a byte order mark and the line ends are in the text.
    """

    path: str
    text: str
    passages: tuple[Passage, ...]
    encoding: str = "utf-8"

    def place(self, passage: Passage, line: Line) -> str:
        """Return where a line is, as editors follow it: `docs/a.md:41`, `a.ipynb:cell 3:2`, `cell 3 output:1`."""
        if passage.cell is None:
            return f"{self.path}:{line.number}"
        output = " output" if passage.kind == "output" else ""
        return f"{self.path}:cell {passage.cell}{output}:{line.number}"


@dataclass(frozen=True, slots=True)
class Edit:
    """New text for the columns of `line.text` from `start` up to, not with, `end`; equal columns insert."""

    line: Line
    start: int
    end: int
    text: str
