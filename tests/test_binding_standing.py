"""Which of the code above and below it a comment on a line of its own is about."""

from __future__ import annotations

import pytest

from tests.bound import code, said

STATEMENTS = [
    (
        "x = f(x)\n# [N, 6]\n\nx = g(x)\n# [N, 7]",
        [["value f(x)"], ["value g(x)"]],
        "code right above, a blank line below",
    ),
    ("x = f(x)\n# [N, 6]\n\n\ny = 1", [["value f(x)"]], "two blank lines"),
    (
        "x = f(x)\n# [N, 6]\nx = g(x)\n# [N, 7]",
        [["value f(x)"], ["value g(x)"]],
        "each has its own behind it, up to the last",
    ),
    (
        "def h(x):\n    x = f(x)\n    # [N, 6]\n    x = g(x)\n    # [N, 7]\n    # [N, 7]\n\n    return x",
        [["value f(x)"], ["value g(x)"], ["value g(x)"]],
        "up to a blank line; a comment of two lines",
    ),
    (
        "x = f(x)\n# [N, 6]\nx = g(x)\n# [N, 7]\nreturn_ = x",
        [["value g(x)", "value f(x)"], ["value x", "value g(x)"]],
        "code behind the last: both",
    ),
    (
        "x = f(x)\n# [N, 6]\nx = g(x)\nx = h(x)\n# [N, 7]",
        [["value g(x)", "value f(x)"], ["value h(x)"]],
        "one has none: both",
    ),
    (
        "# [N, 5]\nx = f(x)\n# [N, 6]\nx = g(x)\n# [N, 7]",
        [["value f(x)", "value before x"], ["value g(x)", "value f(x)"], ["value g(x)"]],
        "one above the first: both",
    ),
    ("x = f(x)\n\n# [N, 6]\ny = g(x)", [["value g(x)", "value f(x)"]], "a blank line above: both"),
    ("x = f(x)\n\n# [N, 6]\n\ny = g(x)", [["value g(x)", "value f(x)"]], "one on both sides: both"),
    (
        "x = f(x)\n# then flat: [N, 6]\n\nx = g(x)",
        [["value g(x)", "value f(x)"]],
        "words of what comes next: both",
    ),
    (
        "x = f(x)\n# a column\n# [N, 6]\n\nx = g(x)",
        [["value g(x)", "value f(x)"]],
        "more lines than shapes: both",
    ),
    ("x = f(x)\n# flatten: [N, 6]\n\ny = flatten(x)", [["value flatten(x)"]], "what is done, by its name"),
    ("if a:\n    x = f(x)\n# [N, 6]\n\ny = g(x)", [["value g(x)"]], "behind a block that is further in"),
    ("print(x.shape)\n# torch.Size([1, 6])\n\ny = g(x)", [["value x.shape"]], "what was printed"),
    ("import a\n# [N, 6]\n\ny = g(x)", [["value g(x)"]], "above it is nothing that has a shape"),
]


@pytest.mark.parametrize(("text", "sites", "why"), STATEMENTS, ids=[why for *_, why in STATEMENTS])
def test_between_statements(text: str, sites: list[list[str]], why: str) -> None:
    assert [named for _, named in said(code(text))] == sites, why


ELEMENTS = [
    ("f(),\n\n# 6 x 12 x 13\ng(),", [["value g()", "value f()"]], "a blank line above: the one below first"),
    (
        "f(),\n# (N, 6) -> (N, 7)\ng(),",
        [["flow g()", "flow f()"]],
        "a flow: the one below first",
    ),
    ("f(),\n# 6 x 12 x 13\ng(),", [["value f()", "value g()"]], "one between two: both, the one above first"),
    (
        "f(),\n# 6 x 12 x 13\ng(),\n# 6 x 10 x 11",
        [["value f()"], ["value g()"]],
        "one behind the last: all are behind",
    ),
    (
        "# input is 3 x 12 x 13\nf(), \nh(),\n# state size. 6 x 12 x 13\ng()\n# state size. 6 x 10 x 11",
        [["flow f()"], ["value h()"], ["value g()"]],
        "what goes in before the first",
    ),
    (
        "# 3 x 12 x 13\nf(),\n# 6 x 12 x 13\ng(),\n# 6 x 10 x 11",
        [["value f()"], ["value f()", "value g()"], ["value g()"]],
        "one before the first: both",
    ),
    (
        "f(),\n# now (N, C, H, W)\ng(),\n# 6 x 10 x 11",
        [["value f()", "value g()"], ["value g()"]],
        "words of what comes next: both",
    ),
]


@pytest.mark.parametrize(("inside", "sites", "why"), ELEMENTS, ids=[why for *_, why in ELEMENTS])
def test_between_elements(inside: str, sites: list[list[str]], why: str) -> None:
    assert [named for _, named in said(code(f"n = S(\n{inside}\n)"))] == sites, why


INPUTS = [
    (
        "# [N, T, heads * hd]\nq = self.q(h).view(b, t, -1)",
        ["value self.q(h).view(b, t, -1)", "value self.q(h)"],
        "what its method is of",
    ),
    ("# [N, T, D]\ny = F.pad(x, (0, 1))", ["value F.pad(x, (0, 1))", "value x"], "an argument, no module"),
    ("# [N, T, 64]\ny = self.f(x)", ["value self.f(x)"], "a number: what is made"),
    ("# y: [N, T, D]\ny = self.f(x)", ["value before y", "value after y"], "by its name"),
    ("x = f(x)\n# [N, T, D]\n\ny = g(x)", ["value f(x)"], "not of what comes next"),
]


@pytest.mark.parametrize(("text", "sites", "why"), INPUTS, ids=[why for *_, why in INPUTS])
def test_names_alone_may_be_of_what_goes_in(text: str, sites: list[str], why: str) -> None:
    assert [named for _, named in said(code(text))] == [sites], why
