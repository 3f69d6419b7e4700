"""What a layer waits for: its own time held against the least that its arithmetic and its bytes could take.

The roofline model: S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model for
multicore architectures", Communications of the ACM 52(4), 2009.
"""

from __future__ import annotations

from archcheck.costs import Bound, Ceilings
from archcheck.operations import Operations

FAR_BELOW = 0.5
"""A layer whose ideal time is less than this part of its real time is not explained by its work."""

NEAR_LAUNCH = 3.0
"""A time of up to so many empty calls is near that of an empty call."""


def rates(done: Operations | None, milliseconds: float | None) -> tuple[float | None, float | None]:
    """Return GFLOP/s and GB/s achieved; None where the work or the time is not known."""
    if done is None or not milliseconds:
        return None, None
    return done.flops / milliseconds / 1e6, done.moved_bytes / milliseconds / 1e6


def bound_of(
    done: Operations | None, milliseconds: float | None, ceilings: Ceilings | None, operators: int = 1
) -> Bound | None:
    """Return what a call that took `milliseconds` waited for; None where its work, time or ceilings are not known.

    Arithmetic and bytes would each alone take what they are of their ceiling.
    `launch`, if both are below `FAR_BELOW` of the real time, and that is at most `NEAR_LAUNCH` times what its
    `operators` take with nothing to do, or if there is nothing to do; else the larger of the two: the ceiling that
    it is closer to.
    """
    if done is None or milliseconds is None or ceilings is None:
        return None
    compute_ms, memory_ms = ceilings.compute_ms(done), ceilings.memory_ms(done)
    ideal_ms = max(compute_ms, memory_ms)
    near = milliseconds <= NEAR_LAUNCH * max(operators, 1) * (ceilings.launch_ms or 0.0)
    if not ideal_ms or (near and ideal_ms < FAR_BELOW * milliseconds):
        return "launch"
    return "compute" if compute_ms > memory_ms else "memory"
