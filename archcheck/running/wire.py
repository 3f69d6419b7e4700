"""What the two processes say to each other: a record a line, in JSON.

What comes from the process that ran a document's code is not trusted: a line that is no record is None.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from archcheck.binding.telling import Telling
from archcheck.dialects.stated import Layout
from archcheck.running.observed import Called, Event, EventRole, Made, Origin, Skipped, Tree
from archcheck.running.plan import Given, Plan, Where
from archcheck.running.wanted import Drafted, Wanted
from archcheck.units import Shape

MOST_CHARACTERS = 200_000
"""Of one line: more than any record has."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a site of printed text saw; `supposed`: made of supposed tensors; `stated`: of one of these itself."""

    site: int
    text: str
    supposed: bool = False
    stated: bool = False


@dataclass(frozen=True, slots=True)
class At:
    """The line of the program whose statement begins now; 0: it has ended, and models are called."""

    line: int


@dataclass(frozen=True, slots=True)
class Done:
    """The last record of a run that nothing cut short; `left_out`: events that were not kept."""

    left_out: int


Record = Event | Skipped | Called | Printed | At | Drafted | Done


def line_of(record: Record) -> str:
    """Return a record as one line, with its end."""
    fields: dict[str, Any] = asdict(record)
    if isinstance(record, Event):
        fields["value"] = _packed(record.value)
    return f"{json.dumps([type(record).__name__, fields], separators=(',', ':'))}\n"


def record_of(line: str | bytes) -> Record | None:
    """Return the record that a line is, or None."""
    try:
        name, fields = json.loads(line)
        return _READ[name](_Fields(fields))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class Request:
    """What the process is asked: a document by name and text, its file's full path, and how its code is to be run.

    `until`: when it will be ended, in seconds as `time.time` counts them; `wanted`: the spec that is asked for, too.
    """

    path: str
    text: str
    file: str
    plan: Plan
    until: float
    wanted: Wanted | None = None


def line_of_request(request: Request) -> str:
    """Return a request as one line."""
    return json.dumps(asdict(request))


def request_of(line: str) -> Request:
    """Return the request that a line is. Raises ValueError, TypeError, KeyError."""
    said = _Fields(json.loads(line))
    plan = _Fields(said.get("plan", dict))
    given = tuple(_given(_Fields(one)) for one in plan.get("inputs", list))
    seconds, most = float(plan.get("seconds", int, float)), plan.number("memory_bytes")
    read = Plan(plan.one_of("device", Where), seconds, most, given, bool(plan.get("again", bool)))
    until = float(said.get("until", int, float))
    order = said.get("wanted", dict, type(None))
    wanted = None if order is None else _wanted(_Fields(order))
    return Request(said.text("path"), said.text("text"), said.text("file"), read, until, wanted)


class _Fields:
    """The fields of a record that was read; each is asked for with what it must be. Raises TypeError, KeyError."""

    def __init__(self, fields: object) -> None:
        if not isinstance(fields, dict):
            raise TypeError
        self._fields = fields

    def get(self, name: str, *kinds: type) -> Any:
        value = self._fields[name]
        if type(value) not in kinds:
            raise TypeError
        return value

    def number(self, name: str) -> int:
        return int(self.get(name, int))

    def text(self, name: str) -> str:
        return str(self.get(name, str))

    def maybe(self, name: str) -> str | None:
        value = self.get(name, str, type(None))
        return None if value is None else str(value)

    def one_of(self, name: str, words: object) -> Any:
        value = self.text(name)
        if value not in get_args(words):
            raise ValueError
        return value

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(str(one) for one in self.get(name, list))


def _event(fields: _Fields) -> Event:
    names = fields.get("names", dict, type(None))
    if names is not None and not all(type(size) is int for size in names.values()):
        raise TypeError
    return Event(
        fields.number("site"),
        fields.number("turn"),
        fields.number("frame"),
        fields.number("call"),
        fields.one_of("role", EventRole),
        _unpacked(fields.get("value", list, dict, str, type(None))),
        fields.text("kind"),
        fields.get("arguments", dict, type(None)),
        names,
        None if (made := fields.get("made", dict, type(None))) is None else _made(_Fields(made)),
    )


def _made(fields: _Fields) -> Made:
    received, itself = _shape(fields.get("received", list)), bool(fields.get("itself", bool))
    return Made(fields.text("kind"), fields.get("arguments", dict), received, itself)


def _called(fields: _Fields) -> Called:
    shapes = tuple(_shape(one) for one in fields.get("inputs", list))
    origin = fields.one_of("origin", Origin)
    ours = tuple(_shape(one) for one in fields.get("ours", list))
    what, error, part = fields.text("what"), fields.maybe("error"), fields.maybe("part")
    line, passing = fields.number("line"), bool(fields.get("passing", bool))
    return Called(fields.number("turn"), what, shapes, origin, error, ours, line, part, passing)


def _given(fields: _Fields) -> Given:
    shapes = tuple(tuple(shape) for shape in fields.get("shapes", list))
    names, dtypes = fields.words("names"), fields.words("dtypes")
    return Given(shapes, fields.one_of("origin", Origin), names, dtypes, fields.maybe("what"))


def _wanted(fields: _Fields) -> Wanted:
    calls = tuple(tuple(_shape(shape) for shape in call) for call in fields.get("calls", list))
    tellings = tuple(_telling(_Fields(one)) for one in fields.get("tellings", list))
    words = fields.text("name"), fields.text("title"), fields.text("schema")
    return Wanted(fields.maybe("model"), *words, calls, tellings)


def _telling(fields: _Fields) -> Telling:
    return Telling(
        _shape(fields.get("sites", list)),
        fields.one_of("quantity", Literal["input", "output"]),
        tuple(fields.get("sizes", list)),
        fields.one_of("layout", Layout),
        fields.get("at", int, str),
        fields.get("agrees", bool),
    )


def _printed(fields: _Fields) -> Printed:
    supposed, stated = bool(fields.get("supposed", bool)), bool(fields.get("stated", bool))
    return Printed(fields.number("site"), fields.text("text"), supposed, stated)


def _drafted(fields: _Fields) -> Drafted:
    return Drafted(fields.text("text"), fields.words("notes"), fields.text("summary"), fields.maybe("error"))


def _shape(value: object) -> Shape:
    if not isinstance(value, list) or not all(type(size) is int for size in value):
        raise TypeError
    return tuple(value)


def _packed(tree: Tree) -> object:
    """Return a tree as JSON keeps it: a shape is a list, a list of trees stands in a mapping of its own."""
    if isinstance(tree, list):
        return {"list": [_packed(one) for one in tree]}
    if isinstance(tree, dict):
        return {"dict": {name: _packed(one) for name, one in tree.items()}}
    return tree


def _unpacked(value: object) -> Tree:
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return _shape(value)
    if isinstance(many := value.get("list"), list):
        return [_unpacked(one) for one in many]
    return {str(name): _unpacked(one) for name, one in value["dict"].items()}


_READ: Mapping[str, Callable[[_Fields], Record]] = {
    "Event": _event,
    "Called": _called,
    "Skipped": lambda said: Skipped(said.number("line"), said.text("why"), bool(said.get("failed", bool))),
    "Printed": _printed,
    "At": lambda said: At(said.number("line")),
    "Drafted": _drafted,
    "Done": lambda said: Done(said.number("left_out")),
}
