"""Spec x shapes x checks -> what is drawn: how deep into the blocks, what joins the step before, what is repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archcheck.drawing.figure import Figure, Fork, Item, Step, Way, columns, steps
from archcheck.drawing.words import operation
from archcheck.infer import Inference
from archcheck.leaf import InferredLayer
from archcheck.report.values import summary_text
from archcheck.results import Check, Verification, without_batch
from archcheck.spec.layers import Body, Branch, Branches, From, Layer, Node, Spec, below, join
from archcheck.units import Shape, shape_text

MOST_COLUMNS = 24
MOST_STEPS = 32
"""A drawing goes as deep into the blocks as it can without more than these: nobody reads a larger one."""
KINDS_NAMED = 3
"""So many kinds of layers are named of a block that is drawn as one volume."""
Placed = tuple[str, Node]
"""A node and its path."""


def figure(spec: Spec, inference: Inference, result: Verification, depth: int | None = None) -> Figure:
    """Return what is drawn of a network; `depth`: so many levels of blocks are open, else as many as can be read."""
    checks: dict[str, list[Check]] = {}
    for check in result.checks:
        checks.setdefault(check.layer, []).append(check)
    plan = _Plan(inference, {layer.path: layer for layer in inference.layers}, checks, spec.batch)
    items: tuple[Item, ...] = ()
    for level in range(_levels(spec.body) + 1) if depth is None else (depth,):
        made = plan.body("", spec.body, level, _inputs(spec))
        if items and (columns(made) > MOST_COLUMNS or len([*steps(made)]) > MOST_STEPS):
            break
        items = made
    return Figure(spec.title, summary_text(result), items, tuple(checks.get("", ())))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is known of the network by the paths of its nodes."""

    inference: Inference
    layers: Mapping[str, InferredLayer]
    checks: Mapping[str, Sequence[Check]]
    batch: int

    def body(self, path: str, body: Body, depth: int, before: tuple[Item, ...] = ()) -> tuple[Item, ...]:
        """Return what is drawn of a body, `depth` levels of blocks open, behind what stands before it."""
        found = [*before]
        for group in _groups(path, body):
            for item in self.items(group, depth):
                _add(found, item)
        return tuple(found)

    def items(self, group: Sequence[Placed], depth: int) -> Iterator[Item]:
        """Yield what is drawn of equal nodes that follow each other."""
        path, node = group[-1]
        if isinstance(node, Layer):
            yield self.layer(path, node)
        elif isinstance(node, From):
            yield Step(path, node.of or path, (), self.shape(path), self.said(path), source=node.of)
        elif len(group) > 1 or depth == 0:
            if any(inner in self.layers for inner, _ in _inside(path, node)):
                yield from _aside(path, node, (self.whole(group),))
        elif isinstance(node, Body):
            yield from _aside(path, node, self.opened(path, node, depth - 1))
        else:
            yield Fork(tuple(self.way(path, branch, depth - 1) for branch in node.branches))
            yield Step(path, path, (node.kind,), self.shape(path), self.said(path))

    def layer(self, path: str, node: Layer) -> Step:
        """Return the step of one layer; one that keeps the size and multiplies nothing joins the step before."""
        known = self.layers[path]
        shape, effect = self.shape(path), known.effect
        given = known.inputs[0] if known.inputs else None
        joins = effect is not None and effect.output == given and not effect.macs
        text = operation(node.kind, known.args)
        return Step(path, path, (text,), shape, self.said(path), joins=joins)

    def opened(self, path: str, body: Body, depth: int) -> tuple[Item, ...]:
        """Return the steps of a body, the last of which has what is said of the whole of it."""
        return _with(self.body(path, body, depth), self.said(path))

    def way(self, path: str, branch: Branch, depth: int) -> Way:
        """Return one way of a fork."""
        inside = below(path, branch)
        made = self.body(inside, branch.body, depth)
        if branch.name is None or branch.name.isdigit():  # its place in a list, which is no name
            return Way("", made if branch.name is None else _with(made, self.said(inside)))
        device = "" if branch.device is None else f" on GPU {branch.device}"
        named = tuple(_named_below(inside, item) for item in made)
        return Way(f"{branch.name}{device}", _with(named, self.said(inside)))

    def whole(self, group: Sequence[Placed]) -> Step:
        """Return the step of a block that stays shut, or of several equal ones: what is said in them is said of it."""
        first, last = group[0][0], group[-1][0]
        every = (inner for path, node in group for inner, _ in _inside(path, node))
        inside = tuple(check for path in every if path != last for check in self.said(path))
        name = first if first == last else f"{first} ... {last.rpartition('.')[-1]}"
        return Step(
            last, name, self.contents(*group[-1]), self.shape(last), self.said(last), inside, len(group)
        )

    def contents(self, path: str, node: Node) -> tuple[str, ...]:
        """Return what is in a shut block: which layers with parameters, and from where it takes what went by before."""
        inside = dict(_inside(path, node))
        layers = [self.layers[inner] for inner in inside if inner in self.layers]
        kinds = Counter(layer.kind for layer in layers if layer.params)
        named = [
            kind if count == 1 else f"{count}\u00a0{kind}" for kind, count in kinds.most_common(KINDS_NAMED)
        ]
        more = ["..."] if len(kinds) > KINDS_NAMED else []
        joined = [node.kind] if isinstance(node, Branches) else []
        taken = (one.of for one in inside.values() if isinstance(one, From) and one.of not in inside)
        return (*joined, *named, *more, *(f"with\u00a0{one}" for one in dict.fromkeys(taken))) or (
            f"{len(layers)} layers",
        )

    def said(self, path: str) -> tuple[Check, ...]:
        """Return what there is to say of a node."""
        return tuple(self.checks.get(path, ()))

    def shape(self, path: str) -> Shape | None:
        """Return what a node gives: as it was seen, or where it was not, as it should be."""
        for check in self.checks.get(path, ()):
            if check.quantity == "output" and isinstance(check.seen, list):
                return tuple(side for side in check.seen if isinstance(side, int))
        return without_batch(self.inference.outputs.get(path), self.batch)


