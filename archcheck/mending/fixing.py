"""Stale claims of a document rewritten: its code runs again after each change, until no further claim can be mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archcheck.documented import Asked, Reviewed, review
from archcheck.documents import Document, Edit, edited, read
from archcheck.documents.editing import check_encoding
from archcheck.errors import DocumentError
from archcheck.judging.parts import Ruling
from archcheck.mending.evidence import Gathering, Left
from archcheck.mending.holding import MOST_RUNS, Attempt, Fix, Runs, held
from archcheck.mending.placing import Placing
from archcheck.mending.rewriting import Change, rewritten
from archcheck.results import Verification

UNKNOWN = "nothing is known that would agree"
SHAPED_OTHERWISE = "the run prints other lines than the document has room for"


@dataclass(frozen=True, slots=True)
class Told:
    """A stated shape that was wrong: where it stands, as it was, and as it is now or why it was left."""

    place: str
    was: str
    now: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Mended:
    """A document and its text as it was mended; `before`, `after`: what was verified of the two.

    `told`: what was rewritten and what was left, in the document's order.
    """

    document: Document
    text: str
    before: Verification
    after: Verification
    told: tuple[Told, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything is written anew."""
        return self.text != self.document.text


def fix(document: Document, asked: Asked) -> Mended:
    """Return a document with every stale claim rewritten that can be; nothing else in it changes.

    A claim is rewritten where what is so is known to the last size, and only what agrees when the code is run again
    stays. Raises as `documented.review` does.
    """
    asked = replace(asked, again=True)
    first = now = review(document, asked)
    reasons: dict[int, str] = {}
    runs = Runs(MOST_RUNS)
    while (better := _improved(now, asked, reasons, runs)) is not None:
        now, reasons = better, {}
    told = tuple(_told(first, now, reasons))
    return Mended(document, now.document.text, first.verification, now.verification, told)


def _improved(now: Reviewed, asked: Asked, reasons: dict[int, str], runs: Runs) -> Reviewed | None:
    """Return the document with all fixes that hold together, or None where none does.

    Why the others do not is added to `reasons`, by the places of their checks in `Verdicts.checks`.
    """

    def attempt(fixes: Sequence[Fix]) -> Attempt:
        after = _with(now, fixes, asked)
        return Attempt(after, tuple(_bad(now, after, fixes)), _worse(now, after))

    return held([*_fixes(now, reasons)], attempt, runs, reasons)


def _with(now: Reviewed, fixes: Sequence[Fix], asked: Asked) -> Reviewed:
    """Return a document with fixes, run again."""
    edits = dict.fromkeys(edit for one in fixes for edit in one.edits)
    return review(reread(now.document, edited(now.document, [*edits])), asked)


def reread(document: Document, text: str) -> Document:
    """Return a document with another text."""
    return replace(read(document.path, text), encoding=document.encoding)


def _bad(now: Reviewed, after: Reviewed, fixes: Sequence[Fix]) -> list[Fix]:
    """Return the fixes that do not make their claims agree; all of them where the new text is read as other claims."""
    checks = after.verdicts.checks
    if len(now.verdicts.checks) != len(checks):
        return [*fixes]
    return [one for one in fixes if any(checks[place].status != "agrees" for place in one.checks)]


def _worse(now: Reviewed, after: Reviewed) -> bool:
    """Return whether anything differs that did not before."""
    pairs = zip(now.verdicts.checks, after.verdicts.checks, strict=False)
    return any(was.status != "differs" and new.status == "differs" for was, new in pairs)


