"""The tensors that a network is called with: the same numbers on every device, from a generator of their own."""

from __future__ import annotations

from typing import Any

import torch

from archcheck.arguments import Argument, Arguments

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


def dtype_of(one: Argument, dtype: torch.dtype) -> torch.dtype:
    """Return the type that a tensor has where floating-point tensors are of type `dtype`."""
    found: torch.dtype = getattr(torch, one.dtype)
    return dtype if found.is_floating_point else found


def _random(one: Argument, dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
    wanted = dtype_of(one, dtype)
    if wanted.is_floating_point or wanted.is_complex:
        return torch.randn(one.shape, generator=generator).to(wanted)
    return torch.randint(one.high or 2, one.shape, generator=generator).to(wanted)
