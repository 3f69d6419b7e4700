"""A line above several statements that pass one variable on may tell of the way through all of them."""

from __future__ import annotations

import pytest

from tests.bound import code, run, said

SIZE = "# 32 -> 30\n"
WAYS = [
    (
        f"{SIZE}x = self.Conv(x)\nx = self.pool(x)\nx = act(x)",
        ["flow self.Conv(x)", "flow act(x)", "value before x"],
        "through three, or the first",
    ),
    (f"{SIZE}x = f(y)\nx = g(x)\nreturn h(x)", ["flow f(y)", "flow h(x)"], "up to what is returned"),
    (f"{SIZE}x = f(y)\n\nx = g(x)", ["flow f(y)"], "an empty line ends it"),
    (f"{SIZE}x = f(y)\n# pooled\nx = g(x)", ["flow f(y)"], "another comment does"),
    (f"{SIZE}x = f(y)\nz = g(x)\nx = h(x)", ["flow f(y)"], "another variable does"),
    (f"{SIZE}x = f(y)\nx = g(y)", ["flow f(y)"], "what is made of something else does"),
    ("x = f(y)  # 32 -> 30\nx = g(x)", ["flow f(y)"], "behind a statement it is that one's"),
    ("# [N, 6]\nx = f(y)\nx = g(x)", ["value f(y)"], "a shape is that of what comes next"),
]


@pytest.mark.parametrize(("text", "sites", "why"), WAYS, ids=[why for *_, why in WAYS])
def test_the_way_through_several_statements(text: str, sites: list[str], why: str) -> None:
    lines = "\n    ".join(["def forward(self, x, y):", *text.split("\n")])
    assert [one for _, named in said(code(lines)) for one in named] == sites, why


def test_what_goes_into_the_first_comes_out_of_the_last() -> None:
    program = code("x = 1\n# 3 -> 6\nx = abs(x - 4)\nx = x * 2\nx = -x")
    way = program.claims[0].sites[1]
    told = [one for one in run(program)[0].told if one[0] == program.sites[way - 1].line]
    assert sorted(told) == [(5, "input", -3), (5, "input", 1), (5, "output", -6)]
    assert run(program)[2]["x"] == -6
