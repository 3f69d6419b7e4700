"""Spec x rules -> what every layer should receive, give and cost, without torch.

One walk through the bodies, carrying shapes. What a layer states about its input (`in_channels` and the like)
is compared with what it receives; what it leaves out is filled in. A layer without a rule gives an unknown
shape, never a guess; after a layer that refuses its input nothing is reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from archcheck.errors import BadArgument, RefusedInput, SpecError
from archcheck.results import Failure, without_batch
from archcheck.rules import RULES, Effect, Kind, Shape
from archcheck.rules.base import Rule, numel
from archcheck.rules.joins import JOINS
from archcheck.spec import signatures
from archcheck.spec.layers import Body, Branches, From, Layer, Node, Run, Spec, Value, below, join
from archcheck.spec.signatures import Signature
from archcheck.units import shape_text

Flow = tuple[Shape | None, ...] | None
"""What runs from layer to layer: tensors' shapes (None: unknown); None once a layer has refused."""


@dataclass(frozen=True, slots=True)
class InferredLayer:
    """What the rules say of one leaf.

    `inputs`: shapes received, batch axis included; `effect`: what it gives and costs, None where unknown;
    `filled`: the arguments that its input decides, with the value that fits; `args`: the arguments to build it
    with; `unbuildable`: an argument that is left out and cannot be worked out; `problem`: why it refuses its input;
    `restated`: whether `effect` is what a layer would do that stated the `filled` arguments right.
    """

    path: str
    node: Layer | Branches
    inputs: tuple[Shape | None, ...] = ()
    effect: Effect | None = None
    filled: Mapping[str, int] = field(default_factory=dict)
    args: Mapping[str, Value] = field(default_factory=dict)
    unbuildable: str | None = None
    problem: str | None = None
    restated: bool = False
    reached: bool = True

    @property
    def kind(self) -> str:
        """The layer's kind, as the spec spells it."""
        return self.node.kind

    @property
    def params(self) -> int | None:
        """Its own parameters as it is built; None where that is not what was worked out."""
        return None if self.effect is None or self.restated else self.effect.params


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
) -> Inference:
    """Work out every layer for `inputs` (with batch axis), or for the spec's own, with its batch and further runs.

    A layer that states an `in_channels` which its input has not goes on as if it had stated the right one, so
    that one such mistake does not hide the next; `strict`: it refuses its input, as the built network does.
    `built`: the inference that the network was built by, whose arguments hold whatever the new input is.
    Raises `SpecError` for an argument that no input could make valid.
    """
    shapes = inputs or batched(spec, spec.batch)
    given = {tensor.name: shape for tensor, shape in zip(spec.inputs, shapes, strict=True)}
    walk = _Walk(strict, {layer.path: layer for layer in built.layers} if built else {}, given)
    flow = walk.body("", spec.body, shapes)
    inference = Inference(tuple(walk.layers), walk.outputs, flow[0] if flow else None, walk.inputs)
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

    `built`: by path, the layers as they were built for another input; `given`: the network's inputs by name.
    """

    strict: bool
    built: Mapping[str, InferredLayer]
    given: Mapping[str, Shape]
    layers: list[InferredLayer] = field(default_factory=list)
    inputs: dict[str, Shape | None] = field(default_factory=dict)
    outputs: dict[str, Shape | None] = field(default_factory=dict)

    def node(self, path: str, node: Node, flow: Flow) -> Flow:
        self.inputs[path] = flow[0] if flow else None
        if isinstance(node, Body):
            flow = self.body(path, node, flow)
        elif isinstance(node, Branches):
            flow = self.branches(path, node, flow)
        elif isinstance(node, From):
            before = (self.given if node.is_input else self.outputs)[node.of]
            flow = None if flow is None else (before,)
        else:
            layer = _Leaf(path, node, self.built.get(path)).given(flow, self.strict)
            self.layers.append(layer if node.shares is None else self.shared(layer, node.shares))
            flow = _after(layer)
        self.outputs[path] = flow[0] if flow else None
        return flow

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
        layer = _join(path, node, None if None in flows else tuple(inner[0] for inner in flows if inner))
        self.layers.append(layer)
        return _after(layer)


    def shared(self, layer: InferredLayer, path: str) -> InferredLayer:
        """Return a layer whose weight is that of the one at `path`, and counts there."""
        other = next((one for one in reversed(self.layers) if one.path == path), None)
        own, others = _weight(layer), None if other is None else _weight(other)
        if own is None or layer.effect is None:
            return layer
        if own != others:
            told = "none" if others is None else shape_text(others)
            raise layer.node.place.error(
                f"layer {layer.path!r}: share: its weight is {shape_text(own)}, that of {path!r} {told}"
            )
        return replace(layer, effect=replace(layer.effect, params=layer.effect.params - numel(own)))


def _weight(layer: InferredLayer) -> Shape | None:
    """Return the shape of the weight that layers of these kinds may share."""
    names = WEIGHTS.get(layer.kind, ())
    sizes = [size for name in names if isinstance(size := layer.args.get(name), int)]
    return tuple(sizes) if names and len(sizes) == len(names) else None


WEIGHTS: Mapping[str, tuple[str, str]] = {
    "Linear": ("out_features", "in_features"),
    "Embedding": ("num_embeddings", "embedding_dim"),
}
"""The layers that may share a weight, and the arguments that are its sizes."""


def _after(layer: InferredLayer) -> Flow:
    if not layer.reached or layer.problem is not None:
        return None
    return (layer.effect.output if layer.effect else None,)


def _join(path: str, node: Branches, shapes: tuple[Shape | None, ...] | None) -> InferredLayer:
    if shapes is None:
        return InferredLayer(path, node, reached=False)
    known = [shape for shape in shapes if shape is not None]
    if len(known) < len(shapes):
        return InferredLayer(path, node, shapes)
    try:
        effect = JOINS[node.kind](*known, **complete(node.kind, node.args))
    except RefusedInput as refusal:
        return InferredLayer(path, node, shapes, problem=str(refusal))
    return InferredLayer(path, node, shapes, effect)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A leaf to be worked out; `built`: as it was built for another input."""

    path: str
    node: Layer
    built: InferredLayer | None

    def given(self, flow: Flow, strict: bool) -> InferredLayer:
        kind = RULES.get(self.node.kind)
        shapes = _received(kind, flow)
        known = tuple(shape for shape in shapes or () if shape is not None)
        first = shapes[0] if shapes else None
        filled, refusal = ({}, None) if kind is None or first is None else fill(kind, first)
        args, unbuildable = self._arguments(kind, filled, shapes is None or refusal is not None)
        layer = InferredLayer(self.path, self.node, shapes or (), None, filled, args, unbuildable)
        if shapes is None:
            return replace(layer, reached=False)
        if kind is not None and len(shapes) not in kind.inputs:
            return replace(layer, problem=f"takes {_tensors(kind.inputs)}, given {len(shapes)}")
        if unbuildable is not None:
            return replace(layer, problem=refusal or f"{unbuildable} is left out, and nothing tells it")
        if kind is None or len(known) < len(shapes):
            return layer
        return self._ruled(layer, kind.rule, known, strict)

    def _ruled(
        self, layer: InferredLayer, rule: Rule, shapes: tuple[Shape, ...], strict: bool
    ) -> InferredLayer:
        """Apply the rule to the arguments as stated; where they refuse this input, as if stated right."""
        try:
            return replace(layer, effect=rule(*shapes, **complete(layer.kind, layer.args)))
        except RefusedInput as refusal:
            problem = str(refusal)
        except BadArgument as error:
            place = self.node.arg_places.get(error.argument, self.node.place)
            raise place.error(f"layer {self.path!r}: {self.node.kind}: {error}") from None
        right = {**layer.args, **layer.filled}
        if strict or right == layer.args:
            return replace(layer, problem=problem)
        try:
            return replace(layer, effect=rule(*shapes, **complete(layer.kind, right)), restated=True)
        except RefusedInput as refusal:
            return replace(layer, problem=str(refusal))
        except BadArgument:  # the arguments are right together, but not with what the input has
            return replace(layer, problem=problem)

    def _arguments(
        self, kind: Kind | None, filled: Mapping[str, int], unfit: bool
    ) -> tuple[dict[str, Value], str | None]:
        """Return the arguments to build the layer with, and the first that is missing for good.

        `unfit`: whether nothing comes before, or nothing that fits. Raises `SpecError` for a missing argument
        that only the spec can give.
        """
        signature = _signature(self.node.kind)
        if self.built is not None:
            return dict(self.built.args), self.built.unbuildable
        args = dict(self.node.args)
        fills = kind.fills if kind is not None else {}
        unbuildable = None
        for argument in signature.arguments:
            name = argument.name
            if name in args or not (argument.required or (name in fills and name in self._claimed)):
                continue
            if name in filled:
                args[name] = filled[name]
            elif name not in fills:
                raise self._error(f"{self.node.kind} needs {name}")
            elif unfit:
                unbuildable = unbuildable or name
            else:
                raise self._error(
                    f"{name} cannot be worked out, because no rule tells what comes before; state it"
                )
        return {name: args[name] for name in signature.names if name in args}, unbuildable

    @property
    def _claimed(self) -> set[str]:
        return {claim.quantity for claim in self.node.claims}

    def _error(self, message: str) -> SpecError:
        return self.node.place.error(f"layer {self.path!r}: {message}")


def _received(kind: Kind | None, flow: Flow) -> tuple[Shape | None, ...] | None:
    if flow is not None and kind is not None and kind.repeats_input and len(flow) == 1:
        return flow * min(kind.inputs)
    return flow


def fill(kind: Kind, first: Shape) -> tuple[dict[str, int], str | None]:
    """Return the arguments that an input decides, or none and why: it has too few axes."""
    try:
        return {name: value(first) for name, value in kind.fills.items()}, None
    except RefusedInput as refusal:
        return {}, str(refusal)


def _tensors(numbers: tuple[int, ...]) -> str:
    return " or ".join(map(str, numbers)) + (" input" if numbers == (1,) else " inputs")


def complete(kind: str, args: Mapping[str, Value]) -> dict[str, Value]:
    """Return `args` with PyTorch's defaults for those left out; required ones that are left out are None."""
    return {argument.name: argument.default for argument in _signature(kind).arguments} | dict(args)


def _signature(kind: str) -> Signature:
    signature = signatures.signature(kind)
    assert signature is not None, "the loader knows every kind"
    return signature
