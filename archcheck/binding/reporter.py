"""What a rewritten program calls while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, Protocol, TypeVar

REPORTER = "__archcheck__"
"""The name that the rewritten tree calls its reporter by: a global of the program's module."""
FRAME = "__archcheck_frame__"
"""The name that a function of the rewritten tree keeps the number of its call under."""
T = TypeVar("T")
Part = Literal["value", "input", "output"]
"""What of a site is told: of a `flow` site what goes in and what comes out, of all others the value."""
Names = Mapping[str, Callable[[], object]]
"""By the name that a claim writes (`d_model`, `self.heads`): how to read what the code has under it there.

Each is called at once or never, and may raise: then the code has nothing of that name there.
"""


class Reporter(Protocol):
    """The object that the rewritten tree knows as `__archcheck__`.

    It gives back what it is told of unchanged, and raises nothing of its own that is an `Exception`.
    """

    def enter(self) -> int:
        """Return the number of a call of a function that begins now: above 0, and no call had it before."""

    def value(
        self, site: int, value: T, frame: int | None = 0, part: Part = "value", names: Names | None = None, /
    ) -> T:
        """Take what a site sees, and return it.

        `frame`: the call of a function that it happens in, as `enter` numbered it; 0: the top; None: not known, so
        that it shares its letters with nothing. A module is watched when it is seen as `value` or `output`; of an
        `input` only tensors, and lists of them, matter.
        """

    def printing(self, site: int | None, /) -> None:
        """From here on, what is printed is what this site prints; None: no site's."""

    def shown(self, site: int, value: T, /) -> T:
        """Take the value that ends a passage as an expression: an interactive Python would show it."""
