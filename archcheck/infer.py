"""Spec x rules -> what every layer should receive, give and cost, without torch.

One walk through the bodies, carrying shapes. What a layer states about its input (`in_channels` and the like)
is compared with what it receives; what it leaves out is filled in. A layer without a rule gives an unknown
shape, never a guess; after a layer that refuses its input nothing is reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules import RULES, Effect, Kind, Shape
from archcheck.rules.reshaping import add, concat
from archcheck.spec import signatures
from archcheck.spec.layers import Body, Branches, Layer, Node, Spec, Value, join
from archcheck.spec.signatures import Signature

Flow = tuple[Shape | None, ...] | None
"""What runs from layer to layer: tensors' shapes (None: unknown); None once a layer has refused."""


@dataclass(frozen=True, slots=True)
class InferredLayer:
    """What the rules say of one leaf.

    `inputs`: shapes received, batch axis included; `effect`: what it gives and costs, None where unknown;
    `filled`: the arguments that its input decides, with the value that fits; `args`: the arguments to build it
    with; `unbuildable`: an argument that is left out and cannot be worked out; `problem`: why it refuses its input.
    """

    path: str
    node: Layer | Branches
    inputs: tuple[Shape | None, ...] = ()
    effect: Effect | None = None
    filled: Mapping[str, int] = field(default_factory=dict)
    args: Mapping[str, Value] = field(default_factory=dict)
    unbuildable: str | None = None
    problem: str | None = None
    reached: bool = True

    @property
    def kind(self) -> str:
        """The layer's kind, as the spec spells it."""
        return self.node.kind


@dataclass(frozen=True, slots=True)
class Inference:
    """Every leaf in the order it runs, and what every named node gives (None: unknown or not reached)."""

    layers: tuple[InferredLayer, ...]
    outputs: Mapping[str, Shape | None]
    output: Shape | None

    @property
    def problem(self) -> InferredLayer | None:
        """The layer that refuses its input, if there is one."""
        return next((layer for layer in self.layers if layer.problem is not None), None)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The kinds that have no rule, each once."""
        kinds = dict.fromkeys(layer.kind for layer in self.layers if layer.reached and layer.effect is None)
        return tuple(kind for kind in kinds if kind not in RULES and kind not in _JOINS)

    @property
    def params(self) -> int | None:
        """All parameters, or None while one layer's are unknown."""
        effects = [layer.effect for layer in self.layers]
        return None if None in effects else sum(effect.params for effect in effects if effect)

    @property
    def macs(self) -> int | None:
        """All multiply-accumulates, or None while one layer's are unknown."""
        effects = [layer.effect for layer in self.layers]
        return None if None in effects else sum(effect.macs for effect in effects if effect)

    @property
    def flops(self) -> int | None:
        """All floating-point operations, or None while one layer's are unknown."""
        effects = [layer.effect for layer in self.layers]
        return None if None in effects else sum(effect.flops for effect in effects if effect)


_JOINS = {"add": add, "concat": concat}


def infer(spec: Spec, inputs: tuple[Shape, ...] | None = None, *, strict: bool = False) -> Inference:
    """Work out every layer for `inputs` (with batch axis; default: the spec's own, with its batch).

    A layer that states an `in_channels` which its input has not goes on as if it had stated the right one, so
    that one such mistake does not hide the next; `strict`: it refuses its input, as the built network does.
    Raises `SpecError` for an argument that no input could make valid.
    """
    given = inputs or tuple((spec.batch, *tensor.shape) for tensor in spec.inputs)
    walk = _Walk([], {}, strict)
    flow = walk.body("", spec.body, given)
    return Inference(tuple(walk.layers), walk.outputs, flow[0] if flow else None)


