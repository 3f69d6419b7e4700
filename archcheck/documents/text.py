"""A file -> its text, and the lines of a text; what is no text is refused in one line."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence
from pathlib import Path

from archcheck.documents.document import Line
from archcheck.errors import DocumentError

MOST_BYTES = 40_000_000
MOST_LINES = 1_000_000
BOM = "\ufeff"


def load(path: str) -> tuple[str, str]:
    """Return a file's text, line ends and byte order mark kept, and its encoding. Raises `DocumentError`."""
    data = _bytes(path)
    encoding = _python_encoding(path, data) if path.endswith(".py") else "utf-8"
    try:
        text = data.decode(encoding)
        back = text.encode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        said = "UTF-8" if encoding == "utf-8" else encoding
        message = f"is not {said} text (byte {error.start}); save the file as UTF-8"
        raise DocumentError(f"{shown(path)}:{line}: {message}") from None
    except (LookupError, UnicodeError):
        back = b""
    if back != data:
        message = f"its encoding {encoding!r} cannot be written back as it is; save the file as UTF-8"
        raise DocumentError(f"{shown(path)}:1: {message}")
    return text, encoding


def check(path: str, text: str) -> None:
    """Raise `DocumentError` for a text that is too long, or has a character that no text has."""
    nul = text.find("\0")
    if nul >= 0:
        line, column = text.count("\n", 0, nul) + 1, nul - text.rfind("\n", 0, nul)
        raise DocumentError(f"{shown(path)}:{line}:{column}: is not text: has a NUL; save the file as UTF-8")
    count = text.count("\n") + text.count("\r") - text.count("\r\n")
    if count > MOST_LINES or len(text) > MOST_BYTES:
        has = f"{count} lines" if count > MOST_LINES else f"{len(text)} characters"
        most = MOST_LINES if count > MOST_LINES else MOST_BYTES
        raise DocumentError(f"{shown(path)}: has {has}; the most of a document is {most}: split the file")


def shown(path: str) -> str:
    """Return a path as one line that a terminal can show."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in path)


def lines_of(text: str) -> list[Line]:
    """Return a text's lines as Python counts them: ended by a line feed, a carriage return or both, by nothing else."""
    start = len(BOM) if text.startswith(BOM) else 0
    lines = []
    for number, whole in enumerate(io.StringIO(text[start:], newline=""), 1):
        lines.append(Line(whole.rstrip("\r\n"), number, start))
        start += len(whole)
    return lines


def split(text: str) -> list[str]:
    """Return a text's lines, counted in the same way, without their ends."""
    return [whole.rstrip("\r\n") for whole in io.StringIO(text, newline="")]


def behind(line: Line, columns: int) -> Line:
    """Return a line without its first columns."""
    return Line(line.text[columns:], line.number, line.start + columns) if columns else line


def without(line: Line, put: str = "") -> Line:
    """Return a line with its place but without its text; `put`: what Python reads there instead."""
    return Line(put, line.number, line.start)


def indent(text: str) -> int:
    """Return how many blanks a text begins with."""
    return len(text) - len(text.lstrip())


def dedented(lines: Sequence[Line], columns: int | None = None) -> list[Line]:
    """Return lines without the indent that they share, or without `columns` of it, as far as they have it."""
    if columns is None:
        columns = min((indent(line.text) for line in lines if line.text.strip()), default=0)
    return [behind(line, min(columns, indent(line.text))) for line in lines]


def trimmed(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines without the blank ones at both ends."""
    first, last = 0, len(lines)
    while first < last and not lines[first].text.strip():
        first += 1
    while first < last and not lines[last - 1].text.strip():
        last -= 1
    return lines[first:last]


def joined(lines: Sequence[Line]) -> str:
    """Return lines as one text, each with its end."""
    return "".join(f"{line.text}\n" for line in lines)


def _bytes(path: str) -> bytes:
    try:
        file = Path(path)
        if file.is_dir():
            raise DocumentError(f"{shown(path)}: is a folder; name a document in it")
        if file.exists() and not file.is_file():
            raise DocumentError(f"{shown(path)}: is no regular file; copy what it gives into a file")
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise DocumentError(f"{shown(path)}: no such file") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise DocumentError(f"{shown(path)}: cannot be read: {why}") from None
    if len(data) > MOST_BYTES:
        raise DocumentError(
            f"{shown(path)}: has more than {MOST_BYTES} bytes, the most of a document: split the file"
        )
    return data


def _python_encoding(path: str, data: bytes) -> str:
    """Return what a Python file says of its encoding; the byte order mark of UTF-8 stays in the text."""
    try:
        found, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        if b"coding" not in b"".join(data.split(b"\n", 2)[:2]):
            return "utf-8"  # its first lines are no text: said with their place when it is decoded
        raise DocumentError(
            f"{shown(path)}:1: has an encoding that Python does not know in its first lines; save the file as UTF-8"
        ) from None
    return "utf-8" if found == "utf-8-sig" else found
