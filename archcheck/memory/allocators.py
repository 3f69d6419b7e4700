"""What the allocator says: the most bytes that a block took at one time beyond what stood when it began."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import torch

_LEGACY: Any = torch.autograd

Run = Callable[[], None]


def high_water(run: Run, device: torch.device) -> int | None:
    """Return the most that `run` took on `device` at one time beyond what stood; None on devices that do not tell.

    On the CPU every allocation and release is recorded, those inside kernels included, by PyTorch's profiler without
    its tracer (which prints). On CUDA the caching allocator keeps the peak itself; its statistic is started anew.
    """
    if device.type == "cuda":
        return _on_cuda(run, device)
    if device.type == "cpu":
        return _on_cpu(run)
    run()
    return None


def _on_cuda(run: Run, device: torch.device) -> int:
    torch.cuda.synchronize(device)
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    run()
    torch.cuda.synchronize(device)
    return torch.cuda.max_memory_allocated(device) - before


def _on_cpu(run: Run) -> int:
    _LEGACY._enable_profiler_legacy(_memory_only())
    try:
        run()
    finally:
        threads = _LEGACY._disable_profiler_legacy()
    events = [event for thread in threads for event in thread if event.kind() == "memory_alloc"]
    changes: list[int] = [event.cpu_memory_usage() for event in events]
    return max(accumulate(changes, initial=0))


def _memory_only() -> Any:
    none = torch._C._profiler._ExperimentalConfig()
    names = ("report_input_shapes", "with_stack", "with_flops", "with_modules")
    off = dict.fromkeys(names, False)
    return _LEGACY.ProfilerConfig(
        _LEGACY.ProfilerState.CPU, profile_memory=True, experimental_config=none, **off
    )
