"""A document that asks its command line runs with none: what it must have been given is what it says that it may be."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from archcheck.running.command_line import default_of, nothing_given
from tests.running_pages import run, shapes

VALUES: list[tuple[Any, str | None, Any, Any, str]] = [
    # choices      help                  type   value     why this row
    (("a", "b"), "c | d", int, "a", "choices go first"),
    (None, "mnist | fake-data|cifar10", None, "mnist", "alternatives in the help"),
    (None, "a | b, or what you like", str, "", "prose is none"),
    (None, "how many", int, 1, "a number"),
    (None, None, float, 0.1, "a fraction"),
    (None, None, bytes, None, "a type that nobody knows"),
]


@pytest.mark.parametrize(("choices", "text", "kind", "value", "why"), VALUES, ids=[row[4] for row in VALUES])
def test_what_may_be_meant(choices: Any, text: str | None, kind: Any, value: Any, why: str) -> None:
    assert default_of(choices, text, kind) == value, why


def test_what_is_given_is_read_as_ever() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, required=True)
    with nothing_given():
        assert parser.parse_args(["--width", "7"]).width == 7
        with pytest.raises(SystemExit):
            parser.parse_args([])
    with pytest.raises(SystemExit):
        parser.parse_args([])


PAGE = """\
    import argparse
    import torch

    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--data", required=True, choices=["small", "large"])
    parser.add_argument("--width", type=int, default=6)
    opt = parser.parse_args()
    width = 2 if opt.data == "small" and opt.folder == "" else opt.width
    x = torch.zeros(width, opt.width)  # {said}
    """


@pytest.mark.parametrize("said", ["[2, 6]", "[6, 6]"])
def test_a_page_that_must_be_given_something(said: str) -> None:
    observed = run(PAGE.format(said=said))
    assert not observed.skipped
    assert (2, 6) in shapes(observed)


def test_a_command_that_nothing_names_is_asked_for() -> None:
    code = """\
    import argparse
    import torch

    parser = argparse.ArgumentParser()
    parser.add_subparsers(required=True, dest="command").add_parser("train")
    opt = parser.parse_args()
    x = torch.zeros(2, 3)  # [2, 3]
    """
    assert [one.line for one in run(code).skipped] == [6]
