"""Clocks: what stamps a moment on a device, and says how far two stamps lie apart.

A GPU works on while the program goes on, so its own events are the stamps there, and the wait for it comes once,
at the end: a wait at each stamp would be part of what is measured.
"""

from __future__ import annotations

import time
from typing import Any, Protocol, TypeVar

import torch

from archcheck import device as devices

Stamp = TypeVar("Stamp")


class Clock(Protocol[Stamp]):
    """Stamps moments. No stamp may be read before `settle` has been called once, after the last of them."""

    def stamp(self) -> Stamp:
        """Mark this moment in the device's own order of work."""

    def settle(self) -> None:
        """Wait until every stamp so far can be read."""

    def milliseconds(self, start: Stamp, end: Stamp) -> float:
        """Return the time from one stamp to a later one."""


class CpuClock:
    """The machine's steady clock; a CPU call has ended when it returns, so nothing is waited for."""

    def stamp(self) -> int:
        """Return the moment in nanoseconds."""
        return time.perf_counter_ns()

    def settle(self) -> None:
        """Wait for nothing."""

    def milliseconds(self, start: int, end: int) -> float:
        """Return the time between two moments."""
        return (end - start) / 1e6


class CudaClock:
    """Events recorded on the device's current stream: https://docs.pytorch.org/docs/stable/notes/cuda.html.

    Work on another GPU shows as time only where this device waits for its result.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def stamp(self) -> torch.cuda.Event:
        """Record an event behind all work that the current stream has been given so far."""
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record(torch.cuda.current_stream(self.device))
        return event

    def settle(self) -> None:
        """Wait until the device has come past the last event."""
        devices.synchronise(self.device)

    def milliseconds(self, start: torch.cuda.Event, end: torch.cuda.Event) -> float:
        """Return the device's own time between two events."""
        return float(start.elapsed_time(end))


class MpsClock(CpuClock):
    """The machine's clock behind a wait at each stamp: MPS offers no events on a stream that could be timed alone."""

    def stamp(self) -> int:
        """Wait until the device is idle and return the moment in nanoseconds."""
        torch.mps.synchronize()
        return super().stamp()


def clock_for(device: torch.device) -> Clock[Any]:
    """Return the clock of a device that can be timed; `meta` computes nothing and has none."""
    if device.type == "meta":
        raise ValueError("nothing happens on the meta device, so it has no clock")
    if device.type == "cuda":
        return CudaClock(device)
    return MpsClock() if device.type == "mps" else CpuClock()
