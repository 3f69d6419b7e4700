"""Of several fixes all that hold together are kept, whatever one of them does to the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from archcheck.mending.holding import AGAIN, OTHERS, TOO_OFTEN, Attempt, Fix, Runs, held

Tried = Callable[[set[int]], tuple[set[int], bool]]
"""Fixes by their number -> those that fail, and whether something else gets worse."""


def kept(count: int, rule: Tried, most: int = 100) -> tuple[list[int], dict[int, str], int]:
    """Return which of so many fixes are kept, why others are not, and how often the code ran."""
    runs: list[list[int]] = []

    def attempt(fixes: Sequence[Fix]) -> Attempt:
        numbers = [one.checks[0] for one in fixes]
        runs.append(numbers)
        bad, worse = rule({*numbers})
        after: Any = numbers
        return Attempt(after, tuple(one for one in fixes if one.checks[0] in bad), worse)

    reasons: dict[int, str] = {}
    best: Any = held([Fix((number,), ()) for number in range(count)], attempt, Runs(most), reasons)
    return sorted(best or []), reasons, len(runs)


RULES: list[tuple[Tried, list[int], dict[int, str], str]] = [
    (lambda fixes: (set(), False), [0, 1, 2, 3, 4], {}, "all hold"),
    (lambda fixes: (fixes & {2}, False), [0, 1, 3, 4], {2: AGAIN}, "one fails alone"),
    (lambda fixes: (fixes if 2 in fixes else set(), False), [0, 1, 3, 4], {2: AGAIN}, "one fails all"),
    (lambda fixes: (set(), 3 in fixes), [0, 1, 2, 4], {3: OTHERS}, "one makes another thing worse"),
    (lambda fixes: (fixes if {0, 1} <= fixes else set(), False), [0, 2, 3, 4], {1: AGAIN}, "two fail together"),
    (lambda fixes: (fixes & {1} if 0 in fixes else set(), False), [0, 2, 3, 4], {1: AGAIN}, "one beside another"),
    (lambda fixes: (fixes, False), [], dict.fromkeys(range(5), AGAIN), "none holds"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "wanted", "reasons", "why"), RULES)
def test_all_that_hold_together_are_kept(
    rule: Tried, wanted: list[int], reasons: dict[int, str], why: str
) -> None:
    found, told, _ = kept(5, rule)
    assert (found, told) == (wanted, reasons), why


def test_one_of_many_is_found_in_few_runs() -> None:
    found, told, runs = kept(64, lambda fixes: (fixes if 40 in fixes else set(), False))
    assert (len(found), told, runs) == (63, {40: AGAIN}, 13)


def test_the_code_does_not_run_too_often() -> None:
    found, told, runs = kept(64, lambda fixes: (fixes if any(one % 2 for one in fixes) else set(), False), 10)
    assert runs == 10
    assert {*found} | told.keys() == {*range(64)}
    assert {*told.values()} == {AGAIN, TOO_OFTEN}
    assert kept(3, lambda fixes: (set(), False), 0) == ([], dict.fromkeys(range(3), TOO_OFTEN), 0)


def test_nothing_is_run_for_nothing() -> None:
    assert kept(0, lambda fixes: (fixes, True)) == ([], {}, 0)
