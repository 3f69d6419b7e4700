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


BUILT = """
class Net(nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        # {stem}
        wide = int(8 * width)
        self.stem = nn.Conv2d(3, wide, 1)

        # {same}
        # {half}
        self.body = nn.Sequential(
            nn.Conv2d(wide, 2 * wide, 1),
            nn.MaxPool2d(2),
        )

    def forward(self, x):
        return self.body(self.stem(x))

Net()(torch.empty(2, 3, 32, 32))
"""


def test_of_the_layers_that_are_made(tmp_path: Path) -> None:
    right = ("32 x 32 x 3 -> 32 x 32 x 8", "32 x 32 x 8 -> 32 x 32 x 16", "32 x 32 x 16 -> 16 x 16 x 16")
    wrong = ("32 x 32 x 3 -> 32 x 32 x 9", "32 x 32 x 9 -> 32 x 32 x 12", "32 x 32 x 12 -> 16 x 16 x 16")
    assert found(tmp_path, BUILT.format(**dict(zip(("stem", "same", "half"), right, strict=True)))) == (
        ["agrees"] * 6
    )
    assert found(tmp_path, BUILT.format(**dict(zip(("stem", "same", "half"), wrong, strict=True)))) == (
        ["agrees", "differs", "differs", "differs", "differs", "agrees"]
    )


NAMED = """
def f(x, y):
    # x_wide  [B, S, {n}]
    # y_wide  [B, T, {m}]
    x_wide = torch.cat(x, 1)
    y_wide = torch.cat(y, 1)
    return x_wide, y_wide

f([torch.empty(2, 4, 3), torch.empty(2, 5, 3)], [torch.empty(2, 7, 6)])
"""


@pytest.mark.parametrize(
    ("n", "m", "wanted"),
    [(3, 6, ["agrees", "agrees"]), (3, 7, ["agrees", "differs"])],
    ids=["as it is", "the second is another"],
)
def test_of_several_names_above_what_makes_them(tmp_path: Path, n: int, m: int, wanted: list[str]) -> None:
    assert found(tmp_path, NAMED.format(n=n, m=m)) == wanted


RETURNED = '''
def f(x):
    """Take it apart.

    Returns:
        rows: what is left of it, {rows}
        cols: what went, {cols}
    """
    rows, cols = x.unbind(1), x[:, 0]
    rows = torch.stack(rows[1:], 1)
    return rows, cols

f(torch.empty(2, 7, 3))
'''


@pytest.mark.parametrize(
    ("rows", "cols", "wanted"),
    [
        ("[B, 6, C]", "[B, 3]", ["agrees", "agrees"]),
        ("[B, 6, C]", "[B, 6, 3]", ["agrees", "differs"]),
        ("[B, 3]", "[B, 3]", ["differs", "agrees"]),
    ],
    ids=["as they are", "the second is the first", "the first is the second"],
)
def test_of_several_results_by_their_names(tmp_path: Path, rows: str, cols: str, wanted: list[str]) -> None:
    assert found(tmp_path, RETURNED.format(rows=rows, cols=cols)) == wanted


@pytest.mark.parametrize(
    ("stated", "wanted"),
    [("(2, 9)", "agrees"), ("(2, 9, 1)", "unchecked")],
    ids=["its sizes", "more of them"],
)
def test_a_list_of_sizes_of_which_one_is_set(tmp_path: Path, stated: str, wanted: str) -> None:
    page = "x = torch.empty(2, 3)\nrows = 9\nsize = list(x.shape)\nsize[1] = rows  # shape: {}\n"
    assert found(tmp_path, page.format(stated)) == [wanted]
