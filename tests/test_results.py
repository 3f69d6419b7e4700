"""The frozen records: what is derived from them, and that nobody changes them."""

from __future__ import annotations

import dataclasses
import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcheck import costs, operations, results, strength
from archcheck.costs import (
    Ceilings,
    LayerCost,
    Memory,
    Profile,
    Timing,
    Told,
    TrainingCost,
    Witness,
    quantile,
)
from archcheck.operations import Count, CountedCall, CountedOp, Operations, StepCount, Work
from archcheck.results import (
    Check,
    Failure,
    Seen,
    SeenLayer,
    Shape,
    Status,
    Trace,
    Verification,
    without_batch,
)
from archcheck.strength import Change, Mutation, Proposal, Written

SAMPLES = [
    ((64, 3, 8, 8), 64, (3, 8, 8), "the batch axis goes"),
    ((1, 10), 1, (10,), "a batch of one"),
    ((192,), 2, (192,), "the first axis is not the batch: the whole shape"),
    ((2,), 2, (), "one number a sample"),
    ((), 1, (), "a scalar has no batch axis"),
    (None, 1, None, "nothing known"),
]


@pytest.mark.parametrize(("shape", "batch", "sample", "why"), SAMPLES)
def test_without_batch(shape: Shape | None, batch: int, sample: Shape | None, why: str) -> None:
    assert without_batch(shape, batch) == sample, why


def check(status: Status, documented: int | None = 5) -> Check:
    return Check("features.0", "Conv2d", "output", documented, 5, 5, status, 12)


VERDICTS = [
    # checks, error, ok, why
    ([], None, True, "nothing to compare"),
    (["agrees", "agrees"], None, True, "all agree"),
    (["agrees", "known wrong"], None, True, "wrong as known"),
    (["agrees", "unchecked"], None, True, "no check is possible of some statements"),
    (["agrees", "differs"], None, False, "one differs"),
    (["agrees", "not reached"], None, False, "what was not reached is not known to hold"),
    ([], "specs/x.yaml:1:1: no", False, "no checks were made"),
    (["agrees"], "cuda:0 has no memory left", False, "an error, whatever agreed before it"),
]


@pytest.mark.parametrize(("statuses", "error", "ok", "why"), VERDICTS)
def test_a_target_is_ok(statuses: list[Status], error: str | None, *, ok: bool, why: str) -> None:
    result = Verification("specs/x.yaml", "x", "cpu", tuple(map(check, statuses)), error=error)
    assert result.ok is ok, why


def test_a_silent_row_that_differs_is_not_ok_either() -> None:
    assert not Verification("x", "x", "cpu", (check("differs", documented=None),)).ok


def test_claims_are_counted_by_status_and_silent_rows_are_not() -> None:
    statuses: tuple[Status, ...] = ("agrees", "agrees", "differs", "known wrong", "not reached", "unchecked")
    rows = (*map(check, statuses), check("agrees", None), check("differs", None))
    result = Verification("x", "x", "cpu", rows)
    counted = [result.count(status) for status in dict.fromkeys(statuses)]
    assert counted == [2, 1, 1, 1, 1]
    assert [row.claimed for row in rows] == [True] * 6 + [False] * 2


def test_a_claim_of_zero_is_a_claim() -> None:
    assert check("agrees", documented=0).claimed


def test_the_checks_as_a_frame() -> None:
    rows = (check("agrees"), check("differs", documented=None))
    frame = Verification("x", "x", "cpu", rows).to_frame()
    assert list(frame.columns) == [
        "layer", "type", "quantity", "documented", "inferred", "seen", "status", "line", "hint", "wrong", "at",
        "source", "said",
    ]  # fmt: skip
    assert list(frame["status"]) == ["agrees", "differs"]
    assert list(frame["layer"]) == ["features.0"] * 2


def test_an_empty_frame_has_its_columns() -> None:
    frame = Verification("x", "x", "cpu").to_frame()
    assert (len(frame), "status" in frame.columns) == (0, True)


