"""Spec -> what its network shows on a device: built, run once, run again for every further input."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd
from torch.utils import flop_counter

from archcheck import device as devices
from archcheck.infer import Inference, infer
from archcheck.model import Compiled, compile_spec, parameter_count
from archcheck.results import Seen, SeenLayer, Shape, Trace
from archcheck.rules.base import numel
from archcheck.spec.layers import Layer, Run, Spec
from archcheck.trace import dummies, trace

META = torch.device("meta")
BYTES = 4
"""Of one float32."""

HEAVY_MACS = 10_000_000_000
"""A further run of more work than this would take longer than all the rest on a CPU."""

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
    compiled = compile_spec(spec, inference, device, initialise=False)
    shapes = tuple((spec.batch, *tensor.shape) for tensor in spec.inputs)
    first = _traced(spec, compiled, shapes, device)
    wanted = [claim.value for claim in spec.claims if isinstance(claim.value, Run)]
    claimed = {claim.quantity for claim in spec.claims}
    return Seen(
        device=str(device),
        trace=first,
        runs=tuple(_further(spec, run, compiled, device) for run in wanted),
        params=parameter_count(compiled.model) if compiled.complete else None,
        kinds=_kinds(spec, compiled) if compiled.complete else None,
        repr=repr(compiled.model) if compiled.complete and "repr" in claimed else None,
        macs=_macs(spec, inference, compiled, first) if "macs" in claimed and first.failure is None else None,
    )


def bytes_needed(inference: Inference, bytes_each: int = BYTES) -> int:
    """Return the bytes that parameters and the largest layer's input and output take together.

    What the rules do not know is not in it: a lower bound.
    """
    effects = [layer.effect for layer in inference.layers if layer.effect is not None]
    params = sum(effect.params for effect in effects)
    passing = [
        sum(numel(shape) for shape in (*layer.inputs, *layer.effect.outputs) if shape is not None)
        for layer in inference.layers
        if layer.effect is not None
    ]
    return (params + max(passing, default=0)) * bytes_each


def _traced(spec: Spec, compiled: Compiled, shapes: tuple[Shape, ...], device: torch.device) -> Trace:
    return trace(spec, compiled, dummies(spec.inputs, shapes, device), device)


def _further(spec: Spec, run: Run, compiled: Compiled, device: torch.device) -> Trace:
    """Run a documented input; of a batch that would take long, `FEW` samples.

    Where those few do not come through one by one, the batch may matter: the whole of it is then run on the
    meta device, which takes no time for arithmetic but half a second to load.
    """
    inference = infer(spec, run.inputs, strict=True)
    macs = sum(layer.effect.macs for layer in inference.layers if layer.effect)
    if not compiled.complete:
        return _on_meta(spec, run)
    if macs <= HEAVY_MACS:
        return _traced(spec, compiled, run.inputs, device)
    few = _traced(spec, compiled, tuple((FEW, *shape[1:]) for shape in run.inputs), device)
    if few.failure is not None or few.output is None or few.output[:1] != (FEW,):
        return _on_meta(spec, run)
    return replace(few, output=(run.inputs[0][0], *few.output[1:]))


def _on_meta(spec: Spec, run: Run) -> Trace:
    return _traced(spec, compile_spec(spec, infer(spec), META, initialise=False), run.inputs, META)


def _kinds(spec: Spec, compiled: Compiled) -> Counter[str]:
    layers = [path for path, node in spec.leaves() if isinstance(node, Layer)]
    return Counter(type(compiled.nodes[path]).__name__ for path in layers)


def _macs(spec: Spec, inference: Inference, compiled: Compiled, first: Trace) -> int:
    """Return half of what PyTorch's own formulas say of the shapes that were seen, for one sample.

    Convolutions and linear layers are asked one by one. Where anything else multiplies (attention, recurrence),
    PyTorch's counter runs the network on the meta device, where no fused kernel hides its products.
    """
    with_macs = {layer.path for layer in inference.layers if layer.effect and layer.effect.macs}
    modules = [(compiled.nodes[seen.path], seen) for seen in first.layers if seen.path in with_macs]
    if all(isinstance(module, _ConvNd | nn.Linear) for module, _ in modules):
        return sum(_flops(module, seen) for module, seen in modules) // 2 // spec.batch
    compiled = compile_spec(spec, inference, META, initialise=False)
    tensors = dummies(spec.inputs, tuple((1, *tensor.shape) for tensor in spec.inputs), META)
    with flop_counter.FlopCounterMode(display=False) as counter, torch.no_grad():
        compiled.model(*tensors)
    return int(counter.get_total_flops()) // 2


def _flops(module: nn.Module, seen: SeenLayer) -> int:
    given, gave = list(seen.inputs[0]), list(seen.outputs[0])
    if isinstance(module, _ConvNd):
        weight = list(module.weight.shape)
        return int(flop_counter.conv_flop_count(given, weight, gave, transposed=module.transposed))
    return int(flop_counter.mm_flop((math.prod(given[:-1]), given[-1]), (given[-1], gave[-1])))
