"""Spec -> mutants: the same spec with one slip in it, in every layer that blocks have made of the same line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from archcheck.mutating.kinds import other_kind
from archcheck.mutating.slips import Slip, slipped, slips
from archcheck.spec.layers import Body, Branches, From, Layer, Node, Spec, Value, below, join
from archcheck.spec.signatures import shown
from archcheck.spec.source import Place

Sort = Literal["argument", "kind", "left out", "twice", "swapped", "repeat"]
Children = tuple[tuple[str, Node], ...]
Rewrite = Callable[[Body], Children]
"""What becomes of the children of a body; the same object where they stay."""
Leaf = Layer | Branches
_Key = tuple[Place, type]
"""What tells a leaf in the YAML: a join and its first branch's first layer may stand at one place."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A spec with one slip: of which sort, in the layers of which places, and of which argument, if it is of one.

    `path`, `kind`: the first layer that it changes; `alike`: how many layers stand at that place.
    """

    spec: Spec
    sort: Sort
    path: str
    kind: str
    places: tuple[Place, ...]
    what: str
    alike: int = 1
    argument: str | None = None


def mutants(spec: Spec) -> Iterator[Mutant]:
    """Yield every slip of a spec: arguments, kinds and order, layer by layer in the order that they run in."""
    yield from _Way(spec, _sites(spec), _read_elsewhere(spec)).body("", spec.body)


@dataclass(frozen=True, slots=True)
class _Way:
    """The way through a spec: `sites` by place, the paths that cannot be left out (`kept`), and what is `done`."""

    spec: Spec
    sites: Mapping[_Key, list[Leaf]]
    kept: frozenset[str]
    done: set[object] = field(default_factory=set)

    def body(self, path: str, body: Body) -> Iterator[Mutant]:
        for number, (name, child) in enumerate(body.children):
            inner = join(path, name)
            if isinstance(child, Body):
                yield from self.body(inner, child)
            elif isinstance(child, Branches):
                for branch in child.branches:
                    yield from self.body(below(inner, branch), branch.body)
            if isinstance(child, Layer | Branches) and _key(child) not in self.done:
                self.done.add(_key(child))
                neighbour = body.children[number + 1 : number + 2]
                yield from self.leaf(
                    inner, child, tuple((join(path, called), one) for called, one in neighbour)
                )
        yield from self.repeats(path, body)

    def leaf(self, path: str, node: Leaf, after: Children) -> Iterator[Mutant]:
        """Yield the slips of one leaf; `after`: what stands behind it in its body, by its path, if anything does."""
        site = _Site(self.spec, path, node, tuple(self.sites[_key(node)]))
        yield from site.arguments()
        yield from site.kinds()
        if path not in self.kept:
            yield from site.order(after)

    def repeats(self, path: str, body: Body) -> Iterator[Mutant]:
        """Yield `repeat:` changed: of blocks that stand in a row, one less, and one more."""
        for first, number in _rows(body.children):
            name, block = body.children[first]
            row = (body.place, first, number)
            if number < 2 or row in self.done or _holds_from(block):
                continue
            self.done.add(row)
            for more in (-1, 1):
                spec = rewritten(self.spec, _Repeat(body.place, first, number, more))
                what = f"repeated {number} -> {number + more}"
                yield Mutant(spec, "repeat", join(path, name), "", (block.place,), what)


@dataclass(frozen=True, slots=True)
class _Site:
    """A place in the YAML where a leaf stands; `nodes`: the leaves that it has become."""

    spec: Spec
    path: str
    node: Leaf
    nodes: tuple[Leaf, ...]

    def arguments(self) -> Iterator[Mutant]:
        """Yield each argument changed; two slips that come to the same are one."""
        made: list[tuple[str, list[tuple[Value, Value] | None]]] = []
        for name, slip in slips(self.node.kind, self.node.args):
            each = [slipped(node.kind, node.args, name, slip) for node in self.nodes]
            change = next((one for one in each if one is not None), None)
            if change is not None and (name, each) not in made:
                made.append((name, each))
                what = f"{name} {shown(change[0])} -> {shown(change[1])}"
                spec = self._each(lambda node, name=name, slip=slip: (_with(node, name, slip),))  # type: ignore[misc]
                yield self._mutant(spec, "argument", what, name)

    def kinds(self) -> Iterator[Mutant]:
        """Yield the layer replaced by another of its sort."""
        for other in other_kind(self.node):
            what = f"{self.node.kind} -> {other.kind}"
            spec = self._each(lambda node, kind=other.kind: _as(node, kind))  # type: ignore[misc]
            yield self._mutant(spec, "kind", what)

    def order(self, after: Children) -> Iterator[Mutant]:
        """Yield the layer left out, standing twice, and swapped with its neighbour."""
        yield self._mutant(self._each(lambda node: ()), "left out", "left out")
        if not _holds_from(self.node):
            again = self._each(lambda node: (node, replace(node, claims=())))
            yield self._mutant(again, "twice", "stands twice")
        for path, neighbour in after:
            if isinstance(neighbour, Layer | Branches) and not (
                _alike(self.node, neighbour) or _holds_from(self.node) or _holds_from(neighbour)
            ):
                yield self._swapped(path, neighbour)

    def _swapped(self, path: str, neighbour: Leaf) -> Mutant:
        what = f"swapped with {path} ({neighbour.kind})"
        places = (self.node.place, neighbour.place)
        spec = rewritten(self.spec, lambda body: _swapped(body.children, *places))
        return replace(self._mutant(spec, "swapped", what), places=places)

    def _mutant(self, spec: Spec, sort: Sort, what: str, argument: str | None = None) -> Mutant:
        places = (self.node.place,)
        return Mutant(spec, sort, self.path, self.node.kind, places, what, len(self.nodes), argument)

    def _each(self, edit: Callable[[Leaf], tuple[Leaf, ...]]) -> Spec:
        """Return the spec with every leaf of this place replaced by what `edit` makes of it."""
        return rewritten(self.spec, lambda body: _replaced(body.children, self.node, edit))


def rewritten(spec: Spec, rewrite: Rewrite) -> Spec:
    """Return the spec with the children of every body rewritten; what stays as it is is the same object."""
    return replace(spec, body=_body(spec.body, rewrite))


def _body(body: Body, rewrite: Rewrite) -> Body:
    inner = tuple((name, _node(child, rewrite)) for name, child in body.children)
    same = all(new is old for (_, new), (_, old) in zip(inner, body.children, strict=True))
    rebuilt = body if same else replace(body, children=inner)
    children = rewrite(rebuilt)
    return rebuilt if children is rebuilt.children else replace(rebuilt, children=children)


def _node(node: Node, rewrite: Rewrite) -> Node:
    if isinstance(node, Body):
        return _body(node, rewrite)
    if not isinstance(node, Branches):
        return node
    bodies = [_body(branch.body, rewrite) for branch in node.branches]
    if all(body is branch.body for body, branch in zip(bodies, node.branches, strict=True)):
        return node
    branches = zip(node.branches, bodies, strict=True)
    return replace(node, branches=tuple(replace(branch, body=body) for branch, body in branches))


def _replaced(children: Children, site: Leaf, edit: Callable[[Leaf], tuple[Leaf, ...]]) -> Children:
    if not any(_at(child, site) for _, child in children):
        return children
    return tuple(pair for name, child in children for pair in _edited(name, child, site, edit))


def _edited(
    name: str, child: Node, site: Leaf, edit: Callable[[Leaf], tuple[Leaf, ...]]
) -> Iterator[tuple[str, Node]]:
    if isinstance(child, Layer | Branches) and _at(child, site):
        yield from ((_again(name, number), node) for number, node in enumerate(edit(child)))
    else:
        yield name, child


def _again(name: str, number: int) -> str:
    """Return the name of a copy: no child of a spec has a blank in its name."""
    return f"{name} again" if number else name


def _swapped(children: Children, first: Place, second: Place) -> Children:
    for number, ((_, one), (_, other)) in enumerate(pairwise(children)):
        if (one.place, other.place) == (first, second) and not isinstance(one, Body):
            return (*children[:number], children[number + 1], children[number], *children[number + 2 :])
    return children


@dataclass(frozen=True, slots=True)
class _Repeat:
    """Makes a row of equal blocks, from the child `first` on, one shorter or one longer."""

    place: Place
    first: int
    number: int
    more: int

    def __call__(self, body: Body) -> Children:
        last, children = self.first + self.number, body.children
        if body.place != self.place or (self.first, self.number) not in _rows(children):
            return children
        name, block = children[last - 1]
        kept = (*children[:last], (_again(name, 1), block)) if self.more > 0 else children[: last - 1]
        return (*kept, *children[last:])


def _rows(children: Children) -> Iterator[tuple[int, int]]:
    """Yield where equal bodies stand in a row, and how many: what one `repeat:` has made."""
    first = 0
    for number in range(1, len(children) + 1):
        if number == len(children) or children[number][1] != children[first][1]:
            if isinstance(children[first][1], Body):
                yield first, number - first
            first = number


def _key(node: Leaf) -> _Key:
    return node.place, type(node)


def _at(node: Node, site: Leaf) -> bool:
    return node.place == site.place and type(node) is type(site)


def _sites(spec: Spec) -> dict[_Key, list[Leaf]]:
    found: dict[_Key, list[Leaf]] = {}
    for _, node in spec.leaves():
        found.setdefault(_key(node), []).append(node)
    return found


def _read_elsewhere(spec: Spec) -> frozenset[str]:
    """Return the paths that a `from:` or a `share:` names, and those around them: they cannot be left out."""
    named = [node.of for _, node in spec.walk() if isinstance(node, From)]
    named += [node.shares for _, node in spec.walk() if isinstance(node, Layer) and node.shares]
    ends = (path.split(".") for path in named)
    kept = {".".join(parts[: end + 1]) for parts in ends for end in range(len(parts))}
    for path, node in spec.walk():
        if isinstance(node, Branches) and not kept.isdisjoint(_opened(path, node)):
            kept.add(path)
    return frozenset(kept)


def _opened(path: str, node: Branches) -> Iterator[str]:
    """Yield the paths of the children that a join's open branches put beside it."""
    for branch in node.branches:
        if branch.name is None:
            yield from (join(below(path, branch), name) for name, _ in branch.body.children)


def _holds_from(node: Node) -> bool:
    """Return whether a `from:` is inside, which names a path and so cannot stand anywhere else."""
    if isinstance(node, Body):
        return any(_holds_from(child) for _, child in node.children)
    if isinstance(node, Branches):
        return any(_holds_from(branch.body) for branch in node.branches)
    return isinstance(node, From)


def _alike(one: Leaf, other: Leaf) -> bool:
    return isinstance(one, Layer) and (one.kind, one.args) == (other.kind, other.args)


def _with(node: Leaf, name: str, slip: Slip) -> Leaf:
    change = slipped(node.kind, node.args, name, slip)
    return node if change is None else replace(node, args={**node.args, name: change[1]})


def _as(node: Leaf, kind: str) -> tuple[Leaf, ...]:
    return tuple(other for other in other_kind(node) if other.kind == kind) or (node,)
