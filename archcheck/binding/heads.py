"""The word that a line begins with, where it may be the variable that the line is said of, though it is a plain one."""

from __future__ import annotations

from archcheck.dialects.stated import Statement

_VERBS = {"is", "are", "has", "have"}
_SHAPES = {"shape", "size", "of", "a", "now"}


def headed(statement: Statement) -> tuple[str, bool]:
    """Return the word that a statement begins with, if no other stands before its shape; and if that is surely meant.

    >>> from archcheck.dialects import comment
    >>> [headed(one) for text in (" output: [B, C]", " shape of input: [B, C]", " image is [H, W, 3]")
    ...  for one in comment(text)]
    [('output', False), ('input', True), ('image', False)]
    """
    head = statement.text.replace("=", ":").partition(":")[0].strip(" `*")
    if statement.role in ("input", "output"):
        of = "shape of "
        return (head[len(of) :].strip(" `*"), True) if head.lower().startswith(of) else (head, False)
    before = statement.text[: max(0, statement.shapes[0].start - statement.start)]
    first, *others = before.replace(":", " is ").replace("=", " is ").split() or [""]
    said = bool(_VERBS & {*others}) and {*others} <= _VERBS | _SHAPES
    return (first.strip("`*"), False) if said else ("", False)
