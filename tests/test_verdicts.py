"""The truth table of a check, complete, and the letters of claimed shapes."""

from __future__ import annotations

from itertools import product

import pytest

from archcheck.checks.verdicts import STALE_WRONG, TWO_OPINIONS, Letters, Opinion, Verdict, judge, same
from archcheck.results import Shape, Status
from archcheck.spec.layers import Claim, Pattern
from archcheck.spec.source import Place

PLACE = Place("specs/x.yaml", 12, 7)
CLAIM = Claim("output", (1,), PLACE)
WRONG = Claim("output", (1,), PLACE, wrong="a slip of the pen")

AGREES, DIFFERS, UNCHECKED = Verdict("agrees"), Verdict("differs"), Verdict("unchecked")
KNOWN_WRONG, STALE = Verdict("known wrong"), Verdict("differs", STALE_WRONG)
DISAGREE = Verdict("differs", TWO_OPINIONS)

# An opinion is none at all (-), one that the claim is true of (T, and U of another value: 16.6M is true of
# many), or one that it is not true of (F, and G of another value).
OPINIONS = {
    "-": Opinion(None),
    "T": Opinion(5, holds=True),
    "U": Opinion(6, holds=True),
    "F": Opinion(7),
    "G": Opinion(8),
}
PAIRS = list(product(OPINIONS, repeat=2))
TABLE = {
    # inferred, seen: what a silent document gets, a claim, a claim marked wrong       why
    "--": (UNCHECKED, UNCHECKED, UNCHECKED),  # nobody says anything: never a pass
    "T-": (UNCHECKED, AGREES, STALE),  # lint: the rules alone decide
    "F-": (UNCHECKED, DIFFERS, KNOWN_WRONG),
    "-T": (UNCHECKED, AGREES, STALE),  # a layer without a rule: the run alone decides
    "-F": (UNCHECKED, DIFFERS, KNOWN_WRONG),
    "TT": (AGREES, AGREES, STALE),  # a claim marked wrong that holds is a strict xfail
    "FF": (AGREES, DIFFERS, KNOWN_WRONG),  # two opinions against the document
    "TU": (DISAGREE, DISAGREE, DISAGREE),  # true of both, and yet one of them is wrong
    "TF": (DISAGREE, DISAGREE, DISAGREE),
    "FT": (DISAGREE, DISAGREE, DISAGREE),
    "FG": (DISAGREE, DISAGREE, DISAGREE),  # false of both, but 'known wrong' would hide our own mistake
}
ALIKE = str.maketrans("UG", "TF")


def row_of(inferred: str, seen: str) -> tuple[Verdict, Verdict, Verdict]:
    """Return the row of two opinions; which of two values is called T and which U makes no difference."""
    pair = inferred + seen
    if pair in ("UT", "GF"):
        return TABLE["TU" if pair == "UT" else "FG"]
    return TABLE[pair] if pair in TABLE else TABLE[pair.translate(ALIKE)]


def test_every_row_of_the_table_is_used() -> None:
    used = [row_of(inferred, seen) for inferred, seen in PAIRS]
    assert all(any(row is one for one in used) for row in TABLE.values())


@pytest.mark.parametrize("claim", [None, CLAIM, WRONG], ids=["silent", "claimed", "marked wrong"])
@pytest.mark.parametrize(("inferred", "seen"), PAIRS)
def test_the_truth_table(inferred: str, seen: str, claim: Claim | None) -> None:
    expected = row_of(inferred, seen)[(None, CLAIM, WRONG).index(claim)]
    assert judge(claim, [OPINIONS[inferred], OPINIONS[seen]]) == expected


@pytest.mark.parametrize("claim", [None, CLAIM, WRONG], ids=["silent", "claimed", "marked wrong"])
@pytest.mark.parametrize(("inferred", "seen"), PAIRS)
def test_what_is_not_reached_has_no_verdict(inferred: str, seen: str, claim: Claim | None) -> None:
    """Not even where the rules say what would have come: the run is the judge."""
    assert judge(claim, [OPINIONS[inferred], OPINIONS[seen]], reached=False) == Verdict("not reached")


@pytest.mark.parametrize(("opinion", "status"), [("T", "agrees"), ("F", "differs"), ("-", "unchecked")])
def test_one_opinion_is_enough_for_a_claim(opinion: str, status: Status) -> None:
    assert judge(CLAIM, [OPINIONS[opinion]]).status == status


def test_the_two_messages_say_what_to_do() -> None:
    assert STALE_WRONG == "marked wrong, but it holds: take 'wrong:' away"
    assert TWO_OPINIONS == (
        "archcheck's rules and PyTorch disagree: one of them is wrong, please report this"
    )


SAME = [
    ((48, 55, 55), (48, 55, 55), True, "shapes"),
    ((48, 55, 55), (48, 55, 54), False, "shapes that differ"),
    ((48, 55, 55), (48, 55), False, "shapes of other ranks"),
    (61_100_840, 61_100_841, False, "counts are exact, however large"),
    (2**60, 2**60 + 1, False, "beyond what a float can tell apart"),
    (0.1 + 0.2, 0.3, True, "0.30000000000000004 is 0.3"),
    (0.01, 0.010001, False, "but not any number near it"),
    ("fails", (1, 10), False, "a run that fails and one that does not"),
    ("fails", "fails", True, "two runs that fail, whatever the words"),
]


