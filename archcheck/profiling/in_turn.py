"""Several networks timed in one run, in turn: what the machine does meanwhile, it does to all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median

import torch

from archcheck import device as devices
from archcheck.costs import Timing
from archcheck.errors import ArchcheckError
from archcheck.profiling.clock import Clock, Stamp, clock_for
from archcheck.profiling.execution import in_mode, laid_out
from archcheck.profiling.first_run import run_once
from archcheck.profiling.isolation import threads_set
from archcheck.profiling.settings import Settings
from archcheck.subject import Subject
from archcheck.tensors import random_call

BLOCK_MS = 10.0
"""How long one network is called before the next has its turn."""

FEWEST = 10
"""Rounds that are made whatever time they take: of fewer, little can be said of their median."""

MOST = 500
"""Rounds beyond which the median hardly moves."""

Run = Callable[[], object]


def time_in_turn(
    subjects: Sequence[Subject], settings: Settings, device: torch.device
) -> tuple[Timing | ArchcheckError, ...]:
    """Return of each network a sample a round: the median time of a forward pass in the round's block of passes.

    All of them lie on the device at the same time. One that cannot be built or run, or that has no room left, gives
    its error instead, and the others are timed. Threads and random states are as before when this returns or raises.
    """
    with threads_set(settings.threads), devices.random_state_kept(device), in_mode(settings):
        made = [_made(subject, settings, device) for subject in subjects]
        times = iter(
            sampled([run for run in made if not isinstance(run, ArchcheckError)], clock_for(device), settings)
        )
        return tuple(run if isinstance(run, ArchcheckError) else next(times) for run in made)


def _made(subject: Subject, settings: Settings, device: torch.device) -> Run | ArchcheckError:
    who = f"{subject.target}: timed in turn with the others, it"
    try:
        with subject.running(), devices.memory_errors(device, who):
            return _runner(subject, settings, device, who)
    except ArchcheckError as error:
        return error


def _runner(subject: Subject, settings: Settings, device: torch.device, who: str) -> Run:
    dtype: torch.dtype = getattr(torch, settings.dtype)
    built = subject.make(device, True)
    built.model.to(dtype).eval()
    batch = settings.batch
    arguments = subject.arguments if batch is None else subject.arguments.with_batch(batch)
    args, kwargs = call = laid_out(built.model, random_call(arguments, device, dtype), settings)
    run_once(built, call, settings, who)
    return lambda: built.model(*args, **kwargs)


def sampled(runs: Sequence[Run], clock: Clock[Stamp], settings: Settings) -> tuple[Timing, ...]:
    """Return of each run a sample a round; `seconds` is what each of them may take, `repeat` a number of rounds."""
    sizes = [_block(run, clock, settings.warmup_s * 1000) for run in runs]
    samples: list[list[float]] = [[] for _ in runs]
    spent, rounds = 0.0, 0
    while not _enough(rounds, spent, settings, len(runs)):
        for run, size, taken in zip(runs, sizes, samples, strict=True):
            times = _times(run, size, clock)
            taken.append(median(times))
            spent += sum(times)
        rounds += 1
    return tuple(Timing(tuple(taken)) for taken in samples)


def _enough(rounds: int, spent_ms: float, settings: Settings, runs: int) -> bool:
    if settings.repeat is not None:
        return rounds >= settings.repeat
    return rounds >= FEWEST and (rounds >= MOST or spent_ms >= settings.seconds * 1000 * runs)


def _block(run: Run, clock: Clock[Stamp], warmup_ms: float) -> int:
    """Warm a network up, by one call at least, and return how many calls a block of it has."""
    spent, last = 0.0, 0.0
    while not spent or spent < warmup_ms:
        (last,) = _times(run, 1, clock)
        spent += max(last, 1e-3)  # a clock that stands still must not keep us here
    return max(1, int(BLOCK_MS / last)) if last else 1


def _times(run: Run, count: int, clock: Clock[Stamp]) -> list[float]:
    stamps = [clock.stamp()]
    for _ in range(count):
        run()
        stamps.append(clock.stamp())
    clock.settle()
    return [clock.milliseconds(one, other) for one, other in pairwise(stamps)]
