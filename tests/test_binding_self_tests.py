"""Calls by which a document tries its own models: which are taken at their word, and which may be meant to fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archcheck.binding import bind
from archcheck.documents.document import Kind
from tests.bound import code, document

TAKEN = [
    ("x = torch.ones((64, 1, 28, 28))\ny = net(x)", [(2, "net(x)")], "a tensor of the line before"),
    (
        "print(net(torch.randn(1, 3, 224, 224)).shape)",
        [(1, "net(torch.randn(1, 3, 224, 224))")],
        "made in place",
    ),
    ("y = Net()(torch.rand(1, 3))", [(1, "Net()(torch.rand(1, 3))")], "of a model that is made in place"),
    ("x = torch.rand(1, 3).to(device)\ny = net(x)", [(2, "net(x)")], "moved"),
    ("n = 4\ny = net(torch.rand(n, 3))", [(2, "net(torch.rand(n, 3))")], "of a named number"),
    ("def main():\n    x = torch.rand(1, 3)\n    return net(x)", [(3, "net(x)")], "in a function"),
    (
        "if __name__ == '__main__':\n    net(torch.rand(1, 3))",
        [(2, "net(torch.rand(1, 3))")],
        "in the main part",
    ),
]
NOT_TAKEN = [
    ("y = net(images)", "it is not said what goes in"),
    ("def f(x):\n    return net(x)\nx = torch.rand(1, 3)", "another scope's name"),
    ("x = torch.rand(1, 3)\nx = load(x)\ny = net(x)", "a name that was given another value"),
    ("y = net(torch.rand(len(data), 3))", "sizes that are worked out"),
    ("y = net(torch.rand(config.size, 3))", "sizes of another object"),
    ("try:\n    net(torch.rand(1, 3))\nexcept RuntimeError:\n    pass", "it may fail, and is caught"),
    ("with pytest.raises(RuntimeError):\n    net(torch.rand(1, 3))", "it is meant to fail"),
    ("# This will raise an error:\nnet(torch.rand(1, 3))", "a comment above says so"),
    ("net(torch.rand(1, 3))  # fails", "a comment behind says so"),
    ("net()", "nothing goes in"),
    ("net(*shapes)", "what goes in is not written out"),
]


@pytest.mark.parametrize(("text", "expected", "why"), TAKEN, ids=[row[2] for row in TAKEN])
def test_a_call_with_a_tensor_that_is_made_there(
    text: str, expected: list[tuple[int, str]], why: str
) -> None:
    assert [(one.first, one.text) for one in code(text).self_tests] == expected


@pytest.mark.parametrize(("text", "why"), NOT_TAKEN, ids=[row[1] for row in NOT_TAKEN])
def test_what_may_fail_by_something_else(text: str, why: str) -> None:
    assert code(text).self_tests == ()


SHOWN = [
    ("RuntimeError: shapes cannot be multiplied", 0, "an error"),
    ("Traceback (most recent call last):\n  File", 0, "a traceback"),
    ("tensor([1.])", 1, "a result"),
]


@pytest.mark.parametrize(("output", "count", "why"), SHOWN, ids=[row[2] for row in SHOWN])
def test_a_page_that_shows_the_error(output: str, count: int, why: str) -> None:
    passages: tuple[tuple[Kind, str], ...] = (("code", "net(torch.rand(1, 3))"), ("output", output))
    assert len(bind(document(*passages)).self_tests) == count


PROSE = [
    (("prose", "This raises an error:"), ("code", "net(torch.rand(1, 3))"), 0, "before it"),
    (("code", "net(torch.rand(1, 3))"), ("prose", "It fails, for 3 is not 4."), 0, "behind it"),
    (
        ("prose", "An error.\n\nMuch later:\nit is so."),
        ("code", "net(torch.rand(1, 3))"),
        1,
        "long before it",
    ),
    (("prose", "Try it:"), ("code", "net(torch.rand(1, 3))"), 1, "nothing of the kind"),
]


@pytest.mark.parametrize(("first", "second", "count", "why"), PROSE, ids=[row[3] for row in PROSE])
def test_prose_that_says_so(first: tuple[Kind, str], second: tuple[Kind, str], count: int, why: str) -> None:
    assert len(bind(document(first, second)).self_tests) == count


@pytest.mark.parametrize("raises", [False, True])
def test_a_cell_that_keeps_an_error(raises: bool) -> None:
    page = document(("code", "net(torch.rand(1, 3))"))
    [passage] = page.passages
    page = replace(page, passages=(replace(passage, raises=raises),))
    assert len(bind(page).self_tests) == (not raises)
