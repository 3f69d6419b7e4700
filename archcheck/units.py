"""Numbers and shapes as people write them, read and written.

`"60M"` -> the interval of whole numbers that round to it; 52707600 -> `52.7 M`; (48, 55, 55) -> `48x55x55`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

Shape = tuple[int, ...]

PREFIXES = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12, "P": 10**15}
"""`B` is the billion of parameter counts."""

STATED = re.compile(r"\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9][0-9_]*)(?:\.([0-9]+))?\s*([KkMGBTP]?)\s*")
"""Commas only between groups of three: `1,5M` is a decimal comma, and must not be read as 15 million."""

STATED_BYTES = re.compile(r"\s*([0-9]+)(?:\.([0-9]+))?\s*([KkMGTP]?)(i?)B\s*")
"""`200MB`, `1.5GiB`: a decimal unit, or with an `i` a power of 1024."""

_LONGEST = 40
"""More characters than any count has; Python itself refuses to read more than 4,300 digits."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A number as precise as it is written: `16.6M` is 16.55M to 16.65M, `61100840` is itself.

    `text`: as written; `low`, `high`: the whole numbers that it may stand for, both included.
    """

    text: str
    low: int
    high: int

    def holds(self, exact: int) -> bool:
        """Return whether `exact` rounds to what is written."""
        return self.low <= exact <= self.high

    def __str__(self) -> str:
        return self.text


def read_stated(written: str | int) -> Stated | None:
    """Read `60M`, `0.7 G`, `61,100,840` or a whole number; None if it is not such a number.

    A count is never negative, and what no count rounds to (`6.11`) is None too.

    >>> read_stated("16.6M")
    Stated(text='16.6M', low=16550000, high=16650000)
    """
    if isinstance(written, int):
        return Stated(str(written), written, written)
    match = STATED.fullmatch(written) if len(written) <= _LONGEST else None
    if match is None:
        return None
    whole, decimals, prefix = match[1].replace(",", "").replace("_", ""), match[2] or "", match[3].upper()
    unit = Fraction(PREFIXES[prefix], 10 ** len(decimals))
    middle = int(whole + decimals) * unit
    half = unit / 2 if prefix or decimals else Fraction(0)
    low, high = max(0, math.ceil(middle - half)), math.floor(middle + half)
    return Stated(written.strip(), low, high) if low <= high else None


def read_exact(written: object) -> int | None:
    """Return the count that a limit or a data set's size means exactly; None if it is no such whole number.

    >>> read_exact("1.2M"), read_exact(60000), read_exact("1.2345K"), read_exact(-1)
    (1200000, 60000, None, None)
    """
    if isinstance(written, int) and not isinstance(written, bool):
        return written if written >= 0 else None
    match = STATED.fullmatch(written) if isinstance(written, str) and len(written) <= _LONGEST else None
    if match is None:
        return None
    whole = match[1].replace(",", "").replace("_", "")
    return _times_unit(whole, match[2] or "", PREFIXES[match[3].upper()])


def read_bytes(written: object) -> int | None:
    """Return the bytes of `200MB` or `1.5GiB`; a whole number is itself; None if it is neither.

    >>> read_bytes("200MB"), read_bytes("1.5KiB"), read_bytes(16), read_bytes("16")
    (200000000, 1536, 16, None)
    """
    if isinstance(written, int) and not isinstance(written, bool):
        return written if written >= 0 else None
    match = STATED_BYTES.fullmatch(written) if isinstance(written, str) and len(written) <= _LONGEST else None
    if match is None:
        return None
    power = "KMGTP".index(match[3].upper()) + 1 if match[3] else 0
    return _times_unit(match[1], match[2] or "", (1024 if match[4] else 1000) ** power)


def _times_unit(whole: str, decimals: str, unit: int) -> int | None:
    value = int(whole + decimals) * Fraction(unit, 10 ** len(decimals))
    return int(value) if value.denominator == 1 else None


def shape_text(shape: Sequence[int | str]) -> str:
    """Return a shape as one word: `48x55x55`; a single axis is its number; no axis at all is `scalar`."""
    return "x".join(map(str, shape)) or "scalar"


def count_text(count: int | None) -> str:
    """Return an exact count with separators, or `?` for what is not known: `52,707,600`."""
    return "?" if count is None else f"{count:,}"


def short_count(count: int | None) -> str:
    """Return a count to three digits: `52.7 M`; below 10,000 it is exact; `?` for what is not known."""
    if count is None:
        return "?"
    return f"{count:,}" if count < 10_000 else _scaled(count, ("", "K", "M", "G", "T", "P"))


def bytes_text(count: int) -> str:
    """Return a number of bytes in decimal units: `4.19 GB`."""
    return f"{count} B" if count < 1000 else _scaled(count, ("B", "KB", "MB", "GB", "TB", "PB"))


def milliseconds_text(milliseconds: float) -> str:
    """Return a time to three digits in the unit that fits: `1.23 ms`, `45.6 us`, `2.10 s`."""
    if milliseconds < 0.9995:
        return f"{_three_digits(milliseconds * 1e3)} us"
    return _scaled(milliseconds, ("ms", "s"))


def duration_text(milliseconds: float) -> str:
    """Return a time to three digits in the unit that fits, up to days: `45.6 us`, `2.10 s`, `1.53 h`.

    >>> duration_text(90_000), duration_text(5_508_000), duration_text(1e9)
    ('1.50 min', '1.53 h', '11.6 days')
    """
    if milliseconds < 59_950:
        return milliseconds_text(milliseconds)
    value = milliseconds / 60_000
    for size, name in ((60, "min"), (24, "h")):
        if value < size - 0.005:
            return f"{_three_digits(value)} {name}"
        value /= size
    return f"{_three_digits(value)} days"


def rate_text(rate: float) -> str:
    """Return how much of something a second, to three digits: `0.42`, `17.3`, `1,234`."""
    return _three_digits(rate)


def _scaled(value: float, names: Sequence[str]) -> str:
    """Return `value`, counted in the first of `names`, in the name that leaves at most three digits."""
    for name in names[:-1]:
        if value < 999.5:
            return f"{_three_digits(value)} {name}"
        value = value // 1000 if value > _FLOATS else value / 1000  # a larger whole number has no float
    return f"{_three_digits(value)} {names[-1]}"


_FLOATS = 10**30
"""Far above it, whole numbers stop having a float; three digits of them need none."""


def _three_digits(value: float) -> str:
    if value >= 99.95:
        return f"{round(value):,}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def at_commas(text: str) -> Iterator[str]:
    """Yield what stands between the commas that stand in no bracket.

    >>> list(at_commas("(1, 2), mask=[3, 4]"))
    ['(1, 2)', ' mask=[3, 4]']
    """
    depth = start = 0
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    if text[start:].strip():
        yield text[start:]
