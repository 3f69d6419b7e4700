"""Documents verified whole: what is stated of several statements, layers or variables at once, right and wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from archcheck import api

HEAD = "import torch\nfrom torch import nn\n"
WAY = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.Conv_a = nn.Conv2d(3, 8, 3, padding=1)
        self.Conv_b = nn.Conv2d(8, 8, 3)

    def forward(self, x):
        # {sides}
        x = self.Conv_a(x)
        x = self.Conv_b(x)

        # {last}
        x = self.Conv_b(x)
        return x

Net()(torch.empty(2, 3, 32, 32))
"""


def found(path: Path, text: str) -> Sequence[str]:
    """Return the statuses of a page's checks, in the order of its lines."""
    page = path / "page.py"
    page.write_text(HEAD + dedent(text), encoding="utf-8")
    return [check.status for check in api.verify(str(page)).checks]


@pytest.mark.parametrize(
    ("sides", "last", "wanted"),
    [
        ("32 -> 30", "30 -> 28", ["agrees", "agrees"]),
        ("32 -> 32", "30 -> 28", ["agrees", "agrees"]),
        ("32 -> 28", "30 -> 30", ["differs", "differs"]),
    ],
    ids=["through both, and one alone", "through the first", "neither"],
)
def test_a_pair_of_sides(tmp_path: Path, sides: str, last: str, wanted: list[str]) -> None:
    assert found(tmp_path, WAY.format(sides=sides, last=last)) == wanted
