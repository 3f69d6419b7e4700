"""One layer or join worked out: what it should receive, give and cost, by its rule, without torch.

What a layer states about its input (`in_channels` and the like) is compared with what it receives; what it leaves out
is filled in. A layer without a rule gives an unknown shape, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from archcheck.errors import BadArgument, RefusedInput, SpecError
from archcheck.rules import RULES, Effect, Kind, Shape
from archcheck.rules.base import Rule, numel
from archcheck.rules.joins import JOINS
from archcheck.spec import signatures
from archcheck.spec.layers import Branches, Layer, Value
from archcheck.spec.leaves import SHARING
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

    def at(self, path: str) -> InferredLayer:
        """Return the same layer at another path; `replace` would take as long as to work it out."""
        args, unbuildable = self.args, self.unbuildable
        return InferredLayer(
            path, self.node, self.inputs, self.effect, self.filled, args, unbuildable,
            self.problem, self.restated, self.reached,
        )  # fmt: skip


def after(layer: InferredLayer) -> Flow:
    """Return what goes on from a layer."""
    if not layer.reached or layer.problem is not None:
        return None
    return (layer.effect.output if layer.effect else None,)


def joined(path: str, node: Branches, shapes: tuple[Shape | None, ...] | None) -> InferredLayer:
    """Return a join of branches that give `shapes`; None: one of them gives nothing."""
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
class Leaf:
    """A leaf to be worked out; `built`: as it was built for another input."""

    path: str
    node: Layer
    built: InferredLayer | None

    def given(self, flow: Flow, strict: bool) -> InferredLayer:
        """Return the layer as it is on what comes; `strict`: what it states must fit.

        Raises `SpecError` for an argument that no input could make valid.
        """
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
            return self._done(layer, rule(*shapes, **complete(layer.kind, layer.args)))
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

    def _done(self, layer: InferredLayer, effect: Effect) -> InferredLayer:
        """Return the layer with its effect; `replace` would take as long as most rules."""
        args, unbuildable = layer.args, layer.unbuildable
        return InferredLayer(layer.path, self.node, layer.inputs, effect, layer.filled, args, unbuildable)

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


def shared(layer: InferredLayer, other: InferredLayer) -> InferredLayer:
    """Return a layer whose weight is that of an earlier one, where it counts. Raises `SpecError` if they differ."""
    own, others = _weight(layer), _weight(other)
    if own is None or others is None:  # one of them cannot be built
        return layer
    if own != others:
        raise layer.node.place.error(
            f"layer {layer.path!r}: share: its weight is {shape_text(own)}, that of {other.path!r} {shape_text(others)}"
        )
    if layer.effect is None:
        return layer
    return replace(layer, effect=replace(layer.effect, params=layer.effect.params - numel(own)))


def _weight(layer: InferredLayer) -> Shape | None:
    """Return the shape of the weight that layers of this kind may share; None while an argument is unknown."""
    names = SHARING[layer.kind]
    sizes = [size for name in names if isinstance(size := layer.args.get(name), int)]
    return tuple(sizes) if len(sizes) == len(names) else None


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
    return {**_defaults(kind), **args}


@cache
def _defaults(kind: str) -> Mapping[str, Value]:
    return {argument.name: argument.default for argument in _signature(kind).arguments}


def _signature(kind: str) -> Signature:
    signature = signatures.signature(kind)
    assert signature is not None, "the loader knows every kind"
    return signature
