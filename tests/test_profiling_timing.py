"""Clocks, the whole's time and the layers' times, held against a clock that is moved on by hand."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import nn

from archcheck.built import Built, of_module
from archcheck.costs import ENOUGH_FOR_P99, Timing
from archcheck.operations import CountedCall, Operations, Work
from archcheck.profiling import latency
from archcheck.profiling.clock import CpuClock, CudaClock, MpsClock, clock_for
from archcheck.profiling.latency import Pace, Pass, between, in_turn, timings
from archcheck.profiling.layers import PassTimes, RowTime, layers_pass, row_timings

ONE = torch.zeros(1)


@dataclass
class FakeClock:
    """Time that passes only when told to; stamps are milliseconds, and may be read only once settled."""

    now: int = 0
    settled: bool = False
    log: list[str] = field(default_factory=list)

    def pass_ms(self, milliseconds: int) -> None:
        self.now += milliseconds
        self.settled = False
        self.log.append(f"work {milliseconds}")

    def stamp(self) -> int:
        self.settled = False
        return self.now

    def settle(self) -> None:
        self.settled = True
        self.log.append("settle")

    def milliseconds(self, start: int, end: int) -> float:
        assert self.settled, "a stamp was read before the device had come so far"
        return float(end - start)


class Worker(nn.Module):
    """Takes the given times, one a call, and runs what is inside in the middle of each."""

    def __init__(self, clock: FakeClock, *times: int, inside: nn.Module | None = None) -> None:
        super().__init__()
        self.clock, self.times, self.inside = clock, list(times), inside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.clock.pass_ms(self.times.pop(0))
        return x if self.inside is None else self.inside(x)


def whole(clock: FakeClock, *times: int) -> Pass[list[int], tuple[float, ...]]:
    left = list(times)

    def once() -> list[int]:
        start = clock.stamp()
        clock.pass_ms(left.pop(0))
        return [start, clock.stamp()]

    return Pass(once, lambda stamps: between(clock, stamps))


def alone(kind: Pass[Any, Any], clock: FakeClock, pace: Pace) -> list[float]:
    none: Pass[Any, Any] | None = None
    said, nothing = in_turn(kind, none, clock, pace)
    assert not nothing
    return [one for (one,) in said]


# --- the pace ----------------------------------------------------------------------------------------------------


def test_warm_up_goes_by_time_and_is_not_sampled() -> None:
    clock = FakeClock()
    samples = alone(whole(clock, 100, 90, 20, 7, 3, 5), clock, Pace(warmup_s=0.2, seconds=0, repeat=3))
    assert samples == [7.0, 3.0, 5.0], "100 + 90 is not yet 200 ms, 20 more is"


def test_without_warm_up_time_one_pass_is_still_not_sampled() -> None:
    clock = FakeClock()
    assert alone(whole(clock, 50, 7, 3), clock, Pace(0, 0, repeat=2)) == [7.0, 3.0]


@pytest.mark.parametrize(
    ("seconds", "samples", "why"),
    [
        (0.0, 5, "a few samples are taken whatever they take"),
        (0.4, 5, "four passes would do, five are taken"),
        (1.0, 10, "ten passes of 100 ms make a second"),
        (1.05, 11, "the pass that spends the budget is made in full"),
    ],
)
def test_samples_are_taken_until_the_budget_is_spent(seconds: float, samples: int, why: str) -> None:
    clock = FakeClock()
    assert len(alone(whole(clock, *[100] * 50), clock, Pace(0, seconds))) == samples, why


def test_more_samples_than_teach_anything_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "AT_MOST", 30)
    clock = FakeClock()
    assert len(alone(whole(clock, *[1] * 100), clock, Pace(0, 60))) == 30


def test_the_clock_settles_once_a_block_and_a_block_is_as_many_passes_as_fit() -> None:
    clock = FakeClock()
    alone(whole(clock, *[10] * 9), clock, Pace(0, 0, repeat=4))  # 2 passes of 10 ms fit into 25 ms
    assert clock.log == ["work 10", "settle", *["work 10"] * 2, "settle", *["work 10"] * 2, "settle"]


def test_two_kinds_take_turns_so_that_what_slows_the_machine_slows_both() -> None:
    clock = FakeClock()
    first, second = whole(clock, *[30] * 4), whole(clock, *[40] * 4)
    said = in_turn(first, second, clock, Pace(0, 0, repeat=3))
    assert said == (((30.0,),) * 3, ((40.0,),) * 3)
    worked = [word for word in clock.log if word != "settle"]
    assert worked == ["work 30", "work 40"] * 4, "one of each to warm up, then turn by turn"


def test_the_budget_is_for_both_kinds_together() -> None:
    clock = FakeClock()
    one, other = in_turn(whole(clock, *[100] * 40), whole(clock, *[100] * 40), clock, Pace(0, 2.0))
    assert (len(one), len(other)) == (10, 10)


def test_what_must_hold_around_a_kind_holds_for_its_passes_only() -> None:
    clock, log = FakeClock(), []

    class Around:
        def __enter__(self) -> None:
            log.append("in")

        def __exit__(self, *_: object) -> None:
            log.append("out")

    plain = Pass(lambda: log.append("plain"), lambda _: 0.0)
    held = Pass(lambda: log.append("held"), lambda _: 0.0, Around)
    in_turn(plain, held, clock, Pace(0, 0, repeat=1))
    assert log == ["plain", "in", "held", "out"] * 2


def test_the_parts_of_a_pass_have_a_timing_each() -> None:
    forward, backward = timings([(1.0, 10.0), (2.0, 20.0)])
    assert (forward, backward) == (Timing((1.0, 2.0)), Timing((10.0, 20.0)))


# --- statistics --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("samples", "median", "p10", "p90", "spread", "why"),
    [
        ((3.0,), 3.0, 3.0, 3.0, 0.0, "one sample is its own median"),
        ((4.0, 1.0), 2.5, 1.3, 3.7, 2.4 / 2.5, "two: p90 lies 9/10 of the way, p10 1/10"),
        ((5.0, 1.0, 3.0), 3.0, 1.4, 4.6, 3.2 / 3.0, "order does not matter"),
        ((0.0, 0.0, 0.0), 0.0, 0.0, 0.0, 0.0, "no time at all is no spread, and no division by zero"),
        (tuple(float(n) for n in range(11)), 5.0, 1.0, 9.0, 8.0 / 5.0, "eleven: tenths fall on samples"),
    ],
)
def test_statistics_are_derived_from_the_samples(
    samples: tuple[float, ...], median: float, p10: float, p90: float, spread: float, why: str
) -> None:
    timing = Timing(samples)
    assert timing.median_ms == pytest.approx(median), why
    assert timing.p10_ms == pytest.approx(p10), why
    assert timing.p90_ms == pytest.approx(p90), why
    assert timing.spread == pytest.approx(spread), why


def test_the_99th_percentile_needs_enough_samples() -> None:
    enough = tuple(float(n) for n in range(ENOUGH_FOR_P99))
    assert Timing(enough[1:]).p99_ms is None
    assert Timing(enough).p99_ms == pytest.approx(0.99 * (ENOUGH_FOR_P99 - 1))


# --- the layers --------------------------------------------------------------------------------------------------


def timed(built: Built, clock: FakeClock, repeat: int) -> tuple[PassTimes, ...]:
    def run() -> None:
        built.model(ONE)

    nothing = Pass(lambda: None, lambda _: None)
    _, passes = in_turn(nothing, layers_pass(run, built, clock), clock, Pace(0, 0, repeat))
    return passes


def rows(passes: tuple[PassTimes, ...]) -> list[tuple[str, list[float]]]:
    return [(row[0].path, [one.own_ms for one in row]) for row in zip(*passes, strict=True)]


def test_each_leaf_has_its_own_samples_in_the_order_the_leaves_run() -> None:
    clock = FakeClock()
    model = nn.Sequential(Worker(clock, 50, 1, 2, 9), Worker(clock, 60, 10, 20, 30))
    assert rows(timed(of_module(model), clock, 3)) == [("0", [1.0, 2.0, 9.0]), ("1", [10.0, 20.0, 30.0])]


def test_a_leaf_that_runs_twice_in_a_pass_has_two_times() -> None:
    clock = FakeClock()
    shared, other = Worker(clock, 0, 0, 1, 3, 2, 4), Worker(clock, 0, 7, 8)
    model = nn.Sequential(shared, other, shared)
    assert rows(timed(of_module(model), clock, 2)) == [
        ("0", [1.0, 2.0]),
        ("1", [7.0, 8.0]),
        ("0", [3.0, 4.0]),
    ]


def test_a_join_has_its_own_time_without_that_of_its_branches() -> None:
    clock = FakeClock()
    inner = Worker(clock, 0, 100)
    middle = Worker(clock, 0, 10, inside=inner)
    outer = Worker(clock, 0, 1, inside=middle)
    nodes = {"": outer, "m": middle, "m.i": inner}
    built = Built(outer, nodes, {"": "join", "m": "join", "m.i": "Work"})
    assert rows(timed(built, clock, 1)) == [("m.i", [100.0]), ("m", [10.0]), ("", [1.0])]


def test_a_call_that_fails_and_is_caught_takes_no_time_from_others() -> None:
    """Both workers are inside of the join, before and after the one that fails."""
    clock = FakeClock()
    parts = nn.ModuleDict({"a": Worker(clock, 0, 5), "bad": nn.Linear(2, 2), "b": Worker(clock, 0, 7)})

    class Join(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            parts["a"](x)
            with suppress(RuntimeError):
                parts["bad"](torch.zeros(3))
            clock.now += 1
            gave: torch.Tensor = parts["b"](x)
            return gave

    join = Join()
    nodes = {"": join, **dict(parts.items())}
    (one,) = timed(Built(join, nodes, {"": "join", "a": "Work", "bad": "Linear", "b": "Work"}), clock, 1)
    assert [(row.path, row.own_ms) for row in one] == [("a", 5.0), ("b", 7.0), ("", 1.0)]


class Functions(nn.Module):
    """A module whose own code calls functions, and a leaf."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.leaf = Worker(clock, *[5] * 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.leaf(x.view(1)))


