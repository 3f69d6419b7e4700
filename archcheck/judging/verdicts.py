"""What was judged of a document: a ruling for each stated shape, and by which calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archcheck.judging.exhibits import Exhibited
from archcheck.judging.names import Names
from archcheck.judging.parts import Ruling
from archcheck.judging.sightings import Scope
from archcheck.results import Check
from archcheck.running.observed import Called


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was judged of a document, in its order.

    `calls`: those by which it was judged; `turns`: all, by their number; `names`: what letters stand for, by scope;
    `exhibits`: of the models and tables that it shows as printed; `self_tests`: of the calls by which it tries its own
    models; `own`: the document's own calls.
    """

    rulings: tuple[Ruling, ...]
    calls: tuple[Called, ...]
    turns: Mapping[int, Called]
    names: Mapping[Scope, Names]
    exhibits: tuple[Exhibited, ...] = ()
    self_tests: tuple[Check, ...] = ()
    own: tuple[Called, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks alone."""
        ruled = (one.check for one in self.rulings)
        return (*ruled, *(one.check for one in self.exhibits), *self.self_tests)
