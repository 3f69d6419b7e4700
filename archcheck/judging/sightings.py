"""What each site saw, once for every time it ran: what went in, what came out, and whose letters it shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from archcheck.binding.program import Site
from archcheck.results import Plain
from archcheck.running.observed import Event, Tree
from archcheck.units import Shape

Scope = tuple[str, int, int]
"""Within what a letter has one size: a call of a function, one of a model, or what a site saw once."""
MOST_TENSORS = 64
"""Tensors of one value that are looked at."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one site saw once.

    `given`: what went in, None where the site does not see it; `gave`: what came out, or the value itself; `turn`,
    `kind`, `arguments` and `names` as in `Event`.
    """

    site: int
    turn: int
    scope: Scope
    given: Tree
    gave: Tree
    kind: str
    arguments: Mapping[str, Plain]
    names: Mapping[str, int]


def sightings_of(sites: Sequence[Site], events: Sequence[Event]) -> tuple[Sighting, ...]:
    """Return what was seen, in the order in which it came out; what went in and never came out has no `gave`."""
    by_number = {site.number: site for site in sites}
    waiting: dict[tuple[int, int], list[Event]] = {}
    found = []
    for place, event in enumerate(events):
        site = by_number.get(event.site)
        if site is None:
            continue
        key = (event.site, event.turn)
        if event.role == "input":
            waiting.setdefault(key, []).append(event)
            continue
        given = waiting[key].pop() if event.role == "output" and waiting.get(key) else None
        found.append(_sighting(site, given, event, place))
    for left in waiting.values():
        found += [_sighting(by_number[one.site], one, None, -1 - place) for place, one in enumerate(left)]
    return tuple(found)


def _sighting(site: Site, given: Event | None, gave: Event | None, place: int) -> Sighting:
    event = gave or given
    assert event is not None, "one of them is what was seen"
    return Sighting(
        site.number,
        event.turn,
        _scope(site, event, place),
        None if given is None else given.value,
        None if gave is None else gave.value,
        event.kind,
        event.arguments or {},
        {**((given and given.names) or {}), **(event.names or {})},
    )


def _scope(site: Site, event: Event, place: int) -> Scope:
    if site.repeated:
        return ("once", event.turn, place)
    if event.frame > 0:
        return ("frame", event.turn, event.frame)
    return ("call", event.turn, event.call) if event.call > 0 else ("once", event.turn, place)


def shapes_in(value: Tree) -> tuple[Shape, ...]:
    """Return the shapes of the tensors in a value, in order, as far as anybody would look."""
    return tuple(islice(_shapes(value), MOST_TENSORS))


def _shapes(value: Tree) -> Iterator[Shape]:
    if isinstance(value, tuple):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _shapes(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _shapes(one)
