"""A document -> its verification: read it, bind what it says to its code, run that, and judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from archcheck.arguments import Argument, Arguments
from archcheck.binding import bind
from archcheck.binding.comments import comments
from archcheck.binding.program import Problem, Program
from archcheck.dialects import MARK, directive, prose
from archcheck.dialects.stated import REST, StatedShape
from archcheck.documents import Document, read
from archcheck.errors import DeviceError, DocumentError, UsageError
from archcheck.input_text import read_inputs
from archcheck.judging.judge import judge
from archcheck.judging.parts import cell_of
from archcheck.judging.verdicts import Verdicts
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
    "comment": "a comment in it says so",
    "claim": "as it states",
    "first layer": "worked back from its first layer",
    "made up": "with sizes of our own",
    "other sizes": "again, with other sizes",
    "supposed": "",
    "unfinished": "",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a document's code is to be run, as the user asks for it.

    `device`: as `--device` names it; `auto` and `meta` compute shapes alone, and code that needs values is run again on
    the CPU. `inputs`: texts of `--input`, for models that the document does not call itself. `seconds`: of one run, at
    most. `again`: as in `Plan`.
    """

    device: str
    inputs: Sequence[str]
    seconds: float
    again: bool = False


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A document, its code as one program, and the verdict on each shape that it states.

    `device`: where the code ran in the end (`cpu` also where `meta` could not do it); `plan`: what a further run of the
    same code needs, on the same device; `problems`: code that does not parse, and the place where a run ended early.
    """

    document: Document
    program: Program
    verdicts: Verdicts
    device: str
    plan: Plan
    problems: tuple[Problem, ...]

    @property
    def verification(self) -> Verification:
        """The verdicts as a result."""
        checks = sorted((*self.verdicts.checks, *map(_problem, self.problems)), key=_place)
        went = (called for called in self.verdicts.calls if called.error is None)
        calls = tuple(dict.fromkeys(_call(called, self.program) for called in went))
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

    Raises `DocumentError` for code of which nothing parses, or a comment `archcheck: input=...` that says no input;
    `UsageError` for an `--input` that is none, `DeviceError` for a device that is not here.
    """
    where = _where(asked.device)
    program = _program(document)
    given = tuple(_inputs(document, program, asked.inputs))
    plan = Plan(where, asked.seconds, inputs=given, again=asked.again)
    observed = observe(document, plan) if program.says else Observed(where)
    ran = replace(plan, device="cpu" if observed.device == "cpu" else where)
    problems = (*program.problems, *_ended(program, observed))
    return Reviewed(document, program, judge(program, observed), observed.device, ran, problems)


def stated(document: Document) -> tuple[Check, ...] | None:
    """Return a check for each thing that a document states, in its order, as they are before its code has run.

    Nothing is run. None where there is nothing to run its code for: no check may be one reason, a call of its own that
    must go through another. Raises `DocumentError` as `review` does.
    """
    program = _program(document)
    tuple(_inputs(document, program, ()))
    if not program.says:
        return None
    verdicts, texts = judge(program, Observed("meta")), {site.number: site.text for site in program.sites}
    beside = (
        replace(one.check, layer=one.check.layer or texts.get(next(iter(one.part.claim.sites), 0), ""))
        for one in verdicts.rulings
    )
    shown = (one.check for one in verdicts.exhibits)
    return tuple(sorted((*beside, *shown), key=_place))


def _program(document: Document) -> Program:
    """Return a document's code as one program. Raises `DocumentError` for code of which nothing parses."""
    program = bind(document)
    if program.problems and not program.says:
        raise _unreadable(document, program.problems[0])
    return program


def _ended(program: Program, observed: Observed) -> Iterator[Problem]:
    """Yield where and why a run ended before all of the code had run."""
    if observed.error is not None:
        passage, line = program.places[max(observed.at or 1, 1) - 1]
        yield Problem(passage, line, f"the run ended here: {observed.error}")


def _where(device: str) -> Where:
    """Return the device of a `Plan` that `--device` names. Raises `DeviceError`."""
    if device in ("auto", "meta"):
        return "meta"
    if device == "cpu":
        return "cpu"
    from archcheck.device import choose  # it asks torch what is here

    if str(choose(device)) != "cuda:0":
        raise DeviceError(f"--device {device}: a document's code runs on meta, cpu or the first GPU, cuda")
    return "cuda"


def _unreadable(document: Document, problem: Problem) -> DocumentError:
    place = document.place(problem.passage, problem.line)
    return DocumentError(f"{place}: {problem.message}")


def _problem(problem: Problem) -> Check:
    """Return a check for code that was not run: `not reached`, so that the document does not pass."""
    line, at = problem.line.number, cell_of(problem.passage)
    return Check("", "", "code", None, None, None, "not reached", line, problem.message, at=at)


def _place(check: Check) -> tuple[int, bool, int]:
    cell, _, output = check.at.removeprefix("cell ").partition(" ") if check.at else ("0", "", "")
    return int(cell), bool(output), check.line or 0


def _call(called: Called, program: Program) -> str:
    shapes = ", ".join(shape_text(shape) for shape in called.inputs)
    given = shapes or "no tensor"
    if called.origin == "supposed":
        return _supposed(called, shapes, program)
    return f"{called.what} was called with {given}: {_ORIGINS[called.origin]}"


def _supposed(called: Called, shapes: str, program: Program) -> str:
    """Say what was taken as the document states it: a variable, or what a function could not make."""
    if not called.line:
        return f"{called.what} was gone through with what it states"
    passage, line = program.places[called.line - 1]
    where = f"line {line.number}" if passage.cell is None else f"cell {passage.cell}, line {line.number}"
    if shapes:
        return f"{called.what} is taken to be {shapes}: as it states, since {where} cannot run"
    return f"what fails in {called.what}, {where} first, is left out: as it states, where its code cannot run"


def _inputs(document: Document, program: Program, inputs: Sequence[str]) -> Iterator[Given]:
    """Yield what models may be called with, best first: by the user, by a comment to us, by the prose."""
    if inputs:
        yield _given(read_inputs(inputs), "option", "--input")
        return
    for comment in comments(program.source.split("\n")) if MARK in program.source else ():
        try:
            found = directive(comment.text)
            given = None if found is None else _given(found.arguments, "comment", f"#{comment.text.rstrip()}")
        except UsageError as error:
            raise DocumentError(f"{document.place(*program.places[comment.line - 1])}: {error}") from None
        if given is not None:
            yield given
    lines = (line.text for one in document.passages if one.kind == "prose" for line in one.lines)
    hints: dict[tuple[int | str, ...], None] = {}
    for shape in (shape for line in lines for shape in _hints(line)):
        if len(hints) < MOST_HINTS:
            hints.setdefault(shape)
        else:
            break
    yield from (Given((sizes,), "claim") for sizes in hints)


def _given(arguments: Arguments, origin: Origin, where: str) -> Given:
    """Return the call that a user or a comment says, one tensor an argument; `where`: what said it, for the error."""
    tensors = [*arguments.by_place, *arguments.by_name.values()]
    plain = [one for one in tensors if isinstance(one, Argument)]
    if len(plain) < len(tensors):
        raise UsageError(f"{where}: a document's model is called with tensors, and not with lists of them")
    shapes, dtypes = tuple(one.shape for one in plain), tuple(one.dtype for one in plain)
    return Given(shapes, origin, tuple(arguments.by_name), dtypes)


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
