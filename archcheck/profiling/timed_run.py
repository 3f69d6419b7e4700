"""The run that is timed: first once, to see that it runs; then the whole and its layers in turn; then the device."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from archcheck.built import Built
from archcheck.costs import Ceilings, Timing
from archcheck.profiling.ceilings import measure_ceilings
from archcheck.profiling.clock import clock_for
from archcheck.profiling.execution import in_mode, ready
from archcheck.profiling.first_run import RowBytes, run_once
from archcheck.profiling.job import Job
from archcheck.profiling.latency import Pace, Pass, between, in_turn, timings
from archcheck.profiling.layers import layers_pass
from archcheck.profiling.table import Measured
from archcheck.tensors import Call


@dataclass(frozen=True, slots=True)
class Timed:
    """What the timed runs found out; all of it empty on the meta device, the peak everywhere but on CUDA."""

    whole: Timing | None = None
    steps: dict[str, Timing] = field(default_factory=dict)
    table: Measured = field(default_factory=Measured)
    peak_bytes: int | None = None


def timed_run(job: Job, built: Built, call: Call) -> Timed:
    """Return the times of a network on the job's device, called as `call` says.

    Raises `TargetError` where it does not run, or cannot be trained.
    """
    if job.device.type == "meta":
        return Timed()
    with in_mode(job.settings):
        job.say("run once")
        gave = run_once(built, call, job.settings, job.who, quote=job.subject.spec is not None)
        return _timed(job, built, call, gave)


def _timed(job: Job, built: Built, call: Call, gave: tuple[RowBytes, ...]) -> Timed:
    settings, clock = job.settings, clock_for(job.device)
    pace = Pace(settings.warmup_s, settings.seconds, settings.repeat)
    with ready(built, call, settings, job.optimizer, clock, job.who) as network:
        job.say("time")
        _start_peak(job.device)
        whole = Pass(network.once, lambda stamps: between(clock, stamps))
        layers = None if network.forward is None else layers_pass(network.forward, built, clock)
        samples, passes = in_turn(whole, layers, clock, pace)
        peak = _peak_bytes(job.device)
    ceilings: Ceilings | None = None
    if settings.ceilings:
        job.say("measure the device")
        ceilings = measure_ceilings(job.device, job.dtype, clock)
    parts = dict(zip(network.parts, timings(samples), strict=True))
    steps = parts if settings.mode == "train" else {}
    return Timed(Timing(tuple(sum(one) for one in samples)), steps, Measured(passes, gave, ceilings), peak)


def _start_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak_bytes(device: torch.device) -> int | None:
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