@dataclass(slots=True)
class _Walk:
    layers: list[InferredLayer]
    outputs: dict[str, Shape | None]
    strict: bool

    def node(self, path: str, node: Node, flow: Flow) -> Flow:
        if isinstance(node, Body):
            flow = self.body(path, node, flow)
        elif isinstance(node, Branches):
            flow = self.branches(path, node, flow)
        else:
            layer = _layer(path, node, flow, self.strict)
            self.layers.append(layer)
            flow = _after(layer)
        self.outputs[path] = flow[0] if flow else None
        return flow

    def body(self, path: str, body: Body, flow: Flow) -> Flow:
        for name, child in body.children:
            flow = self.node(join(path, name), child, flow)
        return flow

    def branches(self, path: str, node: Branches, flow: Flow) -> Flow:
        flows = []
        for branch in node.branches:
            inner = self.body(join(path, branch.name), branch.body, flow)
            flows.append(inner)
            flow = flow if inner is not None else None
            self.outputs[join(path, branch.name)] = inner[0] if inner else None
        layer = _join(path, node, None if None in flows else tuple(inner[0] for inner in flows if inner))
        self.layers.append(layer)
        return _after(layer)


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
    rule = partial(concat, dim=node.dim) if node.kind == "concat" else add
    try:
        return InferredLayer(path, node, shapes, rule(*known))
    except RefusedInput as refusal:
        return InferredLayer(path, node, shapes, problem=str(refusal))
    except BadArgument as error:
        raise node.place.error(f"layer {path!r}: {node.kind}: {error}") from None


def _layer(path: str, node: Layer, flow: Flow, strict: bool) -> InferredLayer:
    kind = RULES.get(node.kind)
    shapes = _received(kind, flow)
    known = tuple(shape for shape in shapes or () if shape is not None)
    first = known[0] if shapes and shapes[0] is not None else None
    filled = {} if kind is None or first is None else _filled(kind, first)
    args, unbuildable = _arguments(path, node, kind, filled, shapes)
    made = partial(InferredLayer, path, node, filled=filled, args=args, unbuildable=unbuildable)
    if shapes is None:
        return made(reached=False)
    if kind is None or len(known) < len(shapes):
        return made(inputs=shapes)
    if len(shapes) not in kind.inputs:
        needs = " or ".join(map(str, kind.inputs))
        return made(inputs=shapes, problem=f"takes {needs} inputs, given {len(shapes)}")
    try:
        return made(
            inputs=shapes,
            effect=kind.rule(*known, **complete(node.kind, args if strict else {**args, **filled})),
        )
    except RefusedInput as refusal:
        return made(inputs=shapes, problem=str(refusal))
    except BadArgument as error:
        place = node.arg_places.get(error.argument, node.place)
        raise place.error(f"layer {path!r}: {node.kind}: {error}") from None


def _received(kind: Kind | None, flow: Flow) -> tuple[Shape | None, ...] | None:
    if flow is not None and kind is not None and kind.repeats_input and len(flow) == 1:
        return flow * min(kind.inputs)
    return flow


def _filled(kind: Kind, first: Shape) -> dict[str, int]:
    """Return what the input decides; an input of too few axes decides nothing (the rule then refuses it)."""
    try:
        return {name: fill(first) for name, fill in kind.fills.items()}
    except IndexError:
        return {}


def _arguments(
    path: str, node: Layer, kind: Kind | None, filled: Mapping[str, int], shapes: object
) -> tuple[dict[str, Value], str | None]:
    """Return the arguments to build the layer with, and the first that is missing for good.

    Raises `SpecError` for a missing argument that only the spec can give.
    """
    signature = _signature(node.kind)
    args = dict(node.args)
    fills = kind.fills if kind is not None else {}
    unbuildable = None
    for argument in signature.arguments:
        name = argument.name
        if name in args or not (argument.required or (name in fills and name in _claimed(node))):
            continue
        if name in filled:
            args[name] = filled[name]
        elif name in fills and shapes is None:
            unbuildable = unbuildable or name
        elif name in fills:
            raise node.place.error(
                f"layer {path!r}: {name} cannot be worked out, because no rule tells what comes before; state it"
            )
        else:
            raise node.place.error(f"layer {path!r}: {node.kind} needs {name}")
    return {name: args[name] for name in signature.names if name in args}, unbuildable


def _claimed(node: Layer) -> set[str]:
    return {claim.quantity for claim in node.claims}


def complete(kind: str, args: Mapping[str, Value]) -> dict[str, Value]:
    """Return `args` with PyTorch's defaults for those left out; required ones that are left out are None."""
    return {argument.name: argument.default for argument in _signature(kind).arguments} | dict(args)


def _signature(kind: str) -> Signature:
    signature = signatures.signature(kind)
    assert signature is not None, "the loader knows every kind"
    return signature
