r"""Sizes and shapes among the pieces of a line: a parser for one grammar that sees each piece a few times at most.

    group    = "(" list ")" | "[" list "]" | "(" chain ")"
    size     = "torch.Size" ( "(" group ")" | group )
    list     = entry { "," entry } [ "," ]
    chain    = factor cross factor { cross factor }        cross: x X × \times, or all of them *
    maps     = number "@" number cross number
    compact  = capital letters of axes at a stretch, `NCHW`
    letters  = entry entry { entry }                       short names of axes, with blanks between
    entry    = "..." | "*" | "_" | "?" | "-1" | "None" | name "=" number | sum
    sum      = term { ("+" | "-") term }
    term     = factor { ("*" | "/" | "//" | cross) factor }
    factor   = number [ factor ] | words [ "(=" ... ")" ] | "(" sum ")", each with "^" number
    words    = name { name }                               `batch size`: one name

What is a shape is not decided here, only what may be read as one (`grading`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from archcheck.dialects.entries import UNSAID, Entry, is_given, number_at
from archcheck.dialects.stated import REST, Layout, Size, StatedShape
from archcheck.dialects.tokens import Tokens, plain
from archcheck.dialects.vocabulary import ENGLISH, ROWS, is_axis, is_batch, names_in

MOST_SIZES = 12
"""More axes than any tensor that a document speaks of."""

_SIZE_CLASS = ("torch.size", "size", "tensorshape", "tf.tensorshape")

Form = Literal["group", "size", "chain", "maps", "letters", "list", "compact"]
"""How it stands there: `list` is without brackets, `compact` is `NCHW`."""


@dataclass(frozen=True, slots=True)
class Found:
    """What may be a shape: pieces `first` up to, not with, `last`; `square`: in square brackets."""

    shape: StatedShape
    form: Form
    first: int
    last: int
    closed_by_comma: bool = False
    square: bool = False


def find_group(tokens: Tokens, at: int) -> Found | None:
    """Return the shape in brackets that begin at a piece."""
    close = tokens.closing.get(at)
    if close is None or tokens.all[at].text == "{" or _is_part(tokens, at, close):
        return None
    first, last = at + 1, close
    comma = tokens.kind(last - 1) == "comma"
    sizes = _list(tokens, first, last - 1 if comma else last)
    if sizes is not None:
        square = tokens.all[at].text in "[【\uff3b"
        return Found(shape_of(tokens, sizes, "shape", at, close + 1), "group", at, close + 1, comma, square)
    for find in (find_chain, find_letters):
        inner = find(tokens, first)
        if inner is not None and inner.last == last:
            around = shape_of(tokens, inner.shape.sizes, inner.shape.layout, at, close + 1)
            return Found(around, "group", at, close + 1)
    return None


def _is_part(tokens: Tokens, at: int, close: int) -> bool:
    """Return whether a bracket is the last row of an array, `[10, 21, 12]]`, or goes on, `[batch] + data_shape`."""
    if tokens.all[at].text != "[":
        return False
    if tokens.kind(close + 1) == "plus" and tokens.kind(close + 2) in ("name", "word"):
        return True
    ends = tokens.kind(close + 1) == "close" and tokens.touches(close + 1)
    return ends and tokens.all[close + 1].text == "]"


def find_sum(tokens: Tokens, at: int) -> Found | None:
    """Return shapes that are added from a piece on: of what is only called one, any number of axes.

    `(n,) + batch_shape`, `x.shape[:-1] + (k,)`; `batch_shape, (k,)` is one, too, but of its comma.
    """
    sizes: list[Size] = []
    named, grouped, last = False, False, at
    while len(sizes) <= MOST_SIZES:
        group = find_group(tokens, last) if tokens.kind(last) == "open" else None
        if group is not None and group.shape.layout == "shape":
            sizes += group.shape.sizes
            grouped = True
        elif tokens.kind(last) == "name" and tokens.lower(last).endswith("shape"):
            token = tokens.all[last]
            sizes += [Size(REST, token.start, token.end)] if not sizes or sizes[-1].value != REST else []
            named = True
        else:
            return None
        last = group.last if group is not None else _behind_slice(tokens, last + 1)
        if not _adds(tokens, last, group):
            break
        last += 1
    if not (named and grouped) or len(sizes) > MOST_SIZES:
        return None
    return Found(shape_of(tokens, tuple(sizes), "shape", at, last), "group", at, last, closed_by_comma=True)


def _behind_slice(tokens: Tokens, at: int) -> int:
    """Return the piece behind `[:-1]`, which stands against a name."""
    close = tokens.closing.get(at) if tokens.touches(at) and tokens.kind(at) == "open" else None
    return at if close is None or close - at > MOST_SIZES else close + 1


def _adds(tokens: Tokens, at: int, group: Found | None) -> bool:
    """Return whether a piece adds a shape to the one before: a plus, or a comma between a named one and `(k,)`."""
    if tokens.kind(at) == "plus":
        return True
    close = tokens.closing.get(at + 1)
    return (
        tokens.kind(at) == "comma"
        and group is None
        and close is not None
        and tokens.kind(close - 1) == "comma"
    )


def find_size(tokens: Tokens, at: int) -> Found | None:
    """Return `torch.Size([64, 10])` that begins at a piece."""
    if tokens.lower(at) not in _SIZE_CLASS or tokens.kind(at + 1) != "open" or not tokens.touches(at + 1):
        return None
    outer = tokens.closing.get(at + 1)
    inner = tokens.closing.get(at + 2) if tokens.kind(at + 2) == "open" else None
    opened = at + 1 if inner is None else at + 2
    if outer is None or (inner is not None and inner + 1 != outer):
        return None
    group = find_group(tokens, opened)
    if group is None and tokens.closing.get(opened) == opened + 1:
        return Found(shape_of(tokens, (), "size", at, outer + 1), "size", at, outer + 1)
    if group is None or group.shape.layout != "shape":
        return None
    return Found(shape_of(tokens, group.shape.sizes, "size", at, outer + 1), "size", at, outer + 1)


def find_chain(tokens: Tokens, at: int) -> Found | None:
    """Return the sizes joined by crosses, or by stars alone, from a piece on."""
    one = _link(tokens, at)
    sizes: list[Size] = []
    kinds: set[str] = set()
    while one is not None and len(sizes) <= MOST_SIZES:
        sizes.append(one[0])
        last = one[1]
        one = None
        kind = _cross(tokens, last)
        if kind is not None and (not kinds or kind in kinds):
            kinds.add(kind)
            one = _link(tokens, last + 1)
            if one is None:
                return None
    if len(sizes) < 2 or len(sizes) > MOST_SIZES:
        return None
    stars = "star" in kinds and not (
        len(sizes) > 2 and is_batch(str(sizes[0].value))
    )  # `batch*1*28*28` is no product
    layout: Layout = "product" if stars else "sides" if len(sizes) == 2 else "volume"
    return Found(shape_of(tokens, tuple(sizes), layout, at, last), "chain", at, last)


def find_maps(tokens: Tokens, at: int) -> Found | None:
    """Return `6@28x28` from a piece on."""
    numbers = [at, at + 2, at + 4]
    if tokens.kind(at + 1) != "at" or _cross(tokens, at + 3) != "cross":
        return None
    if any(tokens.kind(place) != "number" for place in numbers):
        return None
    sizes = tuple(number_at(tokens, place) for place in numbers)
    return Found(shape_of(tokens, sizes, "maps", at, at + 5), "maps", at, at + 5)


def find_letters(tokens: Tokens, at: int) -> Found | None:
    """Return `b c h w` from a piece on: short names of axes, numbers and products, up to what is none."""
    sizes: list[Size] = []
    named, last = False, at
    while len(sizes) <= MOST_SIZES:
        one = _letter(tokens, last, bool(sizes))
        if one is None:
            break
        sizes.append(one[0])
        named = named or isinstance(one[0].value, str)
        last = one[1]
    if not 2 <= len(sizes) <= MOST_SIZES or not named:
        return None
    return Found(shape_of(tokens, tuple(sizes), "letters", at, last), "letters", at, last)


def find_compact(tokens: Tokens, at: int) -> Found | None:
    """Return `NCHW` as it stands in `NCHW -> NHWC`: capital letters of axes."""
    text = tokens.all[at].text
    if (
        tokens.kind(at) != "name"
        or not 3 <= len(text) <= 5
        or not text.isupper()
        or text in ROWS
        or not all(map(is_axis, text))
    ):
        return None
    start = tokens.all[at].start
    sizes = tuple(Size(letter, start + place, start + place + 1) for place, letter in enumerate(text))
    return Found(shape_of(tokens, sizes, "letters", at, at + 1), "compact", at, at + 1)


def find_number(tokens: Tokens, at: int) -> Found | None:
    """Return a number alone, as it stands in `224 -> 112`."""
    if tokens.kind(at) != "number":
        return None
    return Found(shape_of(tokens, (number_at(tokens, at),), "axis", at, at + 1), "list", at, at + 1)


def shape_of(tokens: Tokens, sizes: tuple[Size, ...], layout: Layout, first: int, last: int) -> StatedShape:
    """Return the shape that sizes are, from piece `first` up to, not with, `last`."""
    return StatedShape(_counted(sizes), layout, tokens.all[first].start, tokens.all[last - 1].end)


def _counted(sizes: tuple[Size, ...]) -> tuple[Size, ...]:
    """Return sizes with `d_1, ..., d_N` as any number of axes."""
    for at in range(1, len(sizes) - 1):
        before, behind = str(sizes[at - 1].value), str(sizes[at + 1].value)
        stem = before.rstrip("0123456789")
        if (
            sizes[at].value == REST
            and stem
            and stem != before
            and behind.startswith(stem)
            and behind != before
        ):
            rest = Size(REST, sizes[at - 1].start, sizes[at + 1].end)
            first = at - 1
            while (
                first and str(sizes[first - 1].value).rstrip("0123456789") == stem != sizes[first - 1].value
            ):
                first -= 1
            return (*sizes[:first], replace(rest, start=sizes[first].start), *sizes[at + 2 :])
    return sizes


def _list(tokens: Tokens, first: int, last: int) -> tuple[Size, ...] | None:
    sizes: list[Size] = []
    at = first
    alone = True
    while at < last and len(sizes) < MOST_SIZES:
        one = Entry(tokens, last).read(at)
        if one is None:
            return None
        sizes.append(one[0])
        at = one[1]
        if at == last:
            return None if alone and _is_chain(tokens, first, last) else tuple(sizes)
        if tokens.kind(at) != "comma":
            return None
        alone = False
        at += 1
    return None


def _is_chain(tokens: Tokens, first: int, last: int) -> bool:
    """Return whether the one entry is crosses, `[B x C x H]`, and so no product."""
    return last - first < 60 and any(_cross(tokens, at) == "cross" for at in range(first, last))


def crosses(tokens: Tokens, at: int) -> bool:
    """Return whether a piece is a cross, no star."""
    return _cross(tokens, at) == "cross"


def _cross(tokens: Tokens, at: int) -> Literal["cross", "star"] | None:
    if tokens.kind(at) == "cross" or tokens.lower(at) == "x":
        return "cross"
    return "star" if tokens.kind(at) == "star" else None


def _link(tokens: Tokens, at: int) -> tuple[Size, int] | None:
    """Return one size of a chain: a number, one name, or a sum in parentheses."""
    if tokens.kind(at) == "number":
        reader = Entry(tokens, len(tokens.all))
        return reader.read_by(reader.counted, at)
    if tokens.kind(at) == "name" and tokens.lower(at) != "x" and tokens.all[at].text not in ENGLISH:
        token = tokens.all[at]
        if is_given(tokens, at) and tokens.touches(at + 1) and tokens.touches(at + 2):  # `B x S=1 x N`
            return number_at(tokens, at + 2), at + 3
        value = None if token.text.lower() in UNSAID else plain(token.text)
        reader = Entry(tokens, len(tokens.all))
        return Size(value, token.start, token.end), reader.behind_note(at + 1)
    if tokens.kind(at) == "open" and tokens.all[at].text == "(":
        reader = Entry(tokens, len(tokens.all))
        return reader.read_by(reader.factor, at)
    return None


def _letter(tokens: Tokens, at: int, behind: bool) -> tuple[Size, int] | None:
    """Return one of the letters of `b c h w`; behind the first there must be a blank before it."""
    if behind and tokens.touches(at):
        return None
    reader = Entry(tokens, len(tokens.all), words=1, blanks=False)
    if tokens.kind(at) == "open":
        return _packed(tokens, at)
    one = None if tokens.kind(at) == "star" else reader.read(at)
    return one if one is not None and _is_short(one[0]) else None


def _packed(tokens: Tokens, at: int) -> tuple[Size, int] | None:
    """Return einops' parentheses, whose names are factors: `(h d)`."""
    close = tokens.closing.get(at)
    behind = tokens.all[at + 1 : close] if close is not None and close - at <= 9 else ()
    inside = [token for token in behind if token.kind != "star"]
    if not inside or any(token.kind not in ("name", "number") for token in inside):
        return None
    if not all(token.text.isdecimal() or is_axis(token.text) for token in inside):
        return None
    assert close is not None, "there is something inside"
    product = "*".join(plain(token.text) for token in inside)
    return Size(product, tokens.all[at].start, tokens.all[close].end), close + 1


def _is_short(size: Size) -> bool:
    if not isinstance(size.value, str) or size.value == REST:
        return True
    names = names_in(size.value)
    return all(
        is_axis(name) and (len(name) < 3 or not name.isalpha() or not name.islower()) for name in names
    )
