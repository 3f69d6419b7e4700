"""Subject -> profile: counted on meta, timed whole, timed by layer, counted by others; each in a run of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from archcheck import device as devices
from archcheck.built import Built
from archcheck.costs import LayerCost, Profile, Timing, Witness
from archcheck.counting.passes import count_subject
from archcheck.errors import DeviceError
from archcheck.model import first_line
from archcheck.operations import Count, CountedCall
from archcheck.profiling.clock import clock_for
from archcheck.profiling.isolation import threads_set
from archcheck.profiling.latency import time_whole
from archcheck.profiling.layers import LayerTiming, time_layers
from archcheck.profiling.settings import Settings
from archcheck.profiling.witnesses import TOOLS, ask
from archcheck.results import Plain, without_batch
from archcheck.subject import Subject
from archcheck.tensors import Call, random_call

Progress = Callable[[str], None]
"""Called with the name of each stage as it begins."""


def profile_subject(
    subject: Subject, settings: Settings, device: torch.device, progress: Progress | None = None
) -> Profile:
    """Return what the network costs and how long it takes on `device`; on the meta device there are no times.

    Costs are of one sample; times are of a batch. Threads and random states are as before when this
    returns or raises; on CUDA the device's peak-memory statistic is started anew.
    Raises `SpecError` for a network that does not run, and `DeviceError` where the device lacks memory or the dtype.
    """
    say = progress or _silent
    who = f"{subject.target}: the network at batch {settings.batch}"
    dtype: torch.dtype = getattr(torch, settings.dtype)
    say("count")
    counted = count_subject(subject, subject.arguments, dtype=dtype)
    devices.require(counted.params * dtype.itemsize, device, who)
    with threads_set(settings.threads), devices.random_state_kept(device), devices.memory_errors(device, who):
        say("build")
        built = subject.make(device, True)
        try:
            built.model.to(dtype)
        except TypeError as error:  # MPS has no float64
            raise DeviceError(f"dtype {settings.dtype}: not on {device} ({first_line(error)})") from None
        call = random_call(subject.arguments.with_batch(settings.batch), device, dtype)
        times = _times(built, call, settings, device, say)
        operations = counted.operations
        return Profile(
            target=subject.target,
            name=subject.name,
            device=str(device),
            dtype=settings.dtype,
            batch=settings.batch,
            input=tuple(one.shape for one in subject.arguments.tensors),
            layers=tuple(_layer_costs(counted, times, subject.arguments.batch)),
            params=counted.params,
            operations=operations,
            uncounted=counted.unknown,
            latency=times.whole,
            witnesses=_witnesses(subject, built, device, dtype, counted, say) if settings.witnesses else (),
            environment=_environment(device, times),
            title=subject.title,
        )


@dataclass(frozen=True, slots=True)
class _Times:
    """What was measured; all of it empty on the meta device, the peak everywhere but on CUDA."""

    whole: Timing | None = None
    layers: tuple[LayerTiming, ...] = ()
    peak_bytes: int | None = None


def _silent(stage: str) -> None:
    """Say nothing."""


def _times(built: Built, call: Call, settings: Settings, device: torch.device, say: Progress) -> _Times:
    if device.type == "meta":
        return _Times()
    clock, (args, kwargs) = clock_for(device), call
    leaves = {path: built.nodes[path] for path in built.kinds}

    def run() -> None:
        built.model(*args, **kwargs)

    with torch.inference_mode(), devices.torch_warnings_ignored():
        say("time the whole")
        _start_peak(device)
        whole = time_whole(run, clock, warmup=settings.warmup, repeat=settings.repeat)
        peak = _peak_bytes(device)
        say("time the layers")
        layers = time_layers(run, leaves, clock, warmup=settings.warmup, repeat=settings.repeat)
    return _Times(whole, layers, peak)


def _start_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak_bytes(device: torch.device) -> int | None:
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


def _layer_costs(counted: Count, times: _Times, batch: int) -> Iterator[LayerCost]:
    """Yield a row for every call: both runs watched the same leaves, so both have the same order."""
    timings: Iterator[Timing | None] = iter([one.timing for one in times.layers])
    for call in counted.calls:
        timing = next(timings, None) if call.kind == "module" else None
        yield _layer_cost(call, timing, batch)


def _layer_cost(call: CountedCall, timing: Timing | None, batch: int) -> LayerCost:
    done = call.operations
    return LayerCost(
        layer=call.path,
        type=call.type,
        input=without_batch(next(iter(call.work.inputs), None), batch),
        output=without_batch(next(iter(call.work.outputs), None), batch),
        params=call.params,
        macs=done.mul_adds if done else None,
        flops=done.flops if done else None,
        latency_ms=timing.median_ms if timing else None,
        latency_p90_ms=timing.p90_ms if timing else None,
        latency_spread=timing.spread if timing else None,
        kind=call.kind,
        operations=done,
    )


def _witnesses(
    subject: Subject, built: Built, device: torch.device, dtype: torch.dtype, counted: Count, say: Progress
) -> tuple[Witness, ...]:
    args, _ = random_call(subject.arguments, device, dtype)
    ours = counted.operations.mul_adds if counted.operations else None
    said = []
    for tool in TOOLS:
        say(f"witness {tool.name}")
        said.append(ask(tool, built.model, args, ours))
    return tuple(said)


def _environment(device: torch.device, times: _Times) -> dict[str, Plain]:
    described = devices.describe(device)
    return described if times.peak_bytes is None else {**described, "peak_allocated_bytes": times.peak_bytes}
