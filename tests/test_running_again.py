"""A call with other sizes is one of the same thing: what folds an image's sides into the batch is none."""

from __future__ import annotations

import pytest

from tests.test_documented import statuses, verified
from tests.test_running_supposing import folder  # noqa: F401

FOLDED = """\
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.last = nn.Linear(6 * 14 * 14, 10)
    def forward(self, x):
        x = self.pool(self.conv(x))   # -> n, 6, 14, 14
        x = x.view(-1, 6 * 14 * 14)   # -> n, {flat}
        return self.last(x)           # -> {out}
Net()(torch.randn({batch}, 3, 32, 32))
"""


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize(
    ("flat", "out", "wanted"),
    [
        ("1176", "n, 10", {"agrees"}),
        ("1177", "n, 10", {"differs"}),
        ("1176", "n, 11", {"differs"}),
    ],
)
def test_sides_that_become_a_batch_are_not_tried(batch: int, flat: str, out: str, wanted: set[str]) -> None:
    found = statuses(verified("net.py", FOLDED.format(batch=batch, flat=flat, out=out)))
    assert found[10] == {"agrees"}
    assert found[11] | found[12] >= wanted
    assert found[11] | found[12] <= wanted | {"agrees"}


ALIKE = """\
import torch
from torch import nn
class Scores(nn.Module):
    def forward(self, x):  # x: (B, T, D)
        y = x.transpose(0, 1)
        return y.sum(2)  # ({stated})
Scores()(torch.randn(5, 5, 3))
"""


@pytest.mark.parametrize(("stated", "wanted"), [("T, B", {"agrees"}), ("B, T", {"differs"})])
def test_a_batch_that_is_a_length_by_chance_is_found_out(stated: str, wanted: set[str]) -> None:
    assert statuses(verified("scores.py", ALIKE.format(stated=stated)))[6] == wanted
