"""Which of the code above and below it a comment on a line of its own is about."""

from __future__ import annotations

import pytest

from archcheck.binding import bind
from archcheck.binding.comments import comments
from archcheck.binding.tree import Tree
from tests.bound import as_text, code, document, said, sites_of

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
    ("if a:\n    x = f(x)\nelse:\n    # [N, 6]\n\n    x = g(x)", [["value g(x)", "value before x"]], "else"),
    ("print(x.shape)\n# torch.Size([1, 6])\n\ny = g(x)", [["value x.shape"]], "what was printed"),
    (
        "# [N, 6]\nb, c = x.shape\nx = g(x)",
        [["value x.shape", "value g(x)"]],
        "what only takes sizes, and what they are for",
    ),
    (
        "# transpose: -> [N, 6]\nq = q * s\ny = q.transpose(0, 1)",
        [["value q.transpose(0, 1)"]],
        "a step of what comes further down",
    ),
    (
        "# transpose: -> [N, 6]\nq = q * s\n\ny = q.transpose(0, 1)",
        [["value q * s", "value before q"]],
        "not below a blank line",
    ),
    (
        "# [3, N, 6] -> 3 times [N, 6]\na, b, c = q",
        [["value after a", "value after b", "value after c"]],
        "each",
    ),
    ("# [3, N, 6] -> some [N, 6]\na, b, c = q", [["flow q"]], "not each"),
    ("# [N, 6]\nb = x.size(0)\nx = g(x)", [["value x.size(0)", "value g(x)"]], "one size"),
    ("# [N, 6]\nb = f(x)\nx = g(x)", [["value f(x)"]], "what takes none"),
    ("# [N, 6]\nb, c = x.shape\n\nx = g(x)", [["value x.shape"]], "a blank line between"),
    (
        "# [N, 6]\nx = x.permute(1, 0)\nx = x.flatten(1)\nx = g(x)",
        [["value x.permute(1, 0)", "value before x", "value x.flatten(1)"]],
        "a new order in two statements, and no more",
    ),
    (
        "# [N, 6]\nx = x.permute(1, 0)\ny = y.flatten(1)",
        [["value x.permute(1, 0)", "value before x"]],
        "another's",
    ),
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


SHAPES = [
    ("y.shape  # (2, 5)", [("(2, 5)", "size", True, ["value y.shape"])], "a shape that is shown"),
    ("y.size()  # [2, 5]", [("[2, 5]", "size", True, ["value y.size()"])], "by its method"),
    ("s = tuple(y.shape)  # (3,)", [("(3,)", "size", True, ["value y.shape"])], "as a tuple, kept"),
    (
        "print('y', y, y.shape)  # (1, 2, 3)",
        [("(1, 2, 3)", "size", True, ["value y.shape"])],
        "one among what is printed",
    ),
    ("print(y.shape)\n# (2, 5)\nz = f(y)", [("(2, 5)", "size", True, ["value y.shape"])], "right below"),
    ("y.size(0)  # [2, 5]", [("[2, 5]", "shape", False, ["value y.size(0)"])], "one size is no shape"),
    ("y.tolist()  # [2, 5]", [("[2, 5]", "shape", False, ["value y.tolist()"])], "values"),
    (
        "print(x.shape, y.shape)  # (2, 5)",
        [("(2, 5)", "shape", False, ["value x.shape", "value y.shape"])],
        "which of two is not said",
    ),
    ("y.shape  # e.g. (2, 5)", [("(2, 5)", "shape", False, ["value y.shape"])], "an example"),
    ("y = f(x)\n# (2, 5)", [("(2, 5)", "shape", False, ["value f(x)"])], "below what is no shape"),
]


@pytest.mark.parametrize(("text", "expected", "why"), SHAPES, ids=[why for *_, why in SHAPES])
def test_a_bracket_beside_a_shape(
    text: str, expected: list[tuple[str, str, bool, list[str]]], why: str
) -> None:
    program = code(text)
    found = [
        (one.text, one.shapes[0].layout, one.sure) for one in (claim.statement for claim in program.claims)
    ]
    sites = [[as_text(site) for site in sites_of(program, claim)] for claim in program.claims]
    assert [(*one, named) for one, named in zip(found, sites, strict=True)] == expected, why


