"""What was worked out once is not worked out again, while a `with` lasts."""

from __future__ import annotations

import pytest

from archcheck import recall
from archcheck.recall import recalled, recalling


def counted(key: object, done: list[object]) -> int:
    def work() -> int:
        done.append(key)
        return len(done)

    return recalled(key, None, work)


def test_outside_of_it_all_is_worked_out() -> None:
    done: list[object] = []
    assert [counted(key, done) for key in "aba"] == [1, 2, 3]


def test_inside_of_it_only_what_is_new() -> None:
    done: list[object] = []
    with recalling():
        assert [counted(key, done) for key in "aba"] == [1, 2, 1]
    assert counted("a", done) == 3


def test_an_error_is_no_result() -> None:
    def fails() -> int:
        raise ValueError("no")

    with recalling():
        for _ in range(2):
            with pytest.raises(ValueError, match="no"):
                recalled("a", None, fails)
        assert recalled("a", None, lambda: 1) == 1


def test_it_keeps_no_more_than_its_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "MOST", 1)
    done: list[object] = []
    with recalling():
        assert [counted(key, done) for key in "abab"] == [1, 2, 1, 3]


def test_owners_live_as_long_as_their_ids_are_asked_for() -> None:
    with recalling():
        answers = []
        for value in range(100):
            owner = [value]
            answers.append(recalled(id(owner), owner, lambda owner=owner: owner[0]))  # type: ignore[misc]
        assert answers == list(range(100))
