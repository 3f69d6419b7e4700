"""A document's text with some columns of some lines written anew, and not another byte changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from archcheck.documents.document import Document, Edit
from archcheck.documents.located import forward, quoted
from archcheck.documents.text import shown
from archcheck.errors import DocumentError


def edited(document: Document, edits: Sequence[Edit]) -> str:
    """Return the whole text of a document with its edits made; in a notebook they are written as its JSON writes text.

    Raises `DocumentError` where the document's encoding has no such character, `ValueError` where two edits overlap.
    """
    check_encoding(document, edits)
    text, parts, at = document.text, [], 0
    notebook = PurePath(document.path).suffix.lower() == ".ipynb"
    for start, end, new in sorted(_place(document, edit, notebook=notebook) for edit in edits):
        if start < at or end < start:
            raise ValueError(f"two edits overlap, or one ends before it begins, at character {start}")
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def _place(document: Document, edit: Edit, *, notebook: bool) -> tuple[int, int, str]:
    if not notebook:
        return edit.line.start + edit.start, edit.line.start + edit.end, edit.text
    start = forward(document.text, edit.line.start, edit.start)
    end = forward(document.text, start, edit.end - edit.start)
    return start, end, quoted(edit.text, document.text)


def check_encoding(document: Document, edits: Sequence[Edit]) -> None:
    """Raise `DocumentError` where the document's encoding lacks a character of the new text."""
    text = "".join(edit.text for edit in edits)
    try:
        text.encode(document.encoding)
    except UnicodeEncodeError as error:
        char = text[error.start]
        message = f"its encoding {document.encoding!r} has no {char!r}; save the file as UTF-8"
        raise DocumentError(f"{shown(document.path)}: {message}") from None
