"""What was rewritten in documents, and what was left as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
