"""A document -> the spec of its network, whose claims are the shapes that the document states, each with its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

from archcheck.binding.telling import Telling
from archcheck.documented import Asked, opened, review
from archcheck.documents import Document
from archcheck.errors import TargetError
from archcheck.judging.parts import Ruling
from archcheck.judging.verdicts import Verdicts
from archcheck.running.observing import draft
from archcheck.running.wanted import Drafted, Wanted

MOST_TITLE = 100


def spec_of_document(
    path: Path, shown: str, model: str | None, name: str, schema: str, asked: Asked
) -> Drafted:
    """Return the spec of a document's network: of the one that is called, or of `model`, a variable or a class.

    `name`: of the spec; `schema`: where the JSON Schema is. Raises `DocumentError` for what cannot be read or has no
    code that parses, `UsageError` for an input that is none, `TargetError` where no network runs, several do, or no
    spec can say it.
    """
    document = opened(path, shown)
    reviewed = review(document, asked)
    calls = tuple(called.inputs for called in reviewed.verdicts.calls if called.origin != "other sizes")
    tellings = tuple(_tellings(reviewed.verdicts))
    wanted = Wanted(model, name, _title(document), schema, calls, tellings)
    made = draft(document, reviewed.plan, wanted)
    if made.error is not None and reviewed.plan.device == "meta" and "meta" in made.error:
        made = draft(document, replace(reviewed.plan, device="cpu"), wanted)
    if made.error is not None:
        raise TargetError(made.error)
    return made


def _tellings(verdicts: Verdicts) -> Iterator[Telling]:
    """Yield what the document states beside its code, where that was checked, in its order."""
    for ruling in sorted(verdicts.rulings, key=_place):
        claim, check = ruling.part.claim, ruling.check
        if check.status in ("agrees", "differs") and claim.told != "output" and len(ruling.part.shapes) == 1:
            shape = ruling.part.shapes[0]
            sizes = tuple(size.value for size in shape.sizes)
            quantity = cast("Literal['input', 'output']", ruling.part.quantity)
            agrees = check.status == "agrees"
            yield Telling(_sites(ruling), quantity, sizes, shape.layout, _at(ruling), agrees)


def _place(ruling: Ruling) -> tuple[int, int]:
    claim = ruling.part.claim
    return claim.passage.cell or 0, claim.line.number


def _sites(ruling: Ruling) -> tuple[int, ...]:
    """Return the sites of a claim, that by which it was judged first."""
    seen = [sighting.site for sighting in ruling.seen]
    return tuple(dict.fromkeys((*seen, *ruling.part.claim.sites)))


def _at(ruling: Ruling) -> int | str:
    claim = ruling.part.claim
    cell = claim.passage.cell
    return claim.line.number if cell is None else f"cell {cell}, line {claim.line.number}"


def _title(document: Document) -> str:
    """Return the document's first line of prose that has words, or its name."""
    lines = (line.text for one in document.passages if one.kind == "prose" for line in one.lines)
    words = (line.strip("#=-*_`~>/ \t\"'") for line in lines)
    found = next((line for line in words if sum(map(str.isalpha, line)) > 1), "")
    return found[:MOST_TITLE].strip() or Path(document.path).name
