"""The shape of what was seen in few words: letters for what the input decides, numbers for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archcheck.mending.evidence import Evidence, Left
from archcheck.running.observed import Called

BATCH = "B"
_LETTERS = {2: "BT", 3: "BTL", 4: "B HW", 5: "B DHW"}
"""By how many axes an input has, the letter of each; a blank: the axis has none, for channels have one size only."""
_OTHER = {"T": "S"}
"""What the same axis of a second input is called."""
_SIDES = "HWD"
Sizes = Mapping[str, int]


def worded(evidence: Evidence, own: Sequence[Called], orders: Mapping[str, str]) -> str:
    """Return a shape as a comment says it, `[B, 64, 56, 56]`.

    `own`: the calls that the document makes itself; `orders`: as of `sources.orders_of`. A size that is the same with
    every input is a number. One that changes with the input is `B`, or the letter of an input's axis, or arithmetic of
    one (`T/2`), if it was exactly that each time, and also for an axis much smaller and one larger; sides of images are
    numbers where the document or the user says the image's size. Raises `Left` for a size that is none of these.
    """
    known = _known(evidence, own, orders)
    words = [_word(evidence, axis, known) for axis in range(evidence.ranks[0])]
    return f"[{', '.join(words)}]"


def is_unsure(evidence: Evidence, own: Sequence[Called], orders: Mapping[str, str]) -> bool:
    """Return whether some size may be a letter's, but was not seen for sizes of that far enough from each other."""
    known = _known(evidence, own, orders)
    for axis in range(evidence.ranks[0]):
        sizes = evidence.sizes(0, axis)
        if len(set(sizes)) > 1 and any(
            not _is_confirmed(one.letter, known) for one in _fitting(sizes, known)
        ):
            return True
    return False


def _known(evidence: Evidence, own: Sequence[Called], orders: Mapping[str, str]) -> list[list[Sizes]]:
    """Return what the letters are each time; of the document's own run, in each of its calls."""
    return [
        [_letters(called, orders) for called in calls if called.error is None]
        for calls in ([evidence.turns[one.turn]] if one.turn else own for one in evidence.seen)
    ]


def _letters(called: Called, orders: Mapping[str, str]) -> Sizes:
    found: dict[str, int] = {}
    order = orders.get(called.what.partition(".")[0], orders.get("", "BT"))
    for place, shape in enumerate(called.inputs):
        letters = _LETTERS.get(len(shape), BATCH)
        if len(shape) in (2, 3):
            letters = order + letters[2:]
        for letter, size in zip(letters, shape, strict=False):
            name = letter if place == 0 or letter == BATCH else _OTHER.get(letter, " ")
            if name != " ":
                found.setdefault(name, size)
    return found


def _word(evidence: Evidence, axis: int, known: Sequence[list[Sizes]]) -> str:
    sizes = evidence.sizes(0, axis)
    if len(set(sizes)) == 1:
        return str(evidence.number(0, axis))
    fitting = [one for one in _fitting(sizes, known) if _is_confirmed(one.letter, known)]
    plain = [one.text for one in fitting if one.letter not in _SIDES]
    if plain:
        return plain[0]
    try:
        return str(evidence.number(0, axis))
    except Left:
        if not fitting:
            raise
        width = fitting[0].text.replace("H", "W")  # of sides that are always equal the last is the width
        is_last = axis == evidence.ranks[0] - 1 and any(one.text == width for one in fitting)
        return width if is_last else fitting[0].text


def _is_confirmed(letter: str, known: Sequence[list[Sizes]]) -> bool:
    """Return whether a letter was also half as large or less, and larger; of the batch that is not asked.

    What code does may hang on sizes: `if x.shape[2] > 100`.
    """
    if letter == BATCH:
        return True
    sizes = [each[letter] for one in known for each in one if letter in each]
    return 2 * min(sizes) <= sizes[0] < max(sizes)


@dataclass(frozen=True, slots=True)
class _Expression:
    """What comes to a size each time, and the letter in it."""

    text: str
    letter: str


def _fitting(sizes: Sequence[int], known: Sequence[list[Sizes]]) -> Iterator[_Expression]:
    """Yield what comes to a size each time, the plainest first."""
    letters = dict.fromkeys(letter for one in known for each in one for letter in each)
    for form in _FORMS:
        for letter in letters:
            if _comes_to(sizes, known, letter, form):
                yield _Expression(form.text.format(letter), letter)


def _comes_to(sizes: Sequence[int], known: Sequence[list[Sizes]], letter: str, form: _Form) -> bool:
    return all(
        any(letter in each and form.of(each[letter]) == size for each in one)
        for size, one in zip(sizes, known, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Form:
    """How a size follows from a letter's: `letter * times / parts + plus`, the quotient rounded down, or `up`.

    `text`: how that is written, with `{}` for the letter.
    """

    text: str
    times: int = 1
    parts: int = 1
    up: bool = False
    plus: int = 0

    def of(self, size: int) -> int:
        """Return what it comes to."""
        whole = size * self.times
        return (-(-whole // self.parts) if self.up else whole // self.parts) + self.plus


_FORMS = (
    _Form("{}"),
    *(_Form(f"{{}}/{by}", parts=by, up=up) for by in (2, 4, 8, 16, 32) for up in (False, True)),
    *(_Form(f"{by}*{{}}", times=by) for by in (2, 4, 8)),
    *(_Form(f"{{}}{by:+d}", plus=by) for size in range(1, 13) for by in (-size, size)),
)
