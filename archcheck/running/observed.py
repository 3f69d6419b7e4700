"""What the run of a document's code showed: a record a line, as the process of its own writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from archcheck.results import Plain
from archcheck.units import Shape

Tree = Shape | list["Tree"] | dict[str, "Tree"] | str | None
"""A value as shapes: a tensor's (or a `torch.Size` itself), a list or tuple of values, a mapping's values, or the name
of the type of what is no tensor (`int: 400` with its value for a number)."""


@dataclass(frozen=True, slots=True)
class Event:
    """What one site saw once.

    `site`: its number in the program; `turn`: which run of the program with which sizes (0 is the document's own);
    `frame`: the call of a function that it happened in (0: the top; a new number for every call); `call`: the outermost
    call of a module that it happened in (0: none); `role`: of a module, what it received or what it gave; of all else
    `value`. `names`: whole numbers that the code itself has names for there (`d_model`, `self.heads`).
    """

    site: int
    turn: int
    frame: int
    call: int
    role: Literal["value", "input", "output"]
    value: Tree
    kind: str = ""
    arguments: Mapping[str, Plain] | None = None
    names: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A statement that was not run, or failed: its line in the program, and why, in one line."""

    line: int
    why: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Called:
    """A model that was called, and with what: by the document itself, or by us with a size that was worked out.

    `turn`; `what`: its class or name; `inputs`: shapes; `origin`: `document`, `claim`, `first layer`, `option`.
    """

    turn: int
    what: str
    inputs: tuple[Shape, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Observed:
    """All that a run showed; `error`: why it ended early (time, memory), in one line; `device`: where it ran."""

    device: str
    events: tuple[Event, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    called: tuple[Called, ...] = ()
    printed: Mapping[int, str] | None = None
    error: str | None = None
