"""How long each row of the table takes, from passes of their own that watch every call.

Watching costs time and keeps PyTorch from some fused paths, so these times stand beside the whole's time and are
never taken in the same pass; what lies between their sum and the whole is part of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol

from archcheck.built import Built
from archcheck.costs import Timing
from archcheck.operations import CountedCall
from archcheck.profiling.clock import Clock, Stamp
from archcheck.profiling.latency import Pass
from archcheck.rows import Row, layer_by_layer, observed


@dataclass(frozen=True, slots=True)
class RowTime:
    """The milliseconds of one row in one pass, without those of other rows inside it (a join's branches)."""

    path: str
    type: str
    kind: str
    own_ms: float


PassTimes = tuple[RowTime, ...]
"""Every row of one pass, in the order they end."""


@dataclass(frozen=True, slots=True)
class _Call(Generic[Stamp]):
    row: Row
    start: Stamp
    end: Stamp
    inside: tuple[_Call[Stamp], ...]


@dataclass(slots=True)
class _Recorder(Generic[Stamp]):
    """The observer: the calls of one pass in the order they ended, and those not ended yet."""

    clock: Clock[Stamp]
    ended: list[_Call[Stamp]] = field(default_factory=list)
    begun: list[list[_Call[Stamp]]] = field(default_factory=list)

    def around(self, row: Row, run: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self.begun.append([])
        start = self.clock.stamp()
        try:
            gave = run()
        finally:  # the network may go on after a call that failed
            end = self.clock.stamp()  # first of all: what follows is ours, not the row's
            inside = tuple(self.begun.pop())
        call = _Call(row, start, end, inside)
        self.ended.append(call)
        if self.begun:
            self.begun[-1].append(call)
        return gave

    def take(self) -> list[_Call[Stamp]]:
        """Return the calls of the pass that has ended, and forget them."""
        calls, self.ended = self.ended, []
        return calls


def layers_pass(
    run: Callable[[], object], built: Built, clock: Clock[Stamp]
) -> Pass[list[_Call[Stamp]], PassTimes]:
    """Return the passes of `run` in which each row is timed; what watches is there only while they are made."""
    recorder = _Recorder(clock)

    def once() -> list[_Call[Stamp]]:
        run()
        return recorder.take()

    @contextmanager
    def around() -> Iterator[None]:
        with observed(built, recorder), layer_by_layer():
            yield

    return Pass(once, lambda calls: tuple(_row_time(call, clock) for call in calls), around)


def _row_time(call: _Call[Stamp], clock: Clock[Stamp]) -> RowTime:
    inside = sum(clock.milliseconds(one.start, one.end) for one in call.inside)
    own_ms = clock.milliseconds(call.start, call.end) - inside
    # A GPU reads its events to half a microsecond: nothing can come out below it.
    return RowTime(call.row.path, call.row.type, call.row.kind, max(own_ms, 0.0))


def row_timings(passes: Sequence[PassTimes], calls: Sequence[CountedCall]) -> tuple[Timing | None, ...]:
    """Return the times of each counted call, None of one that was not run.

    Functions that cost nothing (a view) are timed and have no row. Of a network whose calls differ from pass to pass,
    the passes like the first are taken.
    """
    if not passes:
        return (None,) * len(calls)
    names = names_of(passes[0])
    alike = [one for one in passes if names_of(one) == names]
    found = places(names, names_of(calls))
    return tuple(
        None if place is None else Timing(tuple(one[place].own_ms for one in alike)) for place in found
    )


Name = tuple[str, str, str]
"""What tells the rows of a pass apart: path, type and kind."""


class Named(Protocol):
    """A row, whatever is said of it."""

    @property
    def path(self) -> str:
        """Whose code it is."""

    @property
    def type(self) -> str:
        """The module's kind or the function's name."""

    @property
    def kind(self) -> str:
        """A module, a function ..."""


def names_of(rows: Sequence[Named]) -> list[Name]:
    """Return the name of each row, in their order."""
    return [(one.path, one.type, one.kind) for one in rows]


def places(ran: Sequence[Name], wanted: Sequence[Name]) -> Iterator[int | None]:
    """Yield where each of the `wanted` names stands in `ran`, behind the one before it; None where it does not."""
    start = 0
    for name in wanted:
        try:
            place = ran.index(name, start)
        except ValueError:
            yield None
        else:
            start = place + 1
            yield place
