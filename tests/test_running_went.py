"""A call that there was no time to compare with others is one that nobody means."""

from __future__ import annotations

import pytest

from archcheck.running.candidates import Candidate
from archcheck.running.observed import Called, Origin
from archcheck.running.recording import Held
from archcheck.running.went import Went


@pytest.mark.parametrize(
    ("origin", "left"),
    [("first layer", "made up"), ("claim", "claim"), ("option", "option"), ("made up", "made up")],
)
def test_what_went_by_chance(origin: Origin, left: Origin) -> None:
    candidate = Candidate(((), {}), origin)
    one = Went(Called(3, "net", ((2, 5),), origin), Held([], set()), candidate, print).by_chance()
    assert (one.called.origin, one.called.inputs, one.candidate) == (left, ((2, 5),), candidate)
