"""How far a statement reaches in lines that may be code or not: brackets, strings, and the block under a colon.

It is only found here where a statement would end; whether it is one, Python's parser says.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass

from archcheck.documents.text import indent

_SPECIAL = re.compile("#|'{3}|\"{3}|['\"]")
_WORD = re.compile(r"\s*(\w*)")
_WORDS = frozenset({*keyword.kwlist, *keyword.softkwlist})
_NEVER_IN_BRACKETS = frozenset(
    {"import", "class", "def", "return", "while", "with", "try", "raise", "del", "assert"}
)
_MORE = frozenset({"else", "elif", "except", "finally"})
_DECORATED = frozenset({"def", "class", "async"})
_BEGINS = "@([{\"'.)]}#"


@dataclass(slots=True)
class _Reader:
    """What is still open behind the lines that were taken.

    `depth`: brackets; `quote`: the quotes of a string that goes on; `continued`: a backslash ended the last line;
    `colon`: a colon did; `wrong`: no further line can make Python of it.
    """

    depth: int = 0
    quote: str = ""
    continued: bool = False
    colon: bool = False
    wrong: bool = False

    def take(self, text: str) -> None:
        """Go on over one line."""
        end, at = "", 0
        while at < len(text):
            if self.quote:
                at, end = self._past_quote(text, at), '"'
                continue
            special = _SPECIAL.search(text, at)
            stop = len(text) if special is None else special.start()
            end = self._brackets(text[at:stop]) or end
            if special is None or special[0] == "#":
                break
            self.quote = special[0]
            at = special.end()
        self._finish(end)

    def _brackets(self, text: str) -> str:
        """Count the brackets of a text without strings, and return its last sign that is no blank."""
        for opening, closing in ("()", "[]", "{}"):
            self.depth += text.count(opening) - text.count(closing)
        return text.rstrip()[-1:]

    def _past_quote(self, text: str, at: int) -> int:
        """Return where the open string ends in a line: its length where it goes on in the next."""
        while True:
            found = text.find(self.quote, at)
            slash = text.find("\\", at, None if found < 0 else found)
            if slash < 0:
                break
            at = slash + 2
        if found >= 0:
            at, self.quote = found + len(self.quote), ""
            return at
        if len(self.quote) == 1:
            self.wrong, self.quote = True, ""
        return len(text)

    def _finish(self, end: str) -> None:
        self.continued = end == "\\" and not self.quote
        self.colon = end == ":" and self.depth <= 0 and not self.quote
        self.wrong = self.wrong or self.depth < 0

    @property
    def open(self) -> bool:
        return self.depth > 0 or bool(self.quote) or self.continued


class Reach:
    """Finds where statements end, in time linear in the page.

    Lines that were read and must be read again are counted; when they are more than the page has, and 10,000, every
    statement that is still asked for is taken for one line.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self._left = len(texts) + 10_000

    def statement(self, first: int) -> int:
        """Return the line behind the statement, with all its blocks, that would begin at line `first`."""
        if self._left <= 0:
            return first + 1
        base, last = indent(self.texts[first]), first
        end, colon = self.logical(first)
        while True:
            if colon:
                end = self._block(end, base)
            following = self._next(end)
            if following >= len(self.texts) or indent(self.texts[following]) != base:
                return end
            word, decorates = first_word(self.texts[following]), self._at(last)
            if not (word in _MORE or (decorates and (word in _DECORATED or self._at(following)))):
                return end
            last, (end, colon) = following, self.logical(following)

    def in_vain(self, lines: int) -> None:
        """Count lines that were read and must be read again."""
        self._left -= lines

    def _at(self, line: int) -> bool:
        return self.texts[line].lstrip().startswith("@")

    def logical(self, first: int) -> tuple[int, bool]:
        """Return the line behind one logical line, and whether it ends in a colon, so that a block follows."""
        reader = _Reader()
        reader.take(self.texts[first])
        end = first + 1
        while reader.open and not reader.wrong and end < len(self.texts) and self._left > 0:
            if not reader.quote and _cannot_go_on(self.texts[end]):
                break
            reader.take(self.texts[end])
            end += 1
        if reader.open or reader.wrong:
            self._left -= end - first - 1
            return (end if not reader.wrong else first + 1), False
        return end, reader.colon

    def _block(self, end: int, base: int) -> int:
        """Return the line behind the deeper lines that follow; blank lines and comments at its end are not of it."""
        at = self._next(end)
        while (
            at < len(self.texts)
            and indent(self.texts[at]) > base
            and may_be_code(self.texts[at], strictly=False)
        ):
            end, _ = self.logical(at)
            at = self._next(end)
        return end

    def _next(self, line: int) -> int:
        """Return the next line that is neither blank nor a comment alone."""
        while line < len(self.texts) and (not (text := self.texts[line].lstrip()) or text.startswith("#")):
            line += 1
        return line


def first_word(text: str) -> str:
    """Return the word that a text begins with; empty where it begins with something else."""
    found = _WORD.match(text)
    return "" if found is None else found[1]


def may_be_code(text: str, *, strictly: bool = True) -> bool:
    """Return whether a line can be worth the parser's time.

    Strictly: it begins with a keyword, or has what an assignment, a call or a decorator has.
    """
    text = text.strip()
    if not text or not (text[0].isidentifier() or text[0] in _BEGINS):
        return False
    if not strictly:
        return True
    if not text.isascii() and _has_signs_of_prose(text):
        return False
    return ("=" in text or "(" in text or text[0] == "@" or first_word(text) in _WORDS) and not _two_names(
        text
    )


def _two_names(text: str) -> bool:
    """Return whether a line begins with two names side by side, as prose does and no statement."""
    words = text.split(None, 2)
    return len(words) > 1 and all(word.isidentifier() and word not in _WORDS for word in words[:2])


def _cannot_go_on(text: str) -> bool:
    """Return whether no line inside brackets is like this one."""
    word = first_word(text)
    if word in _NEVER_IN_BRACKETS:
        return True
    return not text.isascii() and _has_signs_of_prose(text)


def _has_signs_of_prose(text: str) -> bool:
    """Return whether a line without strings has a sign that Python has not: `，`, `•`."""
    code = text.partition("#")[0]
    return '"' not in code and "'" not in code and not all(char.isascii() or char.isalnum() for char in code)
