"""How a network is to be profiled, checked when it is said."""

from __future__ import annotations

from dataclasses import dataclass

from archcheck.errors import UsageError

DTYPES = ("float32", "float16", "bfloat16", "float64")
"""What weights and floating-point inputs can be cast to, by PyTorch's names."""

MOST_THREADS = 1024
"""PyTorch starts as many as it is told, and the operating system ends a process that asks for too many."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to measure.

    `batch`: samples a call; `dtype`: of weights and floating-point inputs, one
    of `DTYPES`; `threads`: PyTorch's CPU threads for the time of the profile (None: as they are); `warmup`: calls
    before the first sample; `repeat`: samples, one call each; `witnesses`: whether other tools are asked.
    Raises `UsageError` for a value that cannot be meant.
    """

    batch: int = 1
    dtype: str = "float32"
    threads: int | None = None
    warmup: int = 3
    repeat: int = 20
    witnesses: bool = True

    def __post_init__(self) -> None:
        _at_least(1, "batch", self.batch)
        _at_least(0, "warmup", self.warmup)
        _at_least(1, "repeat", self.repeat)
        if self.threads is not None:
            _at_least(1, "threads", self.threads)
            if self.threads > MOST_THREADS:
                raise UsageError(f"threads {self.threads}: needs at most {MOST_THREADS}")
        if self.dtype not in DTYPES:
            raise UsageError(f"dtype {self.dtype}: no such dtype here; write one of {', '.join(DTYPES)}")


def _at_least(minimum: int, name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
        raise UsageError(f"{name} {value}: needs a whole number of at least {minimum}")
