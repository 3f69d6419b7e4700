"""What archcheck's own lower-case layers and joins compute: their rules are in `archcheck.rules`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import pairwise, product
from typing import Any

import torch
from torch.nn import functional


def _rotary(x: torch.Tensor, base: float = 10000.0) -> torch.Tensor:
    """Turn each pair of features of (..., T, F), i and i + F / 2, by the angle T / base^(2i / F)."""
    pairs = x.shape[-1] // 2
    if x.shape[-1] % 2:
        raise ValueError(f"needs an even number of features, given {x.shape[-1]}")
    power = base ** -(torch.arange(pairs, device=x.device, dtype=x.dtype) / pairs)
    angles = torch.arange(x.shape[-2], device=x.device, dtype=x.dtype)[:, None] * power
    one, other = x.chunk(2, -1)
    cosine, sine = angles.cos(), angles.sin()
    return torch.cat((one * cosine - other * sine, other * cosine + one * sine), -1)


def _relative_position_bias(table: torch.Tensor, window: Any) -> torch.Tensor:
    """Read (2h - 1)(2w - 1) rows of H heads as the bias (H, h * w, h * w) of each pair of places."""
    (high, wide), (rows, _) = _pair(window), table.shape
    if rows != (2 * high - 1) * (2 * wide - 1):
        raise ValueError(
            f"expects {(2 * high - 1) * (2 * wide - 1)} relative positions (window), given {rows}"
        )
    below, right = (_offsets(side, table.device) for side in (high, wide))
    row = below[:, None, :, None] * (2 * wide - 1) + right[:, None, :]
    return table[row.reshape(high * wide, high * wide)].permute(2, 0, 1)


def _offsets(side: int, device: torch.device) -> torch.Tensor:
    """Return how far each place of a side lies behind each other, from 0 on: whole numbers, as narrow as will do."""
    places = torch.arange(side, dtype=torch.int32, device=device)
    return places[:, None] - places + side - 1


def _shifted_window_mask(x: torch.Tensor, size: Any, window: Any, shift: Any) -> torch.Tensor:
    """Return (windows, 1, h * w, h * w): -100 between places that only the shift has brought into one window."""
    (tall, broad), (high, wide), (down, across) = _pair(size), _pair(window), _pair(shift)
    regions = torch.zeros(tall, broad, device=x.device, dtype=x.dtype)
    bands = product(_bands(tall, high, down), _bands(broad, wide, across))
    for number, (rows, columns) in enumerate(bands):
        regions[rows, columns] = number
    parts = regions.view(tall // high, high, broad // wide, wide).transpose(1, 2).reshape(-1, high * wide)
    apart = parts[:, None, :] != parts[:, :, None]
    return torch.zeros_like(apart, dtype=x.dtype).masked_fill(apart, -100.0)[:, None]


def _bands(size: int, window: int, shift: int) -> list[slice]:
    """Return the parts of a side that belong together after a shift."""
    edges = sorted({0, size - window, size - shift, size}) if shift else [0, size]
    return [slice(first, last) for first, last in pairwise(edges)]


def _pair(size: Any) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def _attention(*given: torch.Tensor, **args: Any) -> torch.Tensor:
    """Return PyTorch's function; what its documentation forbids is refused here, for not every kernel of it looks."""
    _, key, value, *mask = given
    if key.shape[-2:-1] != value.shape[-2:-1]:  # a kernel would read behind the end
        raise ValueError(f"expects {key.shape[-2]} values (one a key), given {value.shape[-2]}")
    if mask and mask[0].dim() < 2:
        raise ValueError(f"needs an input (..., L, S) as mask, given {list(mask[0].shape)}")
    if mask and args.get("is_causal"):
        raise ValueError("takes a mask or is_causal, not both")
    attend: Callable[..., torch.Tensor] = functional.scaled_dot_product_attention
    return attend(*given, **args)


FUNCTIONS: Mapping[str, Callable[..., torch.Tensor]] = {
    "flatten": lambda x, start_dim=1, end_dim=-1: torch.flatten(x, start_dim, end_dim),
    "reshape": torch.reshape,
    "permute": torch.permute,
    "transpose": torch.transpose,
    "unflatten": torch.unflatten,
    "select": torch.select,
    "narrow": torch.narrow,
    "roll": torch.roll,
    "mean": torch.mean,
    "scaled": lambda x, by: x * by,
    "rotary": _rotary,
    "relative_position_bias": _relative_position_bias,
    "shifted_window_mask": _shifted_window_mask,
}
"""What is made of one tensor."""

JOINS: Mapping[str, Callable[..., torch.Tensor]] = {
    "add": lambda *given: reduce(operator.add, given),
    "concat": lambda *given, dim=1: torch.cat(given, dim),
    "mul": lambda *given: reduce(operator.mul, given),
    "matmul": torch.matmul,
    "scaled_dot_product_attention": _attention,
}
"""What is made of the results of several branches."""
