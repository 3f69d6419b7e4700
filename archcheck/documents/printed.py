"""What a document prints after its code: a model, a size, a tensor, a table of layers; found in lines of plain text."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from archcheck.documents.code import is_value, parsed
from archcheck.documents.statements import Reach
from archcheck.documents.text import indent

_VALUE_BEGINS = ("torch.Size(", "tensor(", "array(", "Size(")
_HEAD = "Layer (type"
"""How the head of a table of layers begins, whose first ruler may have been left out."""
_RULER = frozenset("-=_+|─━═┌┬┐├┼┤└┴┘ ")
_SHORTEST_RULER = 20
_MOST_WORDS = 8
_AROUND_HEAD = 2
_MOST_SUMS = 10


def looks_printed(texts: Sequence[str]) -> bool:
    """Return whether something that code prints stands in these lines."""
    reach = Reach(texts)
    return any(end_of_printed(texts, at, reach) > at for at in range(len(texts)))


def end_of_printed(texts: Sequence[str], first: int, reach: Reach) -> int:
    """Return the line behind what was printed from line `first` on; `first` itself where nothing was."""
    text = texts[first].strip()
    if is_ruler(text):
        return _end_of_table(texts, first)
    if text.startswith(_HEAD):
        return max(first, _end_of_table(texts, first - 1))
    if _begins_model(texts, first):
        return _end_of_model(texts, first)
    if text.startswith(_VALUE_BEGINS):
        return reach.logical(first)[0]
    if _ends_in_size(text):
        return first + 1
    return _end_of_value(texts, first, reach) if text.startswith(("(", "[")) else first


def is_ruler(text: str) -> bool:
    """Return whether a line is drawn: a run of dashes, as tables have it."""
    return len(text) >= _SHORTEST_RULER and set(text) <= _RULER


def _begins_model(texts: Sequence[str], first: int) -> bool:
    """Return whether a printed model begins: `AlexNet(` and in the next line `  (features): Sequential(`."""
    text = texts[first].rstrip()
    if not text.endswith("(") or not text.strip()[:-1].isidentifier() or first + 1 == len(texts):
        return False
    child = texts[first + 1]
    return child.lstrip().startswith("(") and "): " in child and indent(child) > indent(text)


def _end_of_model(texts: Sequence[str], first: int) -> int:
    """Return the line behind a printed model's last bracket, which stands under its first letter."""
    base = indent(texts[first])
    for at in range(first + 1, len(texts)):
        text = texts[at]
        if indent(text) <= base or not text.strip():
            return at + (text.strip() == ")")
    return len(texts)


def _end_of_table(texts: Sequence[str], first: int) -> int:
    """Return the line behind the last ruler of a table of layers: head, rows, sums, with a ruler around each.

    `first` where there is none: a ruler alone parts the prose.
    """
    if (
        first + 2 >= len(texts)
        or "  " not in texts[first + 1].strip()
        or not is_ruler(texts[first + 2].strip())
    ):
        return first
    rulers, last = 2, first + 2
    for at in range(first + 3, len(texts)):
        if is_ruler(texts[at].strip()):
            rulers, last = rulers + 1, at
        over = at - last > _MOST_SUMS if rulers > _AROUND_HEAD else not texts[at].strip()
        if over:
            break
    return last + 1


def _ends_in_size(text: str) -> bool:
    """Return whether a line ends as `print(name, x.shape)` ends it; a sentence about a size is longer."""
    before, found, size = text.rpartition("torch.Size(")
    return bool(found) and size.endswith("])") and len(before) < 80 and len(before.split()) <= _MOST_WORDS


def _end_of_value(texts: Sequence[str], first: int, reach: Reach) -> int:
    """Return the line behind a tuple or a list of values; `first` where the bracket holds anything else."""
    end, _ = reach.logical(first)
    statements = parsed("\n".join(texts[first:end]).strip())
    if (
        statements
        and len(statements) == 1
        and isinstance(statements[0], ast.Expr)
        and is_value(statements[0].value)
    ):
        return end
    reach.in_vain(end - first - 1)
    return first
