"""Where and how a network is counted: on the meta device, in a state that leaves no kernel a choice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from archcheck import device as devices
from archcheck.arguments import Arguments
from archcheck.built import Built
from archcheck.counting.counter import count
from archcheck.counting.weightless import META, weightless
from archcheck.operations import Count
from archcheck.subject import Subject
from archcheck.tensors import Call, empty_call, random_call

CPU = torch.device("cpu")


def count_subject(
    subject: Subject, arguments: Arguments, *, train: bool = False, dtype: torch.dtype = torch.float32
) -> Count:
    """Return what one call with `arguments` costs, in evaluation or in training mode (the forward pass alone).

    The count is the same whatever the caller's grad mode, the device or the attention kernel: fused kernels are kept
    out, so that every product is seen. A model that cannot be built without memory is built on the CPU; one that asks
    for values (`.item()`) is run there too.
    """
    built = _built(subject)
    try:
        return count_built(built, empty_call(arguments, META, dtype), train=train)
    except Exception as error:
        if devices.is_about_memory(error):
            raise
        return count_built(subject.make(CPU, True), random_call(arguments, CPU, dtype), train=train)


def count_built(built: Built, call: Call, *, train: bool = False) -> Count:
    """Return what one call of a network costs; on meta tensors its weights may lie anywhere and are not touched."""
    args, kwargs = call
    first = next(iter((*args, *kwargs.values())), None)
    on_meta = not isinstance(first, torch.Tensor) or first.is_meta
    with ExitStack() as undo:
        undo.enter_context(unfused(built.model, train))
        if on_meta:
            undo.enter_context(weightless(built.model))
            undo.enter_context(META)  # for what the network makes without saying where
        return count(built, args, kwargs)


def _built(subject: Subject) -> Built:
    try:
        return subject.make(META, False)
    except (NotImplementedError, RuntimeError):  # its constructor looks at values
        return subject.make(CPU, True)


@contextmanager
def unfused(model: nn.Module, train: bool) -> Iterator[None]:
    """Run a block without gradients and fused kernels, in one mode; every flag is as before when it ends."""
    with ExitStack() as undo:
        for module in model.modules():
            undo.callback(setattr, module, "training", module.training)
        model.train(train)
        undo.callback(torch.backends.mha.set_fastpath_enabled, torch.backends.mha.get_fastpath_enabled())
        torch.backends.mha.set_fastpath_enabled(False)
        undo.enter_context(sdpa_kernel(SDPBackend.MATH))
        undo.callback(torch._C._set_mkldnn_enabled, torch._C._get_mkldnn_enabled())
        torch._C._set_mkldnn_enabled(False)
        undo.enter_context(devices.random_state_kept(CPU))
        undo.enter_context(devices.torch_warnings_ignored())
        undo.enter_context(torch.inference_mode(False))
        undo.enter_context(torch.no_grad())
        yield
