"""A model without its weights, for as long as a block runs: the same modules, each tensor a twin on the meta device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

META = torch.device("meta")


@contextmanager
def weightless(model: nn.Module) -> Iterator[None]:
    """Put a twin without values in the place of every tensor that a module of `model` holds; then put them back.

    Parameters, buffers, and tensors in plain attributes or in lists of them (a recurrent layer's flat weights). What
    stands twice has one twin. Nothing is copied, and the model's own tensors are never written.
    """
    twins = _Twins()
    with ExitStack() as undo:
        for module in model.modules():
            for held in (module._parameters, module._buffers, module.__dict__):
                twins.swap(held, undo)
        yield


class _Twins:
    def __init__(self) -> None:
        self._made: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def swap(self, held: dict[str, Any], undo: ExitStack) -> None:
        before = {name: value for name, value in held.items() if _has_values(value)}
        if before:
            undo.callback(held.update, before)
            held.update({name: self._of(value) for name, value in before.items()})

    def _of(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._of(one) for one in value]
        if isinstance(value, tuple):
            return tuple(self._of(one) for one in value)
        return self._twin(value) if isinstance(value, torch.Tensor) else value

    def _twin(self, tensor: torch.Tensor) -> torch.Tensor:
        known = self._made.get(id(tensor))
        if known is None:
            twin: torch.Tensor = torch.empty_like(tensor, device=META, requires_grad=False)
            if isinstance(tensor, nn.Parameter):
                twin = nn.Parameter(twin, requires_grad=tensor.requires_grad)
            known = self._made[id(tensor)] = (tensor, twin)
        return known[1]


def _has_values(value: Any) -> bool:
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return any(_has_values(one) for one in value)
    return isinstance(value, torch.Tensor) and not value.is_meta
