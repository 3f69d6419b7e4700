"""True sizes in place of stated ones: what stays, what is written, and what is left because it is not surely known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from archcheck.binding.program import Claim
from archcheck.dialects import comment
from archcheck.documents.document import Line, Passage
from archcheck.judging.parts import Part, parts_of
from archcheck.mending.evidence import Evidence, Left, Seen, words_of
from archcheck.mending.rewriting import rewritten
from archcheck.running.observed import Called, Origin
from archcheck.units import Shape

OURS = "it hangs on an input that the document does not say; name it with --input"


def parts(text: str) -> list[Part]:
    (statement,) = comment(text)
    line = Line(text, 1, 0)
    return [*parts_of(Claim(statement, (0,), Passage("code", (line,)), line, 0))]


def seen(*ends: Shape, names: Mapping[str, int] | None = None, turn: int = 0, other: bool = False) -> Seen:
    return Seen(ends, names or {}, turn, other)


def put(text: str, evidence: Sequence[Evidence | None]) -> str:
    """Return a comment with each of its stated shapes made true; None leaves one."""
    changes = [
        change
        for part, known in zip(parts(text), evidence, strict=True)
        if known is not None
        for change in rewritten(part, known)
    ]
    for change in sorted(changes, key=lambda one: -one.start):
        text = text[: change.start] + change.text + text[change.end :]
    return text


def one(
    *found: Seen,
    turns: Mapping[int, Called] | None = None,
    words: Sequence[str] | None = None,
    lazy: bool = False,
) -> list[Evidence]:
    """Return what was seen; `words`: the names that the document has, by themselves all that stand for a size."""
    known = [name for one in found for name in one.names] if words is None else words
    return [Evidence(found, turns or {}, {name: name for name in known}, lazy)]


REWRITTEN: list[tuple[str, Shape, str, str]] = [
    ("[1, 96, 54, 54]", (1, 96, 55, 55), "[1, 96, 55, 55]", "the digits that are wrong"),
    ("[1,96, 54,54]", (1, 96, 54, 55), "[1,96, 54,55]", "blanks stay"),
    ("[1, 96, 54, 54]", (8, 96, 55, 55), "[1, 96, 55, 55]", "of a batch one sample is shown"),
    ("[N, 1, 224, 224]", (2, 3, 224, 224), "[N, 3, 224, 224]", "a letter that may be right stays"),
    ("output[48, 55, 55] ok", (1, 48, 54, 54), "output[48, 54, 54] ok", "the batch axis is left out"),
    ("(N, C, 28, 28)", (2, 6, 27, 27), "(N, C, 27, 27)", "names stay"),
    ("(N, 4*C, H)", (2, 8, 5), "(N, 4*C, H)", "arithmetic of what is not known"),
    ("224x224x3", (1, 3, 112, 112), "112x112x3", "channels last"),
    ("55x55x48", (1, 96, 54, 54), "54x54x96", "channels last, and none of them right"),
    ("48x55x55", (1, 96, 54, 54), "96x54x54", "channels first, and none of them right"),
    ("3 × 224 × 224", (1, 3, 112, 112), "3 × 112 × 112", "channels first, true crosses"),
    ("28*28", (1, 6, 24, 24), "24*24", "sides"),
    ("6@28x28", (1, 6, 24, 24), "6@24x24", "maps"),
    ("b c 8", (1, 2, 9), "b c 9", "letters"),
    ("torch.Size([64, 10])", (64, 100), "torch.Size([64, 100])", "PyTorch's own"),
    ("(N, ..., 5)", (1, 2, 3, 6), "(N, ..., 6)", "any number of axes"),
    ("[1, 96, 54, 54]", (1, 6400), "[1, 6400]", "another number of axes"),
    ("(N, 256, 6, 6)", (1, 9216), "(N, 9216)", "another number of axes behind a batch"),
    ("[256, 6, 6, 6, 6]", (2, 3, 9216), "[3, 9216]", "another number of axes, the batch left out"),
    ("[1, 96, 55, 55]", (1, 96, 55, 55), "[1, 96, 55, 55]", "it is true"),
]


@pytest.mark.parametrize(("text", "shape", "expected", "why"), REWRITTEN)
def test_only_what_is_wrong_is_written_anew(text: str, shape: Shape, expected: str, why: str) -> None:
    assert put(text, one(seen(shape))) == expected, why
    if expected != text and len(parts(expected)) == 1:  # what is written is true, and stays
        assert put(expected, one(seen(shape))) == expected


LEFT: list[tuple[str, Sequence[Shape], str, str]] = [
    ("28*28", [(1, 400)], "what its factors are of is not clear", "the product of a flat axis"),
    ("256x6x6", [(1, 9216)], "it has 2 axes", "a volume that is none"),
    (
        "(C, H, W, 5)",
        [(2, 9216)],
        "it has 2 axes, and what the one of 2 is called is not known",
        "letters of no batch",
    ),
    (
        "[1, 96, 54, 54]",
        [(1, 96, 55, 55), (1, 96, 27, 27)],
        "it is not the same each time: 27, 55",
        "two calls",
    ),
]


@pytest.mark.parametrize(("text", "shapes", "expected", "why"), LEFT)
def test_what_is_not_surely_known_is_left(
    text: str, shapes: Sequence[Shape], expected: str, why: str
) -> None:
    with pytest.raises(Left) as left:
        put(text, one(*map(seen, shapes)))
    assert str(left.value) == expected, why


def test_each_end_of_a_flow_is_of_its_own() -> None:
    text = "[N,1,32,32] -> [N,2,9,9]"
    ends = [*one(seen((1, 1, 32, 32))), *one(seen((1, 2, 8, 8)))]
    assert put(text, ends) == "[N,1,32,32] -> [N,2,8,8]"
    assert put(text, [None, None]) == text


FLOWS = [
    ("224 -> 112", (1, 3, 224, 224), (1, 64, 111, 111), "224 -> 111", "the side"),
    ("3 -> 64", (1, 3, 224, 224), (1, 96, 112, 112), "3 -> 96", "the channels"),
    ("784 -> 128", (1, 784), (1, 256), "784 -> 256", "features"),
]


@pytest.mark.parametrize(("text", "given", "gave", "expected", "why"), FLOWS)
def test_a_flow_of_one_axis(text: str, given: Shape, gave: Shape, expected: str, why: str) -> None:
    assert put(text, one(seen(given, gave))) == expected, why


def test_a_flow_whose_axis_is_not_clear_is_left() -> None:
    with pytest.raises(Left, match="which of its axes is meant is not clear"):
        put("9 -> 8", one(seen((1, 3, 224, 224), (1, 64, 112, 112))))
    with pytest.raises(Left, match="which of its axes is meant is not clear"):
        put("5 -> 8", one(seen((1, 5, 5), (1, 6, 7))))


NAMES = {"B": 2, "T": 3, "S": 5, "dim": 64, "heads": 4}
NAMED: list[tuple[str, Shape, str | None, str]] = [
    ("(B, S, T)", (2, 3, 5), "(B, T, S)", "its own names permuted"),
    ("b h k q", (2, 4, 5, 7), "b h q k", "as einops has it"),
    ("b h q q", (2, 4, 5, 7), "b h q k", "a name that the document has"),
    ("(B, dim, T)", (2, 3, 64), "(B, T, dim)", "a name of a size that never changes"),
    ("(B, T, dim)", (2, 3, 128), None, "nothing is called 128, which is 2*dim by chance, or not"),
    ("(B, T, dim)", (2, 3, 1), None, "a 1 is an axis that was kept"),
    ("(B, T, dim)", (2, 3, 2), None, "a batch that stands there already"),
    ("(B, T, 32)", (2, 3, 64), "(B, T, 64)", "a number becomes one"),
    ("(B, T, 2*32)", (2, 3, 128), "(B, T, 128)", "a product of numbers"),
    ("(B, dim, 32)", (2, 3, 64), "(B, T, 64)", "each as it is stated"),
    ("(B, dim, 32)", (2, 9, 64), None, "no half of a mend"),
    ("(B, dim, 2*dim)", (2, 128, 64), "(B, 2*dim, dim)", "its own arithmetic"),
    ("(B, 2*T, dim)", (2, 3, 64), "(B, T, dim)", "a name for arithmetic"),
    ("(B, T, T)", (2, 3), "(B, T)", "another number of axes, each with a name"),
    ("(B, T, T)", (2, 9), None, "another number of axes, one without a name"),
    ("(B, T, 64)", (2, 64), "(B, dim)", "its name before its number"),
    ("(B, C, 28, 28)", (2, 784), None, "a product that nobody named"),
    ("(N, C, 9)", (7, 9), "(N, 9)", "a number that is stated"),
    ("(T, B, dim)", (3, 64), "(T, dim)", "names of no batch"),
]


@pytest.mark.parametrize(("text", "shape", "expected", "why"), NAMED)
def test_a_name_becomes_a_name_or_stays(text: str, shape: Shape, expected: str | None, why: str) -> None:
    names = {"b": 2, "h": 4, "q": 5, "k": 7, "d": 8} if text.startswith("b ") else NAMES
    if expected is None:
        with pytest.raises(Left, match="called is not known"):
            put(text, one(seen(shape, names=names)))
    else:
        assert put(text, one(seen(shape, names=names))) == expected, why


def test_what_has_no_name_is_told_with_its_size() -> None:
    with pytest.raises(Left) as left:
        put("(N, C, H, H)", one(seen((2, 6, 28, 27))))
    assert str(left.value) == "it is 27 there, and what that is called is not known"
    with pytest.raises(Left) as left:
        put("(B, T, T)", one(seen((2, 9), names={"T": 3})))
    assert str(left.value) == "it has 2 axes, and what the one of 9 is called is not known"


def test_a_size_that_two_names_have_is_neithers_but_of_several_calls_its_own_is() -> None:
    same = seen((2, 9, 7), names={"B": 2, "T": 7, "S": 7, "C": 9})
    with pytest.raises(Left):
        put("(B, T, C)", one(same))
    with pytest.raises(Left):  # a name that only the code has is another one, too
        put("(B, T, C)", one(same, words=("B", "T", "C")))
    other = seen((2, 9, 11), names={"B": 2, "T": 11, "S": 5, "C": 9}, turn=1, other=True)
    assert put("(B, T, C)", one(same, other)) == "(B, C, T)"


def test_arithmetic_of_one_of_two_names_that_were_always_alike_is_not_written() -> None:
    first = seen((2, 7, 7), names={"B": 2, "H": 14, "W": 14})
    other = seen((3, 5, 5), names={"B": 3, "H": 10, "W": 10}, turn=1, other=True)
    unlike = seen((3, 5, 8), names={"B": 3, "H": 10, "W": 16}, turn=1, other=True)
    with pytest.raises(Left):
        put("(B, H/2, W)", one(first, other))
    with pytest.raises(Left):  # none of its own is half of W
        put("(B, H/2, W)", one(first, unlike))
    unlike = seen((3, 5, 5), names={"B": 3, "H": 10, "W": 16}, turn=1, other=True)
    assert put("(B, H/2, W)", one(first, unlike)) == "(B, H/2, H/2)"


def test_only_names_that_the_document_has_are_written() -> None:
    found = seen((2, 9), names={"B": 2, "C": 5, "width": 9})
    with pytest.raises(Left):
        put("(B, C)", one(found, words=("B", "C")))
    assert put("(B, C)", one(found, words=("B", "C", "width"))) == "(B, width)"


def test_names_of_the_code_have_its_values() -> None:
    def of(shape: Shape, names: Mapping[str, int]) -> str:
        return put("(N, C, 4*C)", one(seen(shape, names=names)))

    assert of((2, 6, 24), {"C": 6}) == "(N, C, 4*C)"
    assert of((2, 24, 6), {"C": 6}) == "(N, 4*C, C)"
    with pytest.raises(Left):
        of((2, 7, 24), {"C": 6})


def test_among_names_a_size_that_changes_has_the_name_that_it_always_is() -> None:
    first = seen((2, 12, 7), names={"B": 2, "T": 7, "D": 12})
    other = seen((5, 12, 11), names={"B": 5, "T": 11, "D": 12}, turn=1, other=True)
    assert put("[B, T, D]", one(first, other)) == "[B, D, T]"
    assert put("[B, 7, D]", one(first, other)) == "[B, 12, T]"
    assert put("[2, 7, 12]", one(first)) == "[2, 12, 7]"


def test_names_are_written_as_the_document_writes_them() -> None:
    (part,) = parts("(src len, H_{out}, 2*d, d)")
    assert words_of([part]) == {"src_len": "src len", "H_out": "H_{out}", "d": "d"}
    (known,) = one(seen((9, 4), names={"src_len": 9, "T": 4, "D": 5}))
    known = replace(known, words={"src_len": "src len", "T": "T", "D": "D"})
    assert put("(D, T)", [known]) == "(src len, T)"
    (known,) = one(seen((2, 9, 4), names={"b": 2, "c": 5, "t": 4, "src_len": 9}))
    with pytest.raises(Left):  # a blank would part it in two
        put("b c t", [replace(known, words={"src_len": "src len"})])


def test_of_several_names_of_a_size_its_own_shape_has_the_one_that_is_meant() -> None:
    first = seen((2, 7, 7), names={"B": 2, "T": 7, "t": 7, "D": 12})
    other = seen((5, 11, 11), names={"B": 5, "T": 11, "t": 11, "D": 12}, turn=1, other=True)
    assert put("[B, T, D]", one(first, other)) == "[B, T, T]"
    assert put("[B, t, D]", one(first, other)) == "[B, t, t]"


def called(turn: int, inputs: Shape, origin: Origin, ours: tuple[int, ...] = ()) -> Called:
    return Called(turn, "Net", (inputs,), origin, ours=(ours,))


MADE_UP = "its class was made with sizes of our own; let the document make one"
STATED = called(1, (2, 3, 32, 32), "claim", (0,))
GUESSED = called(1, (2, 3, 32, 32), "first layer", (0, 2, 3))
BATCH, SIDES = called(2, (5, 3, 32, 32), "other sizes"), called(2, (5, 3, 64, 64), "other sizes")
TRIED: list[tuple[Called, Called | None, Shape, str | None, str]] = [
    (STATED, BATCH, (5, 16, 28, 28), None, "the document says the side"),
    (called(1, (2, 3, 32, 32), "option"), None, (), None, "the user says all"),
    (GUESSED, None, (), OURS, "ours, and there is no other call"),
    (GUESSED, SIDES, (5, 16, 60, 60), OURS, "it hangs on our side"),
    (GUESSED, SIDES, (5, 16, 28, 28), None, "it does not"),
    (STATED, SIDES, (5, 16, 28, 28), OURS, "more than ours was changed"),
    (called(1, (2, 3, 32, 32), "made up"), None, (), MADE_UP, "made up"),
]


@pytest.mark.parametrize(("base", "again", "shape", "left", "why"), TRIED)
def test_no_number_comes_of_a_size_that_we_chose(
    base: Called, again: Called | None, shape: Shape, left: str | None, why: str
) -> None:
    found = [seen((2, 16, 28, 28), turn=1)]
    found += [seen(shape, turn=2, other=True)] if again is not None else []
    turns = {1: base} if again is None else {1: base, 2: again}
    if left is None:
        assert put("[N, 16, 27, 28]", one(*found, turns=turns)) == "[N, 16, 28, 28]", why
        return
    with pytest.raises(Left) as refused:
        put("[N, 16, 27, 28]", one(*found, turns=turns))
    assert str(refused.value) == left, why


def test_of_layers_that_are_made_late_a_number_must_have_stood_for_all_that_we_chose() -> None:
    found = [seen((2, 16, 28, 28), turn=1), seen((5, 16, 28, 28), turn=2, other=True)]
    turns = {1: GUESSED, 2: BATCH}
    assert put("[N, 16, 27, 28]", one(*found, turns=turns)) == "[N, 16, 28, 28]"
    with pytest.raises(Left, match="it hangs on an input"):
        put("[N, 16, 27, 28]", one(*found, turns=turns, lazy=True))
    turns[2] = called(2, (5, 3, 64, 62), "other sizes")
    assert put("[N, 16, 27, 28]", one(*found, turns=turns, lazy=True)) == "[N, 16, 28, 28]"
