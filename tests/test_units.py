"""Numbers and shapes as people write them, read and written: worked by hand, with the edges of rounding."""

from __future__ import annotations

import doctest
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcheck import units
from archcheck.units import (
    Stated,
    bytes_text,
    count_text,
    milliseconds_text,
    read_stated,
    shape_text,
    short_count,
)

STATED = [
    # written         low           high           why this row
    ("16.6M", 16_550_000, 16_650_000, "one decimal of a million: half of 0.1 M either way"),
    ("60M", 59_500_000, 60_500_000, "AlexNet's abstract: half a million either way"),
    ("0.7 G", 650_000_000, 750_000_000, "a space before the prefix"),
    ("61.10M", 61_095_000, 61_105_000, "a zero that is written is a digit that is known"),
    ("1B", 500_000_000, 1_500_000_000, "the billion of parameter counts"),
    ("1G", 500_000_000, 1_500_000_000, "and the giga of operations: the same"),
    ("2T", 1_500_000_000_000, 2_500_000_000_000, "tera"),
    ("1P", 500 * 10**12, 1_500 * 10**12, "peta"),
    ("4.09K", 4085, 4095, "kilo"),
    ("4k", 3500, 4500, "and in lower case, as people write it"),
    ("0.5K", 450, 550, "less than one of its unit"),
    ("1.234K", 1234, 1234, "1233.5 to 1234.5 has one whole number in it"),
    ("61,100,840", 61_100_840, 61_100_840, "exact, with separators"),
    ("61_100_840", 61_100_840, 61_100_840, "exact, with Python's separators"),
    ("61100840", 61_100_840, 61_100_840, "exact"),
    ("1,024.5K", 1_024_450, 1_024_550, "separators and a prefix"),
    ("0", 0, 0, "none at all is a count"),
    ("007", 7, 7, "leading zeros say nothing"),
    ("0M", 0, 500_000, "half a million rounds to it, and no count is less than none"),
    ("0.0M", 0, 50_000, "the same with a decimal"),
    ("5.0", 5, 5, "4.95 to 5.05 has one whole number in it"),
    ("  60M ", 59_500_000, 60_500_000, "space around it"),
]


@pytest.mark.parametrize(("written", "low", "high", "why"), STATED)
def test_a_stated_number_is_as_precise_as_it_is_written(written: str, low: int, high: int, why: str) -> None:
    assert read_stated(written) == Stated(written.strip(), low, high), why


EDGES = [
    ("16.6M", 16_549_999, False),
    ("16.6M", 16_550_000, True),
    ("16.6M", 16_630_440, True),  # half of AlexNet
    ("16.6M", 16_650_000, True),
    ("16.6M", 16_650_001, False),
    ("61,100,840", 61_100_839, False),
    ("61,100,840", 61_100_840, True),
    ("61,100,840", 61_100_841, False),
    ("60M", 61_100_840, False),  # torchvision's AlexNet has more than the paper's 60 million
    ("60M", 59_500_000, True),
    ("60M", 60_500_001, False),
]


@pytest.mark.parametrize(("written", "exact", "holds"), EDGES)
def test_a_count_holds_if_it_rounds_to_what_is_written(written: str, exact: int, *, holds: bool) -> None:
    stated = read_stated(written)
    assert stated is not None
    assert stated.holds(exact) is holds


NO_COUNT = [
    ("", "nothing"),
    ("M", "a prefix without a number"),
    ("-5", "no count is negative"),
    ("+5", "a sign"),
    ("some", "a word"),
    ("60 million", "a word after it"),
    ("60MB", "a unit of bytes"),
    ("60m", "m is milli"),
    ("1e6", "an exponent"),
    ("16.M", "a point without decimals"),
    (".5M", "decimals without a number before them"),
    ("1.2.3", "two points"),
    ("1,5M", "a decimal comma: read as separator it would be ten times as much"),
    ("61,1008,40", "separators in odd places"),
    ("6.11", "no whole number rounds to it"),
    ("0.4", "nor to this"),
    ("0.0004K", "0.35 to 0.45 has no whole number in it"),
    ("١٢", "digits of another script"),
    ("9" * 5000, "more digits than Python reads"),
]


@pytest.mark.parametrize(("written", "why"), NO_COUNT)
def test_what_is_no_count_is_none(written: str, why: str) -> None:
    assert read_stated(written) is None, why


def test_a_whole_number_states_itself() -> None:
    assert read_stated(61_100_840) == Stated("61100840", 61_100_840, 61_100_840)


