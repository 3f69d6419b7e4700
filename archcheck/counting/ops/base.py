"""What an operator's rule is: a pure function of one call that says its arithmetic; bytes are counted for all alike.

A rule sees the call's arguments as PyTorch's schema orders them and what the call gave, as tensors of which only
shapes and types are looked at. It returns `Operations` without bytes, or None where its arguments make it a call
that it has no formula for: that call is unknown, as one of an operator without a rule is.

What is counted: a comparison, `+ - * /`, and each of exp, log, tanh, erf, sine, power or root is one operation; an
absolute value, a change of sign, rounding, a choice by a mask and drawing a random number are none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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
        """The first argument, a tensor or a list of them, then its first."""
        first: Any = self.args[0]
        tensor: torch.Tensor = first[0] if isinstance(first, tuple | list) else first
        return tensor

    @property
    def gave(self) -> torch.Tensor:
        """What the call gave, or the first tensor of it."""
        several = self.out if isinstance(self.out, tuple | list) else (self.out,)
        tensor: torch.Tensor = next(
            one for one in several if one is not None
        )  # a gradient nobody asks for is None
        return tensor

    def argument(self, place: int, name: str, default: Any = None) -> Any:
        """Return an argument that may be given by place, by name or not at all."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name, default)


OpRule = Callable[[OpCall], Operations | None]
"""What one call costs, without the bytes; None: unknown."""

ByteRule = Callable[[OpCall, int, int], tuple[int, int]]
"""The bytes that one call reads and writes, given those of all its operands and results."""

NOTHING = Operations()


def nothing(call: OpCall) -> Operations:
    """Return no arithmetic: the operator moves numbers, draws them or makes them."""
    return NOTHING


def each(operations: Operations) -> OpRule:
    """Return the rule of an operator that does `operations` for every element it gives."""

    def rule(call: OpCall) -> Operations:
        return operations.times(math.prod(call.gave.shape))

    return rule


def each_given(operations: Operations) -> OpRule:
    """Return the rule of an operator that does `operations` for every element of its first argument."""

    def rule(call: OpCall) -> Operations:
        return operations.times(math.prod(call.given.shape))

    return rule


def size(tensor: torch.Tensor) -> int:
    """Return how many elements a tensor has."""
    return math.prod(tensor.shape)


def present(*tensors: torch.Tensor | None) -> int:
    """Return how many of these are given."""
    return sum(one is not None for one in tensors)


def sides_of(value: int | Sequence[int], sides: int) -> tuple[int, ...]:
    """Return one number a side: PyTorch's operators take one for all, or a list of one or of all."""
    numbers = (value,) if isinstance(value, int) else tuple(value)
    return numbers * sides if len(numbers) == 1 else numbers
