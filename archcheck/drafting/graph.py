"""A recording -> the nodes of a draft, in order: what the format says of each call, or why it cannot say it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from archcheck.drafting.bodies import is_name
from archcheck.drafting.builder import Builder
from archcheck.drafting.functions import write
from archcheck.drafting.layer_arguments import Unsaid, UnsaidHere
from archcheck.drafting.record import Recording
from archcheck.drafting.values import Node, parent
from archcheck.spec.read import CHILD_NAME_RULE


@dataclass(frozen=True, slots=True)
class Graph:
    """What a pass comes to: its nodes, the values of its inputs by name, and the value that it gives (its first).

    `unsaid`: what the format cannot say, by the path of the layer; `same`: values that are another's.
    """

    nodes: tuple[Node, ...]
    inputs: Mapping[str, int]
    output: int
    unsaid: tuple[tuple[str, str], ...]
    same: Mapping[int, int]

    def resolved(self, number: int) -> int:
        """Return the value that a value is the same as."""
        while number in self.same:
            number = self.same[number]
        return number


def graph_of(recording: Recording) -> Graph:
    """Return the graph of a recording."""
    builder = Builder(recording, write)
    for call in builder.needed():
        try:
            builder.take(call)
        except Unsaid as error:
            told = error.told(call.place) if isinstance(error, UnsaidHere) else str(error)
            builder.refuse(call.path, told)
            builder.give_up(call)
    output = _given(recording, builder)
    nodes = [_renamed(node, builder) for node in _grown(_flat_sums(builder.nodes, output))]
    inputs = {name: tensor.number for name, tensor in recording.inputs.items()}
    return Graph(tuple(nodes), inputs, output, tuple(builder.unsaid), builder.same)


def _given(recording: Recording, builder: Builder) -> int:
    """Return the value that the network gives, its first tensor; what cannot be said of it is noted."""
    if not recording.outputs:
        builder.refuse("", "a network that gives no tensor")
        return -1
    try:
        return builder.value(recording.outputs[0])
    except Unsaid as error:
        builder.refuse("", str(error))
        return -1


def _grown(nodes: list[Node]) -> list[Node]:
    """Return the nodes with what is put together again and again as one that grows (DenseNet's list of maps).

    `cat([a, b, c])` behind `cat([a, b])` is that one and `c`. Where all of it comes from outside of its module, it
    stands in front of the module, where the next can have it.
    """
    before: dict[tuple[object, ...], int] = {}
    owners = {node.output: node.owner for node in nodes}
    found = list(nodes)
    for place, node in enumerate(nodes):
        if node.kind != "concat":
            continue
        dim, parts = node.args.get("dim", 1), node.inputs
        start = next((end for end in range(len(parts) - 1, 1, -1) if (dim, *parts[:end]) in before), None)
        before[(dim, *parts)] = place
        if start is None:
            continue
        earlier = found[before[(dim, *parts[:start])]]
        found[before[(dim, *parts[:start])]] = _hoisted(earlier, owners)
        found[place] = _hoisted(replace(node, inputs=(earlier.output, *parts[start:])), owners)
    return found


def _hoisted(node: Node, owners: Mapping[int, str]) -> Node:
    """Return a function that takes nothing from its own module as one of the module around it."""
    inside = any(f"{owners.get(value, '')}.".startswith(f"{node.owner}.") for value in node.inputs)
    return node if inside or not node.owner else replace(node, owner=parent(node.owner))


def _renamed(node: Node, builder: Builder) -> Node:
    """Return a node that may be called so; what has no parameters may be called anything."""
    if node.name is not None and not node.keeps and not is_name(node.name):
        return replace(node, name=None)
    words = [word for word in (*node.owner.split("."), node.name) if word]
    for end, word in enumerate(words, start=1):
        if not is_name(word):
            builder.refuse(".".join(words[:end]), f"a child called {word!r}; a name is {CHILD_NAME_RULE}")
    return node


def _flat_sums(nodes: list[Node], output: int) -> list[Node]:
    """Return the nodes with a sum of a sum as one sum of all, where the inner one goes nowhere else."""
    uses = Counter(value for node in nodes for value in node.inputs)
    uses[output] += 1
    inner: dict[int, Node] = {}
    found: list[Node] = []
    for node in nodes:
        if node.kind in ("add", "mul"):
            before = inner.get(node.inputs[0])
            if (
                before
                and before.kind == node.kind
                and before.owner == node.owner
                and uses[before.output] == 1
            ):
                found.remove(before)
                node = replace(node, inputs=(*before.inputs, *node.inputs[1:]))
            inner[node.output] = node
        found.append(node)
    return found
