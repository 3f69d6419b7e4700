"""Why two tools say two numbers of one network: our multiply-accumulates, a tool's number, and every line between.

The lines are added up from the calls, so they sum to the difference exactly, or nothing is said to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from archcheck.conventions import CONVENTIONS, Share, Telling, tellings
from archcheck.conventions.base import Call
from archcheck.conventions.products import has_bias, is_convolution, is_linear
from archcheck.operations import Count, CountedCall
from archcheck.readings import Claimed, Part, Reading, Totals, readings


@dataclass(frozen=True, slots=True)
class Line:
    """One reason why the numbers differ: what the tool has more (below nought: less), and the layers it is about."""

    amount: int
    why: str
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """Our multiply-accumulates beside one convention's number, of the same samples.

    `macs`, `amount`: None is unknown, and `unknown` says why; `lines`: empty then, or where nothing differs;
    `asked`: what the real tool says where it was asked, or `asked_error` why it says nothing.
    """

    convention: str
    macs: int | None
    amount: int | None
    lines: tuple[Line, ...] = ()
    unknown: tuple[str, ...] = ()
    asked: int | None = None
    asked_error: str | None = None

    @property
    def difference(self) -> int | None:
        """What the tool says more than we do; None where one of them is unknown."""
        return None if self.macs is None or self.amount is None else self.amount - self.macs

    @property
    def met(self) -> bool | None:
        """Whether the real tool says what its convention says; None where one of them says nothing."""
        return None if self.asked is None or self.amount is None else self.asked == self.amount


@dataclass(frozen=True, slots=True)
class Answered:
    """A claim, and what its number is: nothing that was worked out where `readings` are empty."""

    claimed: Claimed
    readings: tuple[Reading, ...]

    @property
    def right(self) -> bool:
        """Whether the claim is right as it is stated."""
        return bool(self.readings) and self.readings[0].tier == 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is explained of one target, or the error that kept it from being; `batch`: the samples counted."""

    target: str
    name: str
    title: str = ""
    batch: int = 1
    against: tuple[Against, ...] = ()
    claim: Answered | None = None
    totals: Totals | None = None
    error: str | None = None


def against(count: Count, name: str) -> Against:
    """Return a count beside a convention. Raises KeyError for a name that is none."""
    told = tuple(tellings(count, name))
    silent = [f"{_layer(call)}: {telling.unknown}" for call, telling in told if telling.unknown]
    unknown = (*(f"archcheck has no rule for {op}" for op in count.unknown), *silent)
    ours = None if count.operations is None else count.operations.mul_adds
    amount = None if silent else sum(telling.amount or 0 for _, telling in told)
    return Against(name, ours, amount, () if unknown else _lines(told), tuple(dict.fromkeys(unknown)))


def _lines(told: Iterable[tuple[CountedCall, Telling]]) -> tuple[Line, ...]:
    """Return a line for each reason of a difference, the largest first; the amounts of one reason are added up."""
    amounts: dict[str, int] = {}
    layers: dict[str, list[str]] = {}
    for call, telling in told:
        mul_adds = 0 if call.operations is None else call.operations.mul_adds
        apart = Share(telling.macs - mul_adds, telling.why or "multiply-accumulates")
        for share in (apart, *telling.shares):
            if share.amount:
                amounts[share.why] = amounts.get(share.why, 0) + share.amount
                layers.setdefault(share.why, []).append(_layer(call))
    lines = (Line(amount, why, tuple(dict.fromkeys(layers[why]))) for why, amount in amounts.items())
    return tuple(sorted(lines, key=lambda line: -abs(line.amount)))


def _layer(call: CountedCall) -> str:
    return call.path if call.kind == "module" else f"{call.path}.{call.type}".lstrip(".")


def answered(claimed: Claimed, totals: Totals) -> Answered:
    """Return what a claimed number is."""
    return Answered(claimed, readings(claimed.stated, claimed.quantity, totals))


def totals_of(count: Count) -> Totals:
    """Return what a count of one sample knows, other tools' numbers included."""
    told = {}
    for name, convention in CONVENTIONS.items():
        one = against(count, name)
        if one.amount is not None:
            told[convention.title] = (one.amount, convention.unit)
    operations = count.operations
    macs, flops = (None, None) if operations is None else (operations.mul_adds, operations.flops)
    return Totals(macs, flops, count.params, tuple(map(_part, count.calls)), told)


def _part(row: CountedCall) -> Part:
    call, operations = Call(row), row.operations
    biased = (is_convolution(call) or is_linear(call)) and has_bias(call)
    return Part(
        row.type,
        None if operations is None else operations.mul_adds,
        None if operations is None else operations.flops,
        row.params,
        sum(math.prod(shape) for name, shape in row.weights if "bias" in name) if row.params else 0,
        call.elements_out if biased else 0,
    )
