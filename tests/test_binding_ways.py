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


SHOWN = [
    ("x = make(y)\nx.ones(2, 6)", ["make(y)", "x.ones(2, 6)"], "what is shown of it"),
    ("x = make(y)\n\nx.ones(2, 6)", ["make(y)"], "an empty line ends it"),
    ("x = make(y)\nz.ones(2, 6)", ["make(y)"], "another variable is shown"),
    ("x = make(y)\nz = x.ones(2, 6)", ["make(y)"], "it is not shown but kept"),
]


@pytest.mark.parametrize(("text", "sites", "why"), SHOWN, ids=[why for *_, why in SHOWN])
def test_what_is_shown_of_a_variable_below_its_line(text: str, sites: list[str], why: str) -> None:
    found = [named.partition(" ")[2] for _, one in said(code(f"# shape: (2, 6)\n{text}")) for named in one]
    assert found == sites, why


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