def test_a_stated_number_reads_as_it_was_written() -> None:
    assert str(read_stated(" 0.70 G ")) == "0.70 G"


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 10**9), st.integers(0, 3), st.sampled_from(("K", "M", "G")))
def test_what_is_written_holds_for_what_it_was_rounded_from(count: int, decimals: int, prefix: str) -> None:
    unit = {"K": 10**3, "M": 10**6, "G": 10**9}[prefix]
    rounded = (Decimal(count) / unit).quantize(Decimal(1).scaleb(-decimals))
    stated = read_stated(f"{rounded}{prefix}")
    assert stated is not None
    assert stated.holds(count)
    digit = unit // 10**decimals
    assert not stated.holds(count + digit + 1), "the next one rounds to another number"


SHAPES = [
    ((48, 55, 55), "48x55x55", "channels and sides"),
    ((4608,), "4608", "a single axis is its number"),
    ((), "scalar", "no axis at all"),
    (("N", 3, "H", "W"), "Nx3xHxW", "a claim with letters"),
]


@pytest.mark.parametrize(("shape", "text", "why"), SHAPES)
def test_shape_text(shape: tuple[int | str, ...], text: str, why: str) -> None:
    assert shape_text(shape) == text, why


@pytest.mark.parametrize(
    ("count", "text"), [(None, "?"), (0, "0"), (999, "999"), (1000, "1,000"), (52_707_600, "52,707,600")]
)
def test_count_text(count: int | None, text: str) -> None:
    assert count_text(count) == text


SHORT = [
    (None, "?", "not known is not 0"),
    (0, "0", "exact below 10,000"),
    (9_999, "9,999", "the last exact one"),
    (10_000, "10.0 K", "the first rounded one"),
    (99_949, "99.9 K", "three digits"),
    (99_950, "100 K", "not 100.0 K"),
    (999_499, "999 K", "the last of its unit"),
    (999_500, "1.00 M", "not 1000 K"),
    (52_707_600, "52.7 M", "the first convolution of half of AlexNet"),
    (714_188_480, "714 M", "torchvision's AlexNet"),
    (4_089_184_256, "4.09 G", "ResNet-50"),
    (9_995_000_000, "10.0 G", "rounded up to another digit"),
    (3 * 10**12, "3.00 T", "tera"),
    (10**15, "1.00 P", "peta"),
    (2 * 10**18, "2,000 P", "no prefix after it"),
]


@pytest.mark.parametrize(("count", "text", "why"), SHORT)
def test_short_count(count: int | None, text: str, why: str) -> None:
    assert short_count(count) == text, why


BYTES = [
    (0, "0 B", "none"),
    (999, "999 B", "exact below 1000"),
    (1000, "1.00 KB", "decimal units, not 1024"),
    (999_499, "999 KB", "the last of its unit"),
    (999_500, "1.00 MB", "not 1000 KB"),
    (4_194_304_000, "4.19 GB", "the docstring's"),
    (80 * 10**12, "80.0 TB", "tera"),
]


@pytest.mark.parametrize(("count", "text", "why"), BYTES)
def test_bytes_text(count: int, text: str, why: str) -> None:
    assert bytes_text(count) == text, why


TIMES = [
    (0.0, "0.00 us", "below the clock"),
    (0.0004, "0.40 us", "less than a microsecond"),
    (0.0456, "45.6 us", "microseconds"),
    (0.09994, "99.9 us", "three digits"),
    (0.09996, "100 us", "not 100.0 us"),
    (0.9994, "999 us", "the last of its unit"),
    (0.9995, "1.00 ms", "not 1000 us"),
    (1.234, "1.23 ms", "milliseconds"),
    (9.994, "9.99 ms", "three digits"),
    (9.996, "10.0 ms", "rounded up to another digit"),
    (99.96, "100 ms", "and another"),
    (999.4, "999 ms", "the last of its unit"),
    (999.5, "1.00 s", "not 1000 ms"),
    (2100.0, "2.10 s", "seconds"),
    (1_234_000.0, "1,234 s", "no unit after it"),
]


@pytest.mark.parametrize(("milliseconds", "text", "why"), TIMES)
def test_milliseconds_text(milliseconds: float, text: str, why: str) -> None:
    assert milliseconds_text(milliseconds) == text, why


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.floats(1e-3, 1e6))
def test_a_time_is_shown_to_three_digits(milliseconds: float) -> None:
    """What is shown is within half a unit of the third digit of what was measured."""
    number, unit = milliseconds_text(milliseconds).replace(",", "").split()
    shown = float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit]
    assert abs(shown - milliseconds) <= 0.00501 * milliseconds
    assert unit == "s" or float(number) < 1000


def test_the_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(units)
    assert result.attempted >= 1
    assert result.failed == 0
