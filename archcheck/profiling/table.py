"""Rows of the per-layer table: what was counted, timed and kept of one call, put side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archcheck.costs import Ceilings, LayerCost, Timing
from archcheck.memory.footprint import Footprint
from archcheck.operations import Count, CountedCall
from archcheck.profiling.first_run import RowBytes
from archcheck.profiling.layers import PassTimes, names_of, places, row_timings
from archcheck.profiling.roofline import bound_of, rates
from archcheck.results import without_batch


@dataclass(frozen=True, slots=True)
class Measured:
    """What the runs on the device say of the rows; each may have said nothing."""

    passes: tuple[PassTimes, ...] = ()
    gave: tuple[RowBytes, ...] = ()
    ceilings: Ceilings | None = None


def layer_costs(
    counted: Count,
    batch: Count,
    samples: int,
    measured: Measured,
    predicted: Footprint | None,
    footprint: Footprint | None,
) -> tuple[LayerCost, ...]:
    """Return a row for every call of `counted`, whose input has `samples` as its batch axis.

    `batch`: the same calls at the batch that was timed; `predicted` and `footprint`: the memory of that batch.
    """
    columns = zip(
        counted.calls,
        _operations_like(counted, batch),
        row_timings(measured.passes, counted.calls),
        _output_bytes(measured.gave, counted.calls),
        _saved(predicted, counted.calls),
        _saved(footprint, counted.calls),
        strict=True,
    )
    return tuple(
        _with_rates(_layer_cost(call, samples, timing), at_batch, measured.ceilings, *memory)
        for call, at_batch, timing, *memory in columns
    )


def _operations_like(counted: Count, batch: Count) -> Sequence[CountedCall | None]:
    """Return each call as it is at the other batch; one that the network then does not make is None."""
    found = places(names_of(batch.calls), names_of(counted.calls))
    return [None if place is None else batch.calls[place] for place in found]


def _output_bytes(gave: Sequence[RowBytes], calls: Sequence[CountedCall]) -> list[int | None]:
    found = places(names_of(gave), names_of(calls))
    return [None if place is None else gave[place].output_bytes for place in found]


def _saved(footprint: Footprint | None, calls: Sequence[CountedCall]) -> Iterator[int | None]:
    known = {} if footprint is None else footprint.saved
    seen: dict[tuple[str, str], int] = {}
    for call in calls:
        name = (call.path, call.type)
        yield known.get((*name, seen.get(name, 0)))
        seen[name] = seen.get(name, 0) + 1


def _layer_cost(call: CountedCall, samples: int, timing: Timing | None) -> LayerCost:
    done = call.operations
    return LayerCost(
        layer=call.path,
        type=call.type,
        input=without_batch(next(iter(call.work.inputs), None), samples),
        output=without_batch(next(iter(call.work.outputs), None), samples),
        params=call.params,
        macs=done.mul_adds if done else None,
        flops=done.flops if done else None,
        latency_ms=timing.median_ms if timing else None,
        latency_p90_ms=timing.p90_ms if timing else None,
        latency_spread=timing.spread if timing else None,
        kind=call.kind,
        operations=done,
    )


def _with_rates(
    row: LayerCost,
    at_batch: CountedCall | None,
    ceilings: Ceilings | None,
    output_bytes: int | None,
    saved: int | None,
    saved_measured: int | None,
) -> LayerCost:
    done, operators = (at_batch.operations, len(at_batch.work.ops)) if at_batch else (None, 0)
    gflops_per_s, gbytes_per_s = rates(done, row.latency_ms)
    return replace(
        row,
        batch_operations=done,
        output_bytes=output_bytes,
        saved_bytes=saved,
        saved_bytes_measured=saved_measured,
        gflops_per_s=gflops_per_s,
        gbytes_per_s=gbytes_per_s,
        bound=bound_of(done, row.latency_ms, ceilings, operators),
    )
