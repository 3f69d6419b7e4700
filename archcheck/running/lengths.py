"""Sequences in one batch: where their lengths are numbers of ours, the first is as long as the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

_OURS = "_archcheck_ours"
"""What a tensor of whole numbers has of which the document says nothing but its shape."""


def ours(numbers: torch.Tensor) -> torch.Tensor:
    """Return whole numbers, marked as drawn by us."""
    setattr(numbers, _OURS, True)
    return numbers


def packing(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return `pack_padded_sequence` for which lengths that we drew are those of a batch: at most as many as there are.

    A batch is padded to its longest sequence, and no shape after it would be right were that shorter.
    """

    def packed(
        input: torch.Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
    ) -> Any:
        steps = input.shape[1 if batch_first else 0] if input.dim() > 1 else 0
        if getattr(lengths, _OURS, False) and lengths.dim() == 1 and steps:
            lengths = [max(1, steps - place) for place in range(len(lengths))]
        return original(input, lengths, batch_first, enforce_sorted)

    return packed
