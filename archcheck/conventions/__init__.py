"""One count told as each tool, or custom, would tell it: a page a convention, one table of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcheck.conventions import fvcore, netscope, paper, ptflops, thop, torch_counter, torchinfo
from archcheck.conventions.base import NOTHING, Call, Convention, Share, Telling
from archcheck.costs import Told
from archcheck.operations import Count, CountedCall, summed

__all__ = ["CONVENTIONS", "Convention", "Share", "Telling", "tellings", "told"]

_PAGES = (torch_counter, fvcore, torchinfo, thop, ptflops, paper, netscope)

CONVENTIONS: Mapping[str, Convention] = {page.CONVENTION.name: page.CONVENTION for page in _PAGES}
"""Every convention, by the name that the command line takes."""


def tellings(count: Count, name: str) -> Iterator[tuple[CountedCall, Telling]]:
    """Yield every call with what a convention counts in it; a name that is not in `CONVENTIONS` is a KeyError."""
    convention = CONVENTIONS[name]
    for call in count.calls:
        ran = call.kind in ("module", "function")
        yield call, convention.tell(Call(call)) if ran else NOTHING


def told(count: Count, name: str) -> Told:
    """Return the whole cost as a convention tells it, of as many samples as were counted.

    What the tool counts and cannot be known from here makes it unknown, and the note says what that is.
    """
    convention = CONVENTIONS[name]
    amounts, unknown = [], []
    for call, telling in tellings(count, name):
        amounts.append(telling.amount or 0)
        unknown += [f"{call.path or call.type}: {telling.unknown}"] if telling.unknown else []
    note = f"unknown: {unknown[0]}" if unknown else _means(convention, count)
    return Told(convention.title, None if unknown else sum(amounts), convention.unit, note)


def _means(convention: Convention, count: Count) -> str:
    """Return what a convention's number means, with the numbers that it tells apart."""
    if convention.beside is None:
        return convention.means
    done = summed(
        convention.beside(Call(call)) for call in count.calls if call.kind in ("module", "function")
    )
    assert done is not None, "each is known"
    apart = {"comp": done.comparisons, "add": done.adds, "div": done.divisions, "exp": done.exponentials}
    return f"{convention.means}: " + ", ".join(f"{name} {amount:,}" for name, amount in apart.items())
