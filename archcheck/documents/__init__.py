"""Documents read and written back: Markdown, reStructuredText, notebooks, Python files and plain text, to passages.

Nothing of a document runs here. A reader is imported when a document of its kind is read.
"""

from __future__ import annotations

import warnings
from pathlib import PurePath

from archcheck.documents import text as texts
from archcheck.documents.document import Document, Edit, Kind, Line, Passage
from archcheck.documents.editing import edited
from archcheck.documents.gathering import Gathering

__all__ = ["SUFFIXES", "Document", "Edit", "Kind", "Line", "Passage", "edited", "is_document", "read"]

_MARKDOWN = (".md", ".markdown", ".mdx", ".qmd")
SUFFIXES = (*_MARKDOWN, ".rst", ".py", ".ipynb", ".txt")
"""What the names of documents end in."""


def is_document(path: str) -> bool:
    """Return whether a file's name says that it is a document.

    >>> is_document("docs/Alexnet.MD"), is_document("specs/alexnet.yaml")
    (True, False)
    """
    return _suffix(path) in SUFFIXES


def read(path: str, text: str | None = None) -> Document:
    """Read a document; a name that ends in none of `SUFFIXES` is read as plain text.

    `text`: what the file holds, where the caller has it; without it the file is read. Raises `DocumentError`, one line
    with the place, for what cannot be read.
    """
    encoding = "utf-8"
    if text is None:
        text, encoding = texts.load(path)
    texts.check(path, text)
    into = Gathering()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the document's own code: an escape that Python does not know
        _passages(path, text, into)
    return Document(path, text, tuple(into.passages), encoding)


def _passages(path: str, text: str, into: Gathering) -> None:
    suffix = _suffix(path)
    if suffix == ".ipynb":
        from archcheck.documents.notebook import read_notebook

        read_notebook(path, text, into)
    elif suffix == ".py":
        from archcheck.documents.examples import read_examples

        lines = texts.lines_of(text)
        into.module(lines)
        read_examples(lines, into)
    elif suffix in _MARKDOWN:
        from archcheck.documents.markdown import read_markdown

        read_markdown(texts.lines_of(text), into)
    elif suffix == ".rst":
        from archcheck.documents.rst import read_rst

        read_rst(texts.lines_of(text), into)
    else:
        from archcheck.documents.plain import read_plain

        read_plain(texts.lines_of(text), into)


def _suffix(path: str) -> str:
    return PurePath(path).suffix.lower()
