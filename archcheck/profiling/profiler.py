"""Subject -> profile: counted on meta, timed whole, timed by layer, counted by others; each in a run of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import torch

from archcheck import device as devices
from archcheck.arguments import Arguments
from archcheck.built import Built
from archcheck.conventions import told
from archcheck.costs import Ceilings, Memory, Profile, Timing, Told, TrainingCost, Witness
from archcheck.counting.passes import count_subject
from archcheck.errors import ArchcheckError, DeviceError, TargetError
from archcheck.memory.footprint import Footprint
from archcheck.memory.measure import measure
from archcheck.memory.predict import predict
from archcheck.model import first_line
from archcheck.operations import Count
from archcheck.profiling.ceilings import measure_ceilings
from archcheck.profiling.clock import clock_for
from archcheck.profiling.execution import in_mode, laid_out, ready
from archcheck.profiling.first_run import RowBytes, run_once, said
from archcheck.profiling.isolation import threads_set
from archcheck.profiling.latency import Pace, Pass, between, in_turn, timings
from archcheck.profiling.layers import layers_pass
from archcheck.profiling.recipe import cost_of_recipe, recipe_of
from archcheck.profiling.settings import Settings
from archcheck.profiling.table import Measured, layer_costs
from archcheck.profiling.witnesses import TOOLS, ask
from archcheck.results import Plain
from archcheck.spec.training import Optimizer
from archcheck.subject import Subject
from archcheck.tensors import Call, random_call

Found = TypeVar("Found")

Notes = tuple[str, ...]
"""What could not be found out, and why."""

Progress = Callable[[str], None]
"""Called with the name of each stage as it begins."""


def profile_subject(
    subject: Subject, settings: Settings, device: torch.device, progress: Progress | None = None
) -> Profile:
    """Return what the network costs and how long it takes on `device`; on the meta device there are no times.

    Costs are of what the subject is called with; times and memory are of a batch. Threads and random states are as
    before when this returns or raises; on CUDA the device's peak-memory statistic is started anew.
    Raises `SpecError` or `TargetError` for a network that does not run, `UsageError` for settings that do not fit it,
    and `DeviceError` where the device lacks memory or the dtype.
    """
    settings.fit(str(device))
    job = _job(subject, settings, device, progress or _silent)
    counted, batch = _counts(job)
    predicted, unpredicted = _predicted(job)
    devices.require(_need_bytes(job, batch, predicted), device, job.who)
    with (
        threads_set(settings.threads),
        devices.random_state_kept(device),
        devices.memory_errors(device, job.who),
    ):
        job.say("build")
        built = _built(job)
        call = laid_out(built.model, random_call(job.arguments, device, job.dtype), settings, job.who)
        measured = _run(job, built, call)
        witnesses = _witnesses(job, built, counted)
        footprint = _footprint(job, built, call)
        training, untold = _training(job, measured, predicted, footprint)
        return Profile(
            target=subject.target,
            name=subject.name,
            device=str(device),
            dtype=settings.dtype,
            batch=job.arguments.batch,
            mode=settings.mode,
            input=tuple(one.shape for one in subject.arguments.tensors),
            layers=layer_costs(counted, batch, subject.arguments.batch, measured.table, predicted, footprint),
            params=counted.params,
            operations=counted.operations,
            uncounted=counted.unknown,
            latency=measured.whole,
            steps=measured.steps,
            predicted=_memory(predicted),
            measured=_memory(footprint),
            ceilings=measured.table.ceilings,
            optimizer=str(job.optimizer) if settings.mode == "train" else None,
            told=_told(counted, settings),
            witnesses=witnesses,
            environment=_environment(job, measured.peak_bytes),
            title=subject.title,
            training=training,
            notes=unpredicted + untold,
        )


@dataclass(frozen=True, slots=True)
class _Job:
    """What is to be measured and how; `arguments`: those of a timed call; `who`: the network, in messages."""

    subject: Subject
    settings: Settings
    device: torch.device
    dtype: torch.dtype
    arguments: Arguments
    optimizer: Optimizer
    who: str
    say: Progress


def _silent(stage: str) -> None:
    """Say nothing."""


def _job(subject: Subject, settings: Settings, device: torch.device, say: Progress) -> _Job:
    given = subject.arguments
    recipe = recipe_of(subject) if settings.mode == "train" else None
    batch = settings.batch or (recipe.batch if recipe else None)
    arguments = given if batch is None else given.with_batch(batch)
    return _Job(
        subject,
        settings,
        device,
        getattr(torch, settings.dtype),
        arguments,
        optimizer_of(subject, settings),
        f"{subject.target}: the network at batch {arguments.batch}",
        say,
    )


def optimizer_of(subject: Subject, settings: Settings) -> Optimizer:
    """Return what a training step uses: what the settings say, else what the document says, else SGD at 0.01."""
    recipe = recipe_of(subject)
    return settings.optimizer or (recipe.optimizer if recipe else None) or Optimizer()


def _counts(job: _Job) -> tuple[Count, Count]:
    """Return what the network costs as its input was given, and at the batch that is timed."""
    job.say("count")
    given = job.subject.arguments
    counted = _count(job, given)
    return counted, counted if given == job.arguments else _count(job, job.arguments)


def _count(job: _Job, arguments: Arguments) -> Count:
    train = job.settings.mode == "train"
    try:
        return count_subject(job.subject, arguments, train=train, dtype=job.dtype)
    except (RuntimeError, ValueError, IndexError) as error:
        # The rules let through what PyTorch refuses.
        if devices.is_about_memory(error) or job.subject.spec is None:
            raise
        raise TargetError(f"{job.who} fails: {said(error)}") from None


def _predicted(job: _Job) -> tuple[Footprint | None, Notes]:
    """Return the memory that the network should take."""
    if not job.settings.memory:
        return None, ()
    job.say("predict memory")
    device = torch.device("cpu") if job.device.type == "meta" else job.device
    mode, optimizer = job.settings.mode, job.optimizer
    return _or_note(
        "memory predicted",
        lambda: predict(
            job.subject, job.arguments, mode=mode, optimizer=optimizer, dtype=job.dtype, device=device
        ),
    )


def _or_note(what: str, find: Callable[[], Found]) -> tuple[Found | None, Notes]:
    """Return what is found, or None with a note: what is worked out must not cost what is measured."""
    try:
        return find(), ()
    except Exception as error:
        why = str(error) if isinstance(error, ArchcheckError) else said(error)
        return None, (f"{what}: {why}",)


def _need_bytes(job: _Job, batch: Count, predicted: Footprint | None) -> int:
    """Return the memory that the network will need: as predicted, or its parameters and its largest call."""
    if predicted is not None and predicted.memory.peak is not None:
        return predicted.memory.peak
    sizes = (
        sum(torch.Size(shape).numel() for shape in (*call.work.inputs, *call.work.outputs))
        for call in batch.calls
    )
    return (batch.params + max(sizes, default=0)) * job.dtype.itemsize


def _built(job: _Job) -> Built:
    """Return the network on its device, in its dtype and its mode: a new one, which may be changed."""
    built = job.subject.make(job.device, True)
    try:
        built.model.to(job.dtype)
    except TypeError as error:  # MPS has no float64
        raise DeviceError(f"dtype {job.settings.dtype}: not on {job.device} ({first_line(error)})") from None
    built.model.train(job.settings.mode == "train")
    return built


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the timed runs found out; all of it empty on the meta device, the peak everywhere but on CUDA."""

    whole: Timing | None = None
    steps: dict[str, Timing] = field(default_factory=dict)
    table: Measured = field(default_factory=Measured)
    peak_bytes: int | None = None


