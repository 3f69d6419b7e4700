"""Spec -> what its network shows on a device: built, run once, run again for every further input."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd
from torch.utils import flop_counter

from archcheck import device as devices
from archcheck.built import Built
from archcheck.errors import DeviceError
from archcheck.infer import Inference, batched, infer
from archcheck.model import Compiled, compile_spec, parameter_count
from archcheck.results import Seen, SeenLayer, Shape, Trace
from archcheck.rules.base import numel
from archcheck.spec.layers import Layer, Run, Spec
from archcheck.trace import dummies, trace
from archcheck.units import bytes_text, short_count

META = torch.device("meta")
BYTES = 4
"""Of one float32."""

HEAVY_MACS = 10_000_000_000
"""A further run of more work than this would take longer than all the rest on a CPU."""

LONG_MACS = 500_000_000_000
"""A pass of more work than this takes a CPU longer than a check should, without being asked to."""

LARGE_BYTES = 2_000_000_000
"""A network that takes more than this is filled, on a CPU, for longer than most others are run."""

FEW = 2


def observe(spec: Spec, inference: Inference, device: torch.device) -> Seen:
    """Build the network on `device`, run it with dummy tensors, and say what it gave.

    Further runs (`documented: runs:`) are made on `device` too, with the same network; see `_further`.
    Raises `SpecError` (PyTorch refuses an argument) and `DeviceError` (no memory for it).
    """
    who = f"{spec.target}: the network"
    devices.require(bytes_needed(inference), device, who)
    with devices.memory_errors(device, who):
        return _observed(spec, inference, device)


def _observed(spec: Spec, inference: Inference, device: torch.device) -> Seen:
    subject = _Subject(spec, inference, compile_spec(spec, inference, device, initialise=False), device)
    compiled, first = subject.compiled, subject.traced(batched(spec, spec.batch))
    wanted = [claim.value for claim in spec.claims if isinstance(claim.value, Run)]
    claimed = {claim.quantity for claim in spec.claims}
    return Seen(
        device=str(device),
        trace=first,
        runs=tuple(_further(subject, *pair) for pair in zip(wanted, inference.runs, strict=True)),
        params=parameter_count(compiled.model) if compiled.complete else None,
        kinds=_kinds(spec, compiled) if compiled.complete else None,
        repr=repr(compiled.model) if compiled.complete and "repr" in claimed else None,
        macs=_macs(subject, first) if "macs" in claimed and first.failure is None else None,
    )


@dataclass(frozen=True, slots=True)
class _Subject:
    """A network as it was inferred and built, on a device."""

    spec: Spec
    inference: Inference
    compiled: Compiled
    device: torch.device

    def traced(self, shapes: tuple[Shape, ...]) -> Trace:
        """Return what it gives on zeros of these shapes, batch axis included."""
        return trace(self.spec, self.compiled, dummies(self.spec.inputs, shapes, self.device), self.device)

    def on_meta(self) -> _Subject:
        """Return the same network on the device that computes nothing and takes no memory."""
        compiled = compile_spec(self.spec, self.inference, META, initialise=False)
        return replace(self, compiled=compiled, device=META)


def unfit(inference: Inference, device: torch.device) -> str | None:
    """Return why a network is better not run on a device that nobody named: no room, or long work for a CPU."""
    need, free = bytes_needed(inference), devices.free_bytes(device)
    if free is not None and need > free:
        return f"it needs {bytes_text(need)} and {device} has {bytes_text(free)} free"
    if device.type != "cpu" or (need <= LARGE_BYTES and (inference.macs or 0) <= LONG_MACS):
        return None
    work = f"{bytes_text(need)} and {short_count(inference.macs)} MACs"
    return f"{work} take {device} long; --device {device} runs it all the same"


def bytes_needed(inference: Inference, bytes_each: int = BYTES) -> int:
    """Return the bytes that parameters and the largest layer's input and output take together.

    Input and output count twice: kernels for convolutions copy them into a layout of their own. What the rules
    do not know is not in it.
    """
    effects = [layer.effect for layer in inference.layers if layer.effect is not None]
    params = sum(effect.params for effect in effects)
    passing = [
        sum(numel(shape) for shape in (*layer.inputs, *layer.effect.outputs) if shape is not None)
        for layer in inference.layers
        if layer.effect is not None
    ]
    return (params + 2 * max(passing, default=0)) * bytes_each


def _further(subject: _Subject, run: Run, inference: Inference) -> Trace:
    """Run a documented input; of a batch that takes long, or more memory than there is, `FEW` samples.

    Where those few do not come through one by one, the batch may matter: the whole of it is then run on the
    meta device, which takes no time for arithmetic but half a second to load.
    """
    if not subject.compiled.runnable:
        return subject.on_meta().traced(run.inputs)
    try:
        with devices.memory_errors(subject.device, "a further run"):
            made = _made(subject, run, inference)
    except DeviceError:  # what is needed at least was there, and was not enough
        made = None
    return made or subject.on_meta().traced(run.inputs)


def _made(subject: _Subject, run: Run, inference: Inference) -> Trace | None:
    """Return a run on the subject's own device, whole or of `FEW` samples; None where neither will do."""
    macs = sum(layer.effect.macs for layer in inference.layers if layer.effect)
    if macs <= HEAVY_MACS and _has_room(subject.device, inference):
        return subject.traced(run.inputs)
    shapes = tuple((FEW, *shape[1:]) for shape in run.inputs)
    if not _has_room(subject.device, infer(subject.spec, shapes, strict=True, built=subject.inference)):
        return None
    few = subject.traced(shapes)
    if few.failure is not None or few.output is None or few.output[:1] != (FEW,):
        return None
    return replace(few, output=(run.inputs[0][0], *few.output[1:]))


