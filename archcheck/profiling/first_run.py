"""The first run of a network, untimed: whether it runs, what each row gives, and who is to blame if it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from archcheck import device as devices
from archcheck.built import Built
from archcheck.errors import TargetError
from archcheck.model import first_line
from archcheck.profiling.settings import Settings
from archcheck.rows import Row, observed
from archcheck.tensors import Call, tensors_in


def run_once(
    built: Built, call: Call, settings: Settings, who: str, *, quote: bool = True
) -> tuple[RowBytes, ...]:
    """Run the network once and return what each row gave.

    Raises `TargetError` where it fails, with the layer to blame, and where it gives nothing that could be trained.
    `quote`: whether to say so here; else its own error comes through, for someone who knows its code.
    """
    trail = _Trail()
    args, kwargs = call
    try:
        with observed(built, trail):
            gave = built.model(*args, **kwargs)
    except Exception as error:
        if devices.is_about_memory(error) or not quote:
            raise
        raise TargetError(f"{who} fails{trail.where(error)}: {said(error)}") from None
    if settings.mode == "train" and not any(one.requires_grad for one in tensors_in(gave)):
        raise TargetError(f"{who}: nothing that it gives has a gradient, so it cannot be trained")
    return tuple(trail.ended)


@dataclass(frozen=True, slots=True)
class RowBytes:
    """The bytes of the tensors that one row gave."""

    path: str
    type: str
    kind: str
    output_bytes: int


class _Trail:
    """The rows that have ended, and the one that failed last: a network may catch what one raises, and go on."""

    def __init__(self) -> None:
        self.failed: tuple[Row, Exception] | None = None
        self.ended: list[RowBytes] = []

    def where(self, error: Exception) -> str:
        if self.failed is None or self.failed[1] is not error:
            return ""
        row = self.failed[0]
        return f" in layer {row.path!r} ({row.type})" if row.path else f" in {row.type}"

    def around(self, row: Row, run: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            gave = run()
        except Exception as error:
            if self.failed is None or self.failed[1] is not error:  # the innermost hears of it first
                self.failed = row, error
            raise
        with torch._C.DisableTorchFunction():
            size = sum(one.nbytes for one in tensors_in(gave))
        self.ended.append(RowBytes(row.path, row.type, row.kind, size))
        return gave


def said(error: BaseException) -> str:
    """Return what an error of PyTorch's or of a user's own code says, in one line."""
    return f"{type(error).__name__}: {first_line(error)}"
