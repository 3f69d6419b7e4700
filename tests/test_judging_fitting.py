"""Whether a tensor's shape is the one that somebody wrote: sizes, names, arithmetic, and the ways of each layout."""

from __future__ import annotations

import pytest

from archcheck.dialects.stated import Layout, Size, StatedShape
from archcheck.judging.fitting import comparable, fits, flow_fits
from archcheck.judging.names import known, settled


def stated(layout: Layout, *values: int | str | None) -> StatedShape:
    return StatedShape(tuple(Size(value, 0, 1) for value in values), layout, 0, 1)


SENTENCES = {"batch_size": 2, "trg_len": 5}
SETTLED = [
    ("N", 3, {}, {"N": 3}, "a new name stands for what is there"),
    ("N", 3, {"N": 3}, {"N": 3}, "and keeps it"),
    ("N", 4, {"N": 3}, None, "one size each"),
    ("B*nW", 128, {"B": 2}, {"B": 2, "nW": 64}, "the missing factor"),
    ("B*nW", 127, {"B": 2}, None, "127 is odd"),
    ("B*nW", 127, {}, {}, "two unknown names: anything"),
    ("nW*0", 1, {}, None, "no factor makes 0 into 1"),
    ("H/2", 7, {"H": 14}, {"H": 14}, "a whole quotient"),
    ("H/2", 7, {"H": 15}, {"H": 15}, "rounded down"),
    ("H/2", 8, {"H": 15}, {"H": 15}, "rounded up"),
    ("H/2", 9, {"H": 15}, None, "neither"),
    ("H/0", 7, {}, None, "no size at all"),
    ("2*(H//0)+1", 7, {"H": 3}, None, "nor is what is made of it"),
    ("N/k", 7, {"k": 0}, None, "by a name that is 0"),
    ("N/k", 7, {"k": 1}, {"k": 1}, "by one that is not"),
    ("H//2", 8, {"H": 15}, None, "a floor is rounded down"),
    ("H/2", 7, {}, {}, "14 or 15"),
    ("H/0", 7, {"H": 1}, None, "no number"),
    ("batch_size*trg_len-1", 9, SENTENCES, SENTENCES, "a product in words, less one"),
    ("batch_size*trg_len-1", 8, SENTENCES, SENTENCES, "or of one step less"),
    ("batch_size*trg_len-1", 7, SENTENCES, None, "neither"),
    ("H*W-1", 8, {"H": 2, "W": 5}, None, "letters are meant as they stand"),
    ("4*C", 256, {}, {"C": 64}, "a number before a name"),
    ("T+1", 197, {}, {"T": 196}, "a sum"),
    ("1+T", 0, {}, None, "no size is negative"),
    ("H-2", 3, {}, {"H": 5}, "less two"),
    ("9-k", 3, {}, {"k": 6}, "from a number"),
    ("(W-1)*2+k", 9, {"W": 4}, {"W": 4, "k": 3}, "nested"),
    ("self.heads", 8, {"self.heads": 8}, {"self.heads": 8}, "an attribute"),
    ("self.heads", 8, {"self.heads": 4}, None, "another number"),
    ("2**k", 8, {"k": 3}, {"k": 3}, "a power"),
    ("HW", 12, {"H": 3, "W": 4}, {"H": 3, "W": 4}, "a product without its star"),
    ("HW", 13, {"H": 3, "W": 4}, None, "of another size"),
    ("hw*C", 24, {"h": 3, "w": 4}, {"h": 3, "w": 4, "C": 2}, "in a product"),
    ("HW", 13, {"H": 3}, {"H": 3, "HW": 13}, "a letter is missing: a name"),
    ("NH", 8, {"N": 2, "H": 5}, {"N": 2, "H": 5, "NH": 8}, "a number of heads"),
    ("nW", 8, {"n": 2, "W": 5}, {"n": 2, "W": 5, "nW": 8}, "or of windows"),
    ("-1", 8, {}, None, "-1 is -1 here"),
    ("ceil(T/2)", 8, {}, {}, "a call says nothing"),
    ("H_{in}", 8, {}, {}, "nor does what does not parse"),
    ("N" * 300, 8, {}, {}, "nor what nobody would read"),
]


@pytest.mark.parametrize(("written", "size", "names", "wanted", "why"), SETTLED)
def test_a_written_size_is_settled(
    written: str, size: int, names: dict[str, int], wanted: dict[str, int] | None, why: str
) -> None:
    assert settled(written, size, names) == wanted, why


@pytest.mark.parametrize(
    ("written", "wanted"), [("B*T", 6), ("B*x", None), ("f(B)", None), ("7", 7), ("B.", None)]
)
def test_what_is_known_is_a_number(written: str, wanted: int | None) -> None:
    assert known(written, {"B": 2, "T": 3}) == wanted


