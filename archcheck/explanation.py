"""Why two tools say two numbers of one network: our multiply-accumulates, a tool's number, and every line between.

The lines are added up from the calls, so they sum to the difference exactly, or nothing is said to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from archcheck.conventions import CONVENTIONS, tellings
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
    amounts: dict[str, int] = {}
    layers: dict[str, list[str]] = {}
    amount, unknown = 0, [f"archcheck has no rule for {op}" for op in count.unknown]
    for call, telling in tellings(count, name):
        amount += telling.amount or 0
        unknown += [f"{_layer(call)}: {telling.unknown}"] if telling.unknown else []
        mul_adds = 0 if call.operations is None else call.operations.mul_adds
        found = [(telling.macs - mul_adds, telling.why or "multiply-accumulates")]
        for difference, why in found + [(share.amount, share.why) for share in telling.shares]:
            if difference:
                amounts[why] = amounts.get(why, 0) + difference
                layers.setdefault(why, []).append(_layer(call))
    ours = None if count.operations is None else count.operations.mul_adds
    silent = any(telling.unknown for _, telling in tellings(count, name))
    lines = () if unknown else tuple(Line(more, why, _once(layers[why])) for why, more in amounts.items())
    return Against(
        name, ours, None if silent else amount, _largest_first(lines), tuple(dict.fromkeys(unknown))
    )


def _layer(call: CountedCall) -> str:
    return call.path if call.kind == "module" else f"{call.path}.{call.type}".lstrip(".")


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _largest_first(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: -abs(line.amount)))


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
