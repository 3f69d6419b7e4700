"""Who reads what people write about shapes; another may be handed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archcheck.dialects import Printed, annotation, comment, docstring, printed, shape_alone
from archcheck.dialects.stated import Statement


@dataclass(frozen=True, slots=True)
class Readers:
    """From a comment without its `#`, a docstring, an annotation's source and an output to what each states.

    `alone`: from the text beside an expression that is a shape, where it is nothing but numbers in brackets.
    """

    comment: Callable[[str], Sequence[Statement]] = comment
    docstring: Callable[[str], Sequence[Statement]] = docstring
    annotation: Callable[[str], Statement | None] = annotation
    printed: Callable[[str], Sequence[Printed]] = printed
    alone: Callable[[str], Statement | None] = shape_alone


DIALECTS = Readers()
