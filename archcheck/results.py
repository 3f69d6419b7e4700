"""Frozen records that every stage hands on: what a run saw, the checks, the costs, the results.

Shapes here include the batch axis where the docstring says so; in what leaves the program they do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archcheck.strength import Mutation
from archcheck.units import Shape as Shape  # every stage takes it from here

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["agrees", "differs", "known wrong", "not reached", "unchecked"]
FAILING: tuple[Status, ...] = ("differs", "not reached")
"""A check with one of these is what makes a result not ok."""
Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
"""What JSON can say."""


def without_batch(shape: Shape | None, batch: int) -> Shape | None:
    """Return the shape of one sample; the whole shape where the first axis is not the batch."""
    return shape[1:] if shape and shape[0] == batch else shape


@dataclass(frozen=True, slots=True)
class SeenLayer:
    """One call of one leaf: shapes with batch axis, and the module's own parameters."""

    path: str
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    params: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a run stopped: the leaf, what PyTorch said, and what the leaf received."""

    path: str
    message: str
    inputs: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """One forward pass: the leaves in the order they ran, and what every watched node gave."""

    device: str
    layers: tuple[SeenLayer, ...]
    outputs: Mapping[str, Shape]
    output: Shape | None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the compiled network showed: one trace, one for each further run, and its own description.

    `params`, `kinds`, `repr`: None where a layer could not be built; `macs`: PyTorch's own count for one sample.
    """

    device: str
    trace: Trace
    runs: tuple[Trace, ...] = ()
    params: int | None = None
    kinds: Mapping[str, int] | None = None
    repr: str | None = None
    macs: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: what the document says, what the rules say, what the run showed.

    `layer` is the dotted path (`""`: the whole network), `line` the claim's line in the spec, `hint` what would
    make the claim true or why a layer failed, `wrong` why the claim is known to be wrong, `at` where it
    stands in the document, `source` which of the spec's documents says so (None where it names none).

    Of a document that was read itself: `layer` is what stands on the line, `source` by what it says so (a comment),
    `at` the notebook's cell, and `said` the shape as it is written there.
    """

    layer: str
    type: str
    quantity: str
    documented: Plain
    inferred: Plain
    seen: Plain
    status: Status
    line: int | None
    hint: str | None = None
    wrong: str | None = None
    at: str | None = None
    source: str | None = None
    said: str | None = None

    @property
    def claimed(self) -> bool:
        """Whether the document says something here."""
        return self.documented is not None


@dataclass(frozen=True, slots=True)
class Verification:
    """The checks of one target, or the error that kept them from being made.

    `mutation`: how many slips the claims catch, where that was asked for; `note`: why it was not run on the device
    that the others are run on; `path`: the file of a network that comes with archcheck, whose target is its name;
    `calls`: of a document, what its models were called with.
    """

    target: str
    name: str
    device: str | None
    checks: tuple[Check, ...] = ()
    error: str | None = None
    title: str = ""
    mutation: Mutation | None = None
    note: str | None = None
    path: str | None = None
    calls: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every check agrees, or is wrong as known; what could not be reached is not ok."""
        return self.error is None and not any(check.status in FAILING for check in self.checks)

    @property
    def claims(self) -> int:
        """How many claims of the document there are."""
        return sum(check.claimed for check in self.checks)

    @property
    def differing(self) -> int:
        """How many checks differ, claimed or not."""
        return sum(check.status == "differs" for check in self.checks)

    def count(self, status: Status) -> int:
        """Return how many of the document's claims have this status."""
        return sum(check.status == status for check in self.checks if check.claimed)

    def to_frame(self) -> pd.DataFrame:
        """Return the checks as a pandas frame, a row each."""
        return frame_of(self.checks, Check)


def frame_of(records: tuple[object, ...], kind: type) -> pd.DataFrame:
    """Return records of one kind as a pandas frame: a row each, a column a field."""
    import pandas as pd  # the library is imported only where a frame is asked for: it costs as much as a lint

    names = list(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    rows = [[getattr(record, name) for name in names] for record in records]
    return pd.DataFrame(
        rows, columns=names, dtype=object
    )  # left to itself, pandas makes a count beside a None a float