FITS: list[tuple[StatedShape, tuple[int, ...], bool, str]] = [
    (stated("shape", 48, 55, 55), (1, 48, 55, 55), True, "the batch axis left out"),
    (stated("shape", 48, 55, 55), (48, 55, 55), True, "there is none"),
    (stated("shape", 48, 54, 54), (1, 48, 55, 55), False, "another side"),
    (stated("shape", 55, 55), (1, 48, 55, 55), True, "the sides alone"),
    (stated("shape", 54, 55), (1, 48, 55, 55), False, "another height"),
    (stated("shape", 48, 55), (1, 48, 55, 55), False, "no two sides"),
    (stated("shape", "H/2", "W/2"), (1, 48, 16, 15), True, "sides by their names"),
    (stated("shape", "h", "h"), (1, 48, 16, 15), False, "of two sizes"),
    (stated("shape", "N", "D"), (1, 48, 16, 15), False, "names of no sides"),
    (stated("shape", None, 55), (1, 48, 55, 55), False, "an axis of which nothing is said"),
    (stated("shape", 55, 55), (48, 9, 1, 55, 55), False, "five axes"),
    (stated("size", 55, 55), (1, 48, 55, 55), False, "as it is printed: every axis"),
    (stated("shape", "T", "D"), (2, 3, 4), True, "letters of one sample"),
    (stated("shape", "N", "D"), (2, 3, 4), False, "a letter of the batch: it is not left out"),
    (stated("shape", 1, 48, 55, 55), (7, 48, 55, 55), True, "one sample of a batch"),
    (stated("shape", 2, 48, 55, 55), (7, 48, 55, 55), False, "2 is no 7"),
    (stated("shape", 1, 10), (64, 10), True, "one sample of a batch, flat"),
    (stated("size", 1, 10), (64, 10), False, "printed by PyTorch: every axis counts"),
    (stated("size", 10), (64, 10), False, "printed without its batch axis"),
    (stated("size", 64, 10), (64, 10), True, "printed"),
    (stated("size"), (), True, "a number"),
    (stated("shape", "N", "C", "H", "W"), (2, 3, 5, 7), True, "letters"),
    (stated("shape", "N", "C", "N", "W"), (2, 3, 5, 7), False, "a letter twice"),
    (stated("shape", "N", None, 5, 7), (2, 3, 5, 7), True, "an unsaid size"),
    (stated("shape", -1, 3, 5, 7), (2, 3, 5, 7), True, "-1 is any size"),
    (stated("shape", "N", "...", 7), (2, 3, 5, 7), True, "any axes between"),
    (stated("shape", "N", "...", 7), (2, 7), True, "none between"),
    (stated("shape", "N", "...", 7), (7,), False, "one axis cannot be both"),
    (stated("shape", "N", "...", 6), (2, 3, 5, 7), False, "the last is another"),
    (stated("shape", "...", 5, 7), (2, 3, 5, 7), True, "axes before"),
    (stated("volume", 3, 224, 224), (1, 3, 224, 224), True, "channels first"),
    (stated("volume", 224, 224, 3), (1, 3, 224, 224), True, "channels last, as papers write"),
    (stated("volume", 224, 223, 3), (1, 3, 224, 223), True, "height before width"),
    (stated("volume", 223, 224, 3), (1, 3, 224, 223), False, "and not behind it"),
    (stated("volume", 224, 224, 3), (1, 224, 224, 3), True, "a tensor of channels last"),
    (stated("volume", "B", 64, 56, 56), (2, 64, 56, 56), True, "with the batch axis"),
    (stated("volume", "B", 56, 56, 64), (2, 64, 56, 56), True, "with the batch axis, channels last"),
    (stated("volume", "B", 56, 56, 63), (2, 64, 56, 56), False, "another number of channels"),
    (stated("sides", 28, 28), (1, 6, 28, 28), True, "the sides"),
    (stated("sides", 28, 28), (28, 28), True, "a matrix"),
    (stated("product", 28, 28), (64, 784), True, "a flat image"),
    (stated("product", 28, 27), (64, 784), False, "28*27 is 756"),
    (stated("product", 16, 5, 5), (64, 400), True, "flat maps"),
    (stated("product", 16, 5, 5), (64, 16, 5, 5), True, "maps"),
    (stated("product", 5, 5, 16), (64, 16, 5, 5), True, "maps, channels last"),
    (stated("product", "B*2", 5), (7, 30), True, "names in it"),
    (stated("sides", 28, 28), (64, 784), False, "a cross multiplies nothing"),
    (stated("sides", 28, 28), (1, 28, 28, 6), True, "channels last"),
    (stated("sides", 28, 28), (1, 6, 27, 28), False, "another height"),
    (stated("sides", 28, 28), (28,), False, "one axis"),
    (stated("axis", 64), (1, 64, 112, 112), True, "one axis, whichever"),
    (stated("axis", 63), (1, 64, 56, 56), False, "no axis"),
    (stated("maps", 6, 28, 28), (1, 6, 28, 28), True, "maps at sides"),
    (stated("maps", 6, 28, 28), (1, 16, 28, 28), False, "more maps"),
    (stated("maps", 28, 28, 6), (1, 6, 28, 28), False, "maps come first"),
    (stated("letters", "b", "c", "h", "w"), (2, 3, 5, 7), True, "all axes by name"),
    (stated("letters", "c", "h", "w"), (2, 3, 5, 7), False, "an axis without a name"),
    (stated("letters", "b", "h*w", "c"), (2, 35, 3), True, "a product"),
    (stated("letters", 1, "c"), (2, 3), False, "1 is 1"),
]