def test_functions_have_times_in_the_order_that_they_run() -> None:
    clock = FakeClock()
    (one,) = timed(of_module(Functions(clock)), clock, 1)
    assert [(row.path, row.type, row.kind, row.own_ms) for row in one] == [
        ("", "view", "function", 0.0),
        ("leaf", "Worker", "module", 5.0),
        ("", "relu", "function", 0.0),
    ]


def test_own_time_is_not_below_nothing_where_stamps_are_read_roughly() -> None:
    class Rough(FakeClock):
        def milliseconds(self, start: int, end: int) -> float:
            return float(round((end - start) / 10) * 10)

    clock = Rough()
    inside = nn.Sequential(Worker(clock, 0, 6), Worker(clock, 0, 6))  # each reads as 10, both together as 10
    outer = Worker(clock, 0, 0, inside=inside)
    nodes = {"": outer, "a": inside[0], "b": inside[1]}
    built = Built(outer, nodes, {"": "join", "a": "Work", "b": "Work"})
    assert rows(timed(built, clock, 1)) == [("a", [10.0]), ("b", [10.0]), ("", [0.0])]


def test_what_watches_is_there_while_the_layers_are_timed_and_gone_afterwards() -> None:
    clock = FakeClock()
    model = nn.Sequential(Worker(clock, 1, 1))
    fast = torch.backends.mha.get_fastpath_enabled()
    seen: list[bool] = []

    def run() -> None:
        seen.append("forward" in vars(model[0]) and not torch.backends.mha.get_fastpath_enabled())
        model(ONE)

    kind = layers_pass(run, of_module(model), clock)
    in_turn(
        Pass(lambda: seen.append("forward" in vars(model[0])), lambda _: None), kind, clock, Pace(0, 0, 1)
    )
    assert seen == [False, True, False, True]
    assert "forward" not in vars(model[0])
    assert torch.backends.mha.get_fastpath_enabled() == fast


