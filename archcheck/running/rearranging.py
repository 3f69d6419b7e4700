"""What einops does to a tensor's axes, for documents that use it where it is not installed.

`b c (h p) -> b h (c p)`: axes that are split, put in another order, left out (which reduces them), added (which repeats
what is there) and joined again: https://einops.rocks/api/rearrange/
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

Groups = list[list[str]]
"""The axes of a pattern; those in one group are joined into one."""


_JOINED = "(...)"
"""Any number of axes, joined into one."""


class EinopsError(RuntimeError):
    """A pattern that does not fit its tensor."""


def rearrange(tensor: Any, pattern: str, **sizes: int) -> Any:
    """Split, order and join the axes of a tensor, or of a list of tensors, which is their first axis."""
    return _moved(tensor, pattern, sizes, None)


def repeat(tensor: Any, pattern: str, **sizes: int) -> Any:
    """Do the same with axes that are new, along which the tensor is repeated."""
    return _moved(tensor, pattern, sizes, None, adds=True)


def reduce(tensor: Any, pattern: str, reduction: str | Callable[..., Any], **sizes: int) -> Any:
    """Do the same without some axes: over these the tensor is reduced (`mean`, `max`, ...)."""
    return _moved(tensor, pattern, sizes, reduction)


def einsum(*given: Any) -> Any:
    """Return a product of tensors whose axes have words for names; the pattern comes last."""
    *tensors, pattern = given
    letters: dict[str, str] = {}

    def short(side: str) -> str:
        names = side.split()
        return "".join(
            one if one == "..." else letters.setdefault(one, chr(ord("a") + len(letters))) for one in names
        )

    left, right = _sides(pattern)
    return torch.einsum(f"{','.join(short(one) for one in left.split(','))}->{short(right)}", *tensors)


def pack(tensors: Sequence[Any], pattern: str) -> tuple[Any, list[torch.Size]]:
    """Join tensors along the `*` of a pattern, which stands for any axes; return also what those were."""
    names = pattern.split()
    at, behind = names.index("*"), len(names) - names.index("*") - 1
    shapes = [one.shape[at : one.dim() - behind] for one in tensors]
    flat = [
        one.reshape(*one.shape[:at], math.prod(shape), *one.shape[one.dim() - behind :])
        for one, shape in zip(tensors, shapes, strict=True)
    ]
    return torch.cat(flat, dim=at), shapes


def unpack(tensor: Any, shapes: Sequence[Sequence[int]], pattern: str) -> list[Any]:
    """Take apart what `pack` joined."""
    at = pattern.split().index("*")
    lengths = [math.prod(shape) for shape in shapes]
    if -1 in lengths:
        lengths[lengths.index(-1)] = tensor.shape[at] - sum(lengths) - 1
    parts = torch.split(tensor, lengths, dim=at)
    return [
        part.reshape(*part.shape[:at], *shape, *part.shape[at + 1 :])
        for part, shape in zip(parts, shapes, strict=True)
    ]


def parse_shape(tensor: Any, pattern: str) -> dict[str, int]:
    """Return the sizes of the axes that a pattern names."""
    return {name: size for name, size in zip(pattern.split(), tensor.shape, strict=True) if name != "_"}


class Rearrange(nn.Module):
    """`rearrange` as a layer."""

    def __init__(self, pattern: str, **sizes: int) -> None:
        super().__init__()
        self.pattern, self.sizes = pattern, sizes

    def forward(self, tensor: Any) -> Any:
        """Rearrange a tensor."""
        return rearrange(tensor, self.pattern, **self.sizes)


class Reduce(nn.Module):
    """`reduce` as a layer."""

    def __init__(self, pattern: str, reduction: str = "mean", **sizes: int) -> None:
        super().__init__()
        self.pattern, self.reduction, self.sizes = pattern, reduction, sizes

    def forward(self, tensor: Any) -> Any:
        """Reduce a tensor."""
        return reduce(tensor, self.pattern, self.reduction, **self.sizes)


EINOPS: Mapping[str, Any] = {
    **{
        f"einops.{one.__name__}": one
        for one in (rearrange, repeat, reduce, einsum, pack, unpack, parse_shape)
    },
    "einops.asnumpy": lambda tensor: tensor.detach().cpu().numpy(),
    "einops.EinopsError": EinopsError,
    "einops.layers.torch.Rearrange": Rearrange,
    "einops.layers.torch.Reduce": Reduce,
}
"""What documents call these by."""


def _moved(
    given: Any,
    pattern: str,
    sizes: Mapping[str, int],
    reduction: str | Callable[..., Any] | None,
    *,
    adds: bool = False,
) -> Any:
    tensor = torch.stack(list(given)) if isinstance(given, list | tuple) else given
    if not isinstance(tensor, torch.Tensor):  # an array of NumPy's
        return _moved(torch.as_tensor(tensor), pattern, sizes, reduction, adds=adds).numpy()
    left, right = (
        _open(_groups(side), _groups(_sides(pattern)[0]), tensor.dim()) for side in _sides(pattern)
    )
    lengths = _lengths(left, tensor.shape, sizes)
    names = [name for group in left for name in group]
    wanted = [name for group in right for name in group]
    gone, new = [name for name in names if name not in wanted], [name for name in wanted if name not in names]
    if (gone and reduction is None) or (new and not adds):
        raise EinopsError(f"'{(gone or new)[0]}' is on one side of '{pattern}' only")
    flat = tensor.reshape([lengths[name] for name in names])
    if gone:
        flat = _reduced(flat, tuple(names.index(name) for name in gone), reduction)
    kept = [name for name in names if name not in gone]
    flat = flat.permute([kept.index(name) for name in wanted if name not in new])
    for at, name in enumerate(wanted):
        if name in new:
            flat = flat.unsqueeze(at)
    lengths |= {name: sizes[name] for name in new}
    flat = flat.expand([lengths[name] for name in wanted])
    return flat.reshape([math.prod(lengths[name] for name in group) for group in right])


def _sides(pattern: str) -> tuple[str, str]:
    left, arrow, right = pattern.partition("->")
    if not arrow:
        raise EinopsError(f"'{pattern}' has no '->'")
    return left, right


def _groups(side: str) -> Groups:
    """Return the axes of one side of a pattern; `1` and `()` are axes of size 1, joined of none.

    >>> _groups("b (h p) 1 ...")
    [['b'], ['h', 'p'], [], ['...']]
    """
    groups: Groups = []
    inside = False
    for word in side.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            groups.append([])
        if word in "()":
            inside = word == "("
        elif inside and word != "1":
            groups[-1].append(_JOINED if word == "..." else word)
        elif not inside:
            groups.append([] if word == "1" else [word])
    return groups


def _open(groups: Groups, left: Groups, axes: int) -> Groups:
    """Return groups with as many axes for `...` as a tensor has that the left side does not name."""
    rest = [f"...{place}" for place in range(axes - sum("..." not in group for group in left))]
    found: Groups = []
    for group in groups:
        if group == ["..."]:
            found += [[name] for name in rest]
        else:
            found.append([name for one in group for name in (rest if one == _JOINED else [one])])
    return found


def _lengths(left: Groups, shape: Sequence[int], sizes: Mapping[str, int]) -> dict[str, int]:
    """Return the size of every axis on the left; one in each group may be unsaid."""
    if len(left) != len(shape):
        raise EinopsError(f"the pattern has {len(left)} axes, the tensor {len(shape)}")
    found: dict[str, int] = {}
    for group, size in zip(left, shape, strict=True):
        unsaid = [name for name in group if name not in sizes]
        said = math.prod(sizes[name] for name in group if name in sizes)
        if len(unsaid) > 1:
            raise EinopsError(f"nothing says the sizes of {unsaid}")
        if size % said or (not unsaid and size != said):
            raise EinopsError(f"an axis of {size} cannot be {' x '.join(group) or '1'} of {said}")
        found |= {name: size // said if name in unsaid else sizes[name] for name in group}
    return found


def _reduced(
    tensor: torch.Tensor, axes: tuple[int, ...], reduction: str | Callable[..., Any] | None
) -> torch.Tensor:
    if callable(reduction):
        done: torch.Tensor = reduction(tensor, axes)
        return done
    if reduction is None or reduction not in _REDUCTIONS:
        raise EinopsError(f"no reduction '{reduction}'")
    return _REDUCTIONS[reduction](tensor, axes)


def _product(tensor: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
    for axis in sorted(axes, reverse=True):
        tensor = tensor.prod(axis)
    return tensor


_REDUCTIONS: Mapping[str, Callable[[torch.Tensor, tuple[int, ...]], torch.Tensor]] = {
    "max": torch.amax,
    "min": torch.amin,
    "mean": torch.mean,
    "sum": torch.sum,
    "prod": _product,
}
