"""A call that the document makes -> the same call with an `Argument` in each tensor's place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import torch

from archcheck.arguments import Argument


def with_tensors(tree: Any, change: Callable[[torch.Tensor], Any]) -> Any:
    """Return a call with `change(tensor)` in each tensor's place."""
    if isinstance(tree, torch.Tensor):
        return change(tree)
    if isinstance(tree, dict):
        return {name: with_tensors(value, change) for name, value in tree.items()}
    return type(tree)(with_tensors(value, change) for value in tree) if type(tree) in (tuple, list) else tree


def described_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return a call with an `Argument` in each tensor's place."""
    found: tuple[tuple[Any, ...], dict[str, Any]] = with_tensors((args, kwargs), _described)
    return found


def _described(tensor: torch.Tensor) -> Argument:
    high = None
    if tensor.dtype in (torch.int64, torch.int32) and not tensor.is_meta and tensor.numel():
        with contextlib.suppress(Exception):
            high = max(1, int(tensor.max()) + 1)
    return Argument(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), high)
