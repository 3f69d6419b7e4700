"""A document -> its verification: read it, bind what it says to its code, run that, and judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from archcheck.arguments import Argument, Arguments
from archcheck.binding import bind
from archcheck.binding.comments import comments
from archcheck.binding.program import Problem, Program
from archcheck.dialects import directive, prose
from archcheck.dialects.stated import REST, StatedShape
from archcheck.documents import Document, read
from archcheck.errors import DocumentError, UsageError
from archcheck.input_text import read_inputs
from archcheck.judging.judge import Verdicts, judge
from archcheck.results import Check, Verification
from archcheck.running.observed import Called, Observed, Origin
from archcheck.running.observing import observe
from archcheck.running.plan import Given, Plan, Where
from archcheck.units import shape_text

MOST_HINTS = 8
"""Shapes in prose that are tried as inputs."""
_ORIGINS = {
    "document": "its own call",
    "option": "--input",
    "claim": "as it states",
    "first layer": "worked back from its first layer",
    "made up": "with sizes of our own",
    "other sizes": "again, with other sizes",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a document is to be run.

    `device`: `meta` and `auto` compute nothing, and what cannot do without values runs on the CPU; `inputs`: what its
    models are called with where it calls none; `seconds`: at most; `again`: as in `Plan`.
    """

    device: str
    inputs: Sequence[str]
    seconds: float
    again: bool = False


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A document, the program that its code is, and what was judged of it.

    `device`: where that ran; `plan`: how it would be run again.
    """

    document: Document
    program: Program
    verdicts: Verdicts
    device: str
    plan: Plan

    @property
    def verification(self) -> Verification:
        """The verdicts as a result."""
        checks = sorted((*self.verdicts.checks, *map(_problem, self.program.problems)), key=_place)
        calls = tuple(dict.fromkeys(_call(called) for called in self.verdicts.calls if called.error is None))
        shown = self.document.path
        return Verification(shown, PurePath(shown).name, self.device, tuple(checks), calls=calls)


def verify_document(path: Path, shown: str, asked: Asked) -> Verification:
    """Check every shape that a document states beside its code, by running that code in a process of its own.

    Raises as `opened` and `review` do.
    """
    return review(opened(path, shown), asked).verification


def opened(path: Path, shown: str) -> Document:
    """Read a document; `shown`: what messages call it. Raises `DocumentError` for what cannot be read."""
    return replace(read(str(path)), path=shown)


def review(document: Document, asked: Asked) -> Reviewed:
    """Run a document's code and judge what it states.

    Raises `DocumentError` for code of which nothing parses, `UsageError` for an input that is none.
    """
    program = bind(document)
    if program.problems and not program.says:
        raise _unreadable(document, program.problems[0])
    device = asked.device
    where: Where = "cpu" if device == "cpu" else "cuda" if device.startswith("cuda") else "meta"
    given = tuple(_inputs(document, program, asked.inputs))
    plan = Plan(where, asked.seconds, inputs=given, again=asked.again)
    observed = observe(document, plan) if program.says else Observed(where)
    ran = replace(plan, device="cpu" if observed.device == "cpu" else where)
    return Reviewed(document, program, judge(program, observed), observed.device, ran)


def _unreadable(document: Document, problem: Problem) -> DocumentError:
    place = document.place(problem.passage, problem.line)
    return DocumentError(f"{place}: {problem.message}")


def _problem(problem: Problem) -> Check:
    """Return what says that some code does not parse: never a pass."""
    cell = problem.passage.cell
    at = None if cell is None else f"cell {cell}"
    line = problem.line.number
    return Check("", "", "code", None, None, None, "not reached", line, problem.message, at=at)


def _place(check: Check) -> tuple[int, bool, int]:
    cell, _, output = check.at.removeprefix("cell ").partition(" ") if check.at else ("0", "", "")
    return int(cell), bool(output), check.line or 0


def _call(called: Called) -> str:
    shapes = ", ".join(shape_text(shape) for shape in called.inputs)
    return f"{called.what} was called with {shapes}: {_ORIGINS[called.origin]}"


def _inputs(document: Document, program: Program, inputs: Sequence[str]) -> Iterator[Given]:
    """Yield what models may be called with, best first: by the user, by a comment to us, by the prose."""
    if inputs:
        yield _given(read_inputs(inputs))
        return
    for comment in comments([line.text for _, line in program.places]):
        try:
            found = directive(comment.text)
        except UsageError as error:
            raise DocumentError(f"{document.place(*program.places[comment.line - 1])}: {error}") from None
        if found is not None:
            yield _given(found.arguments)
    hints = (shape for one in document.passages if one.kind == "prose" for shape in _hints(one.text))
    yield from (Given((sizes,), "claim") for sizes in list(dict.fromkeys(hints))[:MOST_HINTS])


def _given(arguments: Arguments) -> Given:
    """Return a call as the user says it; a tensor an argument."""
    named = list(arguments.by_name.items())
    tensors = [*arguments.by_place, *(tensor for _, tensor in named)]
    plain = [one for one in tensors if isinstance(one, Argument)]
    if len(plain) < len(tensors) or (named and arguments.by_place):
        raise UsageError("--input: a document's model is called with tensors, all by place or all by name")
    origin: Origin = "option"
    return Given(
        tuple(one.shape for one in plain),
        origin,
        tuple(name for name, _ in named),
        tuple(one.dtype for one in plain),
    )


def _hints(text: str) -> Iterator[tuple[int | str, ...]]:
    for statement in prose(text):
        for shape in statement.shapes:
            if (sizes := _numbers(shape)) is not None:
                yield sizes


def _numbers(shape: StatedShape) -> tuple[int | str, ...] | None:
    values = tuple(size.value for size in shape.sizes)
    if len(values) < 3 or any(value is None or value == REST for value in values):
        return None
    return tuple(value for value in values if value is not None)
