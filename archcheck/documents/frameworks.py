"""Books that show each step in several frameworks: of blocks that say which they are for, PyTorch's are kept.

`#@tab pytorch` or `%%tab pytorch, mxnet` stands in a block's first line; in a book that writes `#@tab`, a block without
it is for the book's first framework.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcheck.documents.document import Line

_KEPT = frozenset({"all", "pytorch", "torch"})


class Frameworks:
    """Which of a page's blocks are PyTorch's. `blocks`: all of them."""

    def __init__(self, blocks: Iterable[Sequence[Line]]) -> None:
        tabs = [text for text in map(_first, blocks) if text.startswith("#@tab")]
        self._unmarked = not any("pytorch" in text for text in tabs)

    def keep(self, block: Sequence[Line]) -> bool:
        """Return whether a block is for PyTorch, or for every framework."""
        text = _first(block)
        if not text.startswith(("#@tab", "%%tab")):
            return self._unmarked
        said = text.partition(" ")[2].replace(",", " ").split()
        return not _KEPT.isdisjoint(said)


def _first(block: Sequence[Line]) -> str:
    return next((line.text.strip() for line in block if line.text.strip()), "")