@pytest.mark.parametrize(("written", "seen", "wanted", "why"), FITS)
def test_a_shape_fits_or_does_not(
    written: StatedShape, seen: tuple[int, ...], wanted: bool, why: str
) -> None:
    assert (fits(written, seen, {}) is not None) is wanted, why


def test_names_are_those_of_the_way_that_fits() -> None:
    assert fits(stated("shape", "C", "H"), (2, 3, 5), {"C": 3}) == {"C": 3, "H": 5}
    assert fits(stated("volume", "H", "W", 3), (1, 3, 5, 7), {}) == {"H": 5, "W": 7}


@pytest.mark.parametrize(
    ("written", "seen", "wanted"),
    [
        (stated("shape", 1, 2), (3, 4), True),
        (stated("shape", 1, 2), (3, 4, 5), True),
        (stated("shape", 1, 2), (3,), False),
        (stated("size", 1, 2), (3, 4, 5), False),
        (stated("sides", 1, 2), (3, 4, 5, 6), True),
        (stated("sides", 1, 2), (), False),
        (stated("shape", 1, "...", 2), (3,), False),
    ],
)
def test_what_has_other_axes_is_another_thing(
    written: StatedShape, seen: tuple[int, ...], wanted: bool
) -> None:
    assert comparable(written, seen) is wanted


FLOWS = [
    ((224, 112), ((1, 3, 224, 224), (1, 64, 112, 112)), True, "a side"),
    ((3, 64), ((1, 3, 224, 224), (1, 64, 112, 112)), True, "the channels"),
    ((3, 112), ((1, 3, 224, 224), (1, 64, 112, 112)), False, "two axes"),
    ((784, 10), ((5, 784), (5, 10)), True, "features"),
    ((10, 12), ((5, 7, 10), (35, 12)), True, "the last, of fewer axes"),
    (("d", "2*d"), ((5, 4), (5, 8)), True, "letters"),
    (("d", "3*d"), ((5, 4), (5, 8)), False, "other letters"),
]


@pytest.mark.parametrize(("sizes", "seen", "wanted", "why"), FLOWS)
def test_one_axis_goes_through_a_flow(
    sizes: tuple[int | str, ...], seen: tuple[tuple[int, ...], ...], wanted: bool, why: str
) -> None:
    assert (flow_fits([stated("axis", size) for size in sizes], seen, {}) is not None) is wanted, why


JOINED: list[tuple[str, tuple[int, ...], dict[str, int], bool, str]] = [
    ("B*T*2*H", (2, 7, 32), {"H": 16}, True, "sizes with stars between them"),
    ("B*T*2*H", (2, 7, 33), {"H": 16}, False, "of another size"),
    ("B*1*T", (2, 1, 7), {}, True, "a one among them"),
    ("B*1*T", (2, 3, 7), {}, False, "that is none"),
    ("B*T", (14,), {"B": 2, "T": 7}, True, "one axis of so many"),
    ("B*T", (15,), {"B": 2, "T": 7}, False, "not of so many"),
    ("(T-1)*B", (6, 2), {"T": 7, "B": 2}, False, "arithmetic is of one axis"),
]


@pytest.mark.parametrize(("text", "seen", "names", "right", "why"), JOINED, ids=[row[4] for row in JOINED])
def test_a_bracket_around_one_product(
    text: str, seen: tuple[int, ...], names: dict[str, int], right: bool, why: str
) -> None:
    stated = StatedShape((Size(text, 1, 1 + len(text)),), "shape", 0, 2 + len(text))
    assert (fits(stated, seen, names) is not None) is right, why
