"""Equal blocks with equal parameters are read once: what they stand for is one object, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archcheck.spec.layers import Body
from archcheck.spec.read import Scope


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a block stands for; `path`, `depth`: where it was read, and how deep that is.

    `made`, `values`: how many layers and blocks are in it, and how many YAML values those were expanded from.
    """

    body: Body
    path: str
    depth: int
    made: int
    values: int


@dataclass(slots=True)
class Expansions:
    """The blocks of one network that were read, by name and parameters.

    `_copies`: by the path of each block that was not read again, the path that it was read at.
    """

    _known: dict[tuple[str, ...], Expansion] = field(default_factory=dict)
    _copies: dict[str, str] = field(default_factory=dict)

    def keep(self, block: str, scope: Scope, expansion: Expansion) -> None:
        """Keep what a block stands for with the parameters of `scope`."""
        self._known[_key(block, scope)] = expansion

    def copied(self, block: str, scope: Scope, depth: int, room: tuple[int, int]) -> Expansion | None:
        """Return what a block was found to stand for, which from now on stands at the path of `scope` as well.

        None where it must be read: for the first time, or because there it may pass a limit, which a message then
        names: a limit on `depth` or on the length of a path, or `room`, the layers and values that there may still be.
        """
        found = self._known.get(_key(block, scope))
        if found is None or depth > found.depth or len(scope.path) > len(found.path):
            return None
        if found.made > room[0] or found.values > room[1]:
            return None
        self._copies[scope.path] = found.path
        return found

    def read_at(self, path: str) -> Iterator[str]:
        """Yield a path, and the paths at which what stands there was read."""
        yield path
        while (copy := next((one for one in _above(path) if one in self._copies), None)) is not None:
            path = self._copies[copy] + path[len(copy) :]
            yield path


def _key(block: str, scope: Scope) -> tuple[str, ...]:
    return (block, *map(repr, scope.names.values()))  # as text, for 1, 1.0 and true are equal


def _above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition(".")[0]
        yield path
