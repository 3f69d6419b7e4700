"""The words, numbers and marks of one line in which somebody writes of shapes, with their columns."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from archcheck.dialects.vocabulary import is_axis

Kind = Literal[
    "number", "name", "word", "open", "close", "comma", "cross", "star", "slash", "plus", "minus", "power",
    "at", "arrow", "dots", "equals", "colon", "stop", "odd",
]  # fmt: skip
"""`name`: Latin letters, an identifier (`src_len`, `x.shape`, `H_{in}`); `word`: letters of another script.

`stop` ends a sentence; `odd` is all else, numbers that are no sizes among them (`1.5`, `1e-3`, `1.13.1`). What may
stand around a shape without meaning anything (backticks, `$`, `:math:`, a `#` at the start) is left out.
"""

_PATTERN = re.compile(
    r"""
    (?P<quote>^[\s\#]+|:math:`|`+|\$+|["\u201c\u201d\u2018\u2019\u300c\u300d]|\\[()\[\],;!]|\\(?:left|right)(?![a-z]))
  | (?P<arrow>-{1,3}>|={1,3}>|[→⇒⟶➔➜↦]|\u2014>|\\(?:right|long)[a-z]*|\\to(?![a-z]))
  | (?P<cross>[×✕⨉⨯]|\\times)
  | (?P<dots>\.{3}|…|\\[lc]?dots)
  | (?P<odd>[0-9]+\.[\w.]*|\.[0-9]\w*|[0-9]+e[-+]?[0-9]+(?!\w)|[0-9]{13,}
      |https?://\S*|\\[a-z]+|:[a-z]+:)
  | (?P<compact>[0-9][A-Za-z0-9_]*)
  | (?P<name>[A-Za-z_](?:(?:[A-Za-z0-9_.]|\\_){0,80}[A-Za-z0-9_])?
      (?:_?(?:\\text|\\mathrm)?\{(?:[A-Za-z0-9_,\ ]|\\_|\\text\{[A-Za-z0-9_\\ ]{1,40}\}){1,40}\})?'{0,2})
  | (?P<word>[^\W\d_A-Za-z]+)
  | (?P<open>[(\[{\uff08\uff3b【]) | (?P<close>[)\]}\uff09\uff3d】])
  | (?P<comma>[,\uff0c、]) | (?P<colon>[:\uff1a])
  | (?P<stop>[.!?](?!\w)|[;|\uff1b。\uff01\uff1f\u2014\u2013]|(?<=\s\s)-+(?=\s))
  | (?P<power>\*\*|\^) | (?P<star>\*) | (?P<slash>//?) | (?P<plus>\+) | (?P<minus>-) | (?P<at>@)
  | (?P<equals>==?)
  | (?P<other>\S)
    """,
    re.VERBOSE,
)
MOST_CHARACTERS = 20_000
"""A line's first characters, which are read; nobody writes more into one comment, or says a shape behind so many."""
MOST_PIECES = 12
"""Of an interval."""
_WIDE_COMMA = "\uff0c"
_PIECES = re.compile(r"[0-9]+|[A-Za-z_][A-Za-z0-9_]*'*")
_LATEX = re.compile(r"\\(?:text|mathrm)|[{}\\]")
_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_CLOSING = {"(": ")", "[": "]", "{": "}", "\uff08": "\uff09", "\uff3b": "\uff3d", "【": "】"}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a line, columns `start` to `end`."""

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """The pieces of a line; `closing`: for each opening bracket that is closed, where.

    `half_open`: one is closed by another's, as intervals are, `[0, T)`.
    """

    text: str
    all: Sequence[Token]
    closing: dict[int, int]
    half_open: bool = False

    def kind(self, place: int) -> Kind | None:
        """Return the kind of a piece, None before the first and after the last."""
        return self.all[place].kind if 0 <= place < len(self.all) else None

    def touches(self, place: int) -> bool:
        """Return whether a piece stands against the one before it."""
        return 0 < place < len(self.all) and self.all[place - 1].end == self.all[place].start

    def ends_clause(self, place: int) -> bool:
        """Return whether a piece is the comma behind a clause, and not one of those between sizes.

        >>> [read_tokens(one).ends_clause(1) for one in ("然后，80, 80, 256", "批量，80，80，256", "N, 80, 80")]
        [True, False, False]
        """
        wide = self.lower(place) == _WIDE_COMMA and self.kind(place - 1) == "word"
        return wide and self.kind(place + 1) == "number" and self.lower(place + 2) != _WIDE_COMMA

    def lower(self, place: int) -> str:
        """Return a piece in lower case, nothing before the first and after the last."""
        return self.all[place].text.lower() if 0 <= place < len(self.all) else ""


def read_tokens(text: str) -> Tokens:
    """Return the pieces of a line.

    >>> [(token.kind, token.text) for token in read_tokens("3xHxW ->").all]
    [('number', '3'), ('cross', 'x'), ('name', 'H'), ('cross', 'x'), ('name', 'W'), ('arrow', '->')]
    """
    pieces = tuple(_pieces(text))
    return Tokens(text, pieces, *_brackets(pieces))


def _brackets(pieces: Sequence[Token]) -> tuple[dict[int, int], bool]:
    closing: dict[int, int] = {}
    half_open = False
    waiting: list[int] = []
    for place, piece in enumerate(pieces):
        if piece.kind == "open":
            waiting.append(place)
        elif piece.kind == "close":
            if waiting and _CLOSING[pieces[waiting[-1]].text] == piece.text:
                closing[waiting.pop()] = place
            else:  # brackets that do not pair say nothing about what stands around them
                half_open = half_open or bool(
                    waiting and piece.text in ")]" and place - waiting[-1] < MOST_PIECES
                )
                waiting.clear()
    return closing, half_open


def _pieces(text: str) -> Iterator[Token]:
    for match in _PATTERN.finditer(text, 0, MOST_CHARACTERS):
        kind, start = match.lastgroup or "odd", match.start()
        if kind == "name" and text[start - 1 : start] == "'" and match[0].endswith("'"):  # `'x'`, no prime
            yield Token("name", match[0].rstrip("'"), start, start + len(match[0].rstrip("'")))
            continue
        if kind in ("compact", "name"):
            yield from _compact(match[0], start)
        elif kind != "quote":
            yield Token(_KINDS.get(kind, "odd"), match[0], start, match.end())


def _compact(text: str, start: int) -> Iterator[Token]:
    """Yield `3x224x224`, `BxCxHxW` and `3C` in their pieces; any other name or number is one piece."""
    parts = text.replace("X", "x").split("x")
    if len(parts) > 1 and "{" not in text and _are_sizes(text, parts):
        for number, part in enumerate(parts):
            if number:
                yield Token("cross", "x", start, start + 1)
                start += 1
            yield from _size(part, start)
            start += len(part)
    else:
        yield from _size(text, start)


def _are_sizes(text: str, parts: Sequence[str]) -> bool:
    """Return whether what stands between the crosses are all sizes: `exp`, `max` and `txt` have no crosses."""
    if "_" in text and not (parts[0].isdecimal() or parts[0].isupper()):
        return False
    if any(part.startswith("_") or part.endswith("_") for part in parts):  # `MAX_LEN`
        return False
    if text.islower() and text.isalpha():
        return len(set(parts)) > 1 and all(len(part) == 1 and part in "bchwntdlmks" for part in parts)
    return all(
        part.isdecimal() or is_axis(part) or (len(part) == 1 and part.isupper()) or _factor(part)
        for part in parts
    )


def _factor(part: str) -> bool:
    """Return whether it is a number and a letter, `3C`."""
    pieces = _PIECES.findall(part)
    return len(pieces) == 2 and "".join(pieces) == part and pieces[0].isdecimal() and is_axis(pieces[1])


def _size(part: str, start: int) -> Iterator[Token]:
    """Yield a number, a name, or a number before a letter; `2d` and `1st` are odd."""
    if part.isdecimal():
        yield Token("number", part, start, start + len(part))
    elif part[:1].isdecimal() and _factor(part):
        for piece in _PIECES.finditer(part):
            kind: Kind = "number" if piece[0].isdecimal() else "name"
            yield Token(kind, piece[0], start + piece.start(), start + piece.end())
    else:
        yield Token("odd" if part[:1].isdecimal() else "name", part, start, start + len(part))


def plain(name: str) -> str:
    """Return a name as an identifier.

    >>> plain("H_{out}"), plain("C'"), plain(r"C_{\\text{in}}")
    ('H_out', 'C_prime', 'C_in')
    """
    words = re.findall(r"[^\W\d][\w.]*|\w+", _LATEX.sub(" ", name.replace("\\_", "_")))
    joined = words[0] if words else "_"
    for word in words[1:]:
        joined += word if joined.endswith("_") else f"_{word}"
    identified = all(part.isidentifier() for part in joined.split("."))
    joined = joined if identified else re.sub(r"\W", "_", joined)
    return joined + "_" * keyword.iskeyword(joined) + "_prime" * name.count("'")
