"""How long the whole network takes, timed around calls that nothing instruments."""

from __future__ import annotations

from collections.abc import Callable

from archcheck.costs import Timing
from archcheck.profiling.clock import Clock, Stamp


def time_whole(call: Callable[[], object], clock: Clock[Stamp], *, warmup: int, repeat: int) -> Timing:
    """Make `warmup` calls that are not timed, then `repeat` that are, and return a sample of each of these.

    The clock settles once, after the last call, so that a device is never made to wait between samples.
    """
    for _ in range(warmup):
        call()
    stamps = [_around(call, clock) for _ in range(repeat)]
    clock.settle()
    return Timing(tuple(clock.milliseconds(start, end) for start, end in stamps))


def _around(call: Callable[[], object], clock: Clock[Stamp]) -> tuple[Stamp, Stamp]:
    start = clock.stamp()
    call()
    return start, clock.stamp()
