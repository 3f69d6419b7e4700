"""Spec x rules -> what every layer should receive, give and cost, without torch.

One walk through the bodies, carrying shapes from leaf to leaf (`archcheck.leaf`). After a layer that refuses its input
nothing is reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from archcheck.leaf import Flow, InferredLayer, Leaf, after, joined, shared
from archcheck.results import Failure, without_batch
from archcheck.rules import Shape
from archcheck.spec.layers import Body, Branches, Layer, Node, Run, Spec, below, join
from archcheck.units import shape_text

Known = dict[object, InferredLayer]
"""One layer for each node, by its `id`, and what it received; a layer holds its node, so the `id` stays its own."""


@dataclass(frozen=True, slots=True)
class Inference:
    """Every leaf in the order it runs, and what every named node receives and gives.

    `inputs`, `outputs`: the first tensor by path, batch axis included; None is unknown or not reached.
    `runs`: the same network, as it is built, on each further input that the document claims, in their order.
    """

    layers: tuple[InferredLayer, ...]
    outputs: Mapping[str, Shape | None]
    output: Shape | None
    inputs: Mapping[str, Shape | None] = field(default_factory=dict)
    runs: tuple[Inference, ...] = ()

    @property
    def problem(self) -> InferredLayer | None:
        """The layer that refuses its input, if there is one."""
        return next((layer for layer in self.layers if layer.problem is not None), None)

    @property
    def params(self) -> int | None:
        """All parameters, or None while one layer's are unknown."""
        return total(layer.params for layer in self.layers)

    @property
    def macs(self) -> int | None:
        """All multiply-accumulates, or None while one layer's are unknown."""
        return total(layer.effect.macs if layer.effect else None for layer in self.layers)

    @property
    def flops(self) -> int | None:
        """All floating-point operations, or None while one layer's are unknown."""
        return total(layer.effect.flops if layer.effect else None for layer in self.layers)


def total(values: Iterable[int | None]) -> int | None:
    """Return the sum, or None where one value is unknown."""
    found = list(values)
    return None if None in found else sum(value for value in found if value is not None)


def infer(
    spec: Spec,
    inputs: tuple[Shape, ...] | None = None,
    *,
    strict: bool = False,
    built: Inference | None = None,
    known: Known | None = None,
) -> Inference:
    """Work out every layer for `inputs` (with batch axis), or for the spec's own, with its batch and further runs.

    A layer that states an `in_channels` which its input has not goes on as if it had stated the right one, so
    that one such mistake does not hide the next; `strict`: it refuses its input, as the built network does.
    `built`: the inference that the network was built by, whose arguments hold whatever the new input is.
    `known`: what was worked out for nodes that other specs have too, of which it takes what it can and to which it
    adds the rest; not for `strict` or `built`.
    Raises `SpecError` for an argument that no input could make valid.
    """
    shapes = inputs or batched(spec, spec.batch)
    given = {tensor.name: shape for tensor, shape in zip(spec.inputs, shapes, strict=True)}
    before = {layer.path: layer for layer in built.layers} if built else {}
    walk = _Walk(strict, before, given, {} if known is None else known)
    flow = walk.body("", spec.body, shapes)
    inference = Inference(tuple(walk.layers.values()), walk.outputs, flow[0] if flow else None, walk.inputs)
    if inputs:
        return inference
    wanted = (claim.value for claim in spec.claims if isinstance(claim.value, Run))
    runs = tuple(infer(spec, run.inputs, strict=True, built=inference) for run in wanted)
    return replace(inference, runs=runs)


def batched(spec: Spec, batch: int) -> tuple[Shape, ...]:
    """Return the shapes of the spec's own inputs with `batch` samples, batch axis included."""
    return tuple((batch, *tensor.shape) for tensor in spec.inputs)


def refusal(inference: Inference) -> Failure | None:
    """Return where the rules say that the network stops, if they do."""
    layer = inference.problem
    if layer is None:
        return None
    return Failure(
        layer.path, layer.problem or "", tuple(shape for shape in layer.inputs if shape is not None)
    )


def failure_text(failed: Failure, layer: InferredLayer | None, batch: int | None) -> str:
    """Return why a layer failed: `Conv2d(in_channels=4, ...) fails on 3x224x224: ...`; a join: `concat fails ...`.

    `batch`: the size of the first axis, which is not told; None where an input stands with its batch axis.
    """
    shapes = (
        failed.inputs if batch is None else (without_batch(shape, batch) or () for shape in failed.inputs)
    )
    given = " and ".join(map(shape_text, shapes))
    args = ", ".join(f"{name}={value}" for name, value in layer.args.items()) if layer else ""
    who = layer.kind if layer else failed.path or "the network"
    if layer and isinstance(layer.node, Layer):
        who = f"{who}({args})"
    received = f" on {given}" if given else ""
    return f"{who} fails{received}: {failed.message}"


@dataclass(slots=True)
class _Walk:
    """The way through the bodies.

    `built`: by path, the layers as they were built for another input; `given`: the network's inputs by name; `known`:
    one layer for each node and what it received: the nodes of equal blocks are one object (`spec.expansions`).
    """

    strict: bool
    built: Mapping[str, InferredLayer]
    given: Mapping[str, Shape]
    known: Known
    layers: dict[str, InferredLayer] = field(default_factory=dict)
    inputs: dict[str, Shape | None] = field(default_factory=dict)
    outputs: dict[str, Shape | None] = field(default_factory=dict)

    def node(self, path: str, node: Node, flow: Flow) -> Flow:
        self.inputs[path] = flow[0] if flow else None
        if isinstance(node, Layer):
            flow = self.leaf(path, node, flow)
        elif isinstance(node, Body):
            flow = self.body(path, node, flow)
            flow = None if flow is None else flow[:1]  # a module gives one tensor on, whatever it received
        elif isinstance(node, Branches):
            flow = self.branches(path, node, flow)
        else:
            before = (self.given if node.is_input else self.outputs)[node.of]
            flow = None if flow is None else (before,)
        self.outputs[path] = flow[0] if flow else None
        return flow

    def leaf(self, path: str, node: Layer, flow: Flow) -> Flow:
        built = self.built.get(path)
        question = (id(node), flow, None if built is None else (id(built.args), built.unbuildable))
        known = self.known.get(question)
        if known is None:
            layer = self.known[question] = Leaf(path, node, built).given(flow, self.strict)
        else:
            layer = known.at(path)
        if node.shares is not None:
            layer = shared(layer, self.layers[node.shares])
        self.layers[path] = layer
        return after(layer)

    def body(self, path: str, body: Body, flow: Flow) -> Flow:
        received = flow
        for name, child in body.children:
            flow = self.node(join(path, name), child, flow)
        return received if body.aside and flow is not None else flow

    def branches(self, path: str, node: Branches, flow: Flow) -> Flow:
        flows = []
        for branch in node.branches:
            way = below(path, branch)
            inner = self.body(way, branch.body, flow)
            flows.append(inner)
            flow = flow if inner is not None else None
            if branch.name is not None:
                self.outputs[way] = inner[0] if inner else None
        shapes = None if None in flows else tuple(inner[0] for inner in flows if inner)
        question = (id(node), shapes)
        known = self.known.get(question)
        if known is None:
            layer = self.known[question] = joined(path, node, shapes)
        else:
            layer = known.at(path)
        self.layers[path] = layer
        return after(layer)
