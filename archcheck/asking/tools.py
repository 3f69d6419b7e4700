"""What other counters say of a model that is called in one way: each tool's own number, in its own unit.

Each function may spoil the model, its inputs and the libraries: who asks gives a copy, or asks in a process of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
from torch import nn

from archcheck.tensors import Call, tensors_in


@dataclass(frozen=True, slots=True)
class Said:
    """A tool's answer: its number, and the operators that it says it could not count."""

    amount: int
    left_out: tuple[str, ...] = ()


def fvcore(model: nn.Module, call: Call) -> Said:
    """Return fvcore's flops, a multiply-accumulate each, and the operators that it passed over."""
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(*_by_place(model, call))
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    total = int(analysis.total())
    return Said(total, tuple(sorted(name.removeprefix("aten::") for name in analysis.unsupported_ops())))


def torchinfo(model: nn.Module, call: Call) -> Said:
    """Return torchinfo's mult-adds; `cache_forward_pass` goes by class name and would answer for another model."""
    from torchinfo import summary

    network, tensors = _by_place(model, call)
    with _torchinfo_cache_kept():
        statistics = summary(network, input_data=tensors, verbose=0, cache_forward_pass=False)
        return Said(int(statistics.total_mult_adds))


@contextmanager
def _torchinfo_cache_kept() -> Iterator[None]:
    """Torchinfo keeps the layers of the last model of each class, weights included, for as long as we run."""
    from torchinfo import torchinfo as library

    cache = library._cached_forward_pass
    before = dict(cache)
    try:
        yield
    finally:
        cache.clear()
        cache.update(before)


def flop_counter(model: nn.Module, call: Call) -> Said:
    """Return the operations that PyTorch's counter says, 2 a multiply-accumulate.

    On the meta device, where attention is always taken apart into matrix products: elsewhere the count depends on
    which kernel is chosen, and some kernels count as nothing.
    """
    from torch.utils.flop_counter import FlopCounterMode

    args, kwargs = mapped(call, lambda one: torch.empty_like(one, device="meta"))
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        _meta_copy(model)(*args, **kwargs)
    return Said(int(counter.get_total_flops()))


def _meta_copy(model: nn.Module) -> nn.Module:
    """Return a copy on the meta device, made without a second set of weights on the model's own."""
    memo: dict[int, object] = {}
    for tensor in chain(model.parameters(), model.buffers()):
        twin = torch.empty_like(tensor, device="meta", requires_grad=False)
        memo[id(tensor)] = nn.Parameter(twin, False) if isinstance(tensor, nn.Parameter) else twin
    return copy.deepcopy(model, memo)


def thop(model: nn.Module, call: Call) -> Said:
    """Return thop's MACs; it leaves buffers and hooks on the model."""
    from thop import profile

    network, tensors = _by_place(model, call)
    return Said(int(profile(network, tensors, verbose=False)[0]))


def ptflops(model: nn.Module, call: Call) -> Said:
    """Return the MACs of ptflops, which replaces functions of PyTorch.

    It divides what its hooks count by the length of the first tensor given by place, and what its functions count by
    nothing; given all by name it divides neither, and says one number of the whole batch.
    """
    from ptflops import get_model_complexity_info

    macs, _ = get_model_complexity_info(
        _ByName(model),
        (1,),
        as_strings=False,
        print_per_layer_stat=False,
        input_constructor=lambda _: {"call": call},
    )
    if macs is None:
        raise RuntimeError("it gives no number, and prints why")
    return Said(int(macs))


class _ByName(nn.Module):
    """A network that is given its whole call as one argument with a name."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, call: Call) -> Any:
        args, kwargs = call
        return self.model(*args, **kwargs)


def mapped(value: Any, change: Callable[[torch.Tensor], Any]) -> Any:
    """Return a call with `change(tensor)` in each tensor's place."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        return {name: mapped(one, change) for name, one in value.items()}
    return type(value)(mapped(one, change) for one in value) if type(value) in (tuple, list) else value


class _ByPlace(nn.Module):
    """A network for tools that only know tensors by place: it is called with all its tensors, one after the other."""

    def __init__(self, model: nn.Module, call: Call) -> None:
        super().__init__()
        self.model = model
        self.__dict__["call"] = call

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        left = iter(tensors)
        args, kwargs = mapped(self.__dict__["call"], lambda _: next(left))
        return tuple(tensors_in(self.model(*args, **kwargs)))


def _by_place(model: nn.Module, call: Call) -> tuple[nn.Module, tuple[torch.Tensor, ...]]:
    """Return the network and its tensors as such tools want them: as they are, if that will do."""
    args, kwargs = call
    if not kwargs and all(isinstance(one, torch.Tensor) for one in args):
        return model, args
    return _ByPlace(model, call), tuple(tensors_in(call))
