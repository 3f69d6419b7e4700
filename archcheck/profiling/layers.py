"""How long each leaf takes, from a run of its own under hooks.

Hooks cost time and keep PyTorch from some fused paths, so these times stand beside the whole's time and are never
taken in the same run; what lies between their sum and the whole is part of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

from torch import nn

from archcheck.costs import Timing
from archcheck.hooks import watched
from archcheck.profiling.clock import Clock, Stamp


@dataclass(frozen=True, slots=True)
class LayerTiming:
    """The samples of one call of one leaf: a leaf that runs twice in a pass has two of these."""

    path: str
    timing: Timing


@dataclass(frozen=True, slots=True)
class _Call(Generic[Stamp]):
    """One call that has ended; `inside`: the calls of leaves that it made itself (a join's branches)."""

    path: str
    start: Stamp
    end: Stamp
    inside: tuple[_Call[Stamp], ...]


@dataclass(slots=True)
class _Recorder(Generic[Stamp]):
    """What the hooks write: the calls of one pass in the order they ended, and those not ended yet."""

    clock: Clock[Stamp]
    ended: list[_Call[Stamp]] = field(default_factory=list)
    begun: list[tuple[Stamp, list[_Call[Stamp]]]] = field(default_factory=list)

    def before(self, path: str, given: tuple[Any, ...]) -> None:
        self.begun.append((self.clock.stamp(), []))

    def after(self, path: str, module: nn.Module, value: Any) -> None:
        end = self.clock.stamp()  # first of all: what follows is ours, not the layer's
        start, inside = self.begun.pop()
        call = _Call(path, start, end, tuple(inside))
        self.ended.append(call)
        if self.begun:
            self.begun[-1][1].append(call)

    def take(self) -> list[_Call[Stamp]]:
        """Return the calls of the pass that has ended, and forget them."""
        calls, self.ended = self.ended, []
        return calls


def time_layers(
    call: Callable[[], object],
    leaves: Mapping[str, nn.Module],
    clock: Clock[Stamp],
    *,
    warmup: int,
    repeat: int,
) -> tuple[LayerTiming, ...]:
    """Make `warmup` calls, then `repeat` timed ones, and return each leaf's samples in the order the leaves end.

    A leaf that contains others (a join and its branches) has its own time alone, without theirs. The hooks are
    gone when this returns or raises; the clock settles once.
    """
    recorder = _Recorder(clock)
    with watched(leaves, recorder):
        for _ in range(warmup):
            call()
        recorder.take()
        passes = [_one_pass(call, recorder) for _ in range(repeat)]
    clock.settle()
    return tuple(_layer_timing(calls, clock) for calls in zip(*passes, strict=True))


def _one_pass(call: Callable[[], object], recorder: _Recorder[Stamp]) -> list[_Call[Stamp]]:
    call()
    return recorder.take()


def _layer_timing(calls: tuple[_Call[Stamp], ...], clock: Clock[Stamp]) -> LayerTiming:
    """Return the samples of one place in the pass, which every pass must have given to the same leaf."""
    (path,) = {one.path for one in calls}
    return LayerTiming(path, Timing(tuple(_own_milliseconds(one, clock) for one in calls)))


def _own_milliseconds(call: _Call[Stamp], clock: Clock[Stamp]) -> float:
    inside = sum(clock.milliseconds(one.start, one.end) for one in call.inside)
    own = clock.milliseconds(call.start, call.end) - inside
    return max(own, 0.0)  # a GPU reads its events to half a microsecond: nothing can come out below it
