"""What a claimed number is where it is not what it says: MACs called FLOPs, 2^20 for 10^6, a batch, a part.

One list of candidates for `archcheck explain --claim` and for the hints of checks. A candidate is taken only if the
claim, as precise as it is written, holds it; the nearest explanation wins, and far ones need a claim of some precision.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from archcheck.errors import UsageError
from archcheck.units import Stated, count_text, read_stated, short_count

Quantity = Literal["macs", "flops", "params", "bytes"]

NAMES: Mapping[Quantity, str] = {"macs": "MACs", "flops": "FLOPs", "params": "parameters", "bytes": "bytes"}

BATCHES = tuple(2**power for power in range(1, 9))
"""The batch sizes that are tried."""

PRECISE = Fraction(1, 50)
"""How wide a claim may be, by its own size, before chance explains it as well as anything far-fetched does."""


@dataclass(frozen=True, slots=True)
class Part:
    """One layer's call: its kind, what it costs for one sample, and what of that biases are; None is unknown.

    `bias_params`, `bias_adds`: biases, and the additions that they make.
    """

    kind: str
    macs: int | None
    flops: int | None
    params: int | None
    bias_params: int | None = 0
    bias_adds: int | None = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What a network, or a part of it, really costs for one sample; `told`: other tools' numbers, by title."""

    macs: int | None
    flops: int | None
    params: int | None
    parts: tuple[Part, ...] = ()
    told: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def of(self, quantity: Quantity) -> int | None:
        """Return the quantity as its word means it; of bytes, those of the parameters in float32."""
        if quantity == "bytes":
            return None if self.params is None else 4 * self.params
        return {"macs": self.macs, "flops": self.flops, "params": self.params}[quantity]


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a number may be: `words` say what, `tier` how far it is fetched, 0 being what it says.

    FLOPs are stated by two customs, every operation or the MACs alone at 2 each; both are what the word says.
    """

    amount: int
    words: str
    tier: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A number with its unit, as somebody wrote it."""

    stated: Stated
    quantity: Quantity
    text: str


_WORDS: Mapping[Quantity, str] = {
    "flops": r"flops?|floating[- ]point operations",
    "macs": r"macs?|maccs?|m(?:ult|ul|ultiply)?[- ]?adds?|multiply[- ]accumulates",
    "params": r"params?|parameters?|weights?",
    "bytes": r"i?b|bytes?",
}
_CLAIM = re.compile(
    r"\s*(?P<number>[0-9][0-9,_]*(?:\.[0-9]+)?)\s*(?P<prefix>[KkMGBTP]?)\s*(?:"
    + "|".join(rf"(?P<{name}>(?i:{words}))" for name, words in _WORDS.items())
    + r")\s*"
)


def read_claim(text: str) -> Claimed:
    """Read `0.714GFLOPs`, `60M parameters`, `240 MB`, `1.4 GMACs`. Raises `UsageError` for anything else."""
    match = _CLAIM.fullmatch(text[:100])
    stated = read_stated(match["number"] + match["prefix"]) if match else None
    if match is None or stated is None:
        raise UsageError(
            f"--claim {text[:100]!r}: needs a number and its unit, as in '0.714 GFLOPs', '1.4 GMACs', "
            "'60M parameters' or '240 MB'"
        )
    quantity: Quantity = next(name for name in _WORDS if match[name])
    if quantity == "bytes" and match[quantity].lower() == "ib":
        stated = in_binary(stated)
    unit, prefix = match[quantity], match["prefix"]
    spaced = f"{prefix} {unit}" if quantity == "params" else f" {prefix}{unit}"
    return Claimed(stated, quantity, match["number"] + spaced)


def in_binary(stated: Stated) -> Stated:
    """Return the same words with 2^10 for every 10^3 of the prefix: `1M` as 1,048,576 or so."""
    thousands = {"K": 1, "M": 2, "G": 3, "B": 3, "T": 4, "P": 5}.get(stated.text[-1:].upper(), 0)
    factor = Fraction(1024, 1000) ** thousands
    return Stated(stated.text, math.ceil(stated.low * factor), math.floor(stated.high * factor))


def readings(stated: Stated, quantity: Quantity, totals: Totals) -> tuple[Reading, ...]:
    """Return what a number is: all readings of the nearest tier that has one, and none where nothing fits."""
    binary = in_binary(stated)
    found: dict[int, Reading] = {}
    vague = stated.high - stated.low > PRECISE * stated.low
    for reading in _candidates(quantity, totals):
        fits = [(stated, reading)]
        if binary != stated and (quantity == "bytes" or not vague):
            power = _binary_words(stated)
            fits.append(
                (binary, Reading(reading.amount, f"{reading.words}, in {power}", max(1, 2 * reading.tier)))
            )
        for interval, one in fits:
            if interval.holds(one.amount) and not (vague and one.tier > 1):
                best = found.get(one.amount)
                found[one.amount] = one if best is None or one.tier < best.tier else best
    nearest = min((one.tier for one in found.values()), default=0)
    return tuple(one for one in found.values() if one.tier == nearest)


