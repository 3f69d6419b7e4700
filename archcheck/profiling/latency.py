"""How long passes take: warmed up by time, sampled for a time, several kinds of pass taking turns in short blocks.

Taking turns is what makes two kinds comparable: when the machine slows down, it slows both down alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Generic, TypeVar

from archcheck.costs import Timing
from archcheck.profiling.clock import Clock, Stamp

Stamped = TypeVar("Stamped")
Read = TypeVar("Read")
Other = TypeVar("Other")

BLOCK_MS = 25.0
"""How long one kind of pass runs before the next has its turn: long enough for warm caches."""

AT_LEAST = 5
"""Samples that are taken even where the budget is spent before."""

AT_MOST = 2000
"""Samples beyond which nothing more is learned."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to go on: seconds before the first sample, seconds of samples, or a number of samples instead."""

    warmup_s: float
    seconds: float
    repeat: int | None = None


@dataclass(frozen=True, slots=True)
class Pass(Generic[Stamped, Read]):
    """One kind of pass.

    `once`: makes it and returns its stamps; `read`: what the stamps say, called when they can be read; `around`:
    what must hold while passes of this kind are made.
    """

    once: Callable[[], Stamped]
    read: Callable[[Stamped], Read]
    around: Callable[[], AbstractContextManager[object]] = nullcontext


@dataclass(slots=True)
class _Turn(Generic[Stamped, Read]):
    """A kind of pass while it is sampled: the passes of one block, and what all of them have said so far."""

    kind: Pass[Stamped, Read]
    block: int
    said: list[Read] = field(default_factory=list)


def in_turn(
    whole: Pass[Any, Read], layers: Pass[Any, Other] | None, clock: Clock[Stamp], pace: Pace
) -> tuple[tuple[Read, ...], tuple[Other, ...]]:
    """Return what the passes of two kinds have said; the second may be missing.

    Each kind is warmed up by one pass at least. Then they are sampled in blocks of about `BLOCK_MS`, in turn, until
    the budget is spent and each has `AT_LEAST` samples, or has `AT_MOST`; with `repeat`, until each has so many.
    The clock settles once a block, so that a device is not made to wait between samples.
    """
    kinds: list[Pass[Any, Any]] = [whole] if layers is None else [whole, layers]
    share_ms = pace.warmup_s * 1000 / len(kinds)
    turns = [_Turn(kind, _block(_warm_up(kind, clock, share_ms))) for kind in kinds]
    wanted, used_ms = pace.repeat or AT_MOST, 0.0
    while waiting := [turn for turn in turns if len(turn.said) < wanted]:
        enough = min(len(turn.said) for turn in turns) >= AT_LEAST
        if pace.repeat is None and enough and used_ms >= pace.seconds * 1000:
            break
        used_ms += sum(_sample(turn, clock, wanted) for turn in waiting)
    first, second = turns[0].said, turns[1].said if len(turns) > 1 else []
    return tuple(first), tuple(second)


def _warm_up(kind: Pass[Stamped, Read], clock: Clock[Stamp], enough_ms: float) -> float:
    """Return the milliseconds of the last of the passes that are not sampled."""
    used_ms, passes = 0.0, 0
    with kind.around():
        while True:
            start = clock.stamp()
            kind.once()
            end = clock.stamp()
            clock.settle()
            last_ms = clock.milliseconds(start, end)
            used_ms, passes = used_ms + last_ms, passes + 1
            if used_ms >= enough_ms or passes >= AT_MOST:
                return last_ms


def _block(pass_ms: float) -> int:
    return max(1, min(AT_MOST, int(BLOCK_MS / pass_ms))) if pass_ms else 1


def _sample(turn: _Turn[Stamped, Read], clock: Clock[Stamp], wanted: int) -> float:
    """Make one block of passes and return how many milliseconds it took."""
    with turn.kind.around():
        start = clock.stamp()
        made = [turn.kind.once() for _ in range(min(turn.block, wanted - len(turn.said)))]
        end = clock.stamp()
    clock.settle()
    turn.said += [turn.kind.read(one) for one in made]
    return clock.milliseconds(start, end)


def between(clock: Clock[Stamp], stamps: Sequence[Stamp]) -> tuple[float, ...]:
    """Return the milliseconds from each stamp to the next."""
    return tuple(clock.milliseconds(start, end) for start, end in pairwise(stamps))


def timings(samples: Sequence[Sequence[float]]) -> tuple[Timing, ...]:
    """Return a timing for each part of a pass, of passes that all have the same parts."""
    return tuple(Timing(tuple(part)) for part in zip(*samples, strict=True))
