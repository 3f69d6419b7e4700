"""One size among the pieces of a line: a number, a name, arithmetic, `...`, or what says that none is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archcheck.dialects.stated import REST, Size
from archcheck.dialects.tokens import Tokens, plain
from archcheck.dialects.vocabulary import ENGLISH, is_axis

MOST_FACTORS = 12
MOST_WORDS = 4
DEEPEST = 3
"""How many parentheses arithmetic may have inside one another."""
UNSAID = ("_", "?", "none", "-1")
"""What stands for an axis of which no size is said."""


def number_at(tokens: Tokens, at: int) -> Size:
    """Return the number that a piece is."""
    token = tokens.all[at]
    return Size(int(token.text), token.start, token.end)


def is_given(tokens: Tokens, at: int) -> bool:
    """Return whether a name of an axis is given a number: `C=64`, but not `stride=4`."""
    equals = tokens.kind(at + 1) == "equals" and tokens.all[at + 1].text == "="
    return equals and tokens.kind(at + 2) == "number" and is_axis(tokens.all[at].text)


@dataclass(slots=True)
class Entry:
    """Reads one size before `end`; `words`: how many make a name; `blanks`: whether marks may have blanks around,
    `crosses`: whether crosses may."""

    tokens: Tokens
    end: int
    words: int = MOST_WORDS
    blanks: bool = True
    crosses: bool = True

    def read(self, at: int) -> tuple[Size, int] | None:
        """Return the size at a piece and where it ends."""
        token = self.tokens.all[at] if at < self.end else None
        if token is None:
            return None
        if token.kind == "dots" or (token.kind == "star" and self._ends(at + 1)):
            return Size(REST, token.start, token.end), at + 1
        if token.kind == "star" and self.tokens.kind(at + 1) == "name" and self._ends(at + 2):  # `*dims`
            return Size(REST, token.start, self.tokens.all[at + 1].end), at + 2
        if token.text.lower() in UNSAID and self._ends(at + 1):
            return Size(None, token.start, token.end), at + 1
        if token.kind == "minus" and self.tokens.lower(at + 1) == "1" and self._ends(at + 2):
            return Size(None, token.start, token.end + 1), at + 2
        if self.tokens.kind(at + 1) == "equals":
            given = is_given(self.tokens, at) and self._ends(at + 3)
            return (number_at(self.tokens, at + 2), at + 3) if given else None
        return self.read_by(self.sum, at)

    def read_by(self, rule: Callable[[int, int], tuple[str, int] | None], at: int) -> tuple[Size, int] | None:
        """Return what a rule reads as a size: a number where it is one."""
        found = rule(at, 0)
        if found is None:
            return None
        text, last = found
        start, end = self.tokens.all[at].start, self.tokens.all[last - 1].end
        return Size(int(text) if text.isdecimal() else text, start, end), last

    def sum(self, at: int, depth: int) -> tuple[str, int] | None:
        """Return terms joined by plus and minus; stars with blanks around join what has none: `2*M-1 * 2*N-1`."""
        return self._loose(at, depth) or self._joined(at, depth, self._term, ("plus", "minus"))

    def _loose(self, at: int, depth: int) -> tuple[str, int] | None:
        """Return the product of sums that are written without blanks, with blanks around its stars."""
        if not self.blanks:
            return None
        tight = Entry(self.tokens, self.end, 1, blanks=False)
        sums: list[str] = []
        found = tight.sum(at, depth)
        while found is not None and len(sums) < MOST_FACTORS:
            sums.append(found[0])
            last = found[1]
            if last >= self.end or self.tokens.kind(last) != "star" or self.tokens.touches(last + 1):
                break
            found = tight.sum(last + 1, depth)
        if found is None or len(sums) < 2 or not any(sign in one for one in sums for sign in "+-"):
            return None
        return "*".join(f"({one})" for one in sums), last

    def _term(self, at: int, depth: int) -> tuple[str, int] | None:
        return self._joined(at, depth, self.factor, ("star", "slash", "cross"))

    def _joined(
        self, at: int, depth: int, rule: Callable[[int, int], tuple[str, int] | None], marks: tuple[str, ...]
    ) -> tuple[str, int] | None:
        found = rule(at, depth)
        for _ in range(MOST_FACTORS):
            if found is None or not self._is_mark(found[1], marks):
                return found
            text, last = found
            mark = self.tokens.all[last]
            right = rule(last + 1, depth)
            sign = mark.text if mark.kind in ("plus", "minus", "slash") else "*"
            found = None if right is None else (f"{text}{sign}{right[0]}", right[1])
        return None

    def _is_mark(self, at: int, marks: tuple[str, ...]) -> bool:
        if at >= self.end or (not self.blanks and not self.tokens.touches(at)):
            return False
        cross = self.tokens.kind(at) == "cross" or self.tokens.lower(at) == "x"
        if cross:  # `b,c,hxw`, but not `B x S x E, B x 1`
            return "cross" in marks and (self.crosses or self.tokens.touches(at))
        return self.tokens.kind(at) in marks

    def factor(self, at: int, depth: int) -> tuple[str, int] | None:
        """Return a number, a name or a sum in parentheses, perhaps to a power."""
        kind = self.tokens.kind(at) if at < self.end else None
        found = None
        if kind == "number":
            found = self.counted(at, depth)
        elif kind in ("name", "word"):
            found = self._name(at)
        elif kind == "open" and depth < DEEPEST and self.tokens.all[at].text == "(":
            inside = self.sum(at + 1, depth + 1)
            found = (
                None
                if inside is None or self.tokens.kind(inside[1]) != "close"
                else (f"({inside[0]})", inside[1] + 1)
            )
        if (
            found is not None
            and self.tokens.kind(found[1]) == "power"
            and self.tokens.kind(found[1] + 1) == "number"
        ):
            return f"{found[0]}**{self.tokens.all[found[1] + 1].text}", found[1] + 2
        return found

    def counted(self, at: int, depth: int) -> tuple[str, int] | None:
        """Return a number, or its product with the name that stands against it: `3C`."""
        text = str(int(self.tokens.all[at].text))
        if self.tokens.kind(at + 1) == "name" and self.tokens.touches(at + 1) and at + 1 < self.end:
            return f"{text}*{plain(self.tokens.all[at + 1].text)}", at + 2
        return text, at + 1

    def _name(self, at: int) -> tuple[str, int] | None:
        """Return up to four words as one name, without the note behind it: `n_step(=5)`."""
        last = at + 1
        while last < min(self.end, at + self.words) and self._is_word(last):
            last += 1
        words = [token.text for token in self.tokens.all[at:last]]
        if len(words) > 1 and (any(word.lower() in ENGLISH for word in words) or max(map(len, words)) == 1):
            return None
        return "_".join(plain(word) for word in words), self.behind_note(last)

    def _is_word(self, at: int) -> bool:
        return self.tokens.kind(at) == "name" and not self.tokens.touches(at) and self.tokens.lower(at) != "x"

    def behind_note(self, at: int) -> int:
        """Return where what follows a name begins, its note `(=1)` left out."""
        noted = self.tokens.kind(at) == "open" and self.tokens.kind(at + 1) == "equals" and at < self.end
        close = self.tokens.closing.get(at) if noted else None
        return at if close is None else close + 1

    def _ends(self, at: int) -> bool:
        """Return whether an entry ends before a piece: at a comma, a bracket, the end, or a blank where blanks part."""
        if at >= self.end or self.tokens.kind(at) in ("comma", "close", "arrow", "stop", None):
            return True
        return not self.blanks and not self.tokens.touches(at)
