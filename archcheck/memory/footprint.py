"""The records of what a network takes: of the whole, and of each call in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archcheck.costs import Memory


@dataclass(frozen=True, slots=True)
class CallMemory:
    """What one row's call takes, in bytes; a call without any work (a view) has no row, as in `Count.calls`.

    `saved`: what it is the first to keep for the backward pass; `peak`: the most that stands while it runs, all that
    stood before included, as in `Memory.peak`.
    """

    path: str
    type: str
    kind: Literal["module", "function"]
    saved: int
    peak: int


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a network takes in one call; `calls`: each row's part, in the order the calls end.

    `ran`: of a prediction, that it could not be made without values, and is of a run on the CPU.
    """

    memory: Memory
    calls: tuple[CallMemory, ...]
    ran: bool = False

    @property
    def saved(self) -> dict[tuple[str, str, int], int]:
        """The bytes that each call is the first to keep, by path, type, and its number among those, from 0."""
        found: dict[tuple[str, str, int], int] = {}
        seen: dict[tuple[str, str], int] = {}
        for call in self.calls:
            nth = seen.get((call.path, call.type), 0)
            seen[call.path, call.type] = nth + 1
            found[call.path, call.type, nth] = call.saved
        return found
