"""A model without its weights, for as long as a block runs: the same modules, each tensor a twin on the meta device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

META = torch.device("meta")


Twin = Callable[[torch.Tensor], torch.Tensor]
"""Makes a tensor of the same shape and type that stands in another's place."""


def weightless(model: nn.Module, dtype: torch.dtype | None = None) -> AbstractContextManager[None]:
    """Put a twin without values in the place of every tensor with values that a module holds, as `replaced` does.

    `dtype`: what floating-point twins are of, as `model.to(dtype)` would make them; None: what they are.
    """

    def cast(tensor: torch.Tensor) -> bool:
        return dtype is not None and tensor.is_floating_point() and tensor.dtype != dtype

    def twin(tensor: torch.Tensor) -> torch.Tensor:
        return torch.empty_like(tensor, device=META, dtype=dtype if cast(tensor) else None)

    return replaced(model, twin, lambda tensor: _has_values(tensor) or cast(tensor))


@contextmanager
def replaced(model: nn.Module, twin: Twin, wanted: Callable[[torch.Tensor], bool]) -> Iterator[None]:
    """Put a twin in the place of every wanted tensor that a module of `model` holds; then put them back.

    Parameters, buffers, and tensors in plain attributes or in lists of them (a recurrent layer's flat weights). What
    stands twice has one twin. The model's own tensors are never written.
    """
    twins = _Twins(twin, wanted)
    with ExitStack() as undo:
        for module in model.modules():
            if isinstance(module, torch.jit.ScriptModule):
                raise NotImplementedError("TorchScript holds its tensors itself: it cannot run on meta")
            for held in (module._parameters, module._buffers, module.__dict__):
                twins.swap(held, undo)
        yield


def _has_values(tensor: torch.Tensor) -> bool:
    return not tensor.is_meta


class _Twins:
    def __init__(self, make: Twin, wanted: Callable[[torch.Tensor], bool]) -> None:
        self.make, self.wanted = make, wanted
        self._made: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def swap(self, held: dict[str, Any], undo: ExitStack) -> None:
        before = {name: value for name, value in held.items() if self._holds(value)}
        if before:
            undo.callback(held.update, before)
            held.update({name: self._of(value) for name, value in before.items()})

    def _of(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._of(one) for one in value]
        if isinstance(value, tuple):
            return tuple(self._of(one) for one in value)
        return self._twin(value) if isinstance(value, torch.Tensor) and self.wanted(value) else value

    def _twin(self, tensor: torch.Tensor) -> torch.Tensor:
        known = self._made.get(id(tensor))
        if known is None:
            twin = self.make(tensor).detach()
            if isinstance(tensor, nn.Parameter):
                twin = nn.Parameter(twin, requires_grad=tensor.requires_grad)
            known = self._made[id(tensor)] = (tensor, twin)
        return known[1]

    def _holds(self, value: Any) -> bool:
        if isinstance(value, torch.Tensor):
            return self.wanted(value)
        return type(value) in (list, tuple) and any(map(self._holds, value))
