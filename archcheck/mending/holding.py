"""Which of several fixes hold together: those that fail are parted in two, until each that fails stands alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from archcheck.documented import Reviewed
from archcheck.documents import Edit

AGAIN = "what would be written does not agree when the code is run again"
OTHERS = "another claim would then differ"
TOO_OFTEN = "the document's code would have to be run too often to know what holds"
MOST_RUNS = 24
"""Of a document's code, to find out which fixes hold."""


@dataclass(frozen=True, slots=True)
class Fix:
    """The edits that make one stated thing true; `checks`: the places in `Verdicts.checks` of what must then agree."""

    checks: tuple[int, ...]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A document with fixes, run again.

    `bad`: the fixes whose claims do not agree; `worse`: whether anything differs that did not before.
    """

    after: Reviewed
    bad: tuple[Fix, ...]
    worse: bool


class Runs:
    """How often the code may run again."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self) -> bool:
        """Return whether it may run once more, which is then one less."""
        self._left -= 1
        return self._left >= 0


def held(
    fixes: Sequence[Fix], attempt: Callable[[Sequence[Fix]], Attempt], runs: Runs, reasons: dict[int, str]
) -> Reviewed | None:
    """Return the document with all fixes that hold together, or None where none does.

    Each group is tried beside those that hold so far. Why a fix does not hold is added to `reasons`, by its checks.
    """
    best, kept = None, list[Fix]()
    todo = [[*fixes]] if fixes else []
    while todo:
        group = todo.pop()
        if not runs.take():
            reasons |= {place: TOO_OFTEN for one in group for place in one.checks}
            continue
        tried = attempt([*kept, *group])
        if not tried.bad and not tried.worse:
            best, kept = tried.after, [*kept, *group]
        elif len(group) == 1:
            reasons |= dict.fromkeys(group[0].checks, AGAIN if tried.bad else OTHERS)
        else:
            todo += reversed([*_parted(group, tried.bad)])
    return best


def _parted(group: Sequence[Fix], bad: Sequence[Fix]) -> Iterator[list[Fix]]:
    """Yield a group of fixes in two parts: first those that agreed, where that is known, else halves."""
    failed = [one for one in group if one in bad]
    if 0 < len(failed) < len(group):
        yield [one for one in group if one not in bad]
        yield failed
        return
    half = len(group) // 2
    yield [*group[:half]]
    yield [*group[half:]]
