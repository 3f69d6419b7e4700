"""How the reference is laid out as text: paragraphs, lists of a word and what it means, code as it is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

WIDTH = 100


def paragraph(text: str) -> str:
    """Return a text in lines no longer than the reference is wide."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def listing(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a line for each word, what it means beside it."""
    rows = [(word, meaning) for word, meaning in pairs]
    indent = min(max((len(word) for word, _ in rows), default=0), 26) + 4
    return "\n".join(_entry(word, meaning, indent) for word, meaning in rows)


def _entry(word: str, meaning: str, indent: int) -> str:
    start = f"  {word}"
    if not meaning:
        return start
    if len(start) + 2 > indent:
        below = textwrap.fill(
            meaning,
            WIDTH,
            initial_indent=" " * indent,
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
        return f"{start}\n{below}"
    return textwrap.fill(
        meaning,
        WIDTH,
        initial_indent=start.ljust(indent),
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
    )


def code(text: str) -> str:
    """Return code, set in and otherwise as it is."""
    return textwrap.indent(textwrap.dedent(text).strip("\n"), "    ")


def sections(*parts: str | tuple[str, str]) -> str:
    """Return parts one below the other; of a pair the first is its heading."""
    told = [part if isinstance(part, str) else f"{part[0].upper()}\n\n{part[1]}" for part in parts]
    return "\n\n".join(told) + "\n"