def test_nothing_watches_any_more_when_a_call_fails() -> None:
    clock = FakeClock()
    model = nn.Sequential(Worker(clock, 1), Worker(clock))  # the second has no time left to give
    with pytest.raises(IndexError):
        timed(of_module(model), clock, 1)
    assert all("forward" not in vars(module) for module in model.modules())


# --- the layers' times beside the counted rows -------------------------------------------------------------------


def call(path: str, kind: str, type: str = "T") -> CountedCall:
    return CountedCall(path, type, kind, Work((), (), (), Operations()))  # type: ignore[arg-type]


def ran(*names: tuple[str, str, float], type: str = "T") -> PassTimes:
    return tuple(RowTime(path, type, kind, own_ms) for path, kind, own_ms in names)


A, B, VIEW = ("a", "module"), ("b", "module"), ("", "function")


@pytest.mark.parametrize(
    ("passes", "calls", "expected", "why"),
    [
        (
            [ran((*A, 1), (*B, 2)), ran((*A, 3), (*B, 4))],
            [call(*A), call(*B)],
            [(1, 3), (2, 4)],
            "each its own",
        ),
        ([ran((*A, 1), (*VIEW, 9), (*B, 2))], [call(*A), call(*B)], [(1,), (2,)], "a view has no row"),
        ([ran((*VIEW, 9), (*VIEW, 8))], [call(*VIEW)], [(9,)], "of two alike, the first"),
        (
            [ran((*A, 1))],
            [call(*A), call("c", "not run"), call("", "parameters")],
            [(1,), None, None],
            "not run",
        ),
        (
            [ran((*A, 1), (*B, 2))],
            [call("x", "module"), call(*B)],
            [None, (2,)],
            "what follows is found again",
        ),
        ([ran((*A, 1)), ran((*A, 2), (*B, 2)), ran((*A, 3))], [call(*A)], [(1, 3)], "passes like the first"),
        ([], [call(*A)], [None], "nothing was timed"),
    ],
)
def test_rows_get_the_times_of_their_calls(
    passes: list[PassTimes], calls: list[CountedCall], expected: list[tuple[float, ...] | None], why: str
) -> None:
    found = row_timings(passes, calls)
    assert [None if one is None else one.samples_ms for one in found] == expected, why


