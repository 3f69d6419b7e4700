"""What a rule is: a pure function of shapes and arguments.

A rule takes the shapes that a layer receives, batch axis included, and the layer's arguments by PyTorch's
own names with PyTorch's own defaults filled in. It returns an `Effect`, or raises `RefusedInput` (this
input cannot pass) or `BadArgument` (no input could pass). It never sees a tensor and never imports torch.

Letters: `N` batch, `C` channels, `D`, `H`, `W` depth, height, width, `L` length, `T` tokens, `F` features.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from archcheck.errors import BadArgument, RefusedInput
from archcheck.units import Shape as Shape  # every stage takes it from here

Size = int | Sequence[int]
"""One number for every side, or one a side, as PyTorch takes it."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one call of a layer gives and costs.

    `outputs`: every tensor that the module returns, in order, batch axis included; the first goes on.
    `params`: elements of the layer's own parameters.
    `macs`: multiply-accumulates of convolutions, linear layers and matrix products, without bias, of this call.
    `flops`: every floating-point operation of this call by the formula in the rule's docstring, 2 a MAC.
    """

    outputs: tuple[Shape, ...]
    params: int = 0
    macs: int = 0
    flops: int = 0

    @property
    def output(self) -> Shape:
        """The first tensor's shape, the one that goes on to the next layer."""
        return self.outputs[0]


Rule = Callable[..., Effect]
"""`rule(*input_shapes, **arguments) -> Effect`."""

Fill = Callable[[Shape], int]
"""The value of an argument that may be left out, from the (first) input's shape."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A layer kind: its rule, how many tensors it takes, and the arguments that its input decides.

    `inputs`: the numbers of input tensors the module accepts. Where the network passes one tensor on and
    `repeats_input` is set, the layer receives that tensor as often as the smallest number says
    (self-attention: query, key and value).
    """

    rule: Rule
    inputs: tuple[int, ...] = (1,)
    repeats_input: bool = False
    fills: Mapping[str, Fill] = field(default_factory=dict)


def numel(shape: Shape) -> int:
    """Return how many elements a tensor of this shape has."""
    return math.prod(shape)


def spread(size: Size, sides: int, argument: str) -> Shape:
    """Return `size` as one number a side: `spread(3, 2, ...)` is `(3, 3)`."""
    if isinstance(size, int):
        return (size,) * sides
    if len(size) != sides:
        raise BadArgument(argument, f"{list(size)} has {len(size)} numbers, needs 1 or {sides}")
    return tuple(size)


def listed(size: Size) -> Shape:
    """Return `size` as it is meant where a list may be one number: `listed(3)` is `(3,)`."""
    return (size,) if isinstance(size, int) else tuple(size)


def at_least(minimum: int, argument: str, *values: int) -> None:
    """Refuse values under `minimum`."""
    for value in values:
        if value < minimum:
            raise BadArgument(argument, f"{value} is less than {minimum}")


def needs_rank(x: Shape, *ranks: int, letters: str) -> None:
    """Refuse an input whose number of axes is not among `ranks`; `letters` says what was wanted."""
    if len(x) not in ranks:
        raise RefusedInput(f"needs an input {letters}, given {len(x)} axes {list(x)}")
