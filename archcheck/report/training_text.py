"""What a documented training recipe takes, as text: its steps, its operations, and measured beside predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archcheck.costs import TrainingCost
from archcheck.report.to_text import table
from archcheck.report.values import NOTHING
from archcheck.units import bytes_text, count_text, duration_text, short_count


def training_parts(cost: TrainingCost, style: str) -> list[str]:
    """Return the recipe's lines and its table (`style`: `table` or `markdown`), to be parted by an empty line."""
    lines = list(_lines(cost))
    width = max(len(name) for name, _ in lines)
    mark = "* " if style == "markdown" else ""
    told = "\n".join(f"{mark}{name:<{width}}  {text}" for name, text in lines)
    return [told, *_times(cost, style)]


def _lines(cost: TrainingCost) -> Iterator[tuple[str, str]]:
    yield "recipe", ", ".join(_recipe(cost))
    if cost.steps_per_epoch is not None:
        whole = "" if cost.steps is None else f", {count_text(cost.steps)} in all"
        rest = ", a batch that is not full dropped" if cost.drop_last else ""
        yield "steps", f"{count_text(cost.steps_per_epoch)} an epoch{whole}{rest}"
    parts = (("forward", cost.forward), ("backward", cost.backward), ("optimizer", cost.update))
    told = ", ".join(f"{name} {short_count(done.flops if done else None)}" for name, done in parts)
    yield "a step", f"{_counts(cost.step_macs, cost.step_flops)} ({told})"
    if cost.uncounted:
        yield "not counted", ", ".join(cost.uncounted)
    if cost.steps is not None:
        yield "the training", _counts(cost.total_macs, cost.total_flops)


def _counts(macs: int | None, flops: int | None) -> str:
    return f"{short_count(macs)} MACs, {short_count(flops)} FLOPs"


def _recipe(cost: TrainingCost) -> Iterator[str]:
    if cost.dataset is not None:
        yield cost.dataset
    if cost.samples is not None:
        yield f"{count_text(cost.samples)} samples"
    yield f"batch {cost.batch}"
    if cost.epochs is not None:
        yield f"{count_text(cost.epochs)} epoch{'' if cost.epochs == 1 else 's'}"
    if cost.optimizer is not None:
        yield cost.optimizer


def _times(cost: TrainingCost, style: str) -> Iterator[str]:
    """Yield the table of measured beside predicted, what neither knows left out; none where that is all.

    A time that is predicted is that of the step's operations at the device's ceilings.
    """
    rows = (
        ("step", *_shown(cost.step_ms, cost.predicted_step_ms, duration_text)),
        ("epoch", *_shown(cost.epoch_ms, cost.predicted_epoch_ms, duration_text)),
        ("training", *_shown(cost.total_ms, cost.predicted_total_ms, duration_text)),
        ("memory", *_shown(cost.peak_bytes, cost.predicted_peak_bytes, bytes_text)),
    )
    headers = ("training", "measured", "predicted")
    known = [row for row in rows if row[1:] != (NOTHING, NOTHING)]
    if known:
        yield table(headers, known, style, right=headers[1:])


def _shown(
    measured: float | None, predicted: float | None, text: Callable[[int], str] | Callable[[float], str]
) -> tuple[str, str]:
    one, other = (NOTHING if value is None else text(value) for value in (measured, predicted))  # type: ignore[arg-type]
    return one, other
