"""Hooks on modules for as long as a block runs: the one way in which archcheck watches a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

from torch import nn


class Watcher(Protocol):
    """What is told of every call of a watched module."""

    def before(self, path: str, given: tuple[Any, ...]) -> None:
        """A module is called with the positional arguments `given`."""

    def after(self, path: str, module: nn.Module, value: Any) -> None:
        """The call that began last has ended and gives `value`."""


@contextmanager
def watched(nodes: Mapping[str, nn.Module], watcher: Watcher) -> Iterator[None]:
    """Tell `watcher` of the calls of `nodes` (modules by path); the hooks are removed whatever happens."""
    with ExitStack() as hooks:
        for path, module in nodes.items():
            before = module.register_forward_pre_hook(lambda _, given, path=path: watcher.before(path, given))
            hooks.callback(before.remove)
            after = module.register_forward_hook(
                lambda module, _, value, path=path: watcher.after(path, module, value)
            )
            hooks.callback(after.remove)
        yield
