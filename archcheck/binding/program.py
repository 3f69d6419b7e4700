"""The code of a document as one program, and each thing it says of a shape bound to what it is said of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archcheck.dialects.outputs import PrintedModel, PrintedTable
from archcheck.dialects.stated import Statement
from archcheck.documents.document import Line, Passage

Kind = Literal["value", "flow", "parameter", "return", "printed", "shown"]
"""What a site reports.

`value`: what an expression gave, or a variable holds; a module among them is watched, and reports what it receives and
gives whenever it runs. `flow`: of an expression, the tensors that go in (role input) and what it gives (role output);
of a function, its parameters and what it returns; a module is watched. `parameter`: what a function received under a
name. `return`: what it gave; a generator, what it yielded. `printed`: what a statement printed, as text.
`shown`: that and its value, as an interactive Python shows it.
"""
Told = Literal["comment", "docstring", "annotation", "assertion", "output"]
"""By what a document states a shape: `output` is what it shows as printed."""
When = Literal["here", "before", "after"]
"""When a site reports: what stands there as it is worked out, or a variable before or after a statement."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place in the program that reports what it sees when the program runs.

    `number`: what the rewritten tree calls it; `line`: of the program's source, from 1; `function`: the qualified name
    of the function or class it stands in, empty at the top; `name`: of the variable, parameter or attribute, or None;
    `text`: the expression in few words, for messages (`nn.Conv2d(3, 96, 11)` -> `Conv2d`). `node`: the number of the
    syntax tree's node, in the order of `tree.nodes`; `when` it reports. `repeated`: it stands in a loop, so that a
    letter may have another size each time round, in one call. `since`: of a flow through several statements, the node
    that things go into first.
    """

    number: int
    kind: Kind
    line: int
    function: str
    text: str
    name: str | None = None
    node: int = 0
    when: When = "here"
    repeated: bool = False
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of the document and the sites it may be said of, the likeliest first.

    With more than one site it holds where it holds of one. `line`, `passage`: where it stands. The statement's columns
    count from `column` of that line; where it goes on over the line's end, through the lines that follow, each with
    one character for its end. `told`: by what. No site: nothing that runs is near it (`why`).
    """

    statement: Statement
    sites: tuple[int, ...]
    passage: Passage
    line: Line
    column: int
    why: str | None = None
    told: Told = "comment"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A table or a model that a document shows as printed, and the statements before it that may have printed it.

    `line`: of the passage, where it begins; its columns count from the beginning of the passage's text.
    """

    shown: PrintedTable | PrintedModel
    sites: tuple[int, ...]
    passage: Passage
    line: Line


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A call of the document's own code, with tensors whose sizes it writes out there: it must go through.

    `first`, `last`: its lines in the program; `text`: the call, in few words.
    """

    first: int
    last: int
    text: str
    passage: Passage
    line: Line


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
    exhibits: tuple[Exhibit, ...] = ()
    self_tests: tuple[SelfTest, ...] = ()

    @property
    def says(self) -> bool:
        """Whether there is code, and anything to run it for."""
        return bool(self.places and (self.claims or self.exhibits or self.self_tests))
