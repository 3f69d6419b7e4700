"""Documents written in a test, bound and run under a reporter that keeps what it is told."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from archcheck.binding import bind, instrumented
from archcheck.binding.program import Claim, Program, Site
from archcheck.binding.reporter import REPORTER
from archcheck.documents.document import Document, Kind, Line, Passage

T = TypeVar("T")


def document(*passages: tuple[Kind, str]) -> Document:
    """Return a document of passages, a line of the file between them."""
    made, number = [], 1
    for kind, text in passages:
        lines = tuple(Line(one, number + at, 0) for at, one in enumerate(text.split("\n")))
        made.append(Passage(kind, lines))
        number += len(lines) + 1
    return Document("doc.md", "", tuple(made))


def code(text: str) -> Program:
    return bind(document(("code", text)))


def sites_of(program: Program, claim: Claim) -> list[Site]:
    return [program.sites[number - 1] for number in claim.sites]


def as_text(site: Site) -> str:
    """Return a site in short: `value conv(x)`, `value after x`, `parameter f.x`."""
    when = [] if site.when == "here" else [site.when]
    text = f"{site.function}.{site.text}" if site.kind == "parameter" else site.text
    return " ".join([site.kind, *when, text])


def said(program: Program) -> list[tuple[str, list[str]]]:
    """Return what every claim says, and the sites it may be said of."""
    return [
        (one.statement.text, [as_text(site) for site in sites_of(program, one)]) for one in program.claims
    ]


@dataclass
class Keeping:
    """A reporter that keeps (line, part, value) of all that it is told."""

    program: Program
    told: list[tuple[int, str, object]] = field(default_factory=list)
    frames: list[int | None] = field(default_factory=list)
    names: list[dict[str, object]] = field(default_factory=list)
    prints: list[int | None] = field(default_factory=list)
    calls: int = 0

    def enter(self) -> int:
        self.calls += 1
        return self.calls

    def value(
        self,
        site: int,
        value: T,
        frame: int | None = 0,
        part: str = "value",
        names: Mapping[str, Callable[[], object]] | None = None,
        /,
    ) -> T:
        found = self.program.sites[site - 1]
        self.told.append((found.line, part, value))
        self.frames.append(frame)
        read: dict[str, object] = {}
        for name, get in (names or {}).items():
            with contextlib.suppress(Exception):
                read[name] = get()
        self.names.append(read)
        return value

    def printing(self, site: int | None, /) -> None:
        self.prints.append(site)

    def shown(self, site: int, value: T, /) -> T:
        self.told.append((self.program.sites[site - 1].line, "shown", value))
        return value


def run(program: Program) -> tuple[Keeping, str, dict[str, Any]]:
    """Run a program as rewritten; return what was reported, what was printed, and the module's names."""
    reporter = Keeping(program)
    module = compile(ast.Module(instrumented(program), []), "doc", "exec", dont_inherit=True)
    space: dict[str, Any] = {"__name__": "__main__", REPORTER: reporter}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(module, space)
    return reporter, printed.getvalue(), space


def run_plain(source: str) -> tuple[str, dict[str, Any]]:
    space: dict[str, Any] = {"__name__": "__main__"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "doc", "exec", dont_inherit=True), space)
    return printed.getvalue(), space
