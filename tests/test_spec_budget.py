"""`budget:` - what is read and what is refused."""

from __future__ import annotations

import jsonschema
import pytest
import yaml

from archcheck import schema
from archcheck.errors import SpecError
from archcheck.spec import budgets
from archcheck.spec.budget import Budget
from archcheck.spec.load import loads_spec
from archcheck.spec.source import Place
from archcheck.units import read_bytes, read_exact
from tests.refusals import refusal, rows

NET = "input: [4]\nlayers: []\n"
VALIDATOR = jsonschema.Draft7Validator(schema.spec_schema())


def budget(text: str) -> Budget | None:
    return loads_spec(f"{NET}budget: {text}\n", "x.yaml").budget


def test_every_limit() -> None:
    text = "{params: 5M, macs: 600M, flops: 1.2G, memory: 200MB, latency_ratio: 1.1}"
    assert budget(text) == Budget(
        5_000_000, 600_000_000, 1_200_000_000, 200_000_000, 1.1, Place("x.yaml", 3, 9)
    )


def test_a_limit_that_is_not_there_is_none() -> None:
    assert budget("{params: 0}") == Budget(params=0, place=Place("x.yaml", 3, 9))
    assert loads_spec(NET, "x.yaml").budget is None


EXACT = [
    # written, count, why this row
    (5, 5, "a whole number"),
    ("5M", 5_000_000, "and not 4.5 to 5.5 million"),
    ("1.2G", 1_200_000_000, "a decimal"),
    ("61,100,840", 61_100_840, "commas"),
    ("7B", 7_000_000_000, "B is the billion of parameter counts"),
    ("0.0005K", None, "half of one is no count"),
    (-1, None, "below nought"),
    (True, None, "a truth"),
    (1.5, None, "a half"),
    ("1,5M", None, "a decimal comma"),
    ("many", None, "a word"),
    (None, None, "nothing"),
    ("1" * 41, None, "longer than any count"),
]


@pytest.mark.parametrize(("written", "count", "why"), EXACT)
def test_a_count_is_exact(written: object, count: int | None, why: str) -> None:
    assert read_exact(written) == count, why


BYTES = [
    # written, bytes, why this row
    (16, 16, "a whole number"),
    ("16B", 16, "bytes"),
    ("200MB", 200_000_000, "a decimal unit"),
    ("200 MB", 200_000_000, "with a blank"),
    ("1.5GiB", 1_610_612_736, "1.5 * 1024**3"),
    ("1KiB", 1024, "the smallest of these"),
    ("2kB", 2000, "a small k"),
    ("0.5B", None, "half a byte"),
    ("200M", None, "of what"),
    ("200mb", None, "millibits"),
    (-1, None, "below nought"),
    (True, None, "a truth"),
]


@pytest.mark.parametrize(("written", "count", "why"), BYTES)
def test_bytes_are_exact(written: object, count: int | None, why: str) -> None:
    assert read_bytes(written) == count, why


@rows("""
# an unknown key
input: [4]
layers: []
budget: {param: 5M}
! 3:10: budget: no key 'param'; did you mean 'params'?

# a key that is nothing like one
input: [4]
layers: []
budget: {energy: 5}
! 3:10: budget: no key 'energy'; there are: params, macs, flops, memory, latency_ratio

# no limit at all
input: [4]
layers: []
budget: {}
! 3:9: budget needs at least one of params, macs, flops, memory, latency_ratio, given none

# no mapping
input: [4]
layers: []
budget: 5M
! 3:9: budget needs a mapping, given '5M'

# fewer than none
input: [4]
layers: []
budget: {params: -5}
! 3:18: budget: params needs a count such as 600 or 5M, given -5

# a word
input: [4]
layers: []
budget: {macs: few}
! 3:16: budget: macs needs a count such as 600 or 5M, given 'few'

# an interval has no place here
input: [4]
layers: []
budget: {flops: {documented: 5M}}
! 3:17: budget: flops needs a count such as 600 or 5M, given a mapping

# bytes without a unit
input: [4]
layers: []
budget: {memory: 200M}
! 3:18: budget: memory needs bytes such as 200MB or 1.5GiB, given '200M'

# a ratio in words
input: [4]
layers: []
budget: {latency_ratio: fast}
! 3:25: budget: latency_ratio needs a number above 0 such as 1.1, given 'fast'

# a ratio of nothing
input: [4]
layers: []
budget: {latency_ratio: 0}
! 3:25: budget: latency_ratio needs a number above 0 such as 1.1, given 0

# a truth for a ratio
input: [4]
layers: []
budget: {latency_ratio: true}
! 3:25: budget: latency_ratio needs a number above 0 such as 1.1, given true
""")
def test_what_is_no_budget_is_refused(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("limits", "accept"),
    [
        ("{params: 5M}", True),
        ("{params: 0, macs: '1,000', flops: 1.2G, memory: 5, latency_ratio: 2}", True),
        ("{memory: 1.5GiB}", True),
        ("{}", False),
        ("[]", False),
        ("{param: 5}", False),
        ("{params: -1}", False),
        ("{params: 1.5}", False),
        ("{memory: 5M}", False),
        ("{latency_ratio: 0}", False),
        ("{latency_ratio: '1.1x'}", False),
    ],
)
def test_the_schema_and_the_loader_say_the_same(limits: str, accept: bool) -> None:
    text = f"{NET}budget: {limits}\n"
    try:
        loads_spec(text, "x.yaml")
        loaded = True
    except SpecError:
        loaded = False
    assert (loaded, VALIDATOR.is_valid(yaml.safe_load(text))) == (accept, accept)


def test_every_key_is_described_and_no_other() -> None:
    assert tuple(schema.BUDGET) == budgets.KEYS