ORDERED = [
    ("print(x.shape, y.shape)  # torch.Size([2, 5, 16]) torch.Size([2, 5, 6])", True, "what is printed"),
    ("a, b = f(x), f(x)  # (B, 5), (B, 5)", True, "what is set"),
    ("def f(x):\n    return a, b  # [N, 6], [N, 7]", True, "what is returned"),
    ("a, b = f(x)  # [N, 6] or [N, 7]", False, "one of them"),
    ("a, b = f(x)  # [2, 3], [4, 5]", False, "data, perhaps"),
    ("a, b, c = f(x)  # [N, 6], [N, 7]", False, "more values than shapes"),
    ("a = f(x)  # [N, 6], [N, 7]", False, "fewer"),
    ("for a, b in f(x):  # [N, 6], [N, 7]\n    pass", False, "what a loop sets"),
]


@pytest.mark.parametrize(("text", "sure", "why"), ORDERED, ids=[why for *_, why in ORDERED])
def test_as_many_shapes_as_values_are_of_them_in_order(text: str, sure: bool, why: str) -> None:
    claims = code(text).claims
    assert [claim.statement.sure for claim in claims] == [sure] * 2, why
    assert (len({claim.sites for claim in claims}) == 2) or not sure, why


ANSWERS = [
    ("x = f()\ntuple(x.shape)", "(2, 5, 17)", ("size", True), "a tuple of it"),
    ("x.size()", "[2, 5]", ("size", True), "its method"),
    ("x.tolist()", "[2, 5, 17]", ("shape", False), "values"),
    ("x.shape\nprint(x)", "(2, 5, 17)", ("shape", False), "what is shown is another's"),
    ("tuple(x.shape)", "(2, 5, 17)\n(4, 4)", ("shape", False), "more than one answer"),
]


INSIDE = [
    (
        "# We make v a column of shape (3, 1); w goes along\ny = make(v) * w",
        ["value make(v) * w", "value make(v)"],
        "a call in a sum",
    ),
    (
        "# If we transpose x then it has shape (3, 2) and can go on\ny = x.T + x",
        ["value x.T + x", "value x.T"],
        "what is turned round",
    ),
    ("# (3, 1)\ny = make(v) * w", ["value make(v) * w"], "it alone is what stands there"),
    ("# We make v a column of shape (N, D) in all\ny = make(v) * w", ["value make(v) * w"], "letters"),
    ("y = make(v) * w  # a column of shape (3, 1) of it", ["value make(v) * w"], "behind the code"),
    ("# We make it a column of shape (3, 1) of v\ny = Net(v)", ["value Net"], "a class"),
]


@pytest.mark.parametrize(("text", "sites", "why"), INSIDE, ids=[why for *_, why in INSIDE])
def test_a_sentence_may_tell_of_a_part(text: str, sites: list[str], why: str) -> None:
    assert [one for _, named in said(code(text)) for one in named] == sites, why


@pytest.mark.parametrize(
    ("text", "claims", "why"),
    [
        ("len(a), len(b)", 0, "how long things are"),
        ("a.size, b.size", 1, "what may be a shape's"),
        ("f(a)", 1, "any answer"),
        ("len(a), len(b)\nprint(c)", 1, "printed, not answered"),
    ],
)
def test_an_answer_of_numbers(text: str, claims: int, why: str) -> None:
    assert len(bind(document(("code", text), ("output", "(20, 64)"))).claims) == claims, why


@pytest.mark.parametrize(("text", "output", "expected", "why"), ANSWERS, ids=[why for *_, why in ANSWERS])
def test_an_answer_to_a_shape(text: str, output: str, expected: tuple[str, bool], why: str) -> None:
    claim = bind(document(("code", text), ("output", output))).claims[0]
    assert (claim.statement.shapes[0].layout, claim.statement.sure) == expected, why


READ = [
    ("a = 1\nb = 2  # two\nc = 3\nd = 4\ne = 5  # five", "some statements have none"),
    ("# first\na = 1\nb = 2\n\nc = 3\n# last", "at both ends"),
    ('a = """\n# none\n"""; b = 1  # one\nc = 2', "a statement begins where a string ends"),
    ("@f  # decorated\ndef g():\n    return 1\n    # behind\n\n@f\ndef h():\n    return 2", "functions"),
    ("ä = 1\nb = 'ö'  # ü\nc = 1;  # two\n          # more", "not ASCII, and one that goes on"),
    ("a = 1", "none at all"),
]


@pytest.mark.parametrize(("text", "why"), READ, ids=[why for *_, why in READ])
def test_comments_are_found_without_reading_all_of_a_program(text: str, why: str) -> None:
    lines = text.split("\n")
    assert comments(lines, Tree.of(text).tops()) == comments(lines), why
    marked = sum("#" in line for line in lines) - text.count("# none")
    assert len(comments(lines)) == marked, why
