"""A target -> its explanation: counted once, told as others tell it, and where that is wanted the real tools asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from archcheck import targets
from archcheck.asking.apart import TOOLS, Answer, ask
from archcheck.counting.passes import count_subject
from archcheck.errors import ArchcheckError
from archcheck.explanation import Against, Explanation, against, answered, totals_of
from archcheck.readings import Claimed
from archcheck.resolve import Modelled, subject_of
from archcheck.spec.layers import Spec
from archcheck.tensors import Inputs


def explain(
    target: Modelled,
    conventions: Sequence[str],
    claimed: Claimed | None = None,
    *,
    inputs: Inputs = (),
    args: Sequence[str] | Mapping[str, object] = (),
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
        shown = targets.shown(target)
        return Explanation(shown, shown, error=str(error))
    found = tuple(against(count, name) for name in conventions)
    if asked:
        found = tuple(_asked(one, target, inputs, args) for one in found)
    totals = totals_of(count)
    answer = None if claimed is None else answered(claimed, totals)
    batch = subject.arguments.batch
    return Explanation(subject.target, subject.name, subject.title, batch, found, answer, totals)


def _asked(
    one: Against, target: Modelled, inputs: Inputs, args: Sequence[str] | Mapping[str, object]
) -> Against:
    if one.convention not in TOOLS:
        return one
    named = isinstance(target, str | Path | targets.Target | Spec)
    words = _texts(inputs), _texts(args)
    answer = Answer(None, _UNNAMED)
    if named and words[0] is not None and words[1] is not None:
        answer = ask(one.convention, targets.shown(target), words[0], words[1])
    return replace(one, asked=answer.amount, asked_error=answer.error)


_UNNAMED = "another process cannot be given this: name the target, and write inputs and args as text"


def _texts(given: Inputs | Sequence[str] | Mapping[str, object]) -> list[str] | None:
    """Return what may be told to another process; None of shapes, tensors and other values."""
    if isinstance(given, str):
        return [given]
    if isinstance(given, Mapping):
        return None if given else []
    texts = [one for one in given if isinstance(one, str)] if isinstance(given, Sequence) else None
    return texts if texts is not None and len(texts) == len(given) else None