def _fixes(now: Reviewed, reasons: dict[int, str]) -> Iterator[Fix]:
    """Yield what makes each stated shape true that differs; why others are left goes into `reasons`.

    One text may be said of several things: all of them must want the same.
    """
    placing, sightings = Placing(now.program), Gathering(now.program, now.verdicts)
    groups: dict[tuple[int, int, int], list[int]] = {}
    for place, ruling in enumerate(now.verdicts.rulings):
        claim, shape = ruling.part.claim, ruling.part.shapes[0]
        key = (id(claim.passage), claim.line.number, claim.column + shape.start)
        groups.setdefault(key, []).append(place)
    for places in groups.values():
        rulings = [now.verdicts.rulings[place] for place in places]
        wrong = [place for place in places if now.verdicts.rulings[place].check.status == "differs"]
        if not wrong:
            continue
        try:
            yield Fix(tuple(places), _edits(now, placing, sightings, rulings))
        except Left as left:
            reasons |= dict.fromkeys(wrong, str(left))
    yield from _fixes_of_exhibits(now, reasons)


def _fixes_of_exhibits(now: Reviewed, reasons: dict[int, str]) -> Iterator[Fix]:
    """Yield what puts the lines and numbers that the run printed in the place of those that the document shows."""
    for place, one in enumerate(now.verdicts.exhibits, len(now.verdicts.rulings)):
        if one.check.status == "differs":
            if one.edits:
                yield Fix((place,), one.edits)
            else:
                reasons[place] = SHAPED_OTHERWISE


def _edits(
    now: Reviewed, placing: Placing, sightings: Gathering, rulings: Sequence[Ruling]
) -> tuple[Edit, ...]:
    found = set()
    for ruling in rulings:
        if ruling.part.claim.told == "assertion":
            raise Left("an assertion is code, which is not rewritten")
        if ruling.check.status not in ("agrees", "differs"):
            raise Left("it is said of several things, and not all of them are known")
        changes: tuple[Change, ...] = ()
        if ruling.check.status == "differs":
            changes = rewritten(ruling.part, sightings.evidence(ruling))
            if not changes:
                raise Left("none of its sizes is surely the wrong one")
        found.add(tuple(placing.edit(ruling.part.claim, change) for change in changes))
    if len(found) > 1:
        raise Left("it is said of several things, which are not the same")
    edits = found.pop()
    try:
        check_encoding(now.document, edits)
    except DocumentError as error:
        raise Left(str(error)) from None
    return edits


def _told(first: Reviewed, now: Reviewed, reasons: Mapping[int, str]) -> Iterator[Told]:
    """Yield what became of what was wrong, in the document's order."""
    found = [*_rulings_told(first, now, reasons), *_exhibits_told(first, now, reasons)]
    yield from (told for _, told in sorted(found, key=lambda one: one[0]))


def _rulings_told(first: Reviewed, now: Reviewed, reasons: Mapping[int, str]) -> Iterator[tuple[int, Told]]:
    """Yield where in the document's text each claim stands that was wrong, and what became of it."""
    for place, (was, new) in enumerate(zip(first.verdicts.rulings, now.verdicts.rulings, strict=True)):
        claim = was.part.claim
        where, at = first.document.place(claim.passage, claim.line), claim.line.start + claim.column
        if was.part.text != new.part.text:
            yield at, Told(where, was.part.text, now=new.part.text)
        if new.check.status == "differs":
            yield at, Told(where, new.part.text, why=reasons.get(place, UNKNOWN))


def _exhibits_told(first: Reviewed, now: Reviewed, reasons: Mapping[int, str]) -> Iterator[tuple[int, Told]]:
    pairs = zip(first.verdicts.exhibits, now.verdicts.exhibits, strict=True)
    for place, (was, new) in enumerate(pairs, len(first.verdicts.rulings)):
        if was.check.status != "differs":
            continue
        where = first.document.place(was.passage, was.line)
        if new.check.status == "differs":
            yield was.line.start, Told(where, was.check.said or "", why=reasons.get(place, UNKNOWN))
            continue
        for edit in was.edits:
            before = edit.line.text[edit.start : edit.end].strip()
            yield (
                edit.line.start + edit.start,
                Told(first.document.place(was.passage, edit.line), before, edit.text.strip()),
            )
