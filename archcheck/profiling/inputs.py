"""Random inputs for a measurement: the same numbers on every device, drawn from a generator of their own."""

from __future__ import annotations

import torch

from archcheck.spec.layers import Input
from archcheck.trace import DTYPES

SEED = 0


def random_inputs(
    inputs: tuple[Input, ...], batch: int, device: torch.device, dtype: torch.dtype
) -> tuple[torch.Tensor, ...]:
    """Return one tensor an input, (`batch`, *shape), on `device`.

    Floating-point inputs are standard normal, in `dtype`; whole numbers lie below the input's `high` (2 where the
    spec states none), truth values are even odds. Torch's global random state is not used. Values matter to time:
    zeros meet caches and branches that no real input meets.
    """
    if device.type == "meta":
        return tuple(
            torch.empty((batch, *one.shape), dtype=_dtype(one, dtype), device=device) for one in inputs
        )
    generator = torch.Generator().manual_seed(SEED)
    return tuple(_random(one, (batch, *one.shape), dtype, generator).to(device) for one in inputs)


def _dtype(one: Input, dtype: torch.dtype) -> torch.dtype:
    found = DTYPES[one.dtype or "float32"]
    return dtype if found.is_floating_point else found


def _random(
    one: Input, shape: tuple[int, ...], dtype: torch.dtype, generator: torch.Generator
) -> torch.Tensor:
    wanted = _dtype(one, dtype)
    if wanted.is_floating_point:
        return torch.randn(shape, generator=generator).to(wanted)
    return torch.randint(one.high or 2, shape, generator=generator).to(wanted)