@pytest.mark.parametrize(("left", "right", "alike", "why"), SAME)
def test_same(left: object, right: object, *, alike: bool, why: str) -> None:
    assert same(left, right) is alike, why
    assert same(right, left) is alike, why


FITS = [
    # claimed               batch  real (batch axis included)  fits   why
    ((48, 55, 55), 1, (1, 48, 55, 55), True, "the batch axis left out"),
    ((1, 48, 55, 55), 1, (1, 48, 55, 55), True, "the batch axis written"),
    (("N", 48, 55, 55), 7, (7, 48, 55, 55), True, "a letter for the batch"),
    ((64, 48, 55, 55), 1, (1, 48, 55, 55), False, "a number for the batch is the spec's batch"),
    ((2, 48, 55, 55), 2, (2, 48, 55, 55), True, "and this is"),
    ((48, 55, 54), 1, (1, 48, 55, 55), False, "one side off"),
    ((48, 55), 1, (1, 48, 55, 55), False, "an axis too few"),
    ((1, 1, 48, 55, 55), 1, (1, 48, 55, 55), False, "an axis too many"),
    (("C", "H", "W"), 1, (1, 48, 55, 54), True, "a letter for each size"),
    (("C", "H", "H"), 1, (1, 48, 55, 55), True, "the same letter, the same size"),
    (("C", "H", "H"), 1, (1, 48, 55, 54), False, "the same letter, another size"),
    (("H", "H", "H"), 1, (1, 55, 55, 55), True, "the same letter for everything"),
    ((), 1, (1,), True, "one number a sample"),
    ((1,), 1, (1,), True, "the same with its batch axis"),
    ((2,), 1, (1,), False, "another batch"),
    ((), 1, (), True, "a scalar, after a mean over all axes"),
    ((1,), 1, (), False, "a scalar has no axis"),
    ((9216,), 2, (2, 9216), True, "a row a sample"),
    ((18432,), 2, (18432,), True, "the batch axis flattened away: the whole shape is compared"),
    ((48, 55, 55), 1, None, False, "nothing there"),
    ((), 1, None, False, "nothing there either"),
]


@pytest.mark.parametrize(("pattern", "batch", "real", "fits", "why"), FITS)
def test_a_claimed_shape_fits(
    pattern: Pattern, batch: int, real: Shape | None, *, fits: bool, why: str
) -> None:
    assert Letters(batch).fit(Claim("output", pattern, PLACE), pattern, real) is fits, why


def fit(letters: Letters, pattern: Pattern, real: Shape, wrong: str | None = None) -> bool:
    return letters.fit(Claim("output", pattern, PLACE, wrong), pattern, real)


def test_a_letter_keeps_its_first_size() -> None:
    letters = Letters(2)
    assert fit(letters, ("N", 96, "H", "H"), (2, 96, 55, 55))
    assert fit(letters, ("N", "H"), (2, 55)), "the same sizes, elsewhere"
    assert not fit(letters, ("N", 256, "H", "H"), (2, 256, 27, 27))
    assert fit(letters, ("N", 96, "H", "W"), (2, 96, 55, 27)), "a new letter is free"
    assert not fit(letters, ("W", "W"), (55, 55))


def test_a_claim_that_fails_gives_no_letter_a_size() -> None:
    letters = Letters(1)
    assert not fit(letters, ("C", 55, 54), (1, 96, 55, 55))
    assert letters.sizes == {}
    assert fit(letters, ("C", 13, 13), (1, 256, 13, 13))


def test_a_claim_marked_wrong_gives_no_letter_a_size() -> None:
    letters = Letters(1)
    assert fit(letters, ("C", 55, 55), (1, 96, 55, 55), wrong="a slip")
    assert letters.sizes == {}
    assert fit(letters, ("C", 55, 55), (1, 96, 55, 55))
    assert not fit(letters, ("C", 13, 13), (1, 256, 13, 13), wrong="a slip"), "but it is held to them"


CLASHES = [
    ((3, "H", "H"), (1, 3, 27, 27), "H stands for 55", "bound before"),
    (("N", "C", "H", "W"), (2, 3, 27, 27), "N stands for 1, H stands for 55", "two of them"),
    (("K", "K"), (3, 4), "K stands for 3", "bound in the same shape"),
    ((3, "W", "W"), (1, 3, 27, 27), None, "a free letter clashes with nothing"),
    ((3, 55, 55), (1, 3, 27, 27), None, "a wrong number is no clash of letters"),
    ((3, "H"), (1, 3, 27, 27), None, "nor is a wrong number of axes"),
    (("H",), None, None, "nor nothing at all"),
]


@pytest.mark.parametrize(("pattern", "real", "words", "why"), CLASHES)
def test_a_clash_of_letters_is_told(
    pattern: Pattern, real: Shape | None, words: str | None, why: str
) -> None:
    letters = Letters(1, {"N": 1, "H": 55})
    assert letters.clash(pattern, real) == words, why
    assert letters.sizes == {"N": 1, "H": 55}, "to ask is not to bind"
