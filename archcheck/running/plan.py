"""How a document's code is to be run: where, for how long, with how much memory, and with which inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archcheck.running.observed import Origin

Where = Literal["meta", "cpu", "cuda"]
"""`meta`: nothing is computed, and what cannot do without values is run again on the CPU."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a model may be called with, as somebody says it.

    `shapes`: a shape an argument; its sizes are numbers, or letters that get a number each. `names`: of the arguments
    that go by name, which are the last ones. `dtypes`: by PyTorch's names, in the same order; empty:
    what the first layer takes. `what`: the class or variable that it is said of; None: any.
    """

    shapes: tuple[tuple[int | str, ...], ...]
    origin: Origin
    names: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    what: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How to run it.

    `seconds`: in all, starting included; `memory_bytes`: beyond what PyTorch itself takes; `inputs`: best first.
    `again`: call every model again with other sizes, to know which numbers hang on sizes that we chose; left out, only
    where something is said in letters.
    """

    device: Where = "meta"
    seconds: float = 60.0
    memory_bytes: int = 4_000_000_000
    inputs: tuple[Given, ...] = ()
    again: bool = False
