"""What a layer waits for, worked by hand, and the ceilings of this machine."""

from __future__ import annotations

import pytest
import torch

from archcheck.costs import Bound, Ceilings
from archcheck.operations import Operations
from archcheck.profiling.ceilings import measure_ceilings
from archcheck.profiling.clock import CpuClock
from archcheck.profiling.roofline import bound_of, rates

CEILINGS = Ceilings(gflops_per_s=100.0, gbytes_per_s=10.0, launch_ms=0.01)
"""100 million operations a millisecond, 10 million bytes a millisecond, 10 us a call with no work."""


def work(flops: int, moved: int) -> Operations:
    return Operations(adds=flops, bytes_read=moved)


@pytest.mark.parametrize(
    ("flops", "moved", "milliseconds", "expected", "why"),
    [
        (200_000_000, 1_000_000, 2.5, "compute", "2 ms of arithmetic, 0.1 ms of bytes"),
        (1_000_000, 50_000_000, 6.0, "memory", "0.01 ms of arithmetic, 5 ms of bytes"),
        (100_000_000, 10_000_000, 9.0, "memory", "1 ms each: bytes, which stall arithmetic"),
        (200_000_000, 0, 90.0, "compute", "slow for its work, but no call takes 90 ms with nothing to do"),
        (100_000, 1_000, 0.029, "launch", "1 us of arithmetic in 29 us, of which a call alone takes 10"),
        (100_000, 1_000, 0.031, "compute", "more than three empty calls: something takes time"),
        (1_500_000, 0, 0.029, "compute", "15 us of arithmetic in 29: more than half is explained"),
        (0, 0, 50.0, "launch", "nothing to do at all (a view)"),
        (0, 1_000_000, 0.2, "memory", "a copy has no arithmetic"),
    ],
)
def test_a_layer_waits_for(flops: int, moved: int, milliseconds: float, expected: Bound, why: str) -> None:
    assert bound_of(work(flops, moved), milliseconds, CEILINGS) == expected, why


@pytest.mark.parametrize(
    ("done", "milliseconds", "ceilings"),
    [(None, 1.0, CEILINGS), (work(1, 1), None, CEILINGS), (work(1, 1), 1.0, None)],
    ids=["unknown work", "no time", "no ceilings"],
)
def test_what_is_not_known_is_bound_by_nothing(
    done: Operations | None, milliseconds: float | None, ceilings: Ceilings | None
) -> None:
    assert bound_of(done, milliseconds, ceilings) is None


@pytest.mark.parametrize(
    ("operators", "expected"), [(0, "compute"), (1, "compute"), (3, "compute"), (4, "launch")]
)
def test_a_call_of_several_operators_starts_each_of_them(operators: int, expected: Bound) -> None:
    """1 us of arithmetic in 100 us: three empty calls each of three operators take 90, of four 120."""
    assert bound_of(work(100_000, 1_000), 0.1, CEILINGS, operators) == expected


def test_without_an_empty_call_nothing_is_near_one() -> None:
    assert bound_of(work(1, 1000), 0.01, Ceilings(100.0, 10.0)) == "memory"


def test_rates_are_work_a_second() -> None:
    done = Operations(mul_adds=3_000_000, adds=1_000_000, bytes_read=500_000, bytes_written=300_000)
    assert rates(done, 2.0) == (3.5, 0.4), "7 million operations and 0.8 million bytes in 2 ms"
    assert rates(None, 2.0) == rates(done, None) == rates(done, 0.0) == (None, None)


def test_the_ceilings_of_this_machine_are_above_what_one_small_product_reaches() -> None:
    clock, state = CpuClock(), torch.get_rng_state()
    ceilings = measure_ceilings(torch.device("cpu"), torch.float32, clock)
    one = torch.ones(64, 64)

    def small_gflops_per_s() -> float:
        start = clock.stamp()
        one.abs() @ one
        return 2 * 64**3 / clock.milliseconds(start, clock.stamp()) / 1e6

    # Other processes may have had the machine while the ceilings were measured, and while the product was.
    assert any(
        measure_ceilings(torch.device("cpu"), torch.float32, clock).gflops_per_s > small_gflops_per_s()
        for _ in range(5)
    )
    assert 0.1 < ceilings.gbytes_per_s < 10_000
    assert ceilings.launch_ms is not None
    assert 0.0 < ceilings.launch_ms < 10.0
    assert torch.equal(torch.get_rng_state(), state)
