"""Spec -> a real `nn.Module`, with the names, the printed form and the state-dict keys of the documented code.

A body of plain modules is an `nn.Sequential`. A body that has functions in it, layers that give several
tensors, or several inputs, is a `SpecBody`, which calls its steps in order. Functions are not children: they leave
no trace in the printed model or the state dict, but they are modules all the same, so that hooks see them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from archcheck.device import random_state_kept, torch_warnings_ignored
from archcheck.errors import SpecError
from archcheck.infer import Inference, InferredLayer
from archcheck.rules import RULES
from archcheck.spec.layers import Body, Branches, Initialiser, Layer, Node, Spec, join

_FUNCTIONS: Mapping[str, Callable[..., torch.Tensor]] = {
    "flatten": lambda x, start_dim=1, end_dim=-1: torch.flatten(x, start_dim, end_dim),
    "reshape": torch.reshape,
    "permute": torch.permute,
    "mean": torch.mean,
}


REFUSALS = (
    *(RuntimeError, ValueError, TypeError, AssertionError, AttributeError),
    *(IndexError, NotImplementedError, OverflowError, ZeroDivisionError),
)
"""What PyTorch's modules raise on arguments, or an input, that do not fit; anything else is a bug."""


class Function(nn.Module):
    """One of archcheck's functions, called with its arguments."""

    def __init__(self, kind: str, args: Mapping[str, Any]) -> None:
        super().__init__()
        self.kind, self.args = kind, dict(args)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the function's value: the shape by its rule."""
        return _FUNCTIONS[self.kind](x, **self.args)


class Unbuilt(nn.Module):
    """Stands where a layer cannot be built because nothing tells what it would receive; it never runs."""

    def forward(self, *_: torch.Tensor) -> torch.Tensor:
        """Refuse to run."""
        raise RuntimeError("this layer could not be built")


@dataclass(frozen=True, slots=True)
class Step:
    """One module of a body, and how often it wants the one tensor it is given (query, key, value: 3)."""

    module: nn.Module
    copies: int = 1


class SpecBody(nn.Module):
    """Steps in order; of a layer that gives several tensors the first goes on."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        super().__init__()
        self._steps = steps  # a tuple: the functions in it must not become children

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """Run the steps on one tensor or on the network's several inputs."""
        for step in self._steps:
            given = tensors * step.copies if len(tensors) == 1 else tensors
            tensors = (_first(step.module(*given)),)
        return tensors[0]


class SpecJoin(nn.Module):
    """Branches that receive the same tensors; their results are added, or joined along `dim`."""

    def __init__(
        self, dim: int | None, bodies: tuple[nn.Module, ...], devices: tuple[int | None, ...]
    ) -> None:
        super().__init__()
        self._dim, self._bodies, self._devices = dim, bodies, devices

    def place(self, home: torch.device) -> None:
        """Move each branch to the GPU that the document puts it on, where `home` has such a neighbour."""
        for body, number in zip(self._bodies, self._devices, strict=True):
            if number is not None:
                body.to(placed(home, number))

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """Return the sum (torch's broadcasting) or the concatenation of what the branches give."""
        home = tensors[0].device
        results: list[torch.Tensor] = []
        for body, number in zip(self._bodies, self._devices, strict=True):
            there = placed(home, number)
            results.append(body(*(tensor.to(there) for tensor in tensors)).to(home))
        if self._dim is not None:
            return torch.cat(results, self._dim)
        return reduce(operator.add, results)


def placed(home: torch.device, number: int | None) -> torch.device:
    """Return the device of a branch that the document puts on GPU `number`: that GPU if it is there, else `home`."""
    if number is None or home.type != "cuda" or number >= torch.cuda.device_count():
        return home
    return torch.device("cuda", number)


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
    builder = _Builder({layer.path: layer for layer in inference.layers}, {}, spare=not initialise)
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
    inferred: Mapping[str, InferredLayer]
    nodes: dict[str, nn.Module]
    spare: bool

    def root(self, spec: Spec) -> nn.Module:
        if spec.class_name is None:
            return self.body("", spec.body, len(spec.inputs))
        steps, children = self.steps("", spec.body, len(spec.inputs))
        made = type(spec.class_name, (SpecBody,), {"__doc__": spec.title})(steps)
        return _with_children(made, children)

    def node(self, path: str, node: Node, inputs: int) -> nn.Module:
        """Build a node that receives `inputs` tensors: several only where nothing ran before it."""
        if isinstance(node, Body):
            module = self.body(path, node, inputs)
        elif isinstance(node, Branches):
            module = self.branches(path, node, inputs)
        else:
            module = self.layer(self.inferred[path], node)
        self.nodes[path] = module
        return module

    def body(self, path: str, body: Body, inputs: int) -> nn.Module:
        steps, children = self.steps(path, body, inputs)
        plain = all(not isinstance(step.module, Function) and step.copies == 1 for step in steps)
        single = all(self.single(join(path, name)) for name, _ in body.children)
        made = nn.Sequential() if plain and single and inputs == 1 else SpecBody(steps)
        return _with_children(made, children)

    def steps(self, path: str, body: Body, inputs: int) -> tuple[tuple[Step, ...], dict[str, nn.Module]]:
        modules = {
            name: self.node(join(path, name), child, 1 if number else inputs)
            for number, (name, child) in enumerate(body.children)
        }
        steps = (Step(module, self.copies(join(path, name))) for name, module in modules.items())
        children = {name: module for name, module in modules.items() if not isinstance(module, Function)}
        return tuple(steps), children

    def branches(self, path: str, node: Branches, inputs: int) -> nn.Module:
        bodies = {}
        for branch in node.branches:
            inner = join(path, branch.name)
            bodies[branch.name] = self.nodes[inner] = self.body(inner, branch.body, inputs)
        dim = node.dim if node.kind == "concat" else None
        devices = tuple(branch.device for branch in node.branches)
        return _with_children(SpecJoin(dim, tuple(bodies.values()), devices), bodies)

    def layer(self, layer: InferredLayer, node: Layer) -> nn.Module:
        if layer.unbuildable is not None:
            return Unbuilt()
        if node.kind in _FUNCTIONS:
            return Function(node.kind, layer.args)
        # What the rules say is never reached needs no memory: nothing tells before how much it would take.
        elsewhere = torch.device("meta") if self.spare and not layer.reached else nullcontext()
        try:
            with elsewhere:
                module: nn.Module = getattr(nn, node.kind)(**layer.args)
        except REFUSALS as error:
            reason = first_line(error)
            raise node.place.error(f"layer {layer.path!r}: torch.nn.{node.kind} refuses: {reason}") from None
        return module

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


def _with_children(module: nn.Module, children: Mapping[str, nn.Module]) -> nn.Module:
    for name, child in children.items():
        module.add_module(name, child)
    return module


def _first(value: Any) -> torch.Tensor:
    while isinstance(value, tuple | list):
        value = value[0]
    return value  # type: ignore[no-any-return]


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
