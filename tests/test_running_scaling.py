"""Sides of ours become those that a document states of what comes of them."""

from __future__ import annotations

import pytest

from archcheck.arguments import Argument
from archcheck.running.first_layer import Ours
from archcheck.running.observed import Event
from archcheck.running.scaling import Stated, scaled
from tests.test_documented import statuses, verified
from tests.test_running_supposing import folder  # noqa: F401

CALL: tuple[tuple[object, ...], dict[str, object]] = ((Argument((2, 3, Ours(224), Ours(224))), 5), {})
SEEN = [Event(site, 1, 0, 0, "value", (2, 64 * site, 112 // site, 112 // site)) for site in (1, 2, 4)]
MAPS: Stated = {1: [(320, 320, 64)], 2: [("N", 128, 160, 160)], 4: [(80, 80)]}


def test_sides_are_as_many_times_as_large() -> None:
    (image, other), named = scaled(CALL, SEEN, MAPS)
    assert (image, other, named) == (Argument((2, 3, 640, 640)), 5, {})


SAME: Stated = {1: [(112, 112, 64)], 2: [(56, 56, 128)], 4: [(28, 28, 256)]}
NOTHING: list[tuple[object, Stated, str]] = [
    (CALL, {1: [(320, 320, 64)], 2: [(160, 160, 128)]}, "two of them"),
    (CALL, SAME, "the document's sides already"),
    (CALL, {1: [(320, 320, 63)], 2: [(160, 160, 127)], 4: [(80, 80, 255)]}, "other channels"),
    (CALL, {1: [(3, 4, 6, 3)], 2: [(5,)], 4: [("H", "W")]}, "no maps"),
    (((Argument((2, 3, 224, 224)),), {}), MAPS, "sides that somebody says"),
    (((Argument((2, 3, Ours(75), Ours(75))),), {}), MAPS, "sides that are not whole then"),
    (((Argument((2, 7, Ours(16))),), {}), MAPS, "no image"),
]


@pytest.mark.parametrize(("call", "stated", "why"), NOTHING, ids=[row[2] for row in NOTHING])
def test_where_nothing_says_so_they_stay(call: object, stated: Stated, why: str) -> None:
    assert scaled(call, SEEN, stated) is None, why


NECK = """\
import torch
from torch import nn
class Neck(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, 2, 1)
        self.b = nn.Conv2d(8, 16, 3, 2, 1)
        self.c = nn.Conv2d(16, 32, 3, 2, 1)
    def forward(self, x):
        x = self.a(x)  # 640, 640, 3 -> 320, 320, 8
        x = self.b(x)  # 320, 320, 8 -> 160, 160, 16
        return self.c(x)  # 160, 160, 16 -> 80, 80, {channels}
"""


@pytest.mark.parametrize(("channels", "wanted"), [(32, "agrees"), (31, "differs")])
def test_maps_with_their_channels_last(channels: int, wanted: str) -> None:
    found = statuses(verified("neck.py", NECK.format(channels=channels)))
    assert found == {10: {"agrees"}, 11: {"agrees"}, 12: {"agrees", wanted}}