TIMES = [
    # samples, median, p90, why
    ((3.0,), 3.0, 3.0, "one sample is all of them"),
    ((1.0, 2.0), 1.5, 1.9, "the mean of the two in the middle"),
    ((5.0, 1.0, 3.0), 3.0, 4.6, "in any order; p90 is 0.8 of the way from 3 to 5"),
    (tuple(float(n) for n in range(1, 12)), 6.0, 10.0, "the tenth of eleven"),
]


@pytest.mark.parametrize(("samples", "median", "p90", "why"), TIMES)
def test_timing(samples: tuple[float, ...], median: float, p90: float, why: str) -> None:
    timing = Timing(samples)
    assert timing.median_ms == pytest.approx(median), why
    assert timing.p90_ms == pytest.approx(p90), why


def test_spread_is_told_in_medians() -> None:
    assert Timing(tuple(float(n) for n in range(1, 12))).spread == pytest.approx((10 - 2) / 6)
    assert Timing((2.0, 2.0, 2.0)).spread == 0.0
    assert Timing((0.0, 0.0)).spread == 0.0, "a clock that cannot tell has no spread to tell either"


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40))
def test_quantiles_are_those_of_the_standard_library(samples: list[float]) -> None:
    timing = Timing(tuple(samples))
    assert timing.median_ms == pytest.approx(statistics.median(samples))
    assert quantile(samples, 0) == min(samples)
    assert quantile(samples, 1) == max(samples)
    if len(samples) > 1:
        tenths = statistics.quantiles(samples, n=10, method="inclusive")
        for number, tenth in enumerate(tenths, start=1):
            assert math.isclose(quantile(samples, number / 10), tenth, rel_tol=1e-9, abs_tol=1e-9)


def cost(latency: float | None) -> LayerCost:
    return LayerCost("0", "ReLU", (8,), (8,), 0, 0, 8, latency)


SUMS = [
    ((1.5, 2.0), 3.5, "the sum"),
    ((1.5, None), None, "a layer that was not timed is not a layer of 0 ms"),
    ((), None, "no layers were timed"),
    ((0.0,), 0.0, "a time of 0 is a time"),
]


@pytest.mark.parametrize(("times", "total", "why"), SUMS)
def test_the_layers_times_add_up(times: tuple[float | None, ...], total: float | None, why: str) -> None:
    profile = Profile("x", "x", "cpu", layers=tuple(map(cost, times)))
    assert profile.layers_latency_ms == total, why


def test_the_layers_as_a_frame() -> None:
    frame = Profile("x", "x", "cpu", layers=(cost(1.5), cost(None))).to_frame()
    assert list(frame.columns) == [field.name for field in dataclasses.fields(LayerCost)]
    assert list(frame["macs"]) == [0, 0]


RECORDS = [
    SeenLayer("0", ((1, 3),), ((1, 3),), 0),
    Failure("0", "no"),
    Trace("cpu", (), {}, None),
    Seen("cpu", Trace("cpu", (), {}, None)),
    check("agrees"),
    Verification("x", "x", "cpu"),
    Timing((1.0,)),
    cost(None),
    Witness("fvcore", 1, 0, "bias too"),
    Profile("x", "x", "cpu"),
    Memory(),
    Ceilings(1.0, 1.0),
    Told("torch", 1, "FLOPs"),
    TrainingCost(1),
    Operations(),
    CountedOp("mm", (), (), None),
    Work((), (), (), None),
    CountedCall("0", "ReLU", "module", Work((), (), (), None)),
    Count((), 0, (), "meta"),
    StepCount((), (), (), 1, "meta"),
    Change("0", "Conv2d", 3, "stride 1 -> 2", "caught"),
    Proposal("documented: {params: 1}", 1),
    Written(3, "documented: {params: 1}", new=True),
    Mutation(),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_records_are_frozen(record: object) -> None:
    name = dataclasses.fields(record)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, name, None)
    assert not hasattr(record, "__dict__"), "slots: nothing is added later"


def test_every_record_is_among_them() -> None:
    kinds = {
        kind
        for room in (results, costs, operations, strength)
        for kind in vars(room).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind)
    }
    assert kinds == {type(record) for record in RECORDS}
