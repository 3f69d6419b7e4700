"""How a network is to be profiled, checked when it is said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

from archcheck.conventions import CONVENTIONS
from archcheck.costs import Mode
from archcheck.errors import UsageError
from archcheck.spec.training import Optimizer

DTYPES = ("float32", "float16", "bfloat16", "float64")
"""What weights and floating-point inputs can be cast to, by PyTorch's names."""

MOST_THREADS = 1024
"""PyTorch starts as many as it is told, and the operating system ends a process that asks for too many."""

MOST_SAMPLES = 2**31 - 1
"""PyTorch's kernels count in 32 bits, and its tensors have no more elements than 63 bits can count."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to measure.

    `batch`: samples a call (None: as the input was given; of a spec 1, or in training what its document says);
    `dtype`: of weights and floating-point inputs, one of `DTYPES`; `threads`: PyTorch's CPU threads for the time of
    the profile (None: as they are). `mode`: what one timed call is, a forward pass or a step of training with
    `optimizer` (None: the documented one, else SGD at 0.01). `warmup_s`: seconds of calls that are not sampled;
    `seconds`: seconds in which samples are taken, the whole's and the layers' together; `repeat`: so many samples,
    whatever time they take (None: by the budget). `channels_last`, `compile`, `cuda_graph`: how the network is run;
    `memory`, `ceilings`, `witnesses`: whether these are found out too; `convention`: whose way of telling costs is
    wanted beside ours.
    Raises `UsageError` for a value, or two together, that cannot be meant.
    """

    batch: int | None = None
    dtype: str = "float32"
    threads: int | None = None
    mode: Mode = "inference"
    optimizer: Optimizer | None = None
    warmup_s: float = 0.3
    seconds: float = 2.0
    repeat: int | None = None
    channels_last: bool = False
    compile: bool = False
    cuda_graph: bool = False
    memory: bool = True
    ceilings: bool = True
    witnesses: bool = True
    convention: str | None = None

    def __post_init__(self) -> None:
        for name, most in (("batch", MOST_SAMPLES), ("threads", MOST_THREADS), ("repeat", None)):
            if getattr(self, name) is not None:
                _count(name, getattr(self, name), most)
        if self.dtype not in DTYPES:
            raise UsageError(f"dtype {self.dtype}: no such dtype here; write one of {', '.join(DTYPES)}")
        if self.mode not in get_args(Mode):
            raise UsageError(f"mode {self.mode}: no such mode; write one of {', '.join(get_args(Mode))}")
        if self.convention not in (None, *CONVENTIONS):
            raise UsageError(
                f"convention {self.convention}: no such convention; write one of {', '.join(CONVENTIONS)}"
            )
        _seconds("warmup", self.warmup_s)
        _seconds("seconds", self.seconds)
        if self.cuda_graph and self.mode == "train":
            raise UsageError(
                "cuda_graph: a graph is made of a forward pass only; leave it out, or mode train"
            )
        if self.cuda_graph and self.compile:
            raise UsageError("cuda_graph and compile: one of them at a time")
        if self.optimizer is not None and self.mode != "train":
            raise UsageError(f"optimizer {self.optimizer}: only mode train has one")

    def fit(self, device: str) -> None:
        """Raise `UsageError` for what cannot be done on a device, named as PyTorch names it."""
        kind = device.partition(":")[0]
        if self.cuda_graph and kind != "cuda":
            raise UsageError(f"cuda_graph: there are none on {device}; --device cuda has them")
        for name in ("compile", "channels_last"):
            if getattr(self, name) and kind == "meta":
                raise UsageError(f"{name}: nothing is run on meta, so it would change nothing; leave it out")


def _count(name: str, value: object, most: int | None) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"{name} {value}: needs a whole number of at least 1")
    if most is not None and value > most:
        raise UsageError(f"{name} {value}: needs at most {most}")


def _seconds(name: str, value: object) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:  # type: ignore[arg-type, operator]
        raise UsageError(f"{name} {value}: needs a number of seconds, 0 or more")