def _has_room(device: torch.device, inference: Inference) -> bool:
    free = devices.free_bytes(device)
    return free is None or bytes_needed(inference) <= free


def _kinds(spec: Spec, compiled: Compiled) -> Counter[str]:
    layers = [path for path, node in spec.leaves() if isinstance(node, Layer)]
    return Counter(type(compiled.nodes[path]).__name__ for path in layers)


def _macs(subject: _Subject, first: Trace) -> int | None:
    """Return the multiply-accumulates of one sample, of the shapes that were seen.

    Convolutions and linear layers are asked one by one, by PyTorch's own formulas. Where anything else multiplies
    (attention, recurrence), every operator of a pass is counted. None where the network takes its whole batch only,
    or where an operator is unknown.
    """
    sample = first if subject.spec.batch == 1 else subject.traced(batched(subject.spec, 1))
    if sample.failure is not None:
        return None
    silent = {layer.path for layer in subject.inference.layers if layer.effect and not layer.effect.macs}
    modules = subject.compiled.nodes
    seen = [layer for layer in sample.layers if layer.path not in silent]
    plain = [layer for layer in seen if isinstance(modules[layer.path], _ConvNd | nn.Linear)]
    if len(plain) < len(seen):
        return _counted(subject)
    return sum(_flops(modules[layer.path], layer) for layer in plain) // 2


def _counted(subject: _Subject) -> int | None:
    # a quarter of a second that most networks need not spend
    from archcheck.counting.passes import count_built

    kinds = {path: node.kind for path, node in subject.spec.leaves()}
    built = Built(subject.compiled.model, subject.compiled.nodes, kinds, subject.spec.joins())
    tensors = dummies(subject.spec.inputs, batched(subject.spec, 1), subject.device)
    operations = count_built(built, (tensors, {})).operations
    return None if operations is None else operations.mul_adds


def _flops(module: nn.Module, seen: SeenLayer) -> int:
    given, gave = list(seen.inputs[0]), list(seen.outputs[0])
    if isinstance(module, _ConvNd):
        weight = list(module.weight.shape)
        return int(flop_counter.conv_flop_count(given, weight, gave, transposed=module.transposed))
    return int(flop_counter.mm_flop((math.prod(given[:-1]), given[-1]), (given[-1], gave[-1])))
