"""What was rewritten in documents, and what was left as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcheck.mending.annotating import Annotated
from archcheck.mending.fixing import Mended
from archcheck.report.to_text import listing


def mended_text(mended: Sequence[Mended], style: str) -> str:
    """Return what was rewritten, and what was not and why, a line each; nothing where nothing was wrong."""
    rewritten = [
        f"{one.place}: {one.was} is now {one.now}" for document in mended for one in document.told if one.now
    ]
    left = [line for document in mended for line in left_lines(document)]
    found = (("Rewritten", rewritten), ("Left as they are", left))
    parts = [listing(title, lines, style) for title, lines in found if lines]
    return "\n\n".join(parts) + "\n" if parts else ""


def left_lines(mended: Mended) -> Iterator[str]:
    """Yield what is wrong in a document and was not rewritten, a line each."""
    for one in mended.told:
        if one.now is None:
            yield f"{one.place}: {one.was} is left as it is: {one.why}"


def annotated_line(made: Annotated, *, written: bool) -> str:
    """Return in one line what was written into a document, or would be, and what was not."""
    added = f"{made.added} shape{'' if made.added == 1 else 's'} {'written' if written else 'to write'}"
    if not made.bare:
        return f"{made.document.path}: {added}"
    lines = "1 line has" if made.bare == 1 else f"{made.bare} lines have"
    return f"{made.document.path}: {added}; {lines} none, for what is there is no tensor, or not surely known"
