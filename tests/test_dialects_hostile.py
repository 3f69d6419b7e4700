"""No text whatever that any reader of a dialect fails on, or is slow on."""

from __future__ import annotations

import ast
import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcheck.dialects import annotation, comment, directive, docstring, printed, prose
from archcheck.dialects.stated import REST, Statement
from archcheck.errors import UsageError


def told(text: str) -> None:
    """Read a directive; what it refuses, it refuses in one line."""
    message = ""
    try:
        directive(text)
    except UsageError as error:
        message = str(error)
    assert "\n" not in message


PIECES = [
    "[", "(", ")", "]", "{", "[[1,", "(1,(", "a, ", "1x", "x", "*", "-> ", "`", "$", "\\text{", "H_{", "B x ", "b c ",
    "\t", "torch.Size([", "shape: ", "x: ", "(B,T) ->", "(B, T) @ ", "28*", "，", "（", "输", "=", '"', "'", "#", ":",
    "-", "1", "0", "A", "_", "1e", "Args:\n", "- ", "\n", "x : \n", "==========\n", "Layer (type) Output Shape", "├─",
    "[1, 2] ", "Total params: 1\n", "archcheck: input=", "(1,3),", "@", "^2", "((((", "Net(\n  (0): A(\n", "²", "\0",
]  # fmt: skip
READERS: list[Callable[[str], object]] = [comment, docstring, printed, prose, annotation, told]


def check(one: Statement, text: str) -> None:
    """Assert that columns are of the text, and that values are what stands there."""
    assert text[one.start : one.end] == one.text
    for shape in one.shapes:
        assert one.start <= shape.start <= shape.end <= one.end
        for size in shape.sizes:
            written = text[size.start : size.end]
            assert written
            if isinstance(size.value, int):
                assert int(written) == size.value
            elif size.value not in (None, REST):
                ast.parse(str(size.value), mode="eval")


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=25).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_text_fails(text: str) -> None:
    told(text)
    annotation(text)
    for found in (comment(text), docstring(text), prose(text), printed(text)):
        for one in found:
            if isinstance(one, Statement):
                check(one, text)


def seconds(read: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    read(text)
    return time.process_time() - start


@pytest.mark.parametrize("piece", ["[", "(1,(", "[1, 2] ", "x ", "- \n", "Args:\n    x (", "Layer (type"])
def test_time_is_linear(piece: str) -> None:
    """A line of a million characters takes no longer than what is read of it; many lines take their share each."""
    times = 1_000_000 // len(piece) if "\n" not in piece else 5_000
    for read in READERS:
        assert seconds(read, piece * times) < 10


def test_random_bytes_say_nothing_bad() -> None:
    chance = random.Random(0)
    for _ in range(200):
        text = chance.randbytes(80).decode("latin1")
        for read in READERS:
            read(text)
