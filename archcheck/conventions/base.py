"""What a convention is: a pure function of one counted call that says what a tool, or a custom, counts in it.

The same network has one cost and many numbers: tools take a multiply-accumulate as one operation or as two, count
biases or not, and miss what they cannot see. Each page of this room tells one of these ways, from the tool's source.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from archcheck.operations import CountedCall, Operations
from archcheck.units import Shape


@dataclass(frozen=True, slots=True)
class Share:
    """A part of what a tool counts in a call beside multiply-accumulates, and why it does."""

    amount: int
    why: str


@dataclass(frozen=True, slots=True)
class Telling:
    """What a tool counts in one call.

    `macs`: what stands in its number for our multiply-accumulates, and `why` where that differs from ours;
    `shares`: what it counts besides; `unknown`: why its number cannot be known from here, empty where it is known.
    """

    macs: int = 0
    why: str = ""
    shares: tuple[Share, ...] = ()
    unknown: str = ""

    @property
    def amount(self) -> int | None:
        """The tool's number of this call, in the tool's own unit; None is unknown."""
        return None if self.unknown else self.macs + sum(share.amount for share in self.shares)


@dataclass(frozen=True, slots=True)
class Call:
    """One counted call, asked the way that a tool's hook asks its module."""

    row: CountedCall

    @property
    def type(self) -> str:
        """The module's class or the function's name."""
        return self.row.type

    @property
    def is_module(self) -> bool:
        """Whether it is a module of PyTorch's own: tools know modules by their class."""
        return self.row.kind == "module" and self.row.origin == "nn"

    @property
    def given(self) -> Shape:
        """The shape of the first tensor it is given; a scalar's where there is none."""
        return next(iter(self.row.work.inputs), ())

    @property
    def gave(self) -> Shape:
        """The shape of the first tensor it gives."""
        return next(iter(self.row.work.outputs), ())

    @property
    def elements_in(self) -> int:
        """The elements of the first tensor it is given."""
        return math.prod(self.given)

    @property
    def elements_out(self) -> int:
        """The elements of the first tensor it gives."""
        return math.prod(self.gave)

    @property
    def macs(self) -> int | None:
        """Our own multiply-accumulates; None where an operator in it is unknown."""
        return None if self.row.operations is None else self.row.operations.mul_adds

    def argument(self, name: str, default: object = None) -> object:
        """Return what a module was made with."""
        return dict(self.row.arguments).get(name, default)

    def number(self, name: str) -> int:
        """Return a whole number that a module was made with; 0 where it has none of that name."""
        value = self.argument(name)
        return value if isinstance(value, int) else 0

    def weight(self, name: str) -> Shape | None:
        """Return the shape of a parameter; None where there is none of that name."""
        return dict(self.row.weights).get(name)

    def op_macs(self, names: frozenset[str]) -> int:
        """Return the multiply-accumulates of these operators alone."""
        ops = (op.operations for op in self.row.work.ops if op.name in names)
        return sum(operations.mul_adds for operations in ops if operations is not None)


Tell = Callable[[Call], Telling]
"""What a tool counts in one call."""

NOTHING = Telling()


@dataclass(frozen=True, slots=True)
class Convention:
    """One way to tell a cost.

    `name`: as the command line takes it; `title`: as sentences have it; `unit`: what the tool calls its number;
    `means`: what one of these is; `tell`: its rule; `source`: the version and the file that the rule was read from;
    `limits`: what the tool sees and nobody can see in a count of ours, empty where there is nothing of that kind;
    `beside`: operations that it tells apart from its number, None where it has one number only.
    """

    name: str
    title: str
    unit: str
    means: str
    tell: Tell
    source: str
    limits: str = ""
    beside: Callable[[Call], Operations] | None = None


def not_counted(what: str) -> Telling:
    """Return the telling of a call whose multiply-accumulates the tool does not see."""
    return Telling(0, f"not counted: {what}")


def share(amount: int, why: str) -> tuple[Share, ...]:
    """Return one share, or none of nothing."""
    return (Share(amount, why),) if amount else ()


def elements(amount: int, why: str) -> Telling:
    """Return the telling of a call without multiply-accumulates, all of it one share."""
    return Telling(shares=share(amount, why))
