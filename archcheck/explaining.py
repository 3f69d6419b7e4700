"""A target -> its explanation: counted once, told as others tell it, and where that is wanted the real tools asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archcheck.asking import TOOLS, ask
from archcheck.counting.passes import count_subject
from archcheck.errors import ArchcheckError
from archcheck.explanation import Against, Explanation, against, answered, totals_of
from archcheck.readings import Claimed
from archcheck.subjects import subject_of
from archcheck.targets import Target


def explain(
    target: Target,
    conventions: Sequence[str],
    claimed: Claimed | None = None,
    *,
    inputs: Sequence[str] = (),
    args: Sequence[str] = (),
    asked: bool = False,
) -> Explanation:
    """Return why others' numbers of a target differ from ours, and what a claimed number is.

    A spec is counted for one sample, a Python model for the input that it is given. `asked`: run each convention's
    tool too, in a process of its own, if it is installed. A target's error is a field of what is returned.
    """
    try:
        subject = subject_of(target, inputs, args)
        count = count_subject(subject, subject.arguments)
    except ArchcheckError as error:
        return Explanation(target.shown, target.shown, error=str(error))
    found = tuple(against(count, name) for name in conventions)
    if asked:
        found = tuple(_asked(one, target.shown, inputs, args) for one in found)
    totals = totals_of(count)
    answer = None if claimed is None else answered(claimed, totals)
    batch = subject.arguments.batch
    return Explanation(subject.target, subject.name, subject.title, batch, found, answer, totals)


def _asked(one: Against, target: str, inputs: Sequence[str], args: Sequence[str]) -> Against:
    if one.convention not in TOOLS:
        return one
    answer = ask(one.convention, target, inputs, args)
    return replace(one, asked=answer.amount, asked_error=answer.error)
