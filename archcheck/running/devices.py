"""One device for all that a document's code makes, whichever it names; and what PyTorch offers that does not run."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.data import DataLoader

from archcheck.running.constants import Constants
from archcheck.running.demanding import demand
from archcheck.running.drawn import Followed
from archcheck.running.guard import Refused
from archcheck.running.lengths import packing
from archcheck.running.recurrent import recurrent


class OnDevice(TorchFunctionMode):
    """Every tensor is made on, or moved to, one device: `.to("cuda")`, `.cuda()`, `device="mps"` mean it too.

    `labels`: those of data that is not here.
    """

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device = device
        self._constants = Constants()
        self.labels = Followed()

    @contextmanager
    def elsewhere(self, device: torch.device) -> Iterator[None]:
        """Work on another device for a while."""
        before, self.device = self.device, device
        try:
            with device:
                yield
        finally:
            self.device = before

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call a function of PyTorch with our device for any other."""
        return self.labels.after(func, args, self._call(func, args, dict(kwargs or {})))

    def _call(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if func in _MOVES:
            return args[0].to(self.device)
        if func is torch.Tensor.pin_memory:
            return args[0]
        if func is torch.Tensor.to:
            args = (args[0], *(self.device if _is_device(one) else one for one in args[1:]))
        if kwargs.get("device") is not None:
            kwargs["device"] = self.device
        if self.device.type == "meta":
            kwargs.pop("generator", None)  # one of another device is refused, and there are no values to draw
            kwargs.pop("pin_memory", None)
            demand(func, args, kwargs)
            if (states := recurrent(func, args)) is not None:
                return states
            return self._constants.call(func, args, kwargs)
        return func(*args, **kwargs)


_MOVES = {torch.Tensor.cuda, torch.Tensor.cpu, torch.Tensor.xpu}


def _is_device(value: object) -> bool:
    return isinstance(value, torch.device | str) or type(value) is int


@contextmanager
def on_device(device: torch.device) -> Iterator[OnDevice]:
    """Run a document's code on one device, and without what would compile, download or touch files."""
    with _replaced(), device, OnDevice(device) as place:
        yield place


def _same(model: Any = None, *_: Any, **__: Any) -> Any:
    """Return a model as it is: what `torch.compile` and TorchScript would make of it."""
    return _same if model is None else model


def _run_once(model: Any, example_inputs: Any = None, *_: Any, **__: Any) -> Any:
    """Run a model as tracing does, and return it."""
    if example_inputs is not None:
        model(*example_inputs) if isinstance(example_inputs, tuple) else model(example_inputs)
    return model


def _refused(what: str) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise Refused(f"it would {what}")

    return refuse


def _of_files(original: Callable[..., Any], at: int, what: str) -> Callable[..., Any]:
    """Let a function have its way with what is open already, as copying by pickle has it, but not with names."""

    def checked(*args: Any, **kwargs: Any) -> Any:
        file = args[at] if len(args) > at else kwargs.get("f")
        if isinstance(file, str | os.PathLike):
            raise Refused(f"it would {what}")
        return original(*args, **kwargs)

    return checked


def _found_here(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Let a search for files say that it found none: none is here of those that a document means."""

    def found(*args: Any, **kwargs: Any) -> list[Any]:
        if not (files := original(*args, **kwargs)):
            raise Refused("it would read files that are not here")
        return files

    return found


class NoWeights(dict[str, Any]):
    """What stands for downloaded weights: loading it changes nothing."""


def _no_weights(*_: Any, **__: Any) -> NoWeights:
    return NoWeights()


class _Passing(nn.Module):
    """What data parallelism puts around a module."""

    def __init__(self, module: nn.Module, *_: Any, **__: Any) -> None:
        super().__init__()
        self.module = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Run the module."""
        return self.module(*args, **kwargs)


def _load_state(original: Callable[..., Any]) -> Callable[..., Any]:
    def load(module: nn.Module, state: Any, *args: Any, **kwargs: Any) -> Any:
        return None if isinstance(state, NoWeights) else original(module, state, *args, **kwargs)

    return load


def _alone(original: Callable[..., None]) -> Callable[..., None]:
    """Let a loader of data work in this process alone, which may start no other."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"num_workers": 0}
        for name in ("persistent_workers", "prefetch_factor", "multiprocessing_context", "pin_memory"):
            kwargs.pop(name, None)
        original(self, *args, **kwargs)

    return init


@contextmanager
def _replaced() -> Iterator[None]:
    """Put harmless functions in the place of PyTorch's; PyTorch reads and writes files without asking Python."""
    places: list[tuple[Any, str, Any]] = [
        *((torch, "compile", _same), (torch.jit, "script", _same), (torch.jit, "trace", _run_once)),
        *((place, "load", _of_files(place.load, 0, "read a file")) for place in (torch, torch.jit)),
        *((place, "save", _of_files(place.save, 1, "write a file")) for place in (torch, torch.jit)),
        *((torch, "from_file", _refused("read a file")),),
        *((torch.hub, name, _no_weights) for name in ("load_state_dict_from_url",)),
        *((torch.hub, name, _refused("download")) for name in ("load", "download_url_to_file")),
        *(
            (where, "DistributedDataParallel", _Passing)
            for where in (nn.parallel, torch.nn.parallel.distributed)
        ),
        *((nn.Module, "load_state_dict", _load_state(nn.Module.load_state_dict)),),
        *((nn.Module, "compile", _same),),
        (nn.utils.rnn, "pack_padded_sequence", packing(nn.utils.rnn.pack_padded_sequence)),
        (glob, "glob", _found_here(glob.glob)),
        (DataLoader, "__init__", _alone(DataLoader.__init__)),
    ]
    before = [(place, name, getattr(place, name)) for place, name, _ in places]
    for place, name, other in places:
        setattr(place, name, other)
    try:
        yield
    finally:
        for place, name, was in before:
            setattr(place, name, was)
