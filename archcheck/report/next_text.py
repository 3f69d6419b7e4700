"""What fails in one line, and below it what to do: the last that a reader sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcheck.report.values import line_of, place_of
from archcheck.results import FAILING, Check, Verification

NAMED = 5
"""So many places, or targets, are named; of more, how many there are."""


def next_text(results: Sequence[Verification], *, mended: bool = False) -> str:
    """Return what fails and what to do about it; nothing where all is well, or all there is is one error.

    `mended`: the documents were written anew, and this is what is left of them.
    """
    lines = [*_several(results)] if len(results) > 1 else [*_one(*results)]
    failing = [one for one in results if one.error is None and not one.ok]
    lines += [f"    {way}" for way in _ways(failing, mended=mended)]
    return "\n".join(lines) + "\n" if lines else ""


def _several(results: Sequence[Verification]) -> Iterator[str]:
    """Yield which targets do not hold, and which cannot be checked at all."""
    broken = [one.target for one in results if one.error is not None]
    failing = [one.target for one in results if one.error is None and not one.ok]
    of = f"of {len(results)} targets"
    if broken:
        yield f"{len(broken)} {of} cannot be checked: {_named(broken)}"
    if failing:
        yield f"{len(failing)} {of} {'does' if len(failing) == 1 else 'do'} not hold: {_named(failing)}"


def _one(result: Verification) -> Iterator[str]:
    """Yield which lines of a target do not hold."""
    number = len(_failing(result))
    if number:
        count = "1 check does" if number == 1 else f"{number} of {len(result.checks)} checks do"
        yield f"{count} not hold: {_named(_places(result))}"


def _failing(result: Verification) -> list[Check]:
    return [check for check in result.checks if check.status in FAILING]


def _of_a_spec(check: Check) -> bool:
    """Whether a spec's claim of a document fails: a budget is the spec's own, and no document says it."""
    return check.said is None and check.claimed and not check.quantity.startswith("budget.")


def _places(result: Verification) -> list[str]:
    """Return the lines where something fails, each once, as terminals and editors follow them."""
    places = (
        line_of(result.target, check.line, result.path) if check.said is None else place_of(result, check)
        for check in _failing(result)
    )
    return [*dict.fromkeys(places)]


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _ways(failing: Sequence[Verification], *, mended: bool) -> Iterator[str]:
    """Yield what to do: of documents, of specs, and of the lines where it is the document that is wrong."""
    pages = [one for one in failing if any(check.said is not None for check in _failing(one))]
    specs = [one for one in failing if any(_of_a_spec(check) for check in _failing(one))]
    if pages and not mended:
        files = " ".join(one.target for one in pages[:NAMED])
        yield f"archcheck verify --diff {files} shows what would be so instead, --fix writes it"
    if specs:
        yield "set the spec right; or, where its document is wrong, say so: {documented: VALUE, wrong: WHY}"
