"""The whole numbers that a module was made with, by the names of its parameters: a document's words for its sizes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, cast

from torch import nn

_MADE_WITH = "_archcheck_made_with"
_INIT = "__init__"


@contextmanager
def arguments_kept() -> Iterator[None]:
    """Let every module that is made while this runs keep what it was made with."""
    original, kind = nn.Module.__init__, cast(Any, nn.Module)

    def init(module: nn.Module, *args: Any, **kwargs: Any) -> None:
        sizes = _sizes(module, sys._getframe(1))
        original(module, *args, **kwargs)
        if sizes:
            module.__dict__[_MADE_WITH] = sizes

    kind.__init__ = init
    try:
        yield
    finally:
        kind.__init__ = original


def sizes_made_with(module: nn.Module) -> Mapping[str, int]:
    """Return the whole numbers that a module was made with.

    >>> class Net(nn.Module):
    ...     def __init__(self, d_model, scale=0.5):
    ...         super().__init__()
    >>> with arguments_kept():
    ...     sizes_made_with(Net(64))
    {'d_model': 64}
    """
    found: Mapping[str, int] = vars(module).get(_MADE_WITH, {})
    return found


def _sizes(module: nn.Module, frame: FrameType | None) -> dict[str, int]:
    """Return the sizes among the arguments of the `__init__`s of a module that are running: the outermost has it."""
    found: dict[str, int] = {}
    while frame is not None and frame.f_code.co_name == _INIT:
        code, values = frame.f_code, frame.f_locals
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        if not names or values.get(names[0]) is not module:
            break
        found |= {name: values[name] for name in names if type(values.get(name)) is int and values[name] > 0}
        frame = frame.f_back
    return found
