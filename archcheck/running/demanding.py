"""What PyTorch's functions demand of the shapes of their arguments, and do not look at on the meta device.

All else is looked at there as anywhere: `tests/test_running_demanding.py` calls layers and functions both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch.nn import functional

Function = Callable[..., Any]
Given = Mapping[str, Any]
"""The arguments of a call by their names."""


def demand(function: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Raise what a function raises on the CPU for shapes that the meta device lets through."""
    if function in _DEMANDS:
        names, check = _DEMANDS[function]
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        if isinstance(given.get("input"), torch.Tensor):
            check(given)


def _convolution(given: Given, *, transposed: bool) -> None:
    """Check the channels of a convolution, and of its bias; a transposed one has its weight the other way round."""
    data, weight, bias, groups = given["input"], given["weight"], given.get("bias"), given.get("groups", 1)
    axis = data.dim() - weight.dim() + 1
    if axis not in (0, 1) or groups < 1:
        return  # this is looked at
    ways = (weight.shape[0], weight.shape[1] * groups)
    wanted, made = ways if transposed else ways[::-1]
    if data.shape[axis] != wanted:
        kind = "transposed=1" if transposed else f"groups={groups}"
        raise RuntimeError(
            f"Given {kind}, weight of size {[*weight.shape]}, expected input{[*data.shape]} to have {wanted} channels, "
            f"but got {data.shape[axis]} channels instead"
        )
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size {[*weight.shape]} instead"
        )
    if isinstance(bias, torch.Tensor) and [*bias.shape] != [made]:
        raise RuntimeError(
            f"Given weight of size {[*weight.shape]}, expected bias to be 1-dimensional with {made} elements, "
            f"but got bias of size {[*bias.shape]} instead"
        )


def _axis(given: Given) -> None:
    """Check that there is the axis that a function goes along."""
    axis, count = given.get("dim"), max(1, given["input"].dim())
    if type(axis) is int and not -count <= axis < count:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-count}, {count - 1}], but got {axis})"
        )


def _indices(given: Given) -> None:
    """Check that what chooses along one axis has one axis."""
    if isinstance(given.get("index"), torch.Tensor) and given["index"].dim() > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")


_CONVOLUTION = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_TRANSPOSED = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups")
_ALONG = ("input", "dim")
_SORTING = (torch.sort, torch.Tensor.sort, torch.argsort, torch.Tensor.argsort)
_SOFTMAX = (
    torch.softmax,
    torch.Tensor.softmax,
    torch.special.softmax,
    functional.softmax,
    functional.softmin,
)
_DEMANDS: Mapping[Function, tuple[Sequence[str], Callable[[Given], None]]] = {
    **{
        getattr(functional, f"conv{sides}d"): (_CONVOLUTION, partial(_convolution, transposed=False))
        for sides in (1, 2, 3)
    },
    **{
        getattr(functional, f"conv_transpose{sides}d"): (_TRANSPOSED, partial(_convolution, transposed=True))
        for sides in (1, 2, 3)
    },
    **dict.fromkeys((*_SORTING, *_SOFTMAX), (_ALONG, _axis)),
    functional.gumbel_softmax: (("input", "tau", "hard", "eps", "dim"), _axis),
    **dict.fromkeys((torch.index_select, torch.Tensor.index_select), (("input", "dim", "index"), _indices)),
}
"""By function: its arguments in their order, and what is looked at."""
