"""What else a class may be made with is tried where its methods do not go through as it is made by default."""

from __future__ import annotations

import ast

import pytest

from archcheck.running.observed import Observed
from archcheck.running.options import MOST_OPTIONS, Option, options_of
from tests.running_pages import run, shapes

OPTIONS: list[tuple[str, str, tuple[Option, ...], str]] = [
    # parameters             what stands in it                                options                  why this row
    ("kind='sum'", "if kind == 'mean': pass", (("kind", "mean"),), "a word"),
    ("kind='sum'", "if kind in ('sum', 'max', 'mean'): pass", (("kind", "max"), ("kind", "mean")), "several"),
    ("*, kind='sum'", "if self.kind_of == 'mean': pass", (("kind", "mean"),), "what is kept of it"),
    ("kind='sum'", "if other == 'mean': pass", (), "another name"),
    ("kind='sum'", "print('mean')", (), "a word that nothing is compared with"),
    ("last=False", "pass", (("last", True),), "a truth value"),
    ("width=4, rate=0.5, act=None", "if width == 8: pass", (), "numbers, and None"),
    ("kind, last", "if kind == 'mean': pass", (), "what has no default"),
]


@pytest.mark.parametrize(("parameters", "body", "options", "why"), OPTIONS, ids=[row[3] for row in OPTIONS])
def test_options(parameters: str, body: str, options: tuple[Option, ...], why: str) -> None:
    code = f"class Net:\n  def __init__(self, {parameters}):\n    {body}\n"
    assert options_of(ast.parse(code)).get("Net", ()) == options, why


def test_few_of_many() -> None:
    parameters = ", ".join(f"flag_{number}=False" for number in range(100))
    found = options_of(ast.parse(f"class Net:\n  def __init__(self, {parameters}): pass\n"))
    assert len(found["Net"]) == MOST_OPTIONS
    assert options_of(ast.parse("class Net: pass\nclass Other(Net):\n  x = 1")) == {}


PAGE = """\
    import torch
    from torch import nn

    class Positions(nn.Module):
        def __init__(self, dim, kind: str = "learned"):
            super().__init__()
            self.kind = kind
            self.rows = nn.Parameter(torch.zeros(1, 8, dim)) if kind == "apart" else None

        def add_rows(self, x, grid_size: "List[int]"):
            '''
            Args:
                x: (B, H*W, C)
            '''
            rows = self.rows[:, : grid_size[0]]  # (1, H, C)
            return x + rows.repeat_interleave(grid_size[1], 1)  # (B, H*W, C)

        def forward(self, x):
            return x if self.kind == "learned" else self.add_rows(x, [8, 8])
    """


def test_a_method_of_what_is_not_so_by_default() -> None:
    observed = run(PAGE)
    assert {"Positions.add_rows"} <= {one.what for one in observed.called if one.error is None}
    assert {(1, 8, 64), (2, 64, 64)} <= {
        one for one in shapes(observed, turn=_last(observed)) if isinstance(one, tuple)
    }


def _last(observed: Observed) -> int:
    return next(one.turn for one in observed.called if one.what == "Positions.add_rows" and one.error is None)
