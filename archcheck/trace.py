"""One forward pass of the built network, watched call by call: what each layer gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from archcheck.built import Built
from archcheck.device import is_about_memory, torch_warnings_ignored
from archcheck.model import REFUSALS, Compiled, first_line
from archcheck.parts import SpecBody, SpecJoin
from archcheck.results import Failure, SeenLayer, Shape, Trace
from archcheck.rows import Row, observed
from archcheck.spec.layers import Input, Spec
from archcheck.tensors import shapes_of

CONTAINERS = (SpecJoin, SpecBody, nn.Sequential)
"""Modules without parameters of their own: those in them belong to the leaves."""

DTYPES = {"float32": torch.float32, "int64": torch.int64, "bool": torch.bool}


def trace(spec: Spec, compiled: Compiled, tensors: tuple[torch.Tensor, ...], device: torch.device) -> Trace:
    """Run the network once and record every leaf, and every body that the document claims something of.

    `tensors`: the inputs, batch axis included, on `device`. A layer that fails ends the trace: it is named in
    `failure`, and what ran before it is kept. Modules and train flags stay as they were.
    """
    leaves = {path for path, _ in spec.leaves()}
    claimed = {path for path, node in spec.walk() if node.claims}
    nodes = {path: module for path, module in compiled.nodes.items() if path in leaves | claimed}
    kinds = {path: type(module).__name__ for path, module in nodes.items()}
    built = Built(compiled.model, nodes, kinds, spec.joins())
    record = _Record()
    with observed(built, record), torch.inference_mode(), torch_warnings_ignored():
        try:
            output = shape_of(compiled.model(*tensors))
        except REFUSALS as error:
            if is_about_memory(error):
                raise
            return _trace(record, leaves, device, None, _failure(record, leaves, error))
    return _trace(record, leaves, device, output, None)


@dataclass(slots=True)
class _Record:
    """The observer: the calls in the order they ended, and those not ended yet."""

    ended: list[SeenLayer] = field(default_factory=list)
    begun: list[tuple[str, tuple[Shape, ...]]] = field(default_factory=list)
    counted: set[int] = field(default_factory=set)

    def around(self, row: Row, run: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make one call; one that fails stays among those not ended."""
        if row.module is None:  # what a body does itself is no layer
            return run()
        self.begun.append((row.path, shapes_of(args)))
        gave = run()
        path, inputs = self.begun.pop()
        self.ended.append(SeenLayer(path, inputs, shapes_of(gave), self.own(row.module)))
        return gave

    def own(self, module: nn.Module) -> int:
        """Return a module's own parameters; a tensor that it shares counts where it was met first."""
        found = () if isinstance(module, CONTAINERS) else module.parameters()
        new = {id(one): one.numel() for one in found if id(one) not in self.counted}
        self.counted.update(new)
        return sum(new.values())


def _trace(
    record: _Record, leaves: set[str], device: torch.device, output: Shape | None, failure: Failure | None
) -> Trace:
    layers = tuple(layer for layer in record.ended if layer.path in leaves)
    outputs = {layer.path: layer.outputs[0] for layer in record.ended if layer.outputs}
    return Trace(str(device), layers, outputs, output, failure)


def _failure(record: _Record, leaves: set[str], error: Exception) -> Failure:
    begun = [call for call in record.begun if call[0] in leaves] or record.begun or [("", ())]
    path, inputs = begun[-1]
    return Failure(path, first_line(error), inputs)


def shape_of(value: Any) -> Shape | None:
    """Return the shape of the first tensor in a value."""
    return next(iter(shapes_of(value)), None)


def dummies(
    inputs: tuple[Input, ...], shapes: tuple[Shape, ...], device: torch.device
) -> tuple[torch.Tensor, ...]:
    """Return a tensor for each of the network's inputs; `shapes` have the batch axis.

    No shape depends on values, so they are zero; but whole numbers are the largest that the spec allows, which an
    embedding must be able to look up.
    """
    return tuple(
        torch.full(shape, (tensor.high or 1) - 1, dtype=DTYPES[tensor.dtype or "float32"], device=device)
        for tensor, shape in zip(inputs, shapes, strict=True)
    )
