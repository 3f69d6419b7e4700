"""A spec that is wanted of a document's network, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass

from archcheck.binding.telling import Telling
from archcheck.units import Shape


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the spec is to be of.

    `model`: a variable or a class, None: the only one that is called; `name`, `title`: of the spec and of the document;
    `schema`: where the JSON Schema is; `calls`: the inputs that the document was judged by.
    """

    model: str | None
    name: str
    title: str
    schema: str
    calls: tuple[tuple[Shape, ...], ...] = ()
    tellings: tuple[Telling, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafted:
    """The text of a spec, what must be said of it, and in how few words it can be told; or why there is none."""

    text: str
    notes: tuple[str, ...] = ()
    summary: str = ""
    error: str | None = None
