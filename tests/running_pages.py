"""How the tests of `archcheck.running` run a page: its code is written here, and what it showed is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import dedent

from archcheck import documents
from archcheck.running.observed import Event, EventRole, Observed, Skipped
from archcheck.running.observing import observe
from archcheck.running.plan import Given, Plan, Where
from archcheck.units import Shape


def run(
    code: str,
    path: str = "page.py",
    device: Where = "meta",
    seconds: float = 120,
    memory_bytes: int = 4_000_000_000,
    inputs: Sequence[Given] = (),
) -> Observed:
    """Run a page in a process of its own; `seconds` are many, for machines that are busy, or PyTorch is there first."""
    if seconds < 30:
        observe(documents.read("empty.py", ""), Plan(device))
    plan = Plan(device, seconds, memory_bytes, tuple(inputs))
    return observe(documents.read(path, dedent(code)), plan)


def reasons(observed: Observed) -> Mapping[int, Skipped]:
    """Return what was left out, by its line."""
    assert len({one.line for one in observed.skipped}) == len(observed.skipped)
    return {one.line: one for one in observed.skipped}


def whys(observed: Observed) -> Mapping[int, str]:
    """Return why statements were left out, by their line."""
    return {line: one.why for line, one in reasons(observed).items()}


def shapes(observed: Observed, role: EventRole = "value", turn: int = 0) -> list[object]:
    """Return what all sites saw in one turn, in order."""
    return [event.value for event in events(observed, role, turn)]


def events(observed: Observed, role: EventRole = "value", turn: int = 0) -> list[Event]:
    """Return the events of one role and turn, in order."""
    return [event for event in observed.events if event.role == role and event.turn == turn]


def called(observed: Observed, origin: str) -> list[tuple[Shape, ...]]:
    """Return the inputs of the calls of one origin that went through."""
    return [one.inputs for one in observed.called if one.origin == origin and one.error is None]
