"""A documented recipe x one step of it -> what the whole training takes: arithmetic on records, without torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archcheck.costs import Ceilings, Memory, Timing, TrainingCost
from archcheck.operations import CountedOp, Operations, StepCount, summed
from archcheck.spec.training import Recipe


def training_cost(
    recipe: Recipe,
    count: StepCount,
    *,
    latency: Timing | None = None,
    ceilings: Ceilings | None = None,
    predicted: Memory | None = None,
    measured: Memory | None = None,
) -> TrainingCost:
    """Return what the recipe takes, its batch being that of the counted step.

    `latency`: of whole steps; `ceilings`: of the device that they ran on; `predicted`, `measured`: a step's memory.
    """
    run = replace(recipe, batch=count.batch)
    forward, backward, update = map(_operations, (count.forward, count.backward, count.update))
    return TrainingCost(
        dataset=run.dataset,
        samples=run.samples,
        batch=count.batch,
        epochs=run.epochs,
        drop_last=run.drop_last,
        optimizer=None if run.optimizer is None else str(run.optimizer),
        steps_per_epoch=run.steps_per_epoch,
        steps=run.steps,
        forward=forward,
        backward=backward,
        update=update,
        uncounted=count.unknown,
        total_macs=_total_macs(run, forward, backward),
        total_flops=_total_flops(run, forward, backward, update),
        step_ms=latency.median_ms if latency else None,
        predicted_step_ms=step_ms(count, ceilings),
        peak_bytes=measured.peak if measured else None,
        predicted_peak_bytes=predicted.peak if predicted else None,
    )


def step_ms(count: StepCount, ceilings: Ceilings | None) -> float | None:
    """Return the time that a step would take at the device's ceilings; None where an operator or they are unknown.

    Each operator takes as long as its arithmetic at the rate of a large matrix product or its bytes at that of a large
    copy, whichever is longer (the roofline model, see `archcheck.profiling.roofline`), and in the forward and backward
    pass at least what an empty call takes; an optimiser's kernels may do many parameters in one call.
    """
    if ceilings is None:
        return None
    launch = ceilings.launch_ms or 0.0
    passes = [_op_ms(op, ceilings, launch) for op in (*count.forward, *count.backward)]
    times = [*passes, *(_op_ms(op, ceilings, 0.0) for op in count.update)]
    known = [time for time in times if time is not None]
    return sum(known) if len(known) == len(times) else None


def _op_ms(op: CountedOp, ceilings: Ceilings, launch_ms: float) -> float | None:
    done = op.operations
    if done is None:
        return None
    if not done.moved_bytes:
        return 0.0  # nothing runs on the device
    return max(ceilings.compute_ms(done), ceilings.memory_ms(done), launch_ms)


def _operations(ops: Iterable[CountedOp]) -> Operations | None:
    return summed(op.operations for op in ops)


def _total_macs(run: Recipe, forward: Operations | None, backward: Operations | None) -> int | None:
    """Return the multiply-accumulates of every forward and backward pass."""
    if forward is None or backward is None:
        return None
    return _scaled(run, forward.mul_adds + backward.mul_adds)


def _total_flops(
    run: Recipe, forward: Operations | None, backward: Operations | None, update: Operations | None
) -> int | None:
    """Return the operations of every pass, and of the optimiser in every step."""
    if forward is None or backward is None or update is None:
        return None
    passes = _scaled(run, forward.flops + backward.flops)
    return None if passes is None or run.steps is None else passes + update.flops * run.steps


def _scaled(run: Recipe, of_a_step: int) -> int | None:
    """Return what all samples take if a whole batch takes `of_a_step`: a last batch that is not full in proportion."""
    if run.samples_per_epoch is None or run.epochs is None or run.batch is None:
        return None
    return (of_a_step * run.samples_per_epoch * run.epochs + run.batch // 2) // run.batch
