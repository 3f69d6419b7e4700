"""What stands before: the nodes that have been read, which `from:` and `share:` name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archcheck.spec.expansions import Expansions
from archcheck.spec.layers import join
from archcheck.spec.signatures import closest

MOST_NAMES = 1000
"""Among so many of the last ones, the name that was meant is looked for."""


@dataclass(slots=True)
class Earlier:
    """The nodes that have been read, by path: the kind of a layer, and no kind of a body, a branch or a join.

    `expansions`: where what was read once stands as well; `asked`: how often a node was looked for.
    """

    expansions: Expansions
    asked: int = 0
    _kinds: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, kind: str = "") -> None:
        """Note that the node at a path has been read."""
        self._kinds[path] = kind

    def kind(self, path: str) -> str | None:
        """Return the kind of the layer at a path; empty: a node that is no layer; None: nothing is there yet."""
        at = (one for one in self.expansions.read_at(path) if one in self._kinds)
        return next((self._kinds[one] for one in at), None)

    def find(self, name: str, at: str) -> str | None:
        """Return the path of what `name` means at the path `at`, looked up from the innermost body outwards."""
        self.asked += 1
        return next((path for path in _outwards(name, at) if self.kind(path) is not None), None)

    def near(self, name: str, at: str, inputs: tuple[str, ...]) -> str | None:
        """Return the name that was meant, as it is found from `at`, if one is like it."""
        last = [*self._kinds][-MOST_NAMES:]
        paths = {**{path: path for path in last}, **{path.rpartition(".")[2]: path for path in last}}
        meant = closest(name, sorted({*paths, *inputs}))
        if meant is None or meant in inputs:
            return meant
        return paths[meant] if self.find(meant, at) is None else meant


def _outwards(name: str, at: str) -> Iterator[str]:
    """Yield the paths that a name may mean, the innermost first."""
    while at:
        at = at.rpartition(".")[0]
        yield join(at, name)
