"""The modules that a spec's network is made of, beside those of `torch.nn`: bodies, joins, functions, learned tensors.

Functions, and joins without children of their own, are no children: they leave no trace in the printed model or the
state dict, but they are modules all the same, so that they can be watched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from archcheck.functions import FUNCTIONS, JOINS
from archcheck.spec.layers import join


@dataclass(slots=True)
class Kept:
    """What has gone by in one call and is still wanted, by path; `readers`: how often each is taken in a call."""

    readers: Mapping[str, int] = field(default_factory=dict)
    values: dict[str, torch.Tensor] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def during(self, inputs: Mapping[str, torch.Tensor]) -> Iterator[None]:
        """Hold the network's inputs and all that is put, until its last reader has it or the call ends."""
        self.values.update({path: value for path, value in inputs.items() if path in self.readers})
        self.left.update(self.readers)
        try:
            yield
        finally:
            self.values.clear()
            self.left.clear()

    def put(self, path: str, value: torch.Tensor) -> None:
        """Keep what the node at `path` gave."""
        self.values[path] = value

    def take(self, path: str) -> torch.Tensor:
        """Return what was kept; the last reader leaves nothing."""
        self.left[path] -= 1
        return self.values[path] if self.left[path] else self.values.pop(path)


class Unseen(nn.Module):
    """A module that is nobody's child."""


class Function(Unseen):
    """One of archcheck's functions, called with its arguments."""

    def __init__(self, kind: str, args: Mapping[str, Any]) -> None:
        super().__init__()
        self.kind, self.args = kind, dict(args)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the function's value: the shape by its rule."""
        return FUNCTIONS[self.kind](x, **self.args)


class Taken(Unseen):
    """What an earlier node gave, or an input of the network."""

    def __init__(self, kept: Kept, path: str) -> None:
        super().__init__()
        self.kept, self.path = kept, path

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        """Return it, whatever comes in, on the device that this part of the network is on."""
        return self.kept.take(self.path).to(given[0].device)


class Learned(nn.Module):
    """A tensor that the network learns, drawn from N(0, 0.02).

    The body that it stands in holds it, as an `nn.Parameter` of this node's name, and this module reads it there: it is
    no child, and leaves no trace in the printed model.
    """

    def __init__(self, size: tuple[int, ...], expand: bool = False) -> None:
        super().__init__()
        self._expand = expand
        self._held: dict[str, nn.Parameter | None] = {"": (drawn := nn.Parameter(torch.empty(size)))}
        self._name = ""
        nn.init.normal_(drawn, std=0.02)

    def held_by(self, owner: nn.Module, name: str) -> None:
        """Hand the tensor to `owner`; what is done to the owner's parameters is done to it."""
        owner.register_parameter(name, self._held[self._name])
        self._held, self._name = owner._parameters, name

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        """Return the tensor; `expand`: once for each sample of what comes in."""
        ((_, tensor),) = self.named_parameters()
        return tensor.expand(len(given[0]), *tensor.shape[1:]) if self._expand else tensor

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, nn.Parameter]]:
        """Yield the tensor: whoever counts this module's parameters finds the one that it answers for."""
        tensor = self._held[self._name]
        assert tensor is not None, "only a layer without it registers None"
        yield join(prefix, self._name), tensor


def with_children(module: nn.Module, children: Mapping[str, nn.Module]) -> nn.Module:
    """Return the module with its children; a learned tensor becomes its parameter.

    A child called `convs.0` is the child `0` of a list `convs`, which is made, and does not run by itself.
    """
    for path, child in children.items():
        holder, name = _holder(module, path)
        if isinstance(child, Learned):
            child.held_by(holder, name)
        else:
            holder.add_module(name, child)
    return module


def _holder(module: nn.Module, path: str) -> tuple[nn.Module, str]:
    """Return the module that holds the child at a path, and what it calls it."""
    word, _, rest = path.partition(".")
    if not rest:
        return module, word
    if word not in module._modules:
        module.add_module(word, nn.ModuleList() if rest.partition(".")[0].isdigit() else nn.ModuleDict())
    return _holder(module.get_submodule(word), rest)


class Unbuilt(nn.Module):
    """Stands where a layer cannot be built because nothing tells what it would receive; it never runs."""

    def forward(self, *_: torch.Tensor) -> torch.Tensor:
        """Refuse to run."""
        raise RuntimeError("this layer could not be built")


@dataclass(frozen=True, slots=True)
class Step:
    """One module of a body, and how often it wants the one tensor it is given (query, key, value: 3).

    `keep`: its path, where what it gives is wanted again later.
    """

    module: nn.Module
    copies: int = 1
    keep: str | None = None


class SpecBody(nn.Module):
    """Steps in order; of a layer that gives several tensors the first goes on.

    `aside`: what was received goes on. `inputs`: the names of the network's inputs, of the whole network only.
    """

    def __init__(
        self,
        steps: tuple[Step, ...],
        kept: Kept | None = None,
        aside: bool = False,
        inputs: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__()
        self._steps = steps  # a tuple: the functions in it must not become children
        self._kept, self._aside, self._inputs = kept or Kept(), aside, inputs

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """Run the steps on one tensor or on the network's several inputs."""
        if self._inputs is None:
            return self._run(tensors)
        with self._kept.during(dict(zip(self._inputs, tensors, strict=True))):
            return self._run(tensors)

    def _run(self, tensors: tuple[torch.Tensor, ...]) -> torch.Tensor:
        received = tensors[0]
        for step in self._steps:
            given = tensors * step.copies if len(tensors) == 1 else tensors
            tensors = (_first(step.module(*given)),)
            if step.keep is not None:
                self._kept.put(step.keep, tensors[0])
        return received if self._aside else tensors[0]


@dataclass(frozen=True, slots=True)
class Way:
    """One branch of a join: its body, the GPU that the document puts it on, its path where it is wanted again."""

    body: nn.Module
    device: int | None = None
    keep: str | None = None


class SpecJoin(nn.Module):
    """Branches that receive the same tensors, and what is made of their results."""

    def __init__(self, kind: str, args: Mapping[str, Any], ways: tuple[Way, ...], kept: Kept) -> None:
        super().__init__()
        self._kind, self._args, self._ways, self._kept = kind, dict(args), ways, kept

    def place(self, home: torch.device) -> None:
        """Move each branch to the GPU that the document puts it on, where `home` has such a neighbour."""
        for way in self._ways:
            if way.device is not None:
                way.body.to(placed(home, way.device))

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        """Return the join's value: the shape by its rule."""
        home = tensors[0].device
        results: list[torch.Tensor] = []
        for way in self._ways:
            there = placed(home, way.device)
            results.append(way.body(*(tensor.to(there) for tensor in tensors)).to(home))
            if way.keep is not None:
                self._kept.put(way.keep, results[-1])
        return JOINS[self._kind](*results, **self._args)


def placed(home: torch.device, number: int | None) -> torch.device:
    """Return the device of a branch that the document puts on GPU `number`: that GPU if it is there, else `home`."""
    if number is None or home.type != "cuda" or number >= torch.cuda.device_count():
        return home
    return torch.device("cuda", number)


def _first(value: Any) -> torch.Tensor:
    while isinstance(value, tuple | list):
        value = value[0]
    return value  # type: ignore[no-any-return]
