"""What a document's models do with sizes far from those that they were called with: much smaller, and larger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from archcheck.documented import Reviewed
from archcheck.judging.judge import judge
from archcheck.judging.turns import TRIED
from archcheck.judging.verdicts import Verdicts
from archcheck.running.observed import Called, Observed
from archcheck.running.observing import observe
from archcheck.running.plan import Given
from archcheck.units import Shape

LEAST = 4
"""A smaller size is a batch's, or a number of channels: it stays."""
_SMALLER: tuple[Callable[[int], int], ...] = (
    lambda size: max(1, size // 4 | 1),
    lambda size: max(32, size // 4 // 32 * 32) if size >= 64 else size // 2,
    lambda size: size // 2,
)
_LARGER: tuple[Callable[[int], int], ...] = (
    lambda size: 2 * size + 1 if size >= 64 else 8 * size + 3,
    lambda size: 2 * size,
    lambda size: size + 32 if size >= 64 else size + 1,
)
"""Sizes to try for another, the first that goes through."""


def tried_far(seen: Reviewed) -> Iterator[Verdicts]:
    """Run a document twice more, with much smaller sizes and with larger ones wherever its models take others.

    What comes of these calls alone is judged. Only models that the document does not call itself are called.
    """
    for changes in (_SMALLER, _LARGER):
        givens = tuple(_givens(seen.verdicts, changes))
        if givens:
            observed = observe(seen.document, replace(seen.plan, inputs=givens, again=False))
            yield judge(seen.program, _first_of_each(observed, givens))


def _first_of_each(observed: Observed, givens: Sequence[Given]) -> Observed:
    """Return what was seen in the first of its calls that went through of each model."""
    went: dict[tuple[str | None, tuple[tuple[int | str, ...], ...]], Called] = {
        (one.what, one.inputs): one for one in observed.called if one.error is None and one.origin in TRIED
    }
    first: dict[str | None, Called] = {}
    for given in givens:
        called = went.get((given.what, given.shapes))
        if called is not None:
            first.setdefault(given.what, called)
    turns = {called.turn for called in first.values()}
    events = tuple(event for event in observed.events if event.turn in turns)
    return replace(observed, called=tuple(first.values()), events=events)


def _givens(verdicts: Verdicts, changes: Sequence[Callable[[int], int]]) -> Iterator[Given]:
    for called in verdicts.calls:
        if called.origin not in TRIED:
            continue
        free = _free(called, verdicts)
        if not any(free):
            continue
        for shapes in dict.fromkeys(_changed(called.inputs, free, change) for change in changes):
            yield Given(shapes, "option", what=called.what)


def _free(called: Called, verdicts: Verdicts) -> list[set[int]]:
    """Return which axes of each input may have another size, as a call with other sizes showed."""
    found = [set[int]() for _ in called.inputs]
    for other in verdicts.turns.values():
        ranks = [len(shape) for shape in other.inputs] == [len(shape) for shape in called.inputs]
        if other.what == called.what and other.origin == "other sizes" and other.error is None and ranks:
            for axes, shape, changed in zip(found, called.inputs, other.inputs, strict=True):
                axes |= {axis for axis, size in enumerate(shape) if changed[axis] != size >= LEAST}
    return found


def _changed(
    inputs: Sequence[Shape], free: Sequence[set[int]], change: Callable[[int], int]
) -> tuple[Shape, ...]:
    return tuple(
        tuple(change(size) if axis in axes else size for axis, size in enumerate(shape))
        for shape, axes in zip(inputs, free, strict=True)
    )
