"""Spec -> a real `nn.Module`, with the names, the printed form and the state-dict keys of the documented code.

A body of plain modules is an `nn.Sequential`. A body that has functions or joins in it, layers that give several
tensors, or several inputs, is a `SpecBody`, which calls its steps in order.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from archcheck.device import random_state_kept, torch_warnings_ignored
from archcheck.errors import SpecError
from archcheck.infer import Inference
from archcheck.leaf import InferredLayer
from archcheck.parts import (
    Function,
    Kept,
    Learned,
    SpecBody,
    SpecJoin,
    Step,
    Taken,
    Unbuilt,
    Unseen,
    Way,
    with_children,
)
from archcheck.rules import RULES
from archcheck.spec import signatures
from archcheck.spec.layers import Body, Branches, From, Initialiser, Layer, Node, Spec, below, beside, join

REFUSALS = (
    *(RuntimeError, ValueError, TypeError, AssertionError, AttributeError),
    *(IndexError, NotImplementedError, OverflowError, ZeroDivisionError),
)
"""What PyTorch's modules raise on arguments, or an input, that do not fit; anything else is a bug."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A built network: its module, and the module of every node by its path.

    `complete`: every layer could be built; `runnable`: and every layer is on the device, also what the network's
    own input does not reach.
    """

    model: nn.Module
    nodes: Mapping[str, nn.Module]
    complete: bool
    runnable: bool


def compile_spec(spec: Spec, inference: Inference, device: torch.device, *, initialise: bool) -> Compiled:
    """Build the network on `device`, in evaluation mode.

    `initialise`: give the weights the values that PyTorch, and the spec's `init:`, give them; else they are
    zero, which no shape depends on and which is ready at once. The global random state stays as it was.
    Raises `SpecError` where PyTorch itself refuses an argument.
    """
    readers = Counter(node.of for _, node in spec.walk() if isinstance(node, From))
    inferred = {layer.path: layer for layer in inference.layers}
    builder = _Builder(inferred, Kept(readers), spare=not initialise)
    with random_state_kept(device), torch.device(device), torch_warnings_ignored():
        if initialise:
            model = builder.root(spec)
            _initialise(model, spec.init)
        else:
            model = _zeroed(builder, spec)
    _place_branches(builder.nodes, device)
    complete = not any(isinstance(module, Unbuilt) for module in builder.nodes.values())
    spared = not initialise and device.type != "meta" and inference.problem is not None
    return Compiled(model.eval(), builder.nodes, complete, complete and not spared)


def _zeroed(builder: _Builder, spec: Spec) -> nn.Module:
    with _Unfilled():
        model = builder.root(spec)
    with torch.no_grad():
        for tensor in (*model.parameters(), *model.buffers()):
            if not tensor.is_meta:
                tensor.zero_()
    return model


class _Unfilled(TorchFunctionMode):
    """Leaves new tensors as they are allocated: drawing the weights of AlexNet takes longer than running it."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = (*args, *(kwargs or {}).values())
        if getattr(func, "__name__", "") in _FILLING and isinstance(given[0], torch.Tensor):
            return given[0]
        return func(*args, **(kwargs or {}))


_FILLING = frozenset(
    {
        *("uniform_", "normal_", "trunc_normal_", "fill_", "zero_", "constant_", "ones_", "zeros_"),
        *("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_"),
    }
)
"""The functions that do nothing but give a tensor values, by which modules initialise themselves."""


