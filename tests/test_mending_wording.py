"""A shape in few words: a letter only where it was so for sizes far from each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from archcheck.mending.evidence import Evidence, Left, Seen
from archcheck.mending.wording import is_unsure, worded
from archcheck.running.observed import Called
from archcheck.units import Shape

IMAGE: list[Shape] = [(2, 3, 224, 224), (3, 3, 223, 227), (5, 3, 192, 256)]
TEXT: list[Shape] = [(2, 64, 16), (3, 61, 16), (5, 67, 16)]
FAR: dict[int, list[Shape]] = {4: [(2, 3, 57, 57), (2, 3, 449, 449)], 3: [(2, 17, 16), (2, 129, 16)]}


def evidence(given: Sequence[Shape], gave: Sequence[Shape]) -> Evidence:
    """Return what a model was called with, of which all sizes but one are ours, and what was seen."""
    free = {4: (0, 2, 3), 3: (0, 1), 2: (0,)}[len(given[0])]
    turns = {
        turn: Called(turn, "Net", (one,), "other sizes" if turn > 1 else "first layer", ours=(free,))
        for turn, one in enumerate(given, 1)
    }
    found = [Seen((one,), {}, turn, turn > 1) for turn, one in enumerate(gave, 1)]
    return Evidence(tuple(found), turns, {})


def halved(shape: Shape) -> Shape:
    return (shape[0], shape[1], (shape[2] + 1) // 2, *shape[3:])


def test_a_letter_is_written_where_it_was_so_far_away_too() -> None:
    near, far = evidence(IMAGE, IMAGE), evidence([*IMAGE, *FAR[4]], [*IMAGE, *FAR[4]])
    assert is_unsure(near, (), {})
    with pytest.raises(Left):
        worded(near, (), {})
    assert not is_unsure(far, (), {})
    assert worded(far, (), {}) == "[B, 3, H, W]"
    every = [*IMAGE, *FAR[4]]
    assert worded(evidence(every, [*map(halved, every)]), (), {}) == "[B, 3, H/2, W]"


@pytest.mark.parametrize(("far", "why"), [(FAR[4][:1], "none larger"), (FAR[4][1:], "none much smaller")])
def test_one_that_is_far_is_not_enough(far: Sequence[Shape], why: str) -> None:
    every = [*IMAGE, *far]
    with pytest.raises(Left):
        worded(evidence(every, [*map(halved, every)]), (), {})


def test_what_hangs_on_how_large_a_size_is_has_no_letter() -> None:
    every = [*IMAGE, *FAR[4]]
    gave = [halved(one) if one[2] > 100 else one for one in every]
    assert is_unsure(evidence(IMAGE, gave[:3]), (), {})
    with pytest.raises(Left):
        worded(evidence(every, gave), (), {})


def test_the_batch_alone_needs_no_others() -> None:
    gave = [(one[0], 10) for one in IMAGE]
    assert not is_unsure(evidence(IMAGE, gave), (), {})
    assert worded(evidence(IMAGE, gave), (), {}) == "[B, 10]"


ORDERS: list[tuple[Mapping[str, str], str | None, str]] = [
    ({"Net": "BT"}, "[B, T, 16]", "the batch first"),
    ({"Net": "TB", "": "BT"}, "[T, B, 16]", "time first"),
    ({"Other": "TB", "": "BT"}, "[B, T, 16]", "another class"),
    ({"": "TB"}, "[T, B, 16]", "no class"),
    ({"Net": "  "}, None, "not known"),
]


@pytest.mark.parametrize(("orders", "expected", "why"), ORDERS)
def test_which_axis_is_the_batch(orders: Mapping[str, str], expected: str | None, why: str) -> None:
    swapped = expected is not None and expected.startswith("[T")
    every = [(one[1], one[0], one[2]) if swapped else one for one in (*TEXT, *FAR[3])]
    if expected is not None:
        assert worded(evidence(every, every), (), orders) == expected, why
        return
    with pytest.raises(Left):
        worded(evidence(every, every), (), orders)
