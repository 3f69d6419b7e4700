"""The code of a document as one program, and each thing it says of a shape bound to what it is said of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archcheck.dialects.stated import Statement
from archcheck.documents.document import Line, Passage

Kind = Literal["value", "parameter", "return", "module", "printed"]
"""What a site reports.

`value`: what an expression gave; a module among them is watched, and reports whenever it runs. `parameter`: what a
function received under a name. `return`: what it gave. `module`: what the class's modules receive and give (a class's
docstring). `printed`: what the statement printed (an output of the document, compared as text).
"""


@dataclass(frozen=True, slots=True)
class Site:
    """One place in the program that reports what it sees when the program runs.

    `number`: what the rewritten tree calls it; `line`: of the program's source, from 1; `function`: the qualified name
    of the function or class it stands in, empty at the top; `name`: of the variable, parameter or attribute, or None;
    `text`: the expression as written, for messages (`nn.Conv2d(3, 96, 11)` -> `Conv2d`).
    """

    number: int
    kind: Kind
    line: int
    function: str
    text: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of the document and the sites it may be said of, the likeliest first.

    With more than one site it holds where it holds of one. `line`, `passage`: where it stands; `column`: where the
    text that the statement was read from begins in that line. No site: nothing that runs is near it (`why`).
    """

    statement: Statement
    sites: tuple[int, ...]
    passage: Passage
    line: Line
    column: int
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Code that does not parse: where, and what Python says."""

    passage: Passage
    line: Line
    message: str


@dataclass(frozen=True, slots=True)
class Program:
    """All code of a document that parses, joined; line `n` of `source` stands at `places[n - 1]`."""

    source: str
    places: tuple[tuple[Passage, Line], ...]
    sites: tuple[Site, ...]
    claims: tuple[Claim, ...]
    problems: tuple[Problem, ...]
