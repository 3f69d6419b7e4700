"""`55 -> 27 -> 13 -> 6`: the sides of what flows through a network, in the order they change."""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.results import Shape
from archcheck.spec.layers import Body, Branches, Node, Sides, Spec, below, join

Side = int | tuple[int, ...]


def sides_of(spec: Spec, outputs: Mapping[str, Shape | None]) -> Sides | None:
    """Return the input's sides and each change of them, None where a shape on the way is unknown.

    A side is a number for a square, else one number a side. Only tensors with as many axes as the input count:
    after `flatten` there are no sides. Branches that change alike are told once, others one after the other, and
    then what they are joined to, where that differs.
    """
    rank = len(spec.inputs[0].shape) + 1
    start = spec.inputs[0].shape
    if rank < 3:
        return None
    first = _side((0, *start))
    found = _walk("", spec.body, outputs, rank, first)
    return None if found is None else (first, *found)


def _walk(
    path: str, node: Node, outputs: Mapping[str, Shape | None], rank: int, before: Side
) -> Sides | None:
    """Return the changes within a node that receives the side `before`."""
    if isinstance(node, Body):
        changes: Sides = ()
        for name, child in node.children:
            inner = _walk(join(path, name), child, outputs, rank, changes[-1] if changes else before)
            if inner is None:
                return None
            changes += inner
        return () if node.aside else changes
    if isinstance(node, Branches):
        return _branches(path, node, outputs, rank, before)
    return _own(outputs.get(path), rank, before)


def _own(shape: Shape | None, rank: int, before: Side) -> Sides | None:
    """Return the change that a node's own output makes, if it has sides."""
    if shape is None:
        return None
    side = _side(shape) if len(shape) == rank else before
    return () if side == before else (side,)


def _branches(
    path: str, node: Branches, outputs: Mapping[str, Shape | None], rank: int, before: Side
) -> Sides | None:
    ways = [_walk(below(path, branch), branch.body, outputs, rank, before) for branch in node.branches]
    known = [way for way in ways if way is not None]
    if len(known) < len(ways):
        return None
    changes = tuple(side for way in dict.fromkeys(known) for side in way)
    joined = _own(outputs.get(path), rank, changes[-1] if changes else before)
    return None if joined is None else (*changes, *joined)


def _side(shape: Shape) -> Side:
    sides = shape[2:]
    return one_side(sides)


def one_side(side: Side) -> Side:
    """Return a side as it is written: one number for a square (or a cube), else one number a side."""
    return side[0] if isinstance(side, tuple) and len(set(side)) == 1 else side
