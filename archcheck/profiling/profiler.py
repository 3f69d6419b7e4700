"""Spec -> profile: built, seen once, timed whole, timed by layer, counted by others; each in a run of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from archcheck import device as devices
from archcheck.errors import DeviceError, SpecError
from archcheck.infer import Inference, InferredLayer, failure_text, infer, refusal, total
from archcheck.model import Compiled, compile_spec, first_line, parameter_count
from archcheck.observe import BYTES, bytes_needed
from archcheck.profiling.clock import clock_for
from archcheck.profiling.inputs import random_inputs
from archcheck.profiling.isolation import threads_set
from archcheck.profiling.latency import time_whole
from archcheck.profiling.layers import LayerTiming, time_layers
from archcheck.profiling.settings import Settings
from archcheck.profiling.witnesses import TOOLS, ask
from archcheck.results import (
    Failure,
    LayerCost,
    Plain,
    Profile,
    SeenLayer,
    Timing,
    Trace,
    Witness,
    without_batch,
)
from archcheck.spec.layers import Spec
from archcheck.trace import trace

Progress = Callable[[str], None]
"""Called with the name of each stage as it begins."""


def profile_spec(
    spec: Spec, settings: Settings, device: torch.device, progress: Progress | None = None
) -> Profile:
    """Return what the network costs and how long it takes on `device`; on the meta device there are no times.

    Costs are of one sample, by the rules; times are of a batch. Threads and random states are as before when this
    returns or raises; on CUDA the device's peak-memory statistic is started anew.
    Raises `SpecError` for a network that does not run, and `DeviceError` where the device lacks memory or the dtype.
    """
    plan = _plan(spec, settings, device, progress or _silent)
    who = f"{spec.target}: the network at batch {settings.batch}"
    devices.require(_bytes(plan), device, who)
    with threads_set(settings.threads), devices.random_state_kept(device), devices.memory_errors(device, who):
        subject = _prepared(plan)
        seen = _seen(plan, subject)
        times = _times(plan, subject)
        layers = _layer_costs(plan, seen, times)
        macs = total(layer.macs for layer in layers)
        return Profile(
            target=spec.target,
            name=spec.name,
            device=str(device),
            dtype=settings.dtype,
            batch=settings.batch,
            layers=layers,
            params=parameter_count(subject.compiled.model),
            macs=macs,
            flops=total(layer.flops for layer in layers),
            uncounted=tuple(dict.fromkeys(layer.type for layer in layers if layer.macs is None)),
            latency=times.whole,
            witnesses=_witnesses(plan, subject, macs) if settings.witnesses else (),
            environment=_environment(device, times),
            title=spec.title,
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be measured; `sample` is inferred for one sample, `whole` for the batch."""

    spec: Spec
    settings: Settings
    device: torch.device
    progress: Progress
    sample: Inference
    whole: Inference

    @property
    def dtype(self) -> torch.dtype:
        """The type of weights and floating-point inputs."""
        return getattr(torch, self.settings.dtype)  # type: ignore[no-any-return]

    def inputs(self, batch: int) -> tuple[torch.Tensor, ...]:
        """Return random inputs for `batch` samples."""
        return random_inputs(self.spec.inputs, batch, self.device, self.dtype)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The built network and what it is called with."""

    compiled: Compiled
    tensors: tuple[torch.Tensor, ...]

    def call(self) -> None:
        """Make one call; what it gives is dropped."""
        self.compiled.model(*self.tensors)


@dataclass(frozen=True, slots=True)
class _Times:
    """What was measured; all of it empty on the meta device, the peak everywhere but on CUDA."""

    whole: Timing | None = None
    layers: tuple[LayerTiming, ...] = ()
    peak_bytes: int | None = None


def _silent(stage: str) -> None:
    """Say nothing."""


def _plan(spec: Spec, settings: Settings, device: torch.device, progress: Progress) -> _Plan:
    """Return the plan of a network that the rules let through, for one sample and for the batch."""
    inferences = []
    for batch in (1, settings.batch):
        inference = infer(spec, tuple((batch, *one.shape) for one in spec.inputs), strict=True)
        refused = refusal(inference)
        if refused is not None:
            raise _failure(spec, inference, refused, batch)
        inferences.append(inference)
    return _Plan(spec, settings, device, progress, *inferences)


def _bytes(plan: _Plan) -> int:
    """Return what the network takes at least: as it runs, or while it is built in float32, whichever is more."""
    return max(bytes_needed(plan.whole, plan.dtype.itemsize), (plan.whole.params or 0) * BYTES)


def _prepared(plan: _Plan) -> _Subject:
    plan.progress("build")
    compiled = compile_spec(plan.spec, plan.whole, plan.device, initialise=True)
    try:
        compiled.model.to(plan.dtype)
        return _Subject(compiled, plan.inputs(plan.settings.batch))
    except TypeError as error:  # MPS has no float64
        name = plan.settings.dtype
        raise DeviceError(f"dtype {name}: not on {plan.device} ({first_line(error)})") from None


def _seen(plan: _Plan, subject: _Subject) -> Trace:
    """Return one watched pass, which also shows that the network runs: nothing is timed that fails."""
    plan.progress("run once")
    seen = trace(plan.spec, subject.compiled, subject.tensors, plan.device)
    if seen.failure is not None:
        raise _failure(plan.spec, plan.whole, seen.failure, plan.settings.batch)
    devices.synchronise(plan.device)
    return seen


def _failure(spec: Spec, inference: Inference, failed: Failure, batch: int) -> SpecError:
    """Return the error of a network that does not run, with the layer to blame."""
    layer = next((layer for layer in inference.layers if layer.path == failed.path), None)
    place = layer.node.place if layer else spec.place
    why = failure_text(failed, layer, batch)
    return place.error(
        f"layer {failed.path!r} at batch {batch}: {why}; `archcheck verify {spec.target}` shows the details"
    )


def _times(plan: _Plan, subject: _Subject) -> _Times:
    if plan.device.type == "meta":
        return _Times()
    clock, settings, device = clock_for(plan.device), plan.settings, plan.device
    leaves = {path: subject.compiled.nodes[path] for path, _ in plan.spec.leaves()}
    with torch.inference_mode(), devices.torch_warnings_ignored():
        plan.progress("time the whole")
        _start_peak(device)
        whole = time_whole(subject.call, clock, warmup=settings.warmup, repeat=settings.repeat)
        peak = _peak_bytes(device)
        plan.progress("time the layers")
        layers = time_layers(subject.call, leaves, clock, warmup=settings.warmup, repeat=settings.repeat)
    return _Times(whole, layers, peak)


def _start_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak_bytes(device: torch.device) -> int | None:
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


def _layer_costs(plan: _Plan, seen: Trace, times: _Times) -> tuple[LayerCost, ...]:
    """Return a row for every call of a leaf: both runs watched the same leaves, so both have the same order."""
    inferred = {layer.path: layer for layer in plan.sample.layers}
    timings: Sequence[Timing | None] = [one.timing for one in times.layers] or [None] * len(seen.layers)
    return tuple(
        _layer_cost(inferred[layer.path], layer, timing, plan.settings.batch)
        for layer, timing in zip(seen.layers, timings, strict=True)
    )


def _layer_cost(inferred: InferredLayer, seen: SeenLayer, timing: Timing | None, batch: int) -> LayerCost:
    effect = inferred.effect
    return LayerCost(
        layer=seen.path,
        type=inferred.kind,
        input=without_batch(next(iter(seen.inputs), None), batch),
        output=without_batch(next(iter(seen.outputs), None), batch),
        params=seen.params,
        macs=effect.macs if effect else None,
        flops=effect.flops if effect else None,
        latency_ms=timing.median_ms if timing else None,
        latency_p90_ms=timing.p90_ms if timing else None,
        latency_spread=timing.spread if timing else None,
    )


def _witnesses(plan: _Plan, subject: _Subject, ours: int | None) -> tuple[Witness, ...]:
    tensors = plan.inputs(1)
    said = []
    for tool in TOOLS:
        plan.progress(f"witness {tool.name}")
        said.append(ask(tool, subject.compiled.model, tensors, ours))
    return tuple(said)


def _environment(device: torch.device, times: _Times) -> dict[str, Plain]:
    described = devices.describe(device)
    return described if times.peak_bytes is None else {**described, "peak_allocated_bytes": times.peak_bytes}
