"""A network that stands on a device: its module, the modules that are watched, and those that have a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import is_
from typing import Any

import torch
from torch import nn

WHOLE = (nn.MultiheadAttention, torch.jit.ScriptModule)
"""Modules whose children are not run by Python: their weights are used directly, or TorchScript calls them."""


@dataclass(frozen=True, slots=True)
class Built:
    """A network and its rows.

    `nodes`: every watched module by its path (`""`: the network itself); `kinds`: what the rows of modules are
    called, by path. A module in `kinds` that has other nodes in it (a join and its branches) answers for what it does
    itself, any other for all that happens in it. A node that is not in `kinds` has no row: what its code does
    itself stands in rows of functions. `joins`: the paths of joins, whose branches need not lie below them by name.
    """

    model: nn.Module
    nodes: Mapping[str, nn.Module]
    kinds: Mapping[str, str]
    joins: frozenset[str] = frozenset()

    @property
    def around_others(self) -> frozenset[str]:
        """The paths of the nodes that have other nodes in them."""
        return frozenset(_above(self.nodes)) | self.joins | ({""} if len(self.nodes) > 1 else set())


def of_module(model: nn.Module) -> Built:
    """Return any module as a network: its rows are the modules without children.

    A network of one module that is not PyTorch's own has rows of the functions that it calls.
    """
    nodes = dict(_running(model, "", set()))
    leaves = {path: node for path, node in nodes.items() if _is_leaf(node) and (path or not _is_own(node))}
    return Built(model, nodes, {path: _kind(node) for path, node in leaves.items()})


def _kind(module: nn.Module) -> str:
    """Return what a module's row is called: its class, also where that was compiled to TorchScript."""
    return str(module.original_name) if isinstance(module, torch.jit.ScriptModule) else type(module).__name__


def _is_own(module: nn.Module) -> bool:
    """Return whether a module's code is the user's, and Python."""
    pytorchs = type(module).__module__.startswith("torch.nn.modules.")
    return not pytorchs and not isinstance(module, (torch.jit.ScriptModule, *WHOLE))


def _above(paths: Mapping[str, nn.Module]) -> set[str]:
    """Return every path that another lies below: a spec's bodies need not be nodes themselves."""
    return {path[:end] for path in paths for end, letter in enumerate(path) if letter == "."}


def _running(module: nn.Module, path: str, seen: set[int]) -> Iterator[tuple[str, nn.Module]]:
    """Yield each module once, under its first name, and nothing below a leaf."""
    if id(module) in seen:
        return
    seen.add(id(module))
    yield path, module
    if not _is_leaf(module):
        for name, child in module.named_children():
            yield from _running(child, f"{path}.{name}" if path else name, seen)


def _is_leaf(module: nn.Module) -> bool:
    return isinstance(module, WHOLE) or not module._modules


@contextmanager
def attributes_kept(model: nn.Module) -> Iterator[None]:
    """Put every attribute of every module back, and what lists, dicts and sets in them hold; tensors are not copied."""
    kept: list[tuple[Any, Any]] = []
    for module in model.modules():
        kept.append((vars(module), dict(vars(module))))
        held = [one for one in vars(module).values() if isinstance(one, _HOLDERS)]
        kept += [(one, _shallow(one) if one else ()) for one in held]
    try:
        yield
    finally:
        for held, before in kept:
            if held or before:  # a module has a dozen empty dicts of hooks
                _put_back(held, before)


_HOLDERS = (dict, list, set)


def _shallow(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else list(value) if isinstance(value, list) else set(value)


def _put_back(held: Any, before: Any) -> None:
    if isinstance(held, list):
        held[:] = before
    elif held != before if isinstance(held, set) else not _same(held, before):
        held.clear()
        held.update(before)


def _same(held: Mapping[Any, Any], before: Mapping[Any, Any]) -> bool:
    """Return whether two mappings hold the very same objects in the same order."""
    if len(held) != len(before):
        return False
    return all(map(is_, held, before)) and all(map(is_, held.values(), before.values()))
