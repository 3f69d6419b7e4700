"""Clocks, the whole's time and the layers' times, held against a clock that is moved on by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest
import torch
from torch import nn

from archcheck.profiling.clock import CpuClock, CudaClock, MpsClock, clock_for
from archcheck.profiling.latency import time_whole
from archcheck.profiling.layers import time_layers
from archcheck.costs import Timing

WITHOUT_CUDA = not torch.cuda.is_available()


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
        self.log.append("stamp")
        return self.now

    def settle(self) -> None:
        self.settled = True
        self.log.append("settle")

    def milliseconds(self, start: int, end: int) -> float:
        assert self.settled, "a stamp was read before the device had come so far"
        return float(end - start)


class Work(nn.Module):
    """Takes the given times, one a call, and runs what is inside in the middle of each."""

    def __init__(self, clock: FakeClock, *times: int, inside: nn.Module | None = None) -> None:
        super().__init__()
        self.clock, self.times, self.inside = clock, list(times), inside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.clock.pass_ms(self.times.pop(0))
        return x if self.inside is None else self.inside(x)


def hooks_of(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())


# --- the whole ---------------------------------------------------------------------------------------------------


def test_warm_up_calls_are_not_sampled_and_the_clock_settles_once_at_the_end() -> None:
    clock = FakeClock()
    model = Work(clock, 100, 90, 7, 3, 5)

    timing = time_whole(lambda: model(torch.zeros(1)), clock, warmup=2, repeat=3)

    assert timing.samples_ms == (7.0, 3.0, 5.0)
    assert timing.median_ms == 5.0
    pair = ["stamp", "work {}", "stamp"]
    timed = [word.format(ms) for ms in (7, 3, 5) for word in pair]
    assert clock.log == ["work 100", "work 90", *timed, "settle"]


@pytest.mark.parametrize(
    ("samples", "median", "p90", "spread", "why"),
    [
        ((3.0,), 3.0, 3.0, 0.0, "one sample is its own median"),
        ((4.0, 1.0), 2.5, 3.7, 2.4 / 2.5, "two: the median lies between; p90 9/10 of the way, p10 1/10"),
        ((5.0, 1.0, 3.0), 3.0, 4.6, 3.2 / 3.0, "order does not matter"),
        ((0.0, 0.0, 0.0), 0.0, 0.0, 0.0, "no time at all is no spread, and no division by zero"),
        (tuple(float(n) for n in range(11)), 5.0, 9.0, 8.0 / 5.0, "eleven samples: tenths fall on samples"),
    ],
)
def test_statistics_are_derived_from_the_samples(
    samples: tuple[float, ...], median: float, p90: float, spread: float, why: str
) -> None:
    timing = Timing(samples)
    assert timing.median_ms == pytest.approx(median), why
    assert timing.p90_ms == pytest.approx(p90), why
    assert timing.spread == pytest.approx(spread), why


# --- the layers --------------------------------------------------------------------------------------------------


def test_each_leaf_has_its_own_samples_in_the_order_the_leaves_run() -> None:
    clock = FakeClock()
    first, second = Work(clock, 50, 1, 2, 9), Work(clock, 60, 10, 20, 30)
    model = nn.Sequential(first, second)

    timings = time_layers(lambda: model(torch.zeros(1)), {"b": second, "a": first}, clock, warmup=1, repeat=3)

    assert [(one.path, one.timing.samples_ms) for one in timings] == [
        ("a", (1.0, 2.0, 9.0)),
        ("b", (10.0, 20.0, 30.0)),
    ]
    assert [one.timing.median_ms for one in timings] == [2.0, 20.0]
    assert clock.log.count("settle") == 1
    assert clock.log[-1] == "settle"


def test_a_leaf_that_runs_twice_in_a_pass_has_two_timings() -> None:
    clock = FakeClock()
    shared, other = Work(clock, 1, 3, 2, 4), Work(clock, 7, 8)
    model = nn.Sequential(shared, other, shared)

    timings = time_layers(
        lambda: model(torch.zeros(1)), {"shared": shared, "other": other}, clock, warmup=0, repeat=2
    )

    assert [(one.path, one.timing.samples_ms) for one in timings] == [
        ("shared", (1.0, 2.0)),
        ("other", (7.0, 8.0)),
        ("shared", (3.0, 4.0)),
    ]


def test_a_join_has_its_own_time_without_that_of_its_branches() -> None:
    clock = FakeClock()
    inner = Work(clock, 100)
    middle = Work(clock, 10, inside=inner)
    outer = Work(clock, 1, inside=middle)

    timings = time_layers(
        lambda: outer(torch.zeros(1)), {"o": outer, "o.m": middle, "o.m.i": inner}, clock, warmup=0, repeat=1
    )

    assert [(one.path, one.timing.samples_ms) for one in timings] == [
        ("o.m.i", (100.0,)),
        ("o.m", (10.0,)),
        ("o", (1.0,)),
    ]


def test_own_time_is_not_below_nothing_where_stamps_are_read_roughly() -> None:
    class Rough(FakeClock):
        def milliseconds(self, start: int, end: int) -> float:
            return float(round((end - start) / 10) * 10)

    clock = Rough()
    inner = nn.Sequential(Work(clock, 6), Work(clock, 6))  # each reads as 10, both together as 10
    timings = time_layers(
        lambda: inner(torch.zeros(1)), {"o": inner, "a": inner[0], "b": inner[1]}, clock, warmup=0, repeat=1
    )

    assert [one.timing.samples_ms for one in timings] == [(10.0,), (10.0,), (0.0,)]


def test_hooks_are_there_while_the_layers_are_timed_and_gone_afterwards() -> None:
    clock = FakeClock()
    model = nn.Sequential(Work(clock, 1, 1))
    own = model[0].register_forward_hook(lambda *_: None)
    seen: list[int] = []

    def call() -> None:
        seen.append(hooks_of(model))
        model(torch.zeros(1))

    time_layers(call, {"0": model[0]}, clock, warmup=1, repeat=1)

    assert seen == [3, 3], "the user's hook and one before and after the leaf"
    assert hooks_of(model) == 1
    assert own.id in model[0]._forward_hooks


def test_hooks_are_gone_when_a_call_fails() -> None:
    clock = FakeClock()
    model = nn.Sequential(Work(clock, 1), Work(clock))  # the second has no time left to give

    with pytest.raises(IndexError):
        time_layers(lambda: model(torch.zeros(1)), {"0": model[0], "1": model[1]}, clock, warmup=0, repeat=1)

    assert hooks_of(model) == 0


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


def test_the_cuda_clock_records_events_on_the_current_stream_and_waits_once(
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

    timing = time_whole(lambda: log.append("work"), clock, warmup=1, repeat=2)

    around = ["record on the stream of cuda:1", "work", "record on the stream of cuda:1"]
    assert log == ["work", *around, *around, "wait for cuda:1"]
    assert timing.samples_ms == (1.5, 1.5)


@pytest.mark.gpu
@pytest.mark.skipif(WITHOUT_CUDA, reason="no CUDA device here")
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
