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

    def forward(self, *_: torch.Tensor) -> torch.Tensor:
        """Return it, whatever comes in."""
        return self.kept.take(self.path)


class Learned(nn.Module):
    """A tensor that the network learns, drawn from N(0, 0.02); in a state dict it has the name of this module."""

    def __init__(self, size: tuple[int, ...], expand: bool = False) -> None:
        super().__init__()
        self.expand = expand
        self.weight = nn.Parameter(torch.empty(size))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        """Return the tensor; `expand`: once for each sample of what comes in."""
        return self.weight.expand(len(given[0]), *self.weight.shape[1:]) if self.expand else self.weight

    def extra_repr(self) -> str:
        """Return the size, for the printed model."""
        return "x".join(map(str, self.weight.shape))

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        destination[prefix[:-1]] = self.weight if keep_vars else self.weight.detach()


@dataclass(frozen=True, slots=True)
class Named:
    """A hook of a module before it loads a state dict: what is called `name` there is its child's `weight`."""

    name: str

    def __call__(self, module: nn.Module, state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
        """Rename one key."""
        if prefix + self.name in state_dict:
            state_dict[f"{prefix}{self.name}.weight"] = state_dict.pop(prefix + self.name)


def with_children(module: nn.Module, children: Mapping[str, nn.Module]) -> nn.Module:
    """Return the module with its children; a learned tensor is loaded by its own name, as it is saved."""
    for name, child in children.items():
        module.add_module(name, child)
        if isinstance(child, Learned):
            module.register_load_state_dict_pre_hook(Named(name))  # type: ignore[no-untyped-call]
    return module


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
