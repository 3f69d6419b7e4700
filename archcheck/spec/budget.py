"""What a network may cost at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from archcheck.spec.source import Place

Counted = Literal["params", "macs", "flops"]
COUNTS: tuple[Counted, ...] = get_args(Counted)
"""What a budget limits by arithmetic alone; memory and time are held where they are profiled."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper limits, both ends allowed; None: no limit.

    `params`, `macs`, `flops` (of one sample) and `peak_bytes` (`memory:` in a spec: the most that stands at one time)
    are exact: `5M` allows 5,000,000 and not one more. `latency_ratio`: at most so many times as slow as the network
    that it is compared with, both timed in turn in one run; never a time of another run. `place`: of `budget:`.
    """

    params: int | None = None
    macs: int | None = None
    flops: int | None = None
    peak_bytes: int | None = None
    latency_ratio: float | None = None
    place: Place | None = None

    @property
    def line(self) -> int | None:
        """The line of `budget:` in its spec; None of a budget that no spec has."""
        return self.place.line if self.place else None

    def count(self, quantity: Counted) -> int | None:
        """Return the limit of a count."""
        return {"params": self.params, "macs": self.macs, "flops": self.flops}[quantity]