def _run(job: _Job, built: Built, call: Call) -> _Measured:
    if job.device.type == "meta":
        return _Measured()
    with in_mode(job.settings):
        job.say("run once")
        gave = run_once(built, call, job.settings, job.who, quote=job.subject.spec is not None)
        return _timed(job, built, call, gave)


def _timed(job: _Job, built: Built, call: Call, gave: tuple[RowBytes, ...]) -> _Measured:
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
    return _Measured(
        Timing(tuple(sum(one) for one in samples)), steps, Measured(passes, gave, ceilings), peak
    )


def _start_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak_bytes(device: torch.device) -> int | None:
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


def _witnesses(job: _Job, built: Built, counted: Count) -> tuple[Witness, ...]:
    if not job.settings.witnesses:
        return ()
    call = random_call(job.subject.arguments, job.device, job.dtype)
    built.model.eval()
    ours = counted.operations.mul_adds if counted.operations else None
    said_of_it = []
    for tool in TOOLS:
        job.say(f"witness {tool.name}")
        said_of_it.append(ask(tool, built.model, call, ours))
    return tuple(said_of_it)


def _footprint(job: _Job, built: Built, call: Call) -> Footprint | None:
    """Return the memory of the network as it is, last of all, for it may be changed; None where it runs as another."""
    settings = job.settings
    if not settings.memory or job.device.type == "meta" or settings.compile or settings.cuda_graph:
        return None
    job.say("measure memory")
    return measure(built, call, mode=settings.mode, optimizer=job.optimizer, device=job.device)


def _training(
    job: _Job, measured: _Measured, predicted: Footprint | None, footprint: Footprint | None
) -> tuple[TrainingCost | None, Notes]:
    """Return what the documented recipe takes, where a step of it is what was timed."""
    if job.settings.mode != "train":
        return None, ()
    job.say("training recipe")
    return _or_note(
        "what the recipe takes",
        lambda: cost_of_recipe(
            job.subject,
            job.arguments,
            job.optimizer,
            job.dtype,
            latency=measured.whole,
            ceilings=measured.table.ceilings,
            predicted=_memory(predicted),
            measured=_memory(footprint),
        ),
    )


def _memory(footprint: Footprint | None) -> Memory | None:
    return None if footprint is None else footprint.memory


def _told(counted: Count, settings: Settings) -> Told | None:
    return None if settings.convention is None else told(counted, settings.convention)


def _environment(job: _Job, peak_bytes: int | None) -> dict[str, Plain]:
    """Return what the times must be read with; a way of running the network is named where it was taken."""
    ways = {name: True for name in ("channels_last", "compile", "cuda_graph") if getattr(job.settings, name)}
    peak = {} if peak_bytes is None else {"peak_allocated_bytes": peak_bytes}
    return {**devices.describe(job.device), **ways, **peak}
