"""A value that a program had -> a tree of shapes, of bounded size; nothing of the value is kept."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import torch
from torch import nn

from archcheck.drafting.layer_arguments import Unsaid, arguments_of
from archcheck.results import Plain
from archcheck.running.observed import STATED, Made, Tree
from archcheck.spec import signatures
from archcheck.units import Shape

MOST_ITEMS = 64
"""Of one list or mapping; more are not shown."""
MOST_DEPTH = 6
MOST_CHARACTERS = 60


def tree_of(value: Any, depth: int = 0) -> Tree:
    """Return a value as shapes: what is no tensor is the name of its type, a number with its value."""
    if isinstance(value, torch.Tensor):
        if (stated := getattr(value, STATED, None)) is not None:
            return str(stated)
        return tuple(int(size) for size in value.shape)
    if isinstance(value, torch.Size):
        return tuple(int(size) for size in value)
    if isinstance(value, bool | str) or value is None:
        return type(value).__name__
    if isinstance(value, int):
        return f"int: {value}" if abs(value) < 10**MOST_CHARACTERS else "int"
    if (shape := _array_shape(value)) is not None:
        return shape
    return _container(value, depth) if depth < MOST_DEPTH else type(value).__name__


def _container(value: Any, depth: int) -> Tree:
    if isinstance(value, tuple | list):
        return [tree_of(one, depth + 1) for one in value[:MOST_ITEMS]]
    if is_dataclass(value) and not isinstance(value, type):
        named = {one.name: getattr(value, one.name, None) for one in fields(value)[:MOST_ITEMS]}
        return {name: tree_of(one, depth + 1) for name, one in named.items()}
    if isinstance(value, Mapping):
        few = list(value.items())[:MOST_ITEMS]
        return {str(name)[:MOST_CHARACTERS]: tree_of(one, depth + 1) for name, one in few}
    return type(value).__name__


def _array_shape(value: Any) -> tuple[int, ...] | None:
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray):
        return None
    return tuple(int(size) for size in value.shape)


_SIZES = ("in_channels", "in_features", "num_features", "num_channels", "input_size", "embed_dim", "d_model")
"""What a layer's input decides, and a spec need not state."""


def made_with(module: nn.Module) -> dict[str, Plain] | None:
    """Return the arguments that a layer of `torch.nn` was made with, as a spec states them; None for other modules."""
    kind = type(module).__name__
    if not type(module).__module__.startswith("torch.nn.modules.") or signatures.signature(kind) is None:
        return None
    sizes = {name: getattr(module, name) for name in _SIZES if type(getattr(module, name, None)) is int}
    try:
        return {**sizes, **arguments_of(kind, module)}
    except (Unsaid, AttributeError):
        return dict(sizes)


@dataclass(frozen=True, slots=True)
class Ran:
    """A module that ran, with one tensor in and one out; neither is kept alive."""

    module: weakref.ref[nn.Module]
    gave: weakref.ref[torch.Tensor]
    received: Shape
    shape: Shape

    @classmethod
    def of(cls, module: nn.Module, args: tuple[Any, ...], gave: Any) -> Ran | None:
        """Note a call that went through."""
        given = args[0] if args else None
        if not (isinstance(given, torch.Tensor) and isinstance(gave, torch.Tensor)):
            return None
        return cls(weakref.ref(module), weakref.ref(gave), (*given.shape,), (*gave.shape,))

    def made(self, value: Any) -> Made | None:
        """Return the layer, where a value is what it gave or has the same shape."""
        module = self.module()
        if module is None or not isinstance(value, torch.Tensor) or self.shape != (*value.shape,):
            return None
        arguments = made_with(module)
        kind, itself = type(module).__name__, self.gave() is value
        return None if arguments is None else Made(kind, arguments, self.received, itself)
