"""What a network will take, worked out without memory: its tensors have a device and a shape, and no values."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import torch
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensorMode,
    UnsupportedFakeTensorException,
    UnsupportedOperatorException,
)

from archcheck import device as devices
from archcheck.arguments import Arguments
from archcheck.built import Built, attributes_kept
from archcheck.costs import Mode
from archcheck.counting.passes import asks_for_values, built_anywhere
from archcheck.counting.weightless import replaced
from archcheck.memory.footprint import Footprint
from archcheck.memory.kernels import RealSizes, scratch_bytes
from archcheck.memory.ledger import Ledger
from archcheck.memory.passes import watch
from archcheck.spec.training import Optimizer
from archcheck.subject import Subject
from archcheck.tensors import Call, empty_call, random_call

CPU = torch.device("cpu")

WITHOUT_VALUES = (
    DataDependentOutputException,
    DynamicOutputShapeException,
    UnsupportedFakeTensorException,
    UnsupportedOperatorException,
)
"""What a fake tensor raises that is asked for a value, for a shape that depends on one, or by an unknown kernel."""


def predict(
    subject: Subject,
    arguments: Arguments,
    *,
    mode: Mode,
    optimizer: Optimizer,
    dtype: torch.dtype,
    device: torch.device = CPU,
) -> Footprint:
    """Return what one call with `arguments` takes on `device`, where nothing is allocated and nothing computed.

    Fake tensors say that they lie on `device`, so PyTorch takes the kernels that it would take there (a fused
    attention, a recurrent layer in one piece), and each says the shapes of what it gives and keeps. A network that
    asks for values is really run, on the CPU, and the footprint says so. What else it raises comes through.
    """
    with devices.random_state_kept(CPU), devices.torch_warnings_ignored():
        try:
            return _on_fakes(built_anywhere(subject), arguments, mode, optimizer, dtype, device)
        except Exception as error:
            if not asks_for_values(error, WITHOUT_VALUES):
                raise
        built = subject.make(CPU, True)
        built.model.to(dtype)
        found = _watched(built, random_call(arguments, CPU, dtype), mode, optimizer)
        return replace(found, ran=True)


def _on_fakes(
    built: Built,
    arguments: Arguments,
    mode: Mode,
    optimizer: Optimizer,
    dtype: torch.dtype,
    device: torch.device,
) -> Footprint:
    def fake(tensor: torch.Tensor) -> torch.Tensor:
        kind = dtype if tensor.is_floating_point() else tensor.dtype
        return torch.empty_strided(tensor.shape, tensor.stride(), dtype=kind, device=device)

    with ExitStack() as undo:
        undo.enter_context(attributes_kept(built.model))
        undo.enter_context(FakeTensorMode(allow_non_fake_inputs=True))
        undo.enter_context(RealSizes())  # type: ignore[no-untyped-call]
        undo.enter_context(replaced(built.model, fake, lambda _: True))
        undo.enter_context(device)  # for what the network makes without saying where
        return _watched(built, empty_call(arguments, device, dtype), mode, optimizer)


def _watched(built: Built, call: Call, mode: Mode, optimizer: Optimizer) -> Footprint:
    ledger = Ledger(scratch_bytes)
    return watch(built, call, mode=mode, optimizer=optimizer, ledger=ledger, peak=Ledger.highest)
