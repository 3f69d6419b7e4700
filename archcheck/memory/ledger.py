"""Which storages of tensors stand at any moment, and their bytes: entered when made, struck out when released."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch

from archcheck.counting.dispatch import Dispatch, ran
from archcheck.tensors import tensors_in

_COMPOSITE = torch._C.DispatchKey.CompositeImplicitAutograd


Scratch = Callable[[Any, tuple[Any, ...], Any], int]
"""The bytes that an operator, called with arguments, takes beside what it gave, and releases before it returns."""


def _none(func: Any, args: tuple[Any, ...], gave: Any) -> int:
    return 0


@dataclass(slots=True)
class Entry:
    """A storage that stands: its bytes; `owned`: it stood before; `saver`: the call that first kept it for backward."""

    bytes: int
    reference: weakref.ref[torch.UntypedStorage]
    owned: bool = False
    saver: int | None = None


class Ledger(Dispatch):
    """The storages of every tensor that an operator gives while this mode is on, views and copies alike once.

    `live`, `peak`: bytes that stand now, and the most that stood since `restart`; `worked`: tensors that operators
    made or wrote. What a kernel allocates and frees inside one operator is not seen; `scratch` may tell. Storages are
    told by their address, so that nothing is kept alive by being in here.
    """

    def __init__(self, scratch: Scratch = _none) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.scratch = scratch
        self.entries: dict[int, Entry] = {}
        self.live = self.peak = self.worked = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if _is_composite(func):
            with self:
                return func._op_dk(_COMPOSITE, *args, **kwargs)
        gave = ran(func, args, kwargs)
        if not getattr(func, "is_view", False):
            for tensor in tensors_in(gave):
                self.worked += 1
                self.enter(tensor)
            self.peak = max(self.peak, self.live + self.scratch(func, args, gave))
        return gave

    def own(self, tensors: Iterable[torch.Tensor]) -> int:
        """Enter tensors that stand before the run, and return the bytes that were not there already."""
        before = self.live
        for tensor in tensors:
            for entry in self.enter(tensor):
                entry.owned = True
        return self.live - before

    def save(self, tensor: torch.Tensor, saver: int) -> None:
        """Note that a call keeps a tensor for the backward pass; what is owned is not kept by it."""
        for entry in self.enter(tensor):
            if entry.saver is None and not entry.owned:
                entry.saver = saver

    def saved(self) -> dict[int, int]:
        """Return the bytes that stand and were kept, by the call that kept them first."""
        found: dict[int, int] = {}
        for entry in self.entries.values():
            if entry.saver is not None:
                found[entry.saver] = found.get(entry.saver, 0) + entry.bytes
        return found

    def highest(self, run: Callable[[], None]) -> int:
        """Make a run with this mode on, and return the most that stood meanwhile."""
        self.restart()
        with self:
            run()
        return self.peak

    def restart(self) -> int:
        """Let the peak begin at what stands now; return the one that was."""
        peak, self.peak = self.peak, self.live
        return peak

    def enter(self, tensor: torch.Tensor) -> list[Entry]:
        """Enter a tensor's storages, or what they have grown to, and return their entries."""
        return [self._enter(storage) for storage in storages_of(tensor)]

    def _enter(self, storage: torch.UntypedStorage) -> Entry:
        key, size = storage._cdata, storage.nbytes()
        entry = self.entries.get(key)
        if entry is None:
            entry = Entry(0, weakref.ref(storage, partial(self._strike, key)))
            self.entries[key] = entry
        if entry.bytes != size:
            self.live += size - entry.bytes
            entry.bytes = size
            self.peak = max(self.peak, self.live)
        return entry

    def _strike(self, key: int, reference: object) -> None:
        entry = self.entries.get(key)
        if entry is not None and entry.reference is reference:
            del self.entries[key]
            self.live -= entry.bytes


@cache
def _is_composite(func: Any) -> bool:
    """Return whether an operator is nothing but others; in inference mode such ones come here whole.

    Only what PyTorch itself runs counts: decompositions in Python, written for compilers, take other memory.
    """
    if not isinstance(func, torch._ops.OpOverload) or func.namespace == "prim":
        return False
    name = func.name()  # type: ignore[no-untyped-call]
    return bool(torch._C._dispatch_has_kernel_for_dispatch_key(name, _COMPOSITE))


def storages_of(tensor: torch.Tensor) -> list[torch.UntypedStorage]:
    """Return what holds a tensor's values; of a sparse one its indices and values, of an opaque one nothing."""
    with torch._C.DisableTorchFunction():
        if tensor.layout is torch.strided:
            return [tensor.untyped_storage()]
        if tensor.layout is torch.sparse_coo:
            return [tensor._indices().untyped_storage(), tensor._values().untyped_storage()]
        return []


def bytes_of(tensors: Iterable[torch.Tensor]) -> int:
    """Return the bytes that tensors stand on, each storage once."""
    storages = {one._cdata: one.nbytes() for tensor in tensors for one in storages_of(tensor)}
    return sum(storages.values())
