"""The examples of docstrings: which run, what they show, and where they stand."""

from __future__ import annotations

from textwrap import dedent

import pytest

from archcheck.documents import read

Read = list[tuple[str, str, int]]


def examples(text: str) -> Read:
    """Return what is read behind a file's own code: its kind, its lines, and where it begins."""
    document = read("net.py", dedent(text))
    first, *rest = document.passages
    assert first.kind == "code"
    return [(one.kind, "|".join(line.text for line in one.lines), one.lines[0].number) for one in rest]


MODULE = '''\
    """A module.

    >>> pool(x).shape
    torch.Size([2, 3])

    >>> not_of_a_shape()
    3
    """
    def pool(x):
        """Pool.

        Examples::

            >>> y = pool(x)  # [2, 3]
            >>> for one in y:
            ...     print(one.size())
            torch.Size([3])
            torch.Size([3])

        And more.
        """
    class Net:
        """>>> Net()(x).shape
        torch.Size([4])"""
        def forward(self):
            r\'\'\'>>> self.shape
            (1, 2)\'\'\'
    '''


def test_examples_run_behind_the_code_in_the_order_of_the_file() -> None:
    assert examples(MODULE) == [
        ("code", "pool(x).shape", 3),
        ("output", "torch.Size([2, 3])", 4),
        ("code", "y = pool(x)  # [2, 3]|for one in y:|    print(one.size())", 14),
        ("output", "torch.Size([3])|torch.Size([3])", 17),
    ]


NONE = [
    ('def f():\n    """>>> f().shape\n    3\n    """', "the quotes stand before the prompt"),
    ('def f():\n    """F.\n\n    >>> f(.shape\n    3\n    """', "it does not parse"),
    ('def f():\n    """F.\n\n    >>> download_everything()\n    """', "nothing of a shape"),
    ('x = """\n>>> f().shape\n3\n"""', "a text that describes nothing"),
    ("# >>> f().shape", "a comment"),
    ('def f(:\n    """F.\n\n    >>> f().shape\n    """', "the file does not parse"),
]


@pytest.mark.parametrize(("text", "why"), NONE, ids=[row[1] for row in NONE])
def test_what_is_no_example(text: str, why: str) -> None:
    assert examples(text) == []


def test_the_last_line_of_a_docstring_is_without_its_quotes() -> None:
    assert examples('def f():\n    """F.\n\n    >>> f().shape\n    (3, 4)"""\n') == [
        ("code", "f().shape", 4),
        ("output", "(3, 4)", 5),
    ]


def test_lines_know_where_they_stand_in_the_text() -> None:
    text = dedent(MODULE)
    document = read("net.py", text)
    for passage in document.passages:
        for line in passage.lines:
            assert text[line.start : line.start + len(line.text)] == line.text


SESSIONS = [
    (
        ">>> x = f()\n\n    >>> x.shape\n    (1, 2)",
        ["x = f()", "x.shape", "(1, 2)"],
        "what comes before is needed",
    ),
    (">>> x.shape\n    (1, 2)\n\n    >>> close()", ["x.shape", "(1, 2)"], "what comes behind is not"),
    (">>> f()\n    3\n\n    >>> g()", [], "nothing says anything of a shape"),
    (">>> 1 +\n\n    >>> x.shape\n    (1, 2)", ["x.shape", "(1, 2)"], "what does not parse is left out"),
]


@pytest.mark.parametrize(("text", "expected", "why"), SESSIONS)
def test_the_examples_of_a_docstring_are_one_session(text: str, expected: list[str], why: str) -> None:
    source = f'def f():\n    """F.\n\n    {text}\n    """\n'
    assert [lines for _, lines, _ in examples(source)] == expected, why
