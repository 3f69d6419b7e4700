"""True sizes in place of stated ones; and no text whatever that any reader of a dialect fails on, or is slow on."""

from __future__ import annotations

import ast
import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcheck.dialects import annotation, comment, directive, docstring, printed, prose, rewritten
from archcheck.dialects.stated import REST, Statement
from archcheck.errors import UsageError
from archcheck.units import Shape


def put(text: str, changes: list[tuple[int, int, str]]) -> str:
    for start, end, new in reversed(changes):
        text = text[:start] + new + text[end:]
    return text


REWRITTEN: list[tuple[str, list[Shape | None], str, str]] = [
    ("[1, 96, 54, 54]", [(1, 96, 55, 55)], "[1, 96, 55, 55]", "the digits that are wrong"),
    ("[1,96, 54,54]", [(1, 96, 54, 55)], "[1,96, 54,55]", "blanks stay"),
    ("output[48, 55, 55] ok", [(1, 48, 54, 54)], "output[48, 54, 54] ok", "the batch axis is left out"),
    ("(N, C, 28, 28)", [(2, 6, 27, 27)], "(N, C, 27, 27)", "names stay"),
    ("(N, C, H, H)", [(2, 6, 28, 27)], "(N, C, H, 27)", "a name that stands for another size already"),
    ("(N, 4*C, H)", [(2, 8, 5)], "(N, 4*C, H)", "arithmetic of what is not known"),
    ("224x224x3", [(1, 3, 112, 112)], "112x112x3", "channels last"),
    ("3 × 224 × 224", [(1, 3, 112, 112)], "3 × 112 × 112", "channels first, true crosses"),
    ("28*28", [(1, 6, 24, 24)], "24*24", "sides"),
    ("28*28", [(1, 784)], "28*28", "a flat axis of as many"),
    ("6@28x28", [(1, 6, 24, 24)], "6@24x24", "maps"),
    ("b c 8", [(1, 2, 9)], "b c 9", "letters"),
    ("torch.Size([64, 10])", [(64, 100)], "torch.Size([64, 100])", "PyTorch's own"),
    ("(N, ..., 5)", [(1, 2, 3, 6)], "(N, ..., 6)", "any number of axes"),
    ("[1, 96, 54, 54]", [(1, 6400)], "[1, 6400]", "another number of axes"),
    ("(N, 256, 6, 6)", [(1, 9216)], "(N, 9216)", "another number of axes behind a batch"),
    ("[N,1,32,32] -> [N,2,9,9]", [(1, 1, 32, 32), (1, 2, 8, 8)], "[N,1,32,32] -> [N,2,8,8]", "a flow"),
    ("[N,1,32,32] -> [N,2,9,9]", [None, None], "[N,1,32,32] -> [N,2,9,9]", "nothing is known"),
    ("224 -> 112", [(224,), (111,)], "224 -> 111", "one axis"),
    ("[1, 96, 54, 54]", [(1, 96, 54, 54)], "[1, 96, 54, 54]", "it is true"),
]


@pytest.mark.parametrize(("text", "sizes", "expected", "why"), REWRITTEN)
def test_only_what_is_wrong_is_written_anew(
    text: str, sizes: list[Shape | None], expected: str, why: str
) -> None:
    (one,) = comment(text)
    assert put(text, rewritten(one, sizes)) == expected, why


def test_names_of_the_code_have_its_values() -> None:
    (one,) = comment("(N, C, 4*C)")
    assert put("(N, C, 4*C)", rewritten(one, [(2, 6, 24)], {"C": 6})) == "(N, C, 4*C)"
    assert put("(N, C, 4*C)", rewritten(one, [(2, 7, 24)], {"C": 6})) == "(N, 7, 4*C)"
    assert put("(N, C, 4*C)", rewritten(one, [(2, 6, 25)], {"C": 6})) == "(N, C, 25)"


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
    rewritten(one, [(2, 3)] * len(one.shapes))


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