@dataclass(slots=True)
class _Builder:
    """Builds every node.

    `spare`: give what is never reached no memory; `nodes`: what is built, by path; `opened`: by their join, the
    children of open branches, which belong to the body around it.
    """

    inferred: Mapping[str, InferredLayer]
    kept: Kept
    spare: bool
    nodes: dict[str, nn.Module] = field(default_factory=dict)
    opened: dict[str, dict[str, nn.Module]] = field(default_factory=dict)

    def root(self, spec: Spec) -> nn.Module:
        if spec.class_name is None and not self.kept.readers:
            return self.body("", spec.body, len(spec.inputs))
        steps, children = self.steps("", spec.body, len(spec.inputs))
        names = tuple(tensor.name for tensor in spec.inputs)
        made = type(spec.class_name or "SpecBody", (SpecBody,), {"__doc__": spec.title})
        return with_children(made(steps, self.kept, inputs=names), children)

    def node(self, path: str, node: Node, inputs: int) -> nn.Module:
        """Build a node that receives `inputs` tensors: several only where nothing ran before it."""
        if isinstance(node, Body):
            module = self.body(path, node, inputs)
        elif isinstance(node, Branches):
            module = self.branches(path, node, inputs)
        elif isinstance(node, From):
            module = Taken(self.kept, node.of)
        else:
            module = self.layer(self.inferred[path], node)
            shared = None if node.shares is None else self.nodes[node.shares]
            if shared is not None and not isinstance(shared, Unbuilt):
                module.weight = shared.weight
        self.nodes[path] = module
        return module

    def body(self, path: str, body: Body, inputs: int) -> nn.Module:
        steps, children = self.steps(path, body, inputs)
        plain = (
            len(steps) == len(children)
            and all(map(self.plain, steps, children.values()))
            and not body.aside
            and not any("." in name for name in children)
        )
        single = all(self.single(join(path, name)) for name, _ in body.children)
        made = nn.Sequential() if plain and single and inputs == 1 else SpecBody(steps, self.kept, body.aside)
        return with_children(made, children)

    def plain(self, step: Step, child: nn.Module) -> bool:
        """Whether an `nn.Sequential` would do the same with a step: it calls a child with one tensor."""
        called = step.module is child and not isinstance(child, Learned)
        return called and step.copies == 1 and step.keep is None

    def steps(self, path: str, body: Body, inputs: int) -> tuple[tuple[Step, ...], dict[str, nn.Module]]:
        """Return the steps of a body, and its children: those of open branches are its own."""
        steps: list[Step] = []
        children: dict[str, nn.Module] = {}
        for number, (name, child) in enumerate(body.children):
            inner = join(path, name)
            module = self.node(inner, child, 1 if number else inputs)
            steps.append(Step(module, self.copies(inner), self.keep(inner)))
            opened = self.opened.pop(inner, {})
            children.update({beside(name, called): one for called, one in opened.items()})
            if not _is_unseen(module):
                children[name] = module
        return tuple(steps), children

    def keep(self, path: str) -> str | None:
        return path if path in self.kept.readers else None

    def branches(self, path: str, node: Branches, inputs: int) -> nn.Module:
        ways, bodies, opened = [], {}, {}
        for branch in node.branches:
            way = below(path, branch)
            if branch.name is None:
                steps, children = self.steps(way, branch.body, inputs)
                opened.update(children)
                ways.append(Way(SpecBody(steps, self.kept)))
                continue
            bodies[branch.name] = self.nodes[way] = self.body(way, branch.body, inputs)
            ways.append(Way(bodies[branch.name], branch.device, self.keep(way)))
        self.opened[path] = opened
        return with_children(SpecJoin(node.kind, node.args, tuple(ways), self.kept), bodies)

    def layer(self, layer: InferredLayer, node: Layer) -> nn.Module:
        if layer.unbuildable is not None:
            return Unbuilt()
        if node.kind in signatures.FUNCTIONS and node.kind != "parameter":
            return Function(node.kind, layer.args)
        learned = node.kind == "parameter"
        make: Callable[..., nn.Module] = Learned if learned else getattr(nn, node.kind)
        # What the rules say is never reached needs no memory: nothing tells before how much it would take.
        elsewhere = torch.device("meta") if self.spare and not layer.reached else nullcontext()
        try:
            with elsewhere:
                return make(**layer.args)
        except REFUSALS as error:
            who = "torch.nn.Parameter" if learned else f"torch.nn.{node.kind}"
            raise node.place.error(f"layer {layer.path!r}: {who} refuses: {first_line(error)}") from None

    def copies(self, path: str) -> int:
        layer = self.inferred.get(path)
        kind = RULES.get(layer.kind) if layer is not None else None
        return min(kind.inputs) if kind is not None and kind.repeats_input else 1

    def single(self, path: str) -> bool:
        """Whether a child takes one tensor and gives one, so that an `nn.Sequential` can hold it."""
        layer = self.inferred.get(path)
        return layer is None or layer.effect is None or len(layer.effect.outputs) == 1


def first_line(error: BaseException) -> str:
    """Return what PyTorch said, in one line without a final stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")


def _is_unseen(module: nn.Module) -> bool:
    """Whether a module leaves no trace: a function, a body of functions alone, a join whose branches have nothing."""
    joins_nothing = isinstance(module, SpecJoin) and not any(
        body._modules or body._parameters for body in module.children()
    )
    only_calls = isinstance(module, SpecBody) and not (module._modules or module._parameters)
    return isinstance(module, Unseen) or joins_nothing or only_calls


def _initialise(model: nn.Module, initialisers: tuple[Initialiser, ...]) -> None:
    for initialiser in initialisers:
        for module in _modules_of(model, initialiser.kind):
            _apply(initialiser, module)


def _modules_of(model: nn.Module, kind: str) -> Iterator[nn.Module]:
    return (module for module in model.modules() if type(module).__name__ == kind)


def _apply(initialiser: Initialiser, module: nn.Module) -> None:
    parameter = getattr(module, initialiser.parameter, None)
    where = f"init: {initialiser.kind}.{initialiser.parameter}"
    if parameter is None and initialiser.parameter in module._parameters:
        return  # built without it (bias: false)
    if not isinstance(parameter, nn.Parameter):
        names = ", ".join(module._parameters) or "none"
        raise initialiser.place.error(f"{where}: no such parameter; {initialiser.kind} has: {names}")
    try:
        getattr(nn.init, initialiser.function)(parameter, **initialiser.args)
    except (TypeError, ValueError, RuntimeError) as error:
        raise initialiser.place.error(
            f"{where}: {initialiser.function} refuses: {first_line(error)}"
        ) from None


def _place_branches(nodes: Mapping[str, nn.Module], device: torch.device) -> None:
    for module in nodes.values():
        if isinstance(module, SpecJoin):
            module.place(device)


def parameter_count(module: nn.Module) -> int:
    """Return the elements of all parameters, shared ones once."""
    return sum(math.prod(parameter.shape) for parameter in module.parameters())


def build(spec: Spec, inference: Inference, device: torch.device) -> nn.Module:
    """Return the network as a user would build it: initialised, in training mode like any new module.

    Save its `state_dict()`: a class that is made while the program runs cannot be pickled.
    Raises `SpecError` where the spec does not say all that building takes.
    """
    compiled = compile_spec(spec, inference, device, initialise=True)
    if not compiled.complete:
        problem = inference.problem
        why = (
            f"layer {problem.path!r} refuses its input: {problem.problem}"
            if problem
            else "a layer is unknown"
        )
        raise SpecError(f"{spec.target}: cannot be built whole: {why}")
    return compiled.model.train()