# --- the clocks --------------------------------------------------------------------------------------------------


def test_the_cpu_clock_counts_nanoseconds_and_runs_forward() -> None:
    clock = CpuClock()
    start = clock.stamp()
    time.sleep(0.002)
    end = clock.stamp()
    clock.settle()

    assert clock.milliseconds(1_000_000, 3_500_000) == 2.5
    assert 2.0 <= clock.milliseconds(start, end) < 2000.0


def test_the_mps_clock_waits_for_the_device_at_each_stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[str] = []
    monkeypatch.setattr(torch.mps, "synchronize", lambda: log.append("wait"))

    def read() -> int:
        log.append("read")
        return 2_000_000

    monkeypatch.setattr(time, "perf_counter_ns", read)
    clock = MpsClock()

    start = clock.stamp()
    clock.settle()

    assert log == ["wait", "read"], "waits before it reads, and has nothing left to wait for at the end"
    assert clock.milliseconds(start, 5_000_000) == 3.0


def test_the_cuda_clock_records_events_on_the_current_stream_and_waits_once_a_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log: list[str] = []

    class Event:
        def __init__(self, enable_timing: bool) -> None:
            assert enable_timing, "without it an event has no time"

        def record(self, stream: str) -> None:
            log.append(f"record on {stream}")

        def elapsed_time(self, end: Event) -> float:
            return 1.5 if end is not self else 0.0

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: f"the stream of {device}")
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: log.append(f"wait for {device}"))
    clock = CudaClock(torch.device("cuda:1"))

    def once() -> list[Any]:
        start = clock.stamp()
        log.append("work")
        return [start, clock.stamp()]

    said, _ = in_turn(Pass(once, lambda stamps: between(clock, stamps)), None, clock, Pace(0, 0, 2))

    around = ["record on the stream of cuda:1", "work", "record on the stream of cuda:1"]
    outer, wait = "record on the stream of cuda:1", "wait for cuda:1"
    assert log == [outer, *around, outer, wait, outer, *around, *around, outer, wait]
    assert said == ((1.5,), (1.5,))


@pytest.mark.gpu
def test_the_cuda_clock_measures_the_device_and_not_the_launch() -> None:
    device = torch.device("cuda", torch.cuda.current_device())
    clock = clock_for(device)
    x = torch.ones(4096, 4096, device=device)

    start = clock.stamp()
    launched = time.perf_counter()
    for _ in range(50):
        x = x @ x
    end = clock.stamp()
    launch_ms = (time.perf_counter() - launched) * 1e3
    clock.settle()

    assert clock.milliseconds(start, end) > launch_ms, "50 products of 4096 x 4096 outlast their launches"


@pytest.mark.parametrize(
    ("device", "kind"), [("cpu", CpuClock), ("cuda:0", CudaClock), ("mps", MpsClock)], ids=str
)
def test_each_device_has_its_clock(device: str, kind: type) -> None:
    assert type(clock_for(torch.device(device))) is kind


def test_the_meta_device_has_no_clock() -> None:
    with pytest.raises(ValueError, match=r"^nothing happens on the meta device, so it has no clock$"):
        clock_for(torch.device("meta"))
