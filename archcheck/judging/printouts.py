"""What a document shows as printed x what the run printed: each line beside the one that is like it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from archcheck.binding.program import Claim, Program
from archcheck.dialects import printed
from archcheck.dialects.outputs import PrintedModel, PrintedTable
from archcheck.dialects.stated import Size, StatedShape, Statement
from archcheck.judging.fitting import fits
from archcheck.judging.shown_tensors import shown_tensors
from archcheck.judging.sightings import Sighting
from archcheck.running.observed import Observed
from archcheck.units import Shape

NOTHING = "what ran before it printed nothing"
NONE_LIKE_IT = "what ran before it printed no line like it"

_NUMBER = re.compile(r"[0-9]+")
_PROMPT = re.compile(r"^(?:Out ?)?\[0\]: ?|^[#>=:\- ]+")
_SHAPE = "\0"
_A_TENSOR = "a tensor"
_TENSOR = re.compile(
    rf"\[torch\.[\w.]*Tensor of size {_SHAPE}[^,]*\]|tensor\(\.\.\., device='meta', size={_SHAPE}.*\)"
)
"""How PyTorch shows a tensor: below its values, as it once was, and where there are none."""

Key = tuple[str, int]
"""A line without its shapes and numbers, and which of the statements on it is meant."""


@dataclass(frozen=True, slots=True)
class Printout:
    """What the sites before an output printed, in order, and what can be read of it."""

    texts: tuple[tuple[int, str], ...]
    statements: Mapping[Key, Sequence[tuple[int, Statement]]]
    models: tuple[PrintedModel, ...]
    tables: tuple[PrintedTable, ...]

    @classmethod
    def of(cls, texts: Iterable[tuple[int, str]]) -> Printout:
        """Read the texts of sites."""
        kept = tuple((site, text) for site, text in texts if text.strip())
        statements: dict[Key, list[tuple[int, Statement]]] = {}
        models: list[PrintedModel] = []
        tables: list[PrintedTable] = []
        for site, text in kept:
            found = printed(text)
            for key, statement in _keyed(text, [one for one in found if isinstance(one, Statement)]):
                statements.setdefault(key, []).append((site, statement))
            for shape in shown_tensors(text):
                sizes = tuple(Size(size, 0, 0) for size in shape)
                stated = StatedShape(sizes, "size", 0, 0)
                statements.setdefault((_A_TENSOR, 0), []).append(
                    (site, Statement("value", (stated,), "", 0, 0))
                )
            models += [one for one in found if isinstance(one, PrintedModel)]
            tables += [one for one in found if isinstance(one, PrintedTable)]
        return cls(kept, statements, tuple(models), tuple(tables))


def _keyed(text: str, statements: Sequence[Statement]) -> Iterator[tuple[Key, Statement]]:
    lines = text.split("\n")
    begins = [0, *accumulate(len(line) + 1 for line in lines)]
    by_line: dict[int, list[Statement]] = {}
    for one in statements:
        by_line.setdefault(bisect_right(begins, one.start) - 1, []).append(one)
    for number, own in by_line.items():
        shapes = [shape for one in own for shape in one.shapes]
        words = _without_numbers(lines[number], shapes, -begins[number])
        for place, one in enumerate(own):
            yield (words, place), one


def _without_numbers(line: str, shapes: Sequence[StatedShape], by: int) -> str:
    """Return a line as it would be with any shapes and numbers in it; the shapes' columns count from `by`."""
    for shape in sorted(shapes, key=lambda one: -one.start):
        line = line[: max(shape.start + by, 0)] + _SHAPE + line[max(shape.end + by, 0) :]
    words = " ".join(line.split())
    return _A_TENSOR if _TENSOR.fullmatch(words) else _PROMPT.sub("", _NUMBER.sub("0", words))


class Printouts:
    """The printouts of a run, and the line of them that each claim of an output is about."""

    def __init__(self, program: Program, observed: Observed) -> None:
        self._program, self._printed = program, observed.printed or {}
        self._read: dict[tuple[int, ...], Printout] = {}

    def of(self, sites: tuple[int, ...]) -> Printout:
        """Return what some sites printed."""
        if sites not in self._read:
            self._read[sites] = Printout.of((site, self._printed.get(site, "")) for site in sites)
        return self._read[sites]

    def seen(self, claim: Claim) -> Sighting | str | None:
        """Return what was printed where a claim says what is; or why that is not known, None where nothing was."""
        return self._seen.get(id(claim))

    @cached_property
    def _seen(self) -> Mapping[int, Sighting | str]:
        """By the identity of a claim."""
        groups: dict[tuple[int, ...], list[Claim]] = {}
        for claim in self._program.claims:
            if claim.told == "output" and claim.sites:
                groups.setdefault(claim.sites, []).append(claim)
        return {
            id(claim): found
            for sites, claims in groups.items()
            if self.of(sites).texts
            for claim, found in _paired(claims, self.of(sites))
        }


def _paired(claims: Sequence[Claim], printout: Printout) -> Iterator[tuple[Claim, Sighting | str]]:
    """Yield each claim of one output with the line that was printed in its place.

    Where the run printed as many lines of a kind, they are the same in order; else only those that fit are known.
    """
    by_key: dict[Key, list[Claim]] = {}
    for key, claim in _keyed_claims(claims):
        by_key.setdefault(key, []).append(claim)
    for key, own in by_key.items():
        real = printout.statements.get(key, ())
        if len(real) == len(own):
            yield from ((claim, _sighting(*one)) for claim, one in zip(own, real, strict=True))
        else:
            yield from _fitting(own, real)


def _keyed_claims(claims: Sequence[Claim]) -> Iterator[tuple[Key, Claim]]:
    by_line: dict[tuple[int, int], list[Claim]] = {}
    for claim in claims:
        by_line.setdefault((id(claim.passage), claim.line.number), []).append(claim)
    for own in by_line.values():
        column = own[0].column
        shapes = [shape for claim in own for shape in claim.statement.shapes]
        words = _without_numbers(own[0].line.text, shapes, column)
        yield from (((words, place), claim) for place, claim in enumerate(own))


def _fitting(
    claims: Sequence[Claim], real: Sequence[tuple[int, Statement]]
) -> Iterator[tuple[Claim, Sighting | str]]:
    """Yield claims with lines of the same kind, in order, that say the same; `real` are more or fewer."""
    left = iter(real)
    for claim in claims:
        found = next((one for one in left if _says(claim.statement, one[1])), None)
        if found is not None:
            yield claim, _sighting(*found)
            continue
        left = iter(())
        if real:
            lines = f"{len(real)} line{'' if len(real) == 1 else 's'}"
            yield claim, f"what ran before it printed {lines} like it, and the document shows {len(claims)}"
        else:
            yield claim, NONE_LIKE_IT


def _says(claimed: Statement, statement: Statement) -> bool:
    shapes = [_shape(one) for one in statement.shapes]
    return len(shapes) == len(claimed.shapes) and all(
        fits(one, shape, {}) is not None for one, shape in zip(claimed.shapes, shapes, strict=True)
    )


def _sighting(site: int, statement: Statement) -> Sighting:
    """Return a printed line as what a site saw: of a flow what goes in and what comes out."""
    shapes = [_shape(one) for one in statement.shapes]
    given = shapes[0] if len(shapes) > 1 else None
    return Sighting(site, 0, ("once", 0, -1), given, shapes[-1], "", {}, {}, {})


def _shape(stated: StatedShape) -> Shape:
    return tuple(size.value if isinstance(size.value, int) else -1 for size in stated.sizes)
