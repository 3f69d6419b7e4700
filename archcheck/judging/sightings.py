"""What each site saw, once for every time it ran: what went in, what came out, and whose letters it shares."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from archcheck.binding.expressions import called_name, constructs
from archcheck.binding.program import Program, Site
from archcheck.binding.scopes import Scopes
from archcheck.binding.tree import Tree, is_function
from archcheck.judging.fitting import BATCHES
from archcheck.judging.unpacked import Unpacked
from archcheck.results import Plain
from archcheck.running.observed import Event, Made
from archcheck.running.observed import Tree as Seen
from archcheck.units import Shape

Scope = tuple[str, int, int]
"""Within what a letter has one size: a call of a function, one of a model, or what a site saw once."""
_NUMBER = "int: "
"""What a number's value stands behind, as it was seen."""
MOST_TENSORS = 64
"""Tensors of one value that are looked at."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one site saw once.

    `given`: what went in, None where the site does not see it; `gave`: what came out, or the value itself; `turn`,
    `kind`, `arguments` and `made` as in `Event`; `names`: those of the code where the site stands; `loose`: those that
    only the module has, of a site in a function. `at_top`: it is no module's, and in no function: the document itself
    says how large the batch is.
    """

    site: int
    turn: int
    scope: Scope
    given: Seen
    gave: Seen
    kind: str
    arguments: Mapping[str, Plain]
    names: Mapping[str, int]
    loose: Mapping[str, int]
    made: Made | None = None
    at_top: bool = False


def sightings_of(
    program: Program, events: Sequence[Event], supposed: frozenset[int] = frozenset()
) -> tuple[Sighting, ...]:
    """Return what was seen, in the order in which it came out; what went in and never came out has no `gave`.

    `supposed`: the turns in which letters have the sizes that were supposed, wherever they stand.
    """
    by_number = {site.number: site for site in program.sites}
    own = OwnNames(program)
    waiting: dict[tuple[int, int], list[Event]] = {}
    found = []
    for place, event in enumerate(events):
        site = by_number.get(event.site)
        if site is None or own.only_makes(site, event):
            continue
        if own.is_of_sizes(site):
            event = replace(event, value=_sizes(event.value))
        key = (event.site, event.turn)
        if event.role == "input":
            waiting.setdefault(key, []).append(event)
            continue
        given = _taken(waiting.get(key, []), event) if event.role == "output" else None
        found.append(_sighting(site, own, given, event, place))
        if event.turn in supposed:
            known = {**((given and given.names) or {}), **(event.names or {})}
            found[-1] = replace(found[-1], names=known, loose={})
    for left in waiting.values():
        found += [
            _sighting(by_number[one.site], own, one, None, -1 - place) for place, one in enumerate(left)
        ]
    return tuple(found)


def _taken(waiting: list[Event], gave: Event) -> Event | None:
    """Take what went into what came out: of a module the last, of an expression all of its parts."""
    if not waiting:
        return None
    if gave.kind or waiting[-1].kind:
        return waiting.pop()
    own: list[Event] = []
    while waiting and waiting[-1].frame == gave.frame:
        own.append(waiting.pop())
    if len(own) < 2:
        return own[0] if own else None
    return replace(own[0], value=[one.value for one in reversed(own)])


def _sighting(site: Site, own: OwnNames, given: Event | None, gave: Event | None, place: int) -> Sighting:
    event = gave or given
    assert event is not None, "one of them is what was seen"
    names = {**((given and given.names) or {}), **(event.names or {})}
    return Sighting(
        site.number,
        event.turn,
        _scope(site, event, place),
        None if given is None else given.value,
        None if gave is None else gave.value,
        event.kind,
        event.arguments or {},
        {name: size for name, size in names.items() if own.has(site, name)},
        {
            name: size
            for name, size in names.items()
            if not own.has(site, name) and not own.is_past(site, name)
        },
        event.made,
        not site.function and not event.kind and event.turn == 0,
    )


class OwnNames:
    """Which names belong to the function that a site stands in, or to one around it."""

    def __init__(self, program: Program) -> None:
        self._tree = Tree.of(program.source)
        self._bound = Scopes.of(self._tree).bound
        self._unpacked = Unpacked.in_tree(self._tree)

    def only_makes(self, site: Site, event: Event) -> bool:
        """Return whether an event is of an argument that a class is made with: the object receives others."""
        return event.role == "input" and not event.kind and constructs(self._tree.nodes[site.node])

    def is_of_sizes(self, site: Site) -> bool:
        """Return whether what stands there is a shape, as numbers of which nothing else tells what they are."""
        return site.when == "here" and _is_of_sizes(self._tree.nodes[site.node])

    def has(self, site: Site, name: str) -> bool:
        """Return whether a name is of the site's function, and of what stands there.

        At the top all are of the module, and its own: but a batch that is shown may be a smaller one.
        """
        first = name.partition(".")[0]
        scopes = self._inside(site.node)
        if not scopes:
            return name.lower() not in BATCHES
        found = any(first in self._bound.get(scope, ()) for scope in scopes)
        return found and not self.is_past(site, name)

    def is_past(self, site: Site, name: str) -> bool:
        """Return whether a name is of what a variable was before the statement that a site stands in."""
        return bool(self._inside(site.node)) and self._unpacked.is_stale(site.node, name)

    def _inside(self, number: int) -> list[int]:
        node = self._tree.nodes[number]
        own = [number] if is_function(node) else []
        return [*own, *(scope for scope in self._tree.scopes(number) if scope)]


def _is_of_sizes(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="shape"):
            return True
        case ast.Subscript(value=value, slice=ast.Slice()):
            return _is_of_sizes(value)
        case ast.Call(args=[value]) if called_name(node) in ("tuple", "list"):
            return _is_of_sizes(value)
        case _:
            return called_name(node) == "shape"


def _sizes(value: Seen) -> Seen:
    """Return whole numbers as one shape; anything else as it is."""
    sizes = (
        [one.removeprefix(_NUMBER) for one in value if isinstance(one, str)]
        if isinstance(value, list)
        else []
    )
    if not sizes or len(sizes) < len(value or ()) or not all(size.isdigit() for size in sizes):
        return value
    return tuple(int(size) for size in sizes)


def _scope(site: Site, event: Event, place: int) -> Scope:
    if site.repeated:
        return ("once", event.turn, place)
    if event.frame > 0:
        return ("frame", event.turn, event.frame)
    return ("call", event.turn, event.call) if event.call > 0 else ("once", event.turn, place)


def shapes_in(value: Seen) -> tuple[Shape, ...]:
    """Return the shapes of the tensors in a value, in order, as far as anybody would look."""
    return tuple(islice(_shapes(value), MOST_TENSORS))


def _shapes(value: Seen) -> Iterator[Shape]:
    if isinstance(value, tuple):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _shapes(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _shapes(one)
