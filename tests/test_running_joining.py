"""Two runs of one document: what is kept of the second, and that the two are not mixed up."""

from __future__ import annotations

from archcheck.running.joining import joined
from archcheck.running.observed import Called, Event, Observed
from tests.running_pages import run

FIRST = Observed(
    "meta",
    events=(Event(1, 0, 0, 0, "value", (4, 5)), Event(2, 1, 3, 2, "value", (4, 6))),
    called=(Called(1, "net", ((4, 5),), "claim"), Called(2, "other", ((4, 5),), "claim", "it failed")),
    printed={7: "first"},
)
SECOND = Observed(
    "cpu",
    events=(
        Event(1, 0, 0, 0, "value", (8, 5)),
        Event(3, 0, 0, 0, "value", (8, 7)),
        Event(4, 1, 3, 2, "value", (8, 9)),
    ),
    called=(Called(1, "net", ((8, 5),), "made up"), Called(2, "more", ((8, 5),), "claim")),
    printed={7: "second", 8: "second"},
)


def test_only_what_the_first_did_not_see_is_of_the_second() -> None:
    both = joined(FIRST, SECOND)
    assert [(event.site, event.value) for event in both.events] == [
        (1, (4, 5)),
        (2, (4, 6)),
        (3, (8, 7)),
        (4, (8, 9)),
    ]
    assert both.printed == {7: "first", 8: "second"}
    assert both.device == "meta"


def test_calls_of_the_second_are_no_calls_of_the_first() -> None:
    both = joined(FIRST, SECOND)
    *_, top, inside = both.events
    assert (top.turn, top.frame, top.call) == (0, 0, 0), "the document itself is one"
    assert (inside.turn, inside.frame, inside.call) == (3, 6, 4)
    assert [(one.turn, one.what, one.origin) for one in both.called] == [
        (1, "net", "claim"),
        (2, "other", "claim"),
        (3, "net", "made up"),
    ]


def test_what_shows_nothing_more_changes_nothing() -> None:
    assert joined(FIRST, Observed("cpu", events=FIRST.events[:1], called=SECOND.called)) == FIRST


def test_what_wants_values_is_seen_beside_what_needs_none() -> None:
    """A value that is counted is on no meta device; a tensor that no memory holds is on no other."""
    text = """
    import torch
    a = torch.ones(2, 3)  # [2, 3]
    b = torch.randn(5).sort().values.unique().view(5, 1)  # [5, 1]
    c = torch.zeros(10 ** 7, 10 ** 7)  # [10000000, 10000000]
    """
    observed = run(text)
    assert sorted({event.site for event in observed.events}) == [1, 2, 3]
