"""The most that a device does, found out in this run: a large matrix product, a large copy, a call with no work."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from archcheck import device as devices
from archcheck.built import of_module
from archcheck.costs import Ceilings
from archcheck.profiling.clock import Clock
from archcheck.profiling.layers import layers_pass

LONG_ENOUGH_MS = 10.0
"""A product that takes this long is large; one twice as large in each direction would take eight times as long."""

LARGEST_SIDE = 8192
COPIED_BYTES = 128 * 2**20
"""More than the caches of a CPU's cores; a GPU copies four times as much."""

ROUNDS = 10


def measure_ceilings(device: torch.device, dtype: torch.dtype, clock: Clock[Any]) -> Ceilings:
    """Return the device's ceilings in a dtype; it takes a few tenths of a second, and memory for two large tensors.

    Of several rounds the best counts: a ceiling is what can be done. The time of a call with no work is a median.
    """
    with torch.inference_mode():
        return Ceilings(
            gflops_per_s=_product_gflops_per_s(device, dtype, clock),
            gbytes_per_s=_copy_gbytes_per_s(device, clock),
            launch_ms=_launch_ms(device, dtype, clock),
        )


def _product_gflops_per_s(device: torch.device, dtype: torch.dtype, clock: Clock[Any]) -> float:
    """Return the best rate of `n x n @ n x n`, `2 * n**3` operations, `n` doubled until one takes long enough.

    The largest is not always the fastest: a CPU does best while the operands stay in its caches.
    """
    side, best, one_ms = 256, 0.0, 0.0
    while one_ms < LONG_ENOUGH_MS and side <= LARGEST_SIDE:
        left = torch.ones(side, side, dtype=dtype, device=device)
        product = torch.empty_like(left)
        work = _multiply(left, product)
        work()  # chooses its kernel
        one_ms = min(_milliseconds(work, clock) for _ in range(ROUNDS))
        best = max(best, 2 * side**3 / one_ms / 1e6)
        side *= 2
    return best


def _multiply(left: torch.Tensor, product: torch.Tensor) -> Callable[[], object]:
    return lambda: torch.mm(left, left, out=product)


def _copy_gbytes_per_s(device: torch.device, clock: Clock[Any]) -> float:
    """Return the rate of a copy, each byte read once and written once."""
    size = COPIED_BYTES * (4 if device.type == "cuda" else 1)
    size = min(size, (devices.free_bytes(device) or size) // 8)
    source = torch.ones(size, dtype=torch.uint8, device=device)
    copy = source.clone()
    best_ms = min(_milliseconds(lambda: copy.copy_(source), clock) for _ in range(ROUNDS))
    return 2 * size / best_ms / 1e6


def _launch_ms(device: torch.device, dtype: torch.dtype, clock: Clock[Any]) -> float:
    """Return what a layer with next to nothing to do takes, timed as layers are."""
    model, one = nn.Sequential(nn.ReLU()), torch.ones(1, dtype=dtype, device=device)
    empty = layers_pass(lambda: model(one), of_module(model), clock)
    with empty.around():
        made = [empty.once() for _ in range(200)]
    clock.settle()
    return statistics.median(row.own_ms for one_pass in made for row in empty.read(one_pass))


def _milliseconds(work: Callable[[], object], clock: Clock[Any]) -> float:
    start = clock.stamp()
    work()
    end = clock.stamp()
    clock.settle()
    return clock.milliseconds(start, end)
