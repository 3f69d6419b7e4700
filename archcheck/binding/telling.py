"""A shape that a document states, as what a spec's claim is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archcheck.dialects.stated import Layout


@dataclass(frozen=True, slots=True)
class Telling:
    """A shape that the document states of what its sites see: `sizes` as a `StatedShape` has them.

    `at`: its line, or the words for it; `agrees`: whether it holds.
    """

    sites: tuple[int, ...]
    quantity: Literal["input", "output"]
    sizes: tuple[int | str | None, ...]
    layout: Layout
    at: int | str
    agrees: bool
