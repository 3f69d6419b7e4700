"""The truth table of a check: what the document says against our two opinions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from archcheck.results import Shape, Status, without_batch
from archcheck.spec.layers import Claim, Pattern

STALE_WRONG = "marked wrong, but it holds: take 'wrong:' away"
TWO_OPINIONS = "archcheck's rules and PyTorch disagree: one of them is wrong, please report this"


class Opinion(NamedTuple):
    """One column of a check: its value (None: there is none) and whether the claim is true of it."""

    value: object
    holds: bool = False


class Verdict(NamedTuple):
    """A status, and what there is to say about it."""

    status: Status
    hint: str | None = None


def judge(claim: Claim | None, opinions: Sequence[Opinion], *, reached: bool = True) -> Verdict:
    """Return the verdict on a claim (None: the document is silent) from what was inferred and seen.

    `reached`: whether the run came this far; what it did not reach is never a pass.
    """
    if not reached:
        return Verdict("not reached")
    present = [opinion for opinion in opinions if opinion.value is not None]
    if len(present) > 1 and not same(present[0].value, present[1].value):
        return Verdict("differs", TWO_OPINIONS)
    if claim is None:
        return Verdict("agrees" if len(present) > 1 else "unchecked")
    if not present:
        return Verdict("unchecked")
    if all(opinion.holds for opinion in present):
        return Verdict("differs", STALE_WRONG) if claim.wrong else Verdict("agrees")
    return Verdict("known wrong" if claim.wrong else "differs")


def same(left: object, right: object) -> bool:
    """Return whether two opinions are the same; of numbers that are not whole, to 9 digits."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right)
    return left == right


@dataclass(slots=True)
class Letters:
    """The sizes that a spec's letters stand for: a letter keeps the first size it meets."""

    batch: int
    sizes: dict[str, int] = field(default_factory=dict)

    def fit(self, claim: Claim, pattern: Pattern, shape: Shape | None) -> bool:
        """Return whether a claimed shape, with or without its batch axis, is this one (batch axis included).

        Letters met for the first time stand for their size from now on, unless the claim is wrong.
        """
        real = self._aligned(pattern, shape)
        if real is None:
            return False
        sizes = dict(self.sizes)
        fits = all(_fits(claimed, size, sizes) for claimed, size in zip(pattern, real, strict=True))
        if fits and claim.wrong is None:
            self.sizes.update(sizes)
        return fits

    def clash(self, pattern: Pattern, shape: Shape | None) -> str | None:
        """Return which letters of a claimed shape stand for another size, or None: `H stands for 55`."""
        sizes = dict(self.sizes)
        pairs = zip(pattern, self._aligned(pattern, shape) or (), strict=False)
        letters = [
            letter for letter, size in pairs if isinstance(letter, str) and not _fits(letter, size, sizes)
        ]
        return ", ".join(f"{letter} stands for {sizes[letter]}" for letter in dict.fromkeys(letters)) or None

    def _aligned(self, pattern: Pattern, shape: Shape | None) -> Shape | None:
        both = (shape, without_batch(shape, self.batch))
        return next((one for one in both if one is not None and len(one) == len(pattern)), None)


def _fits(claimed: int | str, size: int, sizes: dict[str, int]) -> bool:
    if isinstance(claimed, str):
        return sizes.setdefault(claimed, size) == size
    return claimed == size
