"""Sizes with commas between and no brackets: where such a list begins is said, where it ends is to be found."""

from __future__ import annotations

from archcheck.dialects.entries import Entry
from archcheck.dialects.sizes import MOST_SIZES, Found, shape_of
from archcheck.dialects.stated import Layout, Size
from archcheck.dialects.tokens import Tokens
from archcheck.dialects.vocabulary import is_axis


def find_list(tokens: Tokens, at: int) -> Found | None:
    """Return sizes with commas between and no brackets from a piece on, up to what is none."""
    sizes: list[Size] = []
    last = at
    if tokens.ends_clause(at + 1) and not is_axis(tokens.all[at].text):
        return None
    end = _operand(tokens, at)
    while len(sizes) <= MOST_SIZES:
        one = Entry(tokens, len(tokens.all) if end is None else end, words=1, crosses=False).read(last)
        if one is None:
            return None
        sizes.append(one[0])
        last = one[1]
        if tokens.kind(last) != "comma" or (len(sizes) > 2 and ends_list(tokens, last)):
            break
        last += 1
    if not 2 <= len(sizes) <= MOST_SIZES:
        return None
    layout: Layout = "volume" if _ends_in_channels(sizes) else "shape"
    return Found(shape_of(tokens, tuple(sizes), layout, at, last), "list", at, last)


def ends_list(tokens: Tokens, at: int) -> bool:
    """Return whether a piece is the comma behind a list, before a clause: `80, 80, 256，是特征层`."""
    wide = tokens.lower(at) == "\uff0c" and tokens.kind(at + 1) == "word"
    return wide and not is_axis(tokens.all[at + 1].text)


def _operand(tokens: Tokens, at: int) -> int | None:
    """Return the piece that joins a list of numbers to another of as many: `8, 8, 16 + 8, 8, 16`; None of one alone."""
    found, last = None, at
    while tokens.kind(last) == "number" and last < at + 4 * MOST_SIZES:
        if tokens.kind(last + 1) == "plus":
            if found is not None:
                return None  # `6400 + 1600 + 400` is a sum
            found = last + 1
        elif tokens.kind(last + 1) != "comma":
            break
        last += 2
    return found if found is not None and last - found == found - at > 2 else None


def _ends_in_channels(sizes: list[Size]) -> bool:
    """Return whether numbers without brackets are plainly two sides and channels: `80, 80, 256`."""
    values = [size.value for size in sizes if isinstance(size.value, int)]
    return len(values) == len(sizes) == 3 and values[0] == values[1] != values[2]