def _inputs(spec: Spec) -> tuple[Step, ...]:
    """Return the step of what the network is given; inputs that are taken up by their names are drawn there."""
    taken = {node.of for _, node in spec.walk() if isinstance(node, From) and node.is_input}
    left = [tensor for tensor in spec.inputs if tensor.name not in taken or len(spec.inputs) == 1]
    if not left:
        return ()
    first, *others = left
    named = tuple(f"and {tensor.name} {shape_text(tensor.shape)}" for tensor in others)
    return (Step("", first.name, named, first.shape),)


def _named_below(path: str, item: Item) -> Item:
    """Return an item called by what of its name lies below a path: the way that it is on is named itself."""
    return replace(item, name=item.name.removeprefix(f"{path}.")) if isinstance(item, Step) else item


def _add(found: list[Item], item: Item) -> None:
    """Add what comes next: what it is given is the step before, which it joins if it keeps that one's size."""
    last = found[-1] if found else None
    if isinstance(item, Step) and isinstance(last, Step) and item.source is None:
        given = tuple(check for check in item.checks if (check.layer, check.quantity) == (item.path, "input"))
        last = found[-1] = replace(last, checks=(*last.checks, *given))
        item = replace(item, checks=tuple(check for check in item.checks if check not in given))
        if item.joins and last.path and last.times == 1:
            operations = (*last.operations, *item.operations)
            said = (*last.checks, *item.checks)
            found[-1] = replace(last, path=item.path, operations=operations, checks=said)
            return
    found.append(item)


def _aside(path: str, node: Node, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return what is drawn of a block, on a way of its own where nothing goes on from it."""
    if not items or not isinstance(node, Body) or not node.aside:
        return items
    return (Fork((Way(path, tuple(_named_below(path, item) for item in items), aside=True), Way("", ()))),)


def _with(items: tuple[Item, ...], checks: tuple[Check, ...]) -> tuple[Item, ...]:
    """Return the items with more said of the last step; what is given to a body is said of its first."""
    if not checks or not items or not isinstance(items[-1], Step):
        return items
    return (*items[:-1], replace(items[-1], checks=(*items[-1].checks, *checks)))


def _groups(path: str, body: Body) -> Iterator[list[Placed]]:
    """Yield a body's children, blocks that are the same one after the other together."""
    group: list[Placed] = []
    for name, node in body.children:
        if group and (isinstance(node, Layer | From) or node != group[-1][1]):
            yield group
            group = []
        group.append((join(path, name), node))
    if group:
        yield group


def _inside(path: str, node: Node) -> Iterator[Placed]:
    """Yield a node and all that is in it, each with its path."""
    yield path, node
    if isinstance(node, Body):
        for name, child in node.children:
            yield from _inside(join(path, name), child)
    elif isinstance(node, Branches):
        for branch in node.branches:
            inside = below(path, branch)
            if branch.name is not None:
                yield inside, branch.body
            for name, child in branch.body.children:
                yield from _inside(join(inside, name), child)


def _levels(node: Node) -> int:
    """Return how many levels of blocks there are to open below a node."""
    if isinstance(node, Body):
        return max((_below(child) for _, child in node.children), default=0)
    if isinstance(node, Branches):
        return max((_levels(branch.body) for branch in node.branches), default=0)
    return 0


def _below(node: Node) -> int:
    return 1 + _levels(node) if isinstance(node, Body | Branches) else 0
