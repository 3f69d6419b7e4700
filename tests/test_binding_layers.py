"""Comments above what an `__init__` makes, and names that statements further down give their values."""

from __future__ import annotations

import pytest

from tests.bound import code, said

TWO = "# 8 x 8 x 16 -> 8 x 8 x 32\n# 8 x 8 x 32 -> 4 x 4 x 32\n"
INIT = [
    (
        "# 32 x 32 x 3 -> 16 x 16 x 8\nwide = int(8 * width)\ndeep = max(round(3 * depth), 1)\nself.stem = Stem(wide)",
        [["flow Stem"]],
        "numbers are no layer",
    ),
    (
        "# 32 x 32 x 3 -> 16 x 16 x 8\nConv = Deep if depth else nn.Flat\nself.stem = Conv(8)",
        [["flow Conv"]],
        "nor is a class",
    ),
    ("# [N, 8]\nwide = f(width)\nself.stem = Stem(wide)", [["value f(width)"]], "anything else may be meant"),
    (
        f"{TWO}self.body = nn.Sequential(\n  Same(16, 32),\n  Down(32, 32),\n)",
        [["flow Same", "flow Sequential"], ["flow Down", "flow Sequential"]],
        "each way is that of one layer",
    ),
    (
        f"{TWO}self.body = nn.Sequential(*[Same(16, 32), Down(32, 32)])",
        [["flow Same", "flow Sequential"], ["flow Down", "flow Sequential"]],
        "in a list",
    ),
    (
        f"{TWO}self.body = nn.Sequential(Same(16, 32), Down(32, 32), Act())",
        [["flow Sequential"], ["flow Sequential"]],
        "there are more layers",
    ),
    (
        "# 8 x 8 x 16 -> 8 x 8 x 32\n# 8 x 8 x 16 -> 4 x 4 x 32\nself.body = nn.Sequential(a, b)",
        [["flow Sequential"], ["flow Sequential"]],
        "the second does not go on with the first",
    ),
    (f"{TWO}self.body = Body(a, b)", [["flow Body"], ["flow Body"]], "what goes into no container"),
]


@pytest.mark.parametrize(("text", "sites", "why"), INIT, ids=[why for *_, why in INIT])
def test_above_what_is_made(text: str, sites: list[list[str]], why: str) -> None:
    lines = "\n        ".join(["class Net:\n    def __init__(self, width, depth):", *text.split("\n")])
    assert [named for _, named in said(code(lines))] == sites, why


def test_elsewhere_a_number_is_not_passed_over() -> None:
    assert said(code("# [N, 8]\nwide = int(8 * width)\nstem = Stem(wide)")) == [
        ("[N, 8]", ["value int(8 * width)"])
    ]


BELOW = [
    ("a = g(x)\nb = h(x)", ["value after b"], "what is made next but one"),
    ("a = g(x)\nc, b = h(x)", ["value after b"], "one of several"),
    ("b = g(x)\nb = h(b)", ["value before b", "value after b", "value after b"], "each time it is made"),
    ("a = g(x)\nb = h(x)\nb = h(b)", ["value after b", "value after b"], "also further down"),
    ("a = g(x)\n\nb = h(x)", ["value before b"], "behind an empty line it is not spoken of"),
    ("a = g(b)\nif a:\n    b = h(x)", ["value before b"], "in a block of its own"),
    ("a = g(b)\nreturn a", ["value g(b)"], "a name that is not there"),
]


@pytest.mark.parametrize(("text", "sites", "why"), BELOW, ids=[why for *_, why in BELOW])
def test_a_name_that_is_given_a_value_below(text: str, sites: list[str], why: str) -> None:
    lines = "\n    ".join(["def f(x):", "# b [N, 6]", *text.split("\n")])
    assert [named for _, named in said(code(lines))] == [sites], why


def test_a_name_that_was_there_before_may_be_meant() -> None:
    text = "def f(b):\n    # b [N, 6]\n    a = g(b)\n    b = h(a)\n    return b"
    assert [named for _, named in said(code(text))] == [["value before b", "value after b"]]


HEADS = [
    ("# image is [H, W, 3]\ny = g(image)", ["value before image"], "a plain word that is a variable"),
    ("# image: [H, W, 3]\ny = g(image)", ["value before image"], "with a colon"),
    (
        "# features have shape [N, 3]\nfeatures = g(image)",
        ["value before features", "value after features"],
        "made",
    ),
    ("# image is [H, W, 3]\ny = g(picture)", ["value g(picture)"], "a word that the code does not have"),
    ("# image (H, W, 3)\ny = g(image)", ["value g(image)", "value g(c)"], "a word that may be any"),
    ("# b: the rows of a table, [N, 3]\ny = g(b)\nz = h(b)", ["value before b"], "what a line describes"),
    ("# b: the rows, k 3, [N, 3]\ny = g(b)", ["value before b"], "with a number in it"),
    ("# b: the rows = a, [N, 3]\ny = g(c)", ["value g(c)"], "an equation is no description"),
]


@pytest.mark.parametrize(("text", "sites", "why"), HEADS, ids=[why for *_, why in HEADS])
def test_a_line_that_begins_with_a_variable(text: str, sites: list[str], why: str) -> None:
    lines = "\n    ".join(
        ["def f(b, c):", "image = g(c)" if "(image)" in text else "pass", *text.split("\n")]
    )
    assert [named for _, named in said(code(lines))] == [sites], why


RETURNED = [
    ("return a, b", ["return b"], "one of two"),
    ("if x:\n        return a, b\n    return b, a, x", ["return b"], "wherever it is"),
    ("return b", ["return f"], "it alone"),
    ("return a, 2 * b", ["return f"], "what is made of it"),
    ("if x:\n        return a\n    return a, b", ["return f"], "not always"),
]


@pytest.mark.parametrize(("text", "sites", "why"), RETURNED, ids=[why for *_, why in RETURNED])
def test_a_part_of_what_is_returned(text: str, sites: list[str], why: str) -> None:
    described = '"""Do it.\n\n    Returns:\n        b: the rows, [N, 6]\n    """'
    assert [named for _, named in said(code(f"def f(x):\n    {described}\n    {text}"))] == [sites], why


PARTS = [
    ("size[0] = rows  # (N, 6)", ["value rows", "value after size"], "a part of a list"),
    ("self.a.size[0] = 3  # (N, 6)", ["value after self.a.size"], "a number has no shape"),
    ("x[0] = f(y)  # (N, 6)", ["value f(y)"], "what is made there"),
    ("x[0] = y\n# (N, 6)\nz = g(y)", ["value g(y)", "value y"], "above it that is further off"),
    ("f(x)[0] = y  # (N, 6)", ["value y"], "a part of what has no name"),
]


@pytest.mark.parametrize(("text", "sites", "why"), PARTS, ids=[why for *_, why in PARTS])
def test_behind_what_fills_a_part(text: str, sites: list[str], why: str) -> None:
    assert [named for _, named in said(code(text))] == [sites], why