def _binary_words(stated: Stated) -> str:
    prefix = stated.text[-1:].upper()
    power = {"K": 1, "M": 2, "G": 3, "B": 3, "T": 4, "P": 5}[prefix]
    return f"units of 2^{10 * power} instead of 10^{3 * power}"


def hint(stated: Stated, quantity: Quantity, totals: Totals) -> str | None:
    """Return what a wrong claim's number really is: `714M is the number of MACs (714,188,480)`; None if unknown."""
    own = totals.of(quantity)
    if own is not None and stated.holds(own):
        return None
    found = readings(stated, quantity, totals)
    said = " or ".join(f"{one.words} ({count_text(one.amount)})" for one in found[:2])
    return f"{stated} is {said}" if said else None


def sentence(claimed: Claimed, reading: Reading | None, totals: Totals) -> str:
    """Return one line on a claim read one way; None: no way was found."""
    own, unit = totals.of(claimed.quantity), ""
    name = NAMES[claimed.quantity]
    if claimed.quantity == "bytes":
        name, unit = "the parameters in float32", " bytes"
    if reading is None:
        known = "not known, for not every operator has a rule" if own is None else count_text(own) + unit
        return f"{claimed.text} is nothing that was worked out: {name} are {known}"
    if reading.tier == 0:
        right = f"{claimed.text} is right: {reading.words}, {count_text(reading.amount)}"
        exact = f"; with all else counted, {name} are {count_text(own)}"
        return right if reading.amount == own else right + exact
    instead = "" if own is None else f"; {name} are {short_count(own)}{unit}"
    return f"{claimed.text} is {reading.words} ({count_text(reading.amount)}){instead}"


def _candidates(quantity: Quantity, totals: Totals) -> Iterator[Reading]:
    """Yield everything that a number of this unit may be and that is known."""
    makers = {"macs": _work, "flops": _work, "params": _parameters, "bytes": _bytes}
    own = totals.of(quantity)
    if own is not None:
        words = "the parameters in float32" if quantity == "bytes" else f"the number of {NAMES[quantity]}"
        yield Reading(own, words, 0)
    for amount, words, tier in makers[quantity](quantity, totals):
        if amount:
            yield Reading(amount, words, tier)


Candidate = tuple[int | None, str, int]


def _work(quantity: Quantity, totals: Totals) -> Iterator[Candidate]:
    double = None if totals.macs is None else 2 * totals.macs
    doubled = "the MACs as 2 operations each"
    bases = ((totals.macs, "MACs"), (double, doubled), (totals.flops, "FLOPs"))
    yield totals.macs, "the number of MACs", 1
    yield double, doubled, 0 if quantity == "flops" else 1
    yield totals.flops, "the number of FLOPs", 1
    yield from _shares(quantity, totals)
    for title, (theirs, unit) in totals.told.items():
        yield theirs, f"what {title} calls {unit}", 2
    for amount, words in bases:
        if amount is not None:
            yield 3 * amount, f"{words} of a forward and a backward pass, 3 times the forward one", 3
            for batch in BATCHES:
                yield batch * amount, f"{words} of {batch} samples", 4


def _shares(quantity: Quantity, totals: Totals) -> Iterator[Candidate]:
    """Parts of the network: with biases, convolutions alone, fully connected layers alone."""
    biases = _sum(part.bias_adds for part in totals.parts)
    if totals.macs is not None and biases:
        yield totals.macs + biases, "MACs and biases", 2
    for name, kinds in (("convolutions", "conv"), ("fully connected layers", "linear")):
        macs = _sum(part.macs for part in totals.parts if part.kind.lower().startswith(kinds))
        if macs and macs != totals.macs:
            yield macs, f"MACs of the {name} alone", 2
            if quantity == "flops":
                yield 2 * macs, f"FLOPs of the {name} alone, at 2 a MAC", 2


def _parameters(quantity: Quantity, totals: Totals) -> Iterator[Candidate]:
    biases = _sum(part.bias_params for part in totals.parts)
    if totals.params is not None and biases:
        yield totals.params - biases, "the parameters without biases", 2
    for name, kinds in (("convolutions", "conv"), ("fully connected layers", "linear")):
        params = _sum(part.params for part in totals.parts if part.kind.lower().startswith(kinds))
        if params and params != totals.params and totals.params is not None:
            yield params, f"the parameters of the {name} alone", 2
            yield totals.params - params, f"the parameters without the {name}", 2
    last = next((part.params for part in reversed(totals.parts) if part.params), None)
    if last and totals.params is not None:
        yield totals.params - last, "the parameters without the last layer", 2


def _bytes(quantity: Quantity, totals: Totals) -> Iterator[Candidate]:
    for size, words in ((2, "float16"), (8, "float64"), (1, "int8")):
        if totals.params is not None:
            yield size * totals.params, f"the parameters in {words}", 1


def _sum(values: Iterable[int | None]) -> int | None:
    found = list(values)
    return None if None in found else sum(value for value in found if value is not None)
