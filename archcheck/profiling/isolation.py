"""Global state that a profile borrows, each piece in a `with` that gives it back, also on failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch


@contextmanager
def threads_set(count: int | None) -> Iterator[None]:
    """Give PyTorch's CPU operations `count` threads for as long as the block runs; None leaves them as they are."""
    before = torch.get_num_threads()
    try:
        if count is not None:
            torch.set_num_threads(count)
        yield
    finally:
        if count is not None:
            torch.set_num_threads(before)


@contextmanager
def random_state_kept(device: torch.device) -> Iterator[None]:
    """Put torch's random state back, the CPU's and the device's: some layers draw numbers even in evaluation."""
    with ExitStack() as states:
        if device.type == "mps":  # fork_rng speaks of numbered devices, which MPS does not have
            states.callback(torch.mps.set_rng_state, torch.mps.get_rng_state())
        states.enter_context(torch.random.fork_rng(devices=[device] if device.type == "cuda" else []))
        yield
