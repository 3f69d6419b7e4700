"""What notebooks say to IPython and not to Python, taken out of code: `%matplotlib inline`, `!ls`, `net?`."""

from __future__ import annotations

from collections.abc import Sequence

from archcheck.documents.code import parsed
from archcheck.documents.document import Line
from archcheck.documents.statements import Reach
from archcheck.documents.text import indent, joined, without

_OF_PYTHON = frozenset(
    {"%%time", "%%timeit", "%%capture", "%%prun", "%%tab", "%%memit", "%%python", "%%python3"}
)
"""Magics of a whole cell that still hold Python."""


def other_language(lines: Sequence[Line]) -> bool:
    """Return whether a cell's first line hands it to something else (`%%bash`); a `.py` that it writes is Python."""
    first = next((line.text.split() for line in lines if line.text.strip()), [])
    if not first or not first[0].startswith("%%"):
        return False
    writes = first[0] in {"%%writefile", "%%file"} and first[-1].endswith(".py")
    return first[0] not in _OF_PYTHON and not writes


def is_magic(text: str) -> bool:
    """Return whether a line that begins a statement is said to IPython."""
    text = text.strip()
    if text.startswith(("%", "!", "?")) or text.endswith("?"):
        return True
    _, equals, right = text.partition("=")
    return bool(equals) and right.lstrip().startswith(("!", "%"))


def blanked(lines: Sequence[Line]) -> list[Line]:
    """Return code without its magics; each line stays where it is. Code that parses has none."""
    if not any(is_magic(line.text) for line in lines) or parsed(joined(lines)) is not None:
        return list(lines)
    kept, at, reach = list(lines), 0, Reach([line.text for line in lines])
    while at < len(lines):
        if not is_magic(lines[at].text):
            at = reach.logical(at)[0]
            continue
        columns = indent(lines[at].text)
        kept[at] = without(lines[at], f"{' ' * columns}pass" if columns else "")
        while lines[at].text.endswith("\\") and at + 1 < len(lines):
            at += 1
            kept[at] = without(lines[at])
        at += 1
    return kept
