"""What the run of a document's code showed: a record a line, as the process of its own writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from archcheck.results import Plain
from archcheck.units import Shape

Tree = Shape | list["Tree"] | dict[str, "Tree"] | str | None
"""A value as shapes: a tensor's (or a `torch.Size` itself), a list or tuple of values, a mapping's values, or the name
of the type of what is no tensor (`int: 400` with its value for a number)."""
STATED = "__archcheck_stated__"
"""In place of the shape of a tensor that the document's code did not make, but that is taken to be as it states."""

ABSENT = "NoneType"
"""What None is as such a tree."""

_META = re.compile(r"(?:\b|_)meta\b", re.IGNORECASE)


EventRole = Literal["value", "input", "output"]


@dataclass(frozen=True, slots=True)
class Made:
    """The layer whose result a value is, or has the shape of: its class and arguments, and the shape it received.

    `itself`: the value is that result; else it was made right after it, as `F.relu(self.conv(x))` is.
    """

    kind: str
    arguments: Mapping[str, Plain]
    received: Shape
    itself: bool


@dataclass(frozen=True, slots=True)
class Event:
    """What one site saw once.

    `site`: its number in the program; `turn`: which run of the program with which sizes (0 is the document's own);
    `frame`: the call of a function that it happened in (0: the top; a new number for every call); `call`: the outermost
    call of a module that it happened in (0: none); `role`: of a module, what it received or what it gave; of all else
    `value`. `names`: whole numbers that the code itself has names for there (`d_model`, `self.heads`). `made`: of a
    value, the layer that ran last.
    """

    site: int
    turn: int
    frame: int
    call: int
    role: EventRole
    value: Tree
    kind: str = ""
    arguments: Mapping[str, Plain] | None = None
    names: Mapping[str, int] | None = None
    made: Made | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A statement that was not run, or failed: its line in the program, and why, in one line.

    `failed`: it raised, or nothing could be done about it; not what is left out on purpose. Line 0: no statement, but
    a model that could not be built or called after all of them.
    """

    line: int
    why: str
    failed: bool


Origin = Literal[
    "document",
    "option",
    "comment",
    "claim",
    "first layer",
    "made up",
    "other sizes",
    "supposed",
    "unfinished",
]
"""Where the sizes come from that a model was called with.

`document`: the document's own call; `option`: the user's; `comment`: a
comment `archcheck: input=...`; `claim`: what the document states; `first layer`: worked
back from a layer's arguments; `made up`: of a class, or a function, for whose arguments sizes of our own were taken:
there too numbers need not hold; `other sizes`: a call that went through before, made again with other sizes wherever
the code takes them: there numbers that the document states need not hold, only letters do; `supposed`: what failed
was left out, and what it would have made was taken to be as the document states it; `unfinished`: no call, but what
hangs on statements that did not run to their ends, or on values that are not here.
"""

DOUBTS = ("supposed", "unfinished")
"""Of what shows in such a turn nothing is known but what it agrees with."""


@dataclass(frozen=True, slots=True)
class Called:
    """A model that was called, and with what: by the document itself, or by us with a size that was worked out.

    `turn`; `what`: its class or name; `inputs`: shapes; `origin`; `error`: what it raised, in one line. `ours`: of
    each input the axes whose sizes we chose, since nothing says them. `line`: of the program, where the document calls
    it. `part`: which part of it raised the error, and what that received: `features.3 (Conv2d) receives 2x48x5x5`.
    `passing`: whether it has parts of ours, in the place of some that nothing says, through which shapes only pass.
    """

    turn: int
    what: str
    inputs: tuple[Shape, ...]
    origin: Origin
    error: str | None = None
    ours: tuple[tuple[int, ...], ...] = ()
    line: int = 0
    part: str | None = None
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """All that a run showed; `error`: why it ended early (time, memory), in one line; `device`: where it ran.

    `at`: the line of the program whose statement ran then; None: not known, or it had ended and models were called.
    `printed`: what the sites of printed text saw; `doubtful`: those of them that printed what was made of supposed
    tensors, and whether one of these itself. `left_out`: how many events were not kept, of sites that see the same
    again and again.
    """

    device: str
    events: tuple[Event, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    called: tuple[Called, ...] = ()
    printed: Mapping[int, str] | None = None
    error: str | None = None
    at: int | None = None
    left_out: int = 0
    doubtful: Mapping[int, bool] = field(default_factory=dict)

    @property
    def seen(self) -> frozenset[int]:
        """The sites that saw what the document's code made, and not only what is in doubt."""
        doubted = {called.turn for called in self.called if called.origin in DOUBTS}
        return frozenset(event.site for event in self.events if event.turn not in doubted)

    @property
    def supposed(self) -> frozenset[int]:
        """The turns in which what failed was left out."""
        return frozenset(called.turn for called in self.called if called.origin == "supposed")


def lacks_values(why: str) -> bool:
    """Return whether an error is that tensors of the meta device have no values."""
    return _META.search(why) is not None
