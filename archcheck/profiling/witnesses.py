"""Other tools' counts of the same network, each brought to the multiply-accumulates of one sample.

A witness is asked on a copy of the model and of its inputs, because fvcore leaves its hooks on a model that it fails
to trace and torchinfo sets train flags; what the tools leave in their libraries is undone. None of these three
replaces functions of torch, so they need no process of their own.
"""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
from torch import nn

from archcheck.costs import Witness
from archcheck.device import random_state_kept
from archcheck.model import first_line
from archcheck.tensors import Call, tensors_in

MOST_NAMES = 8
"""Operators that a note names before it only says how many more there are."""


@dataclass(frozen=True, slots=True)
class Said:
    """A tool's answer: its number as multiply-accumulates, and what it says it could not count."""

    macs: int
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """One witness.

    `counts`: what its number is made of; `said`: asks it of a model and the call of one sample, and may spoil both;
    `on_meta`: whether it can say anything where there are no values.
    """

    name: str
    counts: str
    said: Callable[[nn.Module, Call], Said]
    on_meta: bool = True


def ask(tool: Tool, model: nn.Module, call: Call, ours: int | None) -> Witness:
    """Return what `tool` says of `model` when it is called as `call` says, beside `ours`.

    Whatever it raises is the witness's `error`, in one line. The model, its inputs and torch's random state stay as
    they were.
    """
    device = next((one.device for one in tensors_in(call)), torch.device("cpu"))
    if device.type == "meta" and not tool.on_meta:
        return Witness(tool.name, None, None, tool.counts, "cannot trace on the meta device")
    try:
        with _kept_apart(), random_state_kept(device), torch.no_grad():
            said = tool.said(copy.deepcopy(model), _mapped(call, torch.clone))
    except Exception as error:  # a witness that fails must not cost the rest of the profile
        return Witness(tool.name, None, None, tool.counts, _reason(error))
    return Witness(tool.name, said.macs, None if ours is None else said.macs - ours, _note(tool, said))


def _note(tool: Tool, said: Said) -> str:
    if not said.left_out:
        return tool.counts
    names, more = said.left_out[:MOST_NAMES], len(said.left_out) - MOST_NAMES
    others = f" and {more} more" if more > 0 else ""
    return f"{tool.counts}; left out here: {', '.join(names)}{others}"


def _mapped(value: Any, change: Callable[[torch.Tensor], Any]) -> Any:
    """Return a call with `change(tensor)` in each tensor's place."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        return {name: _mapped(one, change) for name, one in value.items()}
    return type(value)(_mapped(one, change) for one in value) if type(value) in (tuple, list) else value


class _ByPlace(nn.Module):
    """A network for tools that only know tensors by place: it is called with all its tensors, one after the other."""

    def __init__(self, model: nn.Module, call: Call) -> None:
        super().__init__()
        self.model = model
        self.__dict__["call"] = call

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        left = iter(tensors)
        args, kwargs = _mapped(self.__dict__["call"], lambda _: next(left))
        return tuple(tensors_in(self.model(*args, **kwargs)))


def _by_place(model: nn.Module, call: Call) -> tuple[nn.Module, tuple[torch.Tensor, ...]]:
    """Return the network and its tensors as such tools want them: as they are, if that will do."""
    args, kwargs = call
    if not kwargs and all(isinstance(one, torch.Tensor) for one in args):
        return model, args
    return _ByPlace(model, call), tuple(tensors_in(call))


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error  # torchinfo wraps what the model raised
    return f"{type(cause).__name__}: {first_line(cause)}"


def _fvcore(model: nn.Module, call: Call) -> Said:
    """Return fvcore's total, what it calls a flop being one multiply-accumulate, and the operators it passed over."""
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(*_by_place(model, call))
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    total = int(analysis.total())
    return Said(total, tuple(sorted(name.removeprefix("aten::") for name in analysis.unsupported_ops())))


def _torchinfo(model: nn.Module, call: Call) -> Said:
    """Return torchinfo's mult-adds; `cache_forward_pass` goes by class name and would answer for another model."""
    from torchinfo import summary

    network, tensors = _by_place(model, call)
    with _torchinfo_cache_kept():
        statistics = summary(network, input_data=tensors, verbose=0, cache_forward_pass=False)
        return Said(int(statistics.total_mult_adds))


@contextmanager
def _torchinfo_cache_kept() -> Iterator[None]:
    """Torchinfo keeps the layers of the last model of each class, weights included, for as long as we run."""
    from torchinfo import torchinfo

    cache = torchinfo._cached_forward_pass
    before = dict(cache)
    try:
        yield
    finally:
        cache.clear()
        cache.update(before)


def _flop_counter(model: nn.Module, call: Call) -> Said:
    """Return half of what PyTorch's counter says: it counts 2 operations a multiply-accumulate.

    On the meta device, where attention is always taken apart into matrix products: elsewhere the count depends on
    which kernel is chosen, and some kernels count as nothing.
    """
    from torch.utils.flop_counter import FlopCounterMode

    args, kwargs = _mapped(call, lambda one: torch.empty_like(one, device="meta"))
    with FlopCounterMode(display=False) as counter:
        _meta_copy(model)(*args, **kwargs)
    return Said(int(counter.get_total_flops()) // 2)


def _meta_copy(model: nn.Module) -> nn.Module:
    """Return a copy on the meta device, made without a second set of weights on the model's own."""
    memo: dict[int, object] = {}
    for tensor in chain(model.parameters(), model.buffers()):
        twin = torch.empty_like(tensor, device="meta", requires_grad=False)
        memo[id(tensor)] = nn.Parameter(twin, False) if isinstance(tensor, nn.Parameter) else twin
    return copy.deepcopy(model, memo)


TOOLS = (
    Tool(
        "fvcore",
        "convolutions, linear layers, norms, upsampling; no bias, recurrent layers or fused attention",
        _fvcore,
        on_meta=False,
    ),
    Tool("torchinfo", "every weight and bias of a layer, as often as it is used; no attention", _torchinfo),
    Tool(
        "FlopCounterMode", "convolutions, matrix products and attention, by operator; no bias", _flop_counter
    ),
)
"""The witnesses, in the order they are asked."""


@contextmanager
def _kept_apart() -> Iterator[None]:
    """Silence what the tools log and warn of; put back the switch that a FlopCounterMode table leaves set."""
    import tabulate

    logger, whitespace = logging.getLogger("fvcore"), tabulate.PRESERVE_WHITESPACE
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            logger.setLevel(level)
            tabulate.PRESERVE_WHITESPACE = whitespace
