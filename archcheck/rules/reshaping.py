"""Reshaping: the modules Flatten and Unflatten, and archcheck's functions on whole tensors.

All are moves of 0 `macs` and 0 `flops`, but `mean` and `scaled`. No parameters. Shapes have their batch axis.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Kind, Shape, Size, listed, numel
from archcheck.rules.demands import axis_at, without


def flatten(x: Shape, *, start_dim: int, end_dim: int) -> Effect:
    """Make one axis of `start_dim` to `end_dim`, both included.

    https://docs.pytorch.org/docs/stable/generated/torch.flatten.html
    """
    start, end = axis_at(x, start_dim, "start_dim"), axis_at(x, end_dim, "end_dim")
    if start > end:
        raise RefusedInput(f"start_dim {start_dim} comes after end_dim {end_dim} in {list(x)}")
    return Effect(((*x[:start], numel(x[start : end + 1]), *x[end + 1 :]),))


def _solved(shape: Shape, elements: int, argument: str) -> Shape:
    """Return the shape with a -1 replaced by what is left of `elements`."""
    if any(size < -1 or size == 0 for size in shape) or shape.count(-1) > 1:
        raise BadArgument(argument, f"{list(shape)} needs sizes of 1 or more, and -1 at most once")
    known = -numel(shape) if -1 in shape else numel(shape)
    if elements % known or (-1 not in shape and known != elements):
        raise RefusedInput(f"{elements} elements do not make {list(shape)} ({argument})")
    return tuple(elements // known if size == -1 else size for size in shape)


def unflatten(x: Shape, *, dim: int, unflattened_size: Size) -> Effect:
    """Split one axis into several, one of which may be -1.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Unflatten.html
    """
    return _split(x, dim, unflattened_size, "unflattened_size")


def split_axis(x: Shape, *, dim: int, sizes: Size) -> Effect:
    """Split one axis into several, one of which may be -1: the function of `Unflatten`.

    https://docs.pytorch.org/docs/stable/generated/torch.unflatten.html
    """
    return _split(x, dim, sizes, "sizes")


def _split(x: Shape, dim: int, sizes: Size, argument: str) -> Effect:
    if isinstance(sizes, int) or not sizes:
        raise BadArgument(argument, f"{sizes} is no list of 1 or more sizes")
    axis = axis_at(x, dim)
    if not x:
        raise RefusedInput("needs an input of 1 or more axes")
    return Effect(((*x[:axis], *_solved(tuple(sizes), x[axis], argument), *x[axis + 1 :]),))


def reshape(x: Shape, *, shape: Size) -> Effect:
    """Read the same elements in another shape, one size of which may be -1.

    https://docs.pytorch.org/docs/stable/generated/torch.reshape.html
    """
    return Effect((_solved(listed(shape), numel(x), "shape"),))


def permute(x: Shape, *, dims: Size) -> Effect:
    """Put the axes into another order, which names each once.

    https://docs.pytorch.org/docs/stable/generated/torch.permute.html
    """
    order = listed(dims)
    axes = [axis_at(x, dim, "dims") for dim in order]
    if sorted(axes) != list(range(len(x))):
        raise RefusedInput(f"dims {list(order)} do not name each axis of {list(x)} once")
    return Effect((tuple(x[axis] for axis in axes),))


def mean(x: Shape, *, dim: Size, keepdim: bool) -> Effect:
    """Average over one or several axes; over all where none is named.

    `flops`: an output of n elements is n - 1 additions and a division, so one an input element.
    https://docs.pytorch.org/docs/stable/generated/torch.mean.html
    """
    axes = [axis_at(x, one) for one in listed(dim)]
    if len(set(axes)) != len(axes):
        raise RefusedInput(f"dim {dim} names an axis of {list(x)} twice")
    gone = axes or list(range(len(x)))
    left = (1 if axis in gone else size for axis, size in enumerate(x) if keepdim or axis not in gone)
    return Effect((tuple(left),), flops=numel(x))


def transpose(x: Shape, *, dim0: int, dim1: int) -> Effect:
    """Swap two axes.

    https://docs.pytorch.org/docs/stable/generated/torch.transpose.html
    """
    one, other = axis_at(x, dim0, "dim0"), axis_at(x, dim1, "dim1")
    swapped = {one: other, other: one}
    return Effect((tuple(x[swapped.get(axis, axis)] for axis in range(len(x))),))


def select(x: Shape, *, dim: int, index: int) -> Effect:
    """Take one place of an axis, which is gone then.

    https://docs.pytorch.org/docs/stable/generated/torch.select.html
    """
    axis = axis_at(x, dim)
    if not x or not -x[axis] <= index < x[axis]:
        raise RefusedInput(f"index {index} is not on axis {dim} of the input {list(x)}")
    return Effect((without(x, axis),))


def narrow(x: Shape, *, dim: int, start: int, length: int) -> Effect:
    """Take `length` places of an axis, from `start`, which may count from the end.

    https://docs.pytorch.org/docs/stable/generated/torch.narrow.html
    """
    axis = axis_at(x, dim)
    if length < 0:
        raise BadArgument("length", f"{length} is less than 0")
    first = start + x[axis] if x and start < 0 else start
    if not x or not 0 <= first <= first + length <= x[axis]:
        raise RefusedInput(f"{length} from {start} on are not on axis {dim} of the input {list(x)}")
    return Effect(((*x[:axis], length, *x[axis + 1 :]),))


def roll(x: Shape, *, shifts: Size, dims: Size) -> Effect:
    """Shift the places of some axes, round and round.

    https://docs.pytorch.org/docs/stable/generated/torch.roll.html
    """
    axes, steps = listed(dims), listed(shifts)
    if len(axes) != len(steps):
        raise BadArgument("dims", f"{list(axes)} and shifts {list(steps)} are not as many")
    for axis in axes:
        axis_at(x, axis, "dims")
    return Effect((x,))


def scaled(x: Shape, *, by: float) -> Effect:
    """Multiply by a number: one multiplication an element."""
    return Effect((x,), flops=numel(x))


KINDS: Mapping[str, Kind] = {"Flatten": Kind(flatten), "Unflatten": Kind(unflatten)}
"""Reshaping modules of `torch.nn`."""

FUNCTIONS: Mapping[str, Kind] = {
    "flatten": Kind(flatten),
    "reshape": Kind(reshape),
    "permute": Kind(permute),
    "transpose": Kind(transpose),
    "unflatten": Kind(split_axis),
    "select": Kind(select),
    "narrow": Kind(narrow),
    "roll": Kind(roll),
    "mean": Kind(mean),
    "scaled": Kind(scaled),
}
"""archcheck's own lower-case layers: functions of one tensor, which leave no module behind."""
