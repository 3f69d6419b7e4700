"""What an operator's rule is: a pure function of one call that says its arithmetic; bytes are counted for all alike.

A rule sees the call's arguments as PyTorch's schema orders them and what the call gave, as tensors of which only
shapes and types are looked at. It returns `Operations` without bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from archcheck.operations import Operations


@dataclass(frozen=True, slots=True)
class OpCall:
    """One call of one operator: its arguments by place and by name, and what it gave."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    out: Any

    @property
    def given(self) -> torch.Tensor:
        """The first argument, a tensor."""
        tensor: torch.Tensor = self.args[0]
        return tensor

    @property
    def gave(self) -> torch.Tensor:
        """What the call gave, or the first tensor of it."""
        tensor: torch.Tensor = self.out[0] if isinstance(self.out, tuple | list) else self.out
        return tensor

    def argument(self, place: int, name: str, default: Any = None) -> Any:
        """Return an argument that may be given by place, by name or not at all."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name, default)


OpRule = Callable[[OpCall], Operations]
"""What one call costs, without the bytes."""

NOTHING = Operations()


def nothing(call: OpCall) -> Operations:
    """Return no arithmetic: the operator moves numbers, draws them or makes them."""
    return NOTHING


def each(operations: Operations) -> OpRule:
    """Return the rule of an operator that does `operations` for every element it gives."""

    def rule(call: OpCall) -> Operations:
        return operations.times(math.prod(call.gave.shape))

    return rule
