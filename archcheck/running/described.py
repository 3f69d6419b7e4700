"""A call that the document makes: with an `Argument` in each tensor's place, on which line, and where it fails."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from archcheck.arguments import Argument
from archcheck.running.recording import Call
from archcheck.running.varying import arguments_in
from archcheck.units import shape_text


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


def line_in(namespace: dict[str, Any]) -> int:
    """Return the line of a module's code that is running now: the innermost, or 0."""
    frame = sys._getframe(1)
    while frame.f_globals is not namespace:
        if frame.f_back is None:
            return 0
        frame = frame.f_back
    return frame.f_lineno


def raising_part(model: nn.Module, raised: Call | None) -> str | None:
    """Return which part of a model raised, and what it received: `features.3 (Conv2d) receives 2x48x5x5`."""
    if raised is None or raised[0] is model:
        return None
    part, args, kwargs = raised
    name = next((name for name, one in model.named_modules() if one is part), "")
    shapes = " and ".join(shape_text(one.shape) for one in arguments_in(described_call(args, kwargs)))
    return f"{name} ({type(part).__name__}) receives {shapes}" if name and shapes else None
