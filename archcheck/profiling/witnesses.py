"""Other tools' counts of the same network, each brought to the multiply-accumulates of one sample.

A witness is asked on a copy, because fvcore leaves its hooks on a model that it fails to trace and torchinfo sets
train flags; what the tools leave in their libraries is undone. None of these three replaces functions of torch,
so they need no process of their own.
"""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

import torch
from torch import nn

from archcheck.costs import Witness
from archcheck.device import random_state_kept
from archcheck.model import first_line

Tensors = tuple[torch.Tensor, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """One witness.

    `counts`: what its number is made of; `macs`: asks it of a model and the inputs of one sample, and may spoil the
    model; `on_meta`: whether it can say anything where there are no values.
    """

    name: str
    counts: str
    macs: Callable[[nn.Module, Tensors], int]
    on_meta: bool = True


def ask(tool: Tool, model: nn.Module, tensors: Tensors, ours: int | None) -> Witness:
    """Return what `tool` says of `model` on the inputs of one sample, beside `ours`.

    Whatever it raises is the witness's `error`, in one line. The model and torch's random state stay as they were.
    """
    device = tensors[0].device
    if device.type == "meta" and not tool.on_meta:
        return Witness(tool.name, None, None, tool.counts, "cannot trace on the meta device")
    try:
        with _kept_apart(), random_state_kept(device), torch.no_grad():
            macs = tool.macs(model, tensors)
    except Exception as error:  # a witness that fails must not cost the rest of the profile
        return Witness(tool.name, None, None, tool.counts, _reason(error))
    return Witness(tool.name, macs, None if ours is None else macs - ours, tool.counts)


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error  # torchinfo wraps what the model raised
    return f"{type(cause).__name__}: {first_line(cause)}"


def _fvcore(model: nn.Module, tensors: Tensors) -> int:
    """Return fvcore's total: what it calls a flop is one multiply-accumulate."""
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(copy.deepcopy(model), tensors)
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    return int(analysis.total())


def _torchinfo(model: nn.Module, tensors: Tensors) -> int:
    """Return torchinfo's mult-adds; `cache_forward_pass` goes by class name and would answer for another model."""
    from torchinfo import summary

    with _torchinfo_cache_kept():
        statistics = summary(copy.deepcopy(model), input_data=tensors, verbose=0, cache_forward_pass=False)
        return int(statistics.total_mult_adds)


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


def _flop_counter(model: nn.Module, tensors: Tensors) -> int:
    """Return half of what PyTorch's counter says: it counts 2 operations a multiply-accumulate.

    On the meta device, where attention is always taken apart into matrix products: elsewhere the count depends on
    which kernel is chosen, and some kernels count as nothing.
    """
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        _meta_copy(model)(*(torch.empty_like(tensor, device="meta") for tensor in tensors))
    return int(counter.get_total_flops()) // 2


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
