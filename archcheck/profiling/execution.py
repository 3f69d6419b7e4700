"""A network made ready to be timed: as it is, compiled, as a CUDA graph, or as a step of training."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from archcheck import device as devices
from archcheck.built import Built
from archcheck.errors import ArchcheckError, DeviceError, TargetError, UsageError
from archcheck.profiling.clock import Clock
from archcheck.profiling.first_run import said
from archcheck.profiling.settings import Settings
from archcheck.spec.training import Optimizer
from archcheck.tensors import Call, tensors_in
from archcheck.training import gradients_of, step_of

STEPS = ("forward", "backward", "optimizer")
"""The parts of a step of training, in the order they are made."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What is timed.

    `once`: makes one whole pass and returns its stamps, one more than `parts` has names; `forward`: what the layers
    are timed in, None where layers have no times of their own.
    """

    parts: tuple[str, ...]
    once: Callable[[], tuple[Any, ...]]
    forward: Callable[[], object] | None


@contextmanager
def in_mode(settings: Settings) -> Iterator[None]:
    """Have gradients as the mode has them, and PyTorch's advice unheard."""
    with gradients_of(settings.mode), devices.torch_warnings_ignored():
        yield


def laid_out(model: nn.Module, call: Call, settings: Settings, who: str = "the network") -> Call:
    """Put a network and its images into PyTorch's `channels_last` order, if that is wanted; return the call.

    Raises `UsageError` where no input has four axes: https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html
    """
    if not settings.channels_last:
        return call
    found = 0

    def turned(value: Any) -> Any:
        nonlocal found
        if isinstance(value, torch.Tensor):
            found += value.dim() == 4
            return value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
        if isinstance(value, dict):
            return {name: turned(one) for name, one in value.items()}
        return tuple(turned(one) for one in value) if isinstance(value, tuple) else value

    args, kwargs = turned(call[0]), turned(call[1])
    if not found:
        raise UsageError(f"{who}: channels_last: no input has the four axes of images; leave it out")
    to: Any = model.to  # whose overloads do not all know of it
    to(memory_format=torch.channels_last)
    return args, kwargs


@contextmanager
def ready(
    built: Built, call: Call, settings: Settings, optimizer: Optimizer, clock: Clock[Any], who: str
) -> Iterator[Ready]:
    """Make a network ready for the block: in training mode its weights change, so it must be ours."""
    args, kwargs = call
    with ExitStack() as undo:
        run: Callable[..., Any] = built.model
        if settings.compile:
            run = undo.enter_context(_compiled(built.model, call, who))
        if settings.mode == "train":
            yield _training(built, run, call, optimizer, clock, settings.compile, who)
        elif settings.cuda_graph:
            yield _inference(_graph(built.model, call, who).replay, clock, None)
        else:

            def forward() -> object:
                return run(*args, **kwargs)

            yield _inference(forward, clock, None if settings.compile else forward)


def _inference(run: Callable[[], object], clock: Clock[Any], forward: Callable[[], object] | None) -> Ready:
    def once() -> tuple[Any, ...]:
        start = clock.stamp()
        run()
        return start, clock.stamp()

    return Ready(("whole",), once, forward)


def _training(
    built: Built,
    run: Callable[..., Any],
    call: Call,
    optimizer: Optimizer,
    clock: Clock[Any],
    compiled: bool,
    who: str,
) -> Ready:
    try:
        step = step_of(built.model, call, optimizer)
        whole = step if run is built.model else step_of(_Called(built.model, run), call, optimizer)
        whole.whole()
    except ArchcheckError:
        raise
    except Exception as error:
        if devices.is_about_memory(error):
            raise
        raise TargetError(f"{who}: a step of training with {optimizer} fails: {said(error)}") from None

    def once() -> tuple[Any, ...]:
        start = clock.stamp()
        loss = whole.forward()
        ran = clock.stamp()
        whole.backward(loss)
        back = clock.stamp()
        whole.update()
        return start, ran, back, clock.stamp()

    return Ready(STEPS, once, None if compiled else step.forward)


class _Called(nn.Module):
    """A network that is called through something else, its parameters being its own."""

    def __init__(self, model: nn.Module, run: Callable[..., Any]) -> None:
        super().__init__()
        self.model = model
        self.__dict__["run"] = run

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.__dict__["run"](*args, **kwargs)


def require_compiler() -> None:
    """Raise `DeviceError` where torch.compile would find no C++ compiler to build its kernels with."""
    wanted = os.environ.get("CXX")
    if not any(shutil.which(name) for name in ((wanted,) if wanted else ("g++", "clang++", "cl"))):
        raise DeviceError(
            f"compile: torch.compile needs a C++ compiler, and there is no {wanted or 'g++ or clang++'}; "
            "install one, or name it in CXX"
        )


@contextmanager
def _compiled(model: nn.Module, call: Call, who: str) -> Iterator[Callable[..., Any]]:
    """Yield the network as torch.compile makes it; the first call, which compiles, has been made.

    Every network of a sweep shares its `forward` with the others, and PyTorch stops compiling after a few.
    """
    import torch._dynamo

    require_compiler()
    args, kwargs = call
    with torch._dynamo.config.patch(recompile_limit=1000, accumulated_recompile_limit=10000):
        run = torch.compile(model, dynamic=False)
        try:
            run(*args, **kwargs)
        except Exception as error:
            if devices.is_about_memory(error):
                raise
            raise DeviceError(f"{who}: torch.compile fails: {said(error)}") from None
        yield run


def _graph(model: nn.Module, call: Call, who: str) -> torch.cuda.CUDAGraph:
    """Return one forward pass as a CUDA graph: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs.

    Captured after three passes on a stream beside the current one, as PyTorch asks for.
    """
    args, kwargs = call
    device = next((one.device for one in tensors_in(call)), torch.device("cuda", torch.cuda.current_device()))
    beside = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    beside.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(beside):
        for _ in range(3):
            model(*args, **kwargs)
    torch.cuda.current_stream(device).wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            model(*args, **kwargs)
    except RuntimeError as error:
        if devices.is_about_memory(error):
            raise
        raise TargetError(f"{who}: cannot be captured as a CUDA graph: {said(error)}") from None
    return graph
