"""Spec -> what its network shows on a device: built, run once, run again for every further input."""

from __future__ import annotations

from collections import Counter

import torch

from archcheck import device as devices
from archcheck.errors import DeviceError
from archcheck.infer import Inference, infer
from archcheck.model import Compiled, compile_spec, parameter_count
from archcheck.results import Seen, Shape, Trace
from archcheck.rules.base import numel
from archcheck.spec.layers import Layer, Run, Spec
from archcheck.trace import dummies, run

META = torch.device("meta")
BYTES = 4
"""Of one float32."""


def observe(spec: Spec, inference: Inference, device: torch.device) -> Seen:
    """Build the network on `device`, run it with dummy tensors, and say what it gave.

    Further runs (`documented: runs:`) happen on the meta device: they ask whether shapes fit, and a batch of 128
    takes no memory there. Raises `SpecError` (PyTorch refuses an argument) and `DeviceError` (no memory for it).
    """
    devices.require(bytes_needed(inference), device, f"{spec.target}: the network")
    compiled = compile_spec(spec, inference, device, initialise=False)
    shapes = tuple((spec.batch, *tensor.shape) for tensor in spec.inputs)
    trace = _traced(spec, compiled, shapes, device)
    wanted = [claim.value for claim in spec.claims if isinstance(claim.value, Run)]
    claimed = {claim.quantity for claim in spec.claims}
    return Seen(
        device=str(device),
        trace=trace,
        runs=tuple(_further(spec, one) for one in wanted),
        params=parameter_count(compiled.model) if compiled.complete else None,
        kinds=_kinds(spec, compiled) if compiled.complete else None,
        repr=repr(compiled.model) if compiled.complete and "repr" in claimed else None,
        macs=_macs(spec, inference) if "macs" in claimed and trace.failure is None else None,
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
    try:
        return run(spec, compiled, dummies(spec.inputs, shapes, device), device)
    except torch.OutOfMemoryError as error:
        raise DeviceError(f"{spec.target}: {device} has no memory left for this network ({error})") from None


def _further(spec: Spec, one: Run) -> Trace:
    inference = infer(spec, one.inputs)
    return _traced(spec, compile_spec(spec, inference, META, initialise=False), one.inputs, META)


def _kinds(spec: Spec, compiled: Compiled) -> Counter[str]:
    layers = [path for path, node in spec.leaves() if isinstance(node, Layer)]
    return Counter(type(compiled.nodes[path]).__name__ for path in layers)


def _macs(spec: Spec, inference: Inference) -> int:
    """Return half of what PyTorch's own counter says of one pass on the meta device, for one sample."""
    from torch.utils.flop_counter import FlopCounterMode  # only where a document claims MACs

    compiled = compile_spec(spec, inference, META, initialise=False)
    tensors = dummies(spec.inputs, tuple((1, *tensor.shape) for tensor in spec.inputs), META)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        compiled.model(*tensors)
    return int(counter.get_total_flops()) // 2
