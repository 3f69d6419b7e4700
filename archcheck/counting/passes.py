"""Where and how a network is counted: on the meta device, in a state that leaves no kernel a choice."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from archcheck import device as devices
from archcheck.arguments import Arguments
from archcheck.built import Built, attributes_kept
from archcheck.counting.counter import count
from archcheck.counting.weightless import META, weightless
from archcheck.errors import ArchcheckError
from archcheck.operations import Count
from archcheck.rows import layer_by_layer
from archcheck.subject import Subject
from archcheck.tensors import Call, empty_call, random_call, tensors_in

CPU = torch.device("cpu")


def count_subject(
    subject: Subject, arguments: Arguments, *, train: bool = False, dtype: torch.dtype = torch.float32
) -> Count:
    """Return what one call with `arguments` costs, in evaluation or in training mode (the forward pass alone).

    The count is the same whatever the caller's grad mode, the device or the attention kernel: fused kernels are kept
    out, so that every product is seen. A model that cannot be built without memory is built on the CPU; one that asks
    for values (`.item()`) is run there too. What else the model raises is its own word on the call: `subject.running`
    makes one line of it.
    """
    with torch.inference_mode(False), subject.running():
        built = built_anywhere(subject)
        try:
            return count_built(built, empty_call(arguments, META, dtype), train=train, dtype=dtype)
        except Exception as error:
            if not asks_for_values(error):
                raise
        built = subject.make(CPU, True)
        built.model.to(dtype)
        return count_built(built, random_call(arguments, CPU, dtype), train=train)


def count_built(built: Built, call: Call, *, train: bool = False, dtype: torch.dtype | None = None) -> Count:
    """Return what one call of a network costs; on meta tensors its weights may lie anywhere and are not touched.

    `dtype`: what its floating-point weights are counted in on meta tensors; None: what they are.
    """
    args, kwargs = call
    on_meta = all(one.is_meta for one in tensors_in(call))
    with ExitStack() as undo:
        if on_meta:
            undo.enter_context(_collection_paused())
        undo.enter_context(unfused(built.model, train))
        if on_meta:
            undo.enter_context(weightless(built.model, dtype))
        return count(built, args, kwargs, META if on_meta else None)


def built_anywhere(subject: Subject) -> Built:
    """Build a network without memory, or on the CPU where its constructor looks at values."""
    try:
        return subject.make(META, False)
    except Exception as error:
        if isinstance(error, ArchcheckError) or devices.is_about_memory(error):
            raise
        return subject.make(CPU, True)


def asks_for_values(error: BaseException, kinds: tuple[type[BaseException], ...] = ()) -> bool:
    """Return whether a run without values stopped because it had none: PyTorch then speaks of the meta device.

    `kinds`: further errors that say so. A shape that does not fit raises on the meta device what it raises on the
    CPU: to wait for the CPU to say the same would take seconds. What was raised in place of such an error counts too.
    """
    told: BaseException | None = error
    seen: set[int] = set()
    while told is not None and id(told) not in seen:
        if isinstance(told, (NotImplementedError, *kinds)) or any(
            word in str(told).lower() for word in _NO_VALUES
        ):
            return not devices.is_about_memory(error)
        seen.add(id(told))
        told = told.__cause__ or told.__context__
    return False


_NO_VALUES = ("meta", ".numpy() is not supported")
"""What PyTorch says where there are no values: of tensors on meta, and of fake ones."""


@contextmanager
def unfused(model: nn.Module, train: bool) -> Iterator[None]:
    """Run a block without gradients and fused kernels, in one mode.

    Every flag and every attribute is as before when it ends: what a network keeps from a pass on meta (a table made
    at its first call, a state) has no values, and must not be found by the next.
    """
    with ExitStack() as undo:
        undo.enter_context(attributes_kept(model))
        for module in model.modules():
            if isinstance(module, torch.jit.ScriptModule):  # its flag is TorchScript's, and no attribute
                undo.callback(setattr, module, "training", module.training)
        model.train(train)
        undo.enter_context(layer_by_layer())
        undo.enter_context(sdpa_kernel(SDPBackend.MATH))
        undo.callback(torch._C._set_mkldnn_enabled, torch._C._get_mkldnn_enabled())
        torch._C._set_mkldnn_enabled(False)
        if "torch._dynamo" in sys.modules:  # something may be compiled: its own code is what is counted
            undo.enter_context(torch.compiler.set_stance("force_eager"))
        undo.enter_context(devices.random_state_kept(CPU))
        undo.enter_context(devices.torch_warnings_ignored())
        undo.enter_context(torch.inference_mode(False))
        undo.enter_context(torch.no_grad())
        undo.enter_context(_inference_as_usual())
        yield


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Keep Python from looking for garbage: a pass on meta leaves little, and each search goes through all of torch."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _inference_as_usual() -> Iterator[None]:
    """Let a model that asks for inference mode run without gradients instead: the same, by the usual operators."""
    kind = torch.inference_mode
    enter = kind.__enter__

    def without_gradients(mode: Any) -> None:
        mode._inference_mode_context = torch.no_grad() if mode.mode else nullcontext()
        mode._inference_mode_context.__enter__()

    kind.__enter__ = without_gradients  # type: ignore[method-assign]
    try:
        yield
    finally:
        kind.__enter__ = enter  # type: ignore[method-assign]
