"""What a network's calls cost in operations: one vector an operator, added up by call and by network.

Unknown is not zero: an operator that no rule knows has no vector, and whatever contains it has none either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

from archcheck.units import Shape


@dataclass(frozen=True, slots=True)
class Operations:
    """How often each kind of arithmetic is done on floating-point numbers, and the bytes that are moved.

    `mul_adds`: a multiplication whose product is added to a sum; `adds`: additions and subtractions;
    `exponentials`: exp, log, tanh, erf, sines, powers and roots; `bytes_read`, `bytes_written`: the operands and
    results of each operator, as if nothing stayed in a cache between two of them.
    """

    mul_adds: int = 0
    adds: int = 0
    multiplies: int = 0
    comparisons: int = 0
    divisions: int = 0
    exponentials: int = 0
    bytes_read: int = 0
    bytes_written: int = 0

    @property
    def flops(self) -> int:
        """Every floating-point operation, a multiply-accumulate being two."""
        return 2 * self.mul_adds + (
            self.adds + self.multiplies + self.comparisons + self.divisions + self.exponentials
        )

    @property
    def moved_bytes(self) -> int:
        """Bytes read and written."""
        return self.bytes_read + self.bytes_written

    def __add__(self, other: Operations) -> Operations:
        return Operations(*(getattr(self, name) + getattr(other, name) for name in _PARTS))

    def times(self, count: int) -> Operations:
        """Return what `count` of these make together."""
        return Operations(*(getattr(self, name) * count for name in _PARTS))


_PARTS = tuple(part.name for part in fields(Operations))


def summed(parts: Iterable[Operations | None]) -> Operations | None:
    """Return all of them together, or None where one is unknown."""
    found = list(parts)
    known = [part for part in found if part is not None]
    if len(known) < len(found):
        return None
    return (
        Operations(*(sum(column) for column in zip(*map(_values, known), strict=True)))
        if known
        else Operations()
    )


def _values(one: Operations) -> tuple[int, ...]:
    return tuple(getattr(one, name) for name in _PARTS)


@dataclass(frozen=True, slots=True)
class CountedOp:
    """One call of one operator of PyTorch: its name without `aten::`, every tensor's shape, what it costs.

    `inputs`: the shapes of its tensors in the order of its arguments; `operations`: None where no rule knows it.
    """

    name: str
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    operations: Operations | None


@dataclass(frozen=True, slots=True)
class Work:
    """What one call did, and what it gave; equal calls of equal layers share one of these.

    `inputs`, `outputs`: the shapes of its tensors, batch axis included.
    """

    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    ops: tuple[CountedOp, ...]
    operations: Operations | None


CallKind = Literal["module", "function", "parameters", "not run"]


@dataclass(frozen=True, slots=True)
class CountedCall:
    """One row of the per-layer table.

    `kind`: a leaf's call (`module`); a function that a module's own code calls (`function`: `path` is that module's,
    `type` the function's name); parameters that a module with layers in it holds itself (`parameters`); a leaf that
    the input does not reach (`not run`). `params`: its own parameters, counted in the first row that has them;
    `weights`: the name and shape of each of them. `origin`: whose code it is, where another tool asks for that: `nn`
    (a module of PyTorch's own, or a function that the code of one calls), `functional`, `torch`, `method` (of a
    tensor) or `operator` (`a @ b`), else empty; `arguments`: what a module of PyTorch's own was made with, by name.
    """

    path: str
    type: str
    kind: CallKind
    work: Work
    params: int = 0
    weights: tuple[tuple[str, Shape], ...] = ()
    origin: str = ""
    arguments: tuple[tuple[str, object], ...] = ()

    @property
    def operations(self) -> Operations | None:
        """What this call costs; None where an operator in it is unknown."""
        return self.work.operations


@dataclass(frozen=True, slots=True)
class Count:
    """Every call of one forward pass in the order they end, and what they cost together.

    `params`: every parameter of the network once; `outputs`: the shapes that the network gives; `device`: `meta`,
    or `cpu` where the network asks for values.
    """

    calls: tuple[CountedCall, ...]
    params: int
    outputs: tuple[Shape, ...]
    device: str

    @property
    def operations(self) -> Operations | None:
        """The sum over all calls; None where one is unknown."""
        return summed(call.operations for call in self.calls)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The operators without a rule, each once, in the order they come."""
        names = (op.name for call in self.calls for op in call.work.ops if op.operations is None)
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class StepCount:
    """Every operator of one step of training, in the order they run: forward with the loss, backward, the update.

    `update`: the optimiser's, once it has its state; `batch`: the samples of the step; `device`: `meta`, or `cpu`
    where the network asks for values.
    """

    forward: tuple[CountedOp, ...]
    backward: tuple[CountedOp, ...]
    update: tuple[CountedOp, ...]
    batch: int
    device: str

    @property
    def ops(self) -> tuple[CountedOp, ...]:
        """All of them."""
        return (*self.forward, *self.backward, *self.update)

    @property
    def operations(self) -> Operations | None:
        """The sum over all operators; None where one is unknown."""
        return summed(op.operations for op in self.ops)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The operators without a rule, each once, in the order they come."""
        return tuple(dict.fromkeys(op.name for op in self.ops if op.operations is None))
