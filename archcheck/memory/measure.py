"""What a network really takes: storages of real tensors on the CPU, the allocator's own account on CUDA."""

from __future__ import annotations

import torch

from archcheck import device as devices
from archcheck.built import Built
from archcheck.costs import Mode
from archcheck.memory.allocators import Run, high_water
from archcheck.memory.footprint import Footprint
from archcheck.memory.ledger import Ledger
from archcheck.memory.passes import watch
from archcheck.spec.training import Optimizer
from archcheck.tensors import Call


def measure(built: Built, call: Call, *, mode: Mode, optimizer: Optimizer, device: torch.device) -> Footprint:
    """Run the network on `device`, where it and the tensors of `call` lie, and return what it took.

    The peak is the allocator's own account of a run without hooks, and includes what kernels take and release inside
    one operator; None where the device keeps no account. What else lies on the device is left out.

    In training this makes two steps: the network is given away, its weights and statistics change and its gradients
    go. Train flags, random states and torch's switches are as before.
    """

    def peak(ledger: Ledger, run: Run) -> int | None:
        standing = ledger.live
        highest = high_water(run, device)
        return None if highest is None else standing + highest

    with devices.random_state_kept(device), devices.torch_warnings_ignored():
        return watch(built, call, mode=mode, optimizer=optimizer, ledger=Ledger(), peak=peak)
