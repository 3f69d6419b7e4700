"""The window on PyTorch's operators: what runs while a block runs, below autograd."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class Dispatch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """A mode whose `__torch_dispatch__` gets every operator, and those that take functions (`flex_attention`)."""

    supports_higher_order_operators = True

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Say that the compiler need not be kept out of here: to keep it out, PyTorch would import it."""
        return False


def ran(func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Return what an operator gives; without values too where only its kernel for `meta` wants other numbers.

    PyTorch 2.13 groups products of any floating-point type on the CPU and on CUDA, and of bfloat16 alone without
    values: these are shaped, and refused, as bfloat16 laid out alike is.
    """
    if func is not _GROUPED or kwargs.get("out_dtype") is not None or not _refused(args[0]):
        return func(*args, **kwargs)
    gave = func(*map(_in_bfloat16, args[:2]), *args[2:], **kwargs)
    return torch.empty_like(gave, dtype=args[0].dtype)


_GROUPED = torch.ops.aten._grouped_mm.default


def _refused(tensor: torch.Tensor) -> bool:
    without_values = tensor.is_meta or type(tensor) is not torch.Tensor
    return without_values and tensor.is_floating_point() and tensor.dtype != torch.bfloat16


def _in_bfloat16(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor of bfloat16 whose rows are as many bytes apart: grouped products ask for rows of 16."""
    apart = [one if one == 1 else one * tensor.itemsize // 2 for one in tensor.stride()]
    return torch.empty_strided(tensor.shape, apart, dtype=torch.bfloat16, device=tensor.device)
