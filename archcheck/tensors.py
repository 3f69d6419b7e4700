"""The tensors that a network is called with, and those in what it gives.

Those it is called with are the same numbers on every device, from a generator of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import torch

from archcheck.arguments import Argument, Arguments, Tree
from archcheck.errors import UsageError
from archcheck.input_text import read_inputs, read_tree
from archcheck.units import Shape

SEED = 0

Call = tuple[tuple[Any, ...], dict[str, Any]]
"""What a network is called with, by place and by name."""


def empty_call(arguments: Arguments, device: torch.device, dtype: torch.dtype) -> Call:
    """Return tensors without values, for the meta device; floating-point ones are of type `dtype`."""
    return arguments.made(lambda one: torch.empty(one.shape, dtype=dtype_of(one, dtype), device=device))


def random_call(arguments: Arguments, device: torch.device, dtype: torch.dtype) -> Call:
    """Return tensors with values on `device`; on meta they have none.

    Floating-point ones are standard normal, in `dtype`; whole numbers lie below `high` (2 where none is stated),
    truth values are even odds. Torch's global random state is not used. Values matter to time: zeros meet caches
    and branches that no real input meets.
    """
    if device.type == "meta":
        return empty_call(arguments, device, dtype)
    generator = torch.Generator().manual_seed(SEED)
    return arguments.made(lambda one: _random(one, dtype, generator).to(device))


_ATOMS = (int, str, float, type(None), torch.dtype, torch.device)


def tensors_in(value: object) -> list[torch.Tensor]:
    """Return every tensor in a value, in order: tuples, lists, mappings and data classes are opened."""
    found: list[torch.Tensor] = []
    _collect(value, found)
    return found


def shapes_of(value: object) -> tuple[Shape, ...]:
    """Return the shape of every tensor in a value, in order."""
    return tuple(tuple(tensor.shape) for tensor in tensors_in(value))


def _collect(value: object, found: list[torch.Tensor]) -> None:
    if isinstance(value, torch.Tensor):
        found.append(value)
    elif isinstance(value, _ATOMS):
        return
    elif isinstance(value, tuple | list):
        for one in value:
            _collect(one, found)
    elif isinstance(value, Mapping):
        for one in value.values():
            _collect(one, found)
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            _collect(getattr(value, part.name, None), found)


Inputs = str | torch.Tensor | Sequence[Any] | Mapping[str, Any]
"""What a model is called with, as people say it: texts as after `--input`, shapes, tensors (their values do not count),
tuples and mappings of these. A sequence is one input a place (of whole numbers: one shape), a mapping is by name."""


def arguments_of(inputs: Inputs) -> Arguments | None:
    """Return the arguments that inputs say, None of an empty sequence. Raises `UsageError`.

    >>> arguments_of((1, 3, 8, 8)) == arguments_of("1,3,8,8") == arguments_of([torch.empty(1, 3, 8, 8)])
    True
    """
    if isinstance(inputs, Mapping):
        return Arguments((), {name: _argument(one) for name, one in inputs.items()})
    if isinstance(inputs, str | torch.Tensor) or _is_shape(inputs):
        inputs = [inputs]
    texts = [one for one in inputs if isinstance(one, str)]
    if not inputs:
        return None
    if len(texts) == len(inputs):
        return read_inputs(texts)
    return Arguments(tuple(map(_argument, inputs)))


def described(given: object) -> Arguments:
    """Return a call with tensors by their shapes: a tuple is one argument a place, a mapping is by name."""
    if isinstance(given, Mapping):
        return Arguments((), {name: _argument(one) for name, one in given.items()})
    return Arguments(tuple(map(_argument, given)) if isinstance(given, tuple | list) else (_argument(given),))


def _is_shape(value: object) -> bool:
    sized = isinstance(value, tuple | list) and bool(value)
    return sized and all(type(axis) is int for axis in value)  # type: ignore[attr-defined]


def _argument(value: object) -> Tree:
    if isinstance(value, Argument):
        return value
    if isinstance(value, torch.Tensor):
        return _described(value)
    if isinstance(value, str):
        return read_tree(value)
    if isinstance(value, Mapping):
        return {name: _argument(one) for name, one in value.items()}
    if _is_shape(value):
        return read_tree(",".join(map(str, value)))  # type: ignore[call-overload]
    if isinstance(value, tuple | list):
        return tuple(map(_argument, value))
    raise UsageError(
        f"inputs: a {type(value).__name__} is no shape, tensor or text, nor a tuple or dict of these"
    )


def _described(tensor: torch.Tensor) -> Argument:
    whole = not (tensor.is_floating_point() or tensor.is_complex() or tensor.dtype is torch.bool)
    known = whole and not tensor.is_meta and tensor.numel() > 0
    high = max(int(tensor.max()) + 1, 1) if known else None
    return Argument(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), high)


def dtype_of(one: Argument, dtype: torch.dtype) -> torch.dtype:
    """Return the type that a tensor has where floating-point tensors are of type `dtype`."""
    found: torch.dtype = getattr(torch, one.dtype)
    return dtype if found.is_floating_point else found


def _random(one: Argument, dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
    wanted = dtype_of(one, dtype)
    if wanted.is_floating_point or wanted.is_complex:
        return torch.randn(one.shape, generator=generator).to(wanted)
    return torch.randint(one.high or 2, one.shape, generator=generator).to(wanted)
