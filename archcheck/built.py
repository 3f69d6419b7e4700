"""A network that stands on a device: its module, the modules that are watched, and those that have a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import nn

WHOLE = (nn.MultiheadAttention,)
"""Modules whose children never run: they use the children's weights themselves."""


@dataclass(frozen=True, slots=True)
class Built:
    """A network and its rows.

    `nodes`: every watched module by its path (`""`: the network itself); `kinds`: what the rows of modules are
    called, by path. A module in `kinds` that has other nodes in it (a join and its branches) answers for what it does
    itself, any other for all that happens in it. A node that is not in `kinds` has no row: what its code does
    itself stands in rows of functions.
    """

    model: nn.Module
    nodes: Mapping[str, nn.Module]
    kinds: Mapping[str, str]

    @property
    def around_others(self) -> frozenset[str]:
        """The paths of the nodes that have other nodes in them."""
        return frozenset(_above(self.nodes)) | ({""} if len(self.nodes) > 1 else set())


def of_module(model: nn.Module) -> Built:
    """Return any module as a network: its rows are the modules without children."""
    nodes = dict(_running(model, "", set()))
    leaves = {path: node for path, node in nodes.items() if _is_leaf(node)}
    return Built(model, nodes, {path: type(node).__name__ for path, node in leaves.items()})


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
