"""JSON whose texts know where they stand: the file is read once, and what is changed later is changed in place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from json.scanner import py_make_scanner  # type: ignore[attr-defined]
from typing import Any

from archcheck.documents.document import Line
from archcheck.documents.text import BOM, split

_SHORT = {"n": "\n", "r": "\r"}
_SIGN = "\ufffd"
_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00[0-7])")


class Located(str):
    """A text of a JSON file; `begin`, `end`: where it stands between its quotes, in characters of the file."""

    __slots__ = ("begin", "end")
    begin: int
    end: int


class _Decoder(json.JSONDecoder):
    """JSON with every text located; a number of any length is a number, since none is used."""

    def __init__(self) -> None:
        super().__init__(parse_int=float)
        self.parse_string = _located
        self.scan_once = py_make_scanner(self)


def loads(text: str) -> Any:
    """Return what a JSON text holds, its texts as `Located`. Raises `JSONDecodeError`, `RecursionError`."""
    start = len(BOM) if text.startswith(BOM) else 0
    decoder = _Decoder()
    begin = json.decoder.WHITESPACE.match(text, start).end()  # type: ignore[attr-defined]
    value, end = decoder.raw_decode(text, begin)
    end = json.decoder.WHITESPACE.match(text, end).end()  # type: ignore[attr-defined]
    if end != len(text):
        raise JSONDecodeError("Extra data", text, end)
    return value


def lines(pieces: Sequence[Located], raw: str, number: int = 1) -> list[Line]:
    """Return the lines of a text that stands in one or more pieces of the file `raw`, counted from `number`."""
    texts = split(_text("".join(pieces)))
    starts = _starts(pieces, raw)
    return [Line(text, number + n, start) for n, (text, start) in enumerate(zip(texts, starts, strict=True))]


def forward(raw: str, at: int, columns: int) -> int:
    """Return the place in the file `raw` that is `columns` characters of text behind `at`: an escape is one of them."""
    while columns > 0:
        if raw[at] == '"':  # this piece ends here, and its line goes on in the next
            at = raw.index('"', at + 1) + 1
            continue
        at += _escape(raw, at)[1] if raw[at] == "\\" else 1
        columns -= 1
    return at


def quoted(text: str, raw: str) -> str:
    """Return a text as the file `raw` would have it between quotes: what is not ASCII as it is, or escaped."""
    ascii_only = raw.isascii() and _ESCAPED.search(raw) is not None
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


def _located(raw: str, begin: int, strict: bool = True) -> tuple[Located, int]:
    text, end = scanstring(raw, begin, strict)
    located = Located(text)
    located.begin, located.end = begin, end - 1
    return located, end


def _text(text: str) -> str:
    """Return a text with U+FFFD for each character that a file of text cannot have: a NUL, half of a surrogate pair."""
    return text.replace("\0", _SIGN).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _starts(pieces: Sequence[Located], raw: str) -> Iterator[int]:
    """Yield where each line begins."""
    begins, returned = True, False
    for piece in pieces:
        at = piece.begin
        while at < piece.end:
            char, width = _escape(raw, at) if raw[at] == "\\" else ("", 0)
            if returned and char == "\n":
                at, returned = at + width, False
                continue
            if begins:
                yield at
            begins = returned = False
            slash = raw.find("\\", at, piece.end)
            if slash < 0:
                break
            char, width = _escape(raw, slash)
            at, begins, returned = slash + width, char in "\r\n", char == "\r"


def _escape(raw: str, at: int) -> tuple[str, int]:
    """Return what the escape at a place means, and how wide it is."""
    if raw[at + 1] != "u":
        return _SHORT.get(raw[at + 1], raw[at + 1]), 2
    code = int(raw[at + 2 : at + 6], 16)
    if 0xD800 <= code < 0xDC00 and raw.startswith("\\u", at + 6):
        low = int(raw[at + 8 : at + 12], 16)
        if 0xDC00 <= low < 0xE000:
            return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)), 12
    return chr(code), 6
