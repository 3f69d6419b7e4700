"""Subject -> profile: counted on meta, timed whole, timed by layer, counted by others; each in a run of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import torch

from archcheck import device as devices
from archcheck.arguments import Arguments
from archcheck.built import Built
from archcheck.conventions import told
from archcheck.costs import Memory, Profile, Told, TrainingCost, Witness
from archcheck.counting.passes import count_subject
from archcheck.errors import ArchcheckError, DeviceError, TargetError, UsageError
from archcheck.memory.footprint import Footprint
from archcheck.memory.measure import measure
from archcheck.memory.predict import predict
from archcheck.model import first_line
from archcheck.operations import Count
from archcheck.profiling.execution import laid_out
from archcheck.profiling.first_run import said
from archcheck.profiling.isolation import threads_set
from archcheck.profiling.job import Job, Progress, job_of
from archcheck.profiling.layers import names_of
from archcheck.profiling.recipe import cost_of_recipe
from archcheck.profiling.settings import Settings
from archcheck.profiling.table import layer_costs
from archcheck.profiling.timed_run import Timed, timed_run
from archcheck.profiling.witnesses import TOOLS, ask
from archcheck.results import Plain
from archcheck.subject import Subject
from archcheck.tensors import Call, random_call

Found = TypeVar("Found")

Notes = tuple[str, ...]
"""What could not be found out, and why."""


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
    job = job_of(subject, settings, device, progress)
    counts = _counts(job)
    predicted, unpredicted = _predicted(job)
    devices.require(_need_bytes(job, counts.batch, predicted), device, job.who)
    with (
        threads_set(settings.threads),
        devices.random_state_kept(device),
        devices.memory_errors(device, job.who),
    ):
        found = _measured(job, counts, predicted)
    return replace(found, notes=counts.notes + unpredicted + found.notes)


def profile_anywhere(
    subject: Subject, settings: Settings, device: torch.device, progress: Progress | None = None
) -> Profile:
    """Return `profile_subject` of a device that nobody named: what does not fit there is counted on meta, and noted.

    Raises what `profile_subject` raises, `DeviceError` only for settings that mean nothing on meta.
    """
    try:
        return profile_subject(subject, settings, device, progress)
    except DeviceError as error:
        try:
            counted = profile_subject(subject, settings, torch.device("meta"), progress)
        except UsageError:
            raise error from None
        return replace(counted, notes=(*counted.notes, f"times: nothing was run; {error}"))


def _measured(job: Job, counts: _Counts, predicted: Footprint | None) -> Profile:
    """Build the network and run it; return what is known then, with the notes of these runs."""
    job.say("build")
    built = _built(job)
    call = laid_out(built.model, random_call(job.arguments, job.device, job.dtype), job.settings, job.who)
    measured = timed_run(job, built, call)
    witnesses = _witnesses(job, built, counts.given)
    footprint, unmeasured = _footprint(job, built, call)
    training, untold = _training(job, measured, predicted, footprint)
    samples, table = job.subject.arguments.batch, measured.table
    return replace(
        _counted(job, counts.given),
        layers=layer_costs(counts.given, counts.batch, samples, table, predicted, footprint),
        latency=measured.whole,
        steps=measured.steps,
        predicted=_memory(predicted),
        measured=_memory(footprint),
        ceilings=table.ceilings,
        witnesses=witnesses,
        environment=_environment(job, measured.peak_bytes),
        training=training,
        notes=unmeasured + untold,
    )


def _counted(job: Job, counted: Count) -> Profile:
    """Return what is known before anything is run."""
    subject, settings = job.subject, job.settings
    return Profile(
        target=subject.target,
        name=subject.name,
        title=subject.title,
        device=str(job.device),
        dtype=settings.dtype,
        batch=job.arguments.batch,
        mode=settings.mode,
        optimizer=str(job.optimizer) if settings.mode == "train" else None,
        input=tuple(one.shape for one in subject.arguments.tensors),
        params=counted.params,
        operations=counted.operations,
        uncounted=counted.unknown,
        told=_told(counted, settings),
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    """What the network costs as its input was `given`, and at the `batch` that is timed."""

    given: Count
    batch: Count

    @property
    def notes(self) -> Notes:
        """Say so where a layer of the one is no layer of the other."""
        if names_of(self.given.calls) == names_of(self.batch.calls):
            return ()
        return ("operations of the timed batch, by layer: the network makes other calls at this batch",)


def _counts(job: Job) -> _Counts:
    job.say("count")
    given = job.subject.arguments
    counted = _count(job, given)
    return _Counts(counted, counted if given == job.arguments else _count(job, job.arguments))


def _count(job: Job, arguments: Arguments) -> Count:
    train = job.settings.mode == "train"
    try:
        return count_subject(job.subject, arguments, train=train, dtype=job.dtype)
    except (RuntimeError, ValueError, IndexError) as error:
        # The rules let through what PyTorch refuses.
        if devices.is_about_memory(error) or job.subject.spec is None:
            raise
        raise TargetError(f"{job.who} fails: {said(error)}") from None


def _predicted(job: Job) -> tuple[Footprint | None, Notes]:
    """Return the memory that the network should take."""
    if not job.settings.memory:
        return None, ()
    job.say("predict memory")
    device = torch.device("cpu") if job.device.type == "meta" else job.device
    mode, optimizer = job.settings.mode, job.optimizer
    found, notes = _or_note(
        "memory predicted",
        lambda: predict(
            job.subject, job.arguments, mode=mode, optimizer=optimizer, dtype=job.dtype, device=device
        ),
    )
    if found is not None and found.ran:
        notes = ("memory predicted without running: the network asks for values, so it was run on the CPU",)
    return found, notes


def _or_note(what: str, find: Callable[[], Found]) -> tuple[Found | None, Notes]:
    """Return what is found, or None with a note: what is worked out must not cost what is measured."""
    try:
        return find(), ()
    except Exception as error:
        why = str(error) if isinstance(error, ArchcheckError) else said(error)
        return None, (f"{what}: {why}",)


def _need_bytes(job: Job, batch: Count, predicted: Footprint | None) -> int:
    """Return the memory that the network will need: as predicted, or its parameters and its largest call."""
    if predicted is not None and predicted.memory.peak is not None:
        return predicted.memory.peak
    sizes = (
        sum(torch.Size(shape).numel() for shape in (*call.work.inputs, *call.work.outputs))
        for call in batch.calls
    )
    return (batch.params + max(sizes, default=0)) * job.dtype.itemsize


def _built(job: Job) -> Built:
    """Return the network on its device, in its dtype and its mode: a new one, which may be changed."""
    built = job.subject.make(job.device, True)
    try:
        built.model.to(job.dtype)
    except TypeError as error:  # MPS has no float64
        raise DeviceError(f"dtype {job.settings.dtype}: not on {job.device} ({first_line(error)})") from None
    built.model.train(job.settings.mode == "train")
    return built


def _witnesses(job: Job, built: Built, counted: Count) -> tuple[Witness, ...]:
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


def _footprint(job: Job, built: Built, call: Call) -> tuple[Footprint | None, Notes]:
    """Return the memory of the network as it is, last of all, for it may be changed."""
    settings = job.settings
    if job.device.type == "meta":
        return None, ()
    if settings.compile or settings.cuda_graph:
        how = "compiled" if settings.compile else "as a CUDA graph"
        lacking = "times of the layers, memory measured" if settings.memory else "times of the layers"
        return None, (f"{lacking}: the network runs {how}, in one piece",)
    if not settings.memory:
        return None, ()
    job.say("measure memory")
    return measure(built, call, mode=settings.mode, optimizer=job.optimizer, device=job.device), ()


def _training(
    job: Job, measured: Timed, predicted: Footprint | None, footprint: Footprint | None
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


def _environment(job: Job, peak_bytes: int | None) -> dict[str, Plain]:
    """Return what the times must be read with; a way of running the network is named where it was taken."""
    ways = {name: True for name in ("channels_last", "compile", "cuda_graph") if getattr(job.settings, name)}
    peak = {} if peak_bytes is None else {"peak_allocated_bytes": peak_bytes}
    return {**devices.describe(job.device), **ways, **peak}
