"""Reshaping: the modules Flatten and Unflatten, archcheck's functions on whole tensors, and joining branches.

All are moves of 0 `macs` and 0 `flops`, but `mean` and `add`. No parameters. Shapes have their batch axis.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Kind, Shape, Size, numel
from archcheck.rules.demands import axis_at, broadcast, without


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
    if isinstance(unflattened_size, int) or not unflattened_size:
        raise BadArgument("unflattened_size", f"{unflattened_size} is no list of 1 or more sizes")
    axis = axis_at(x, dim)
    if not x:
        raise RefusedInput("needs an input of 1 or more axes")
    sizes = _solved(tuple(unflattened_size), x[axis], "unflattened_size")
    return Effect(((*x[:axis], *sizes, *x[axis + 1 :]),))


def reshape(x: Shape, *, shape: Size) -> Effect:
    """Read the same elements in another shape, one size of which may be -1.

    https://docs.pytorch.org/docs/stable/generated/torch.reshape.html
    """
    return Effect((_solved((shape,) if isinstance(shape, int) else tuple(shape), numel(x), "shape"),))


def permute(x: Shape, *, dims: Size) -> Effect:
    """Put the axes into another order, which names each once.

    https://docs.pytorch.org/docs/stable/generated/torch.permute.html
    """
    order = (dims,) if isinstance(dims, int) else tuple(dims)
    axes = [axis_at(x, dim, "dims") for dim in order]
    if sorted(axes) != list(range(len(x))):
        raise RefusedInput(f"dims {list(order)} do not name each axis of {list(x)} once")
    return Effect((tuple(x[axis] for axis in axes),))


def mean(x: Shape, *, dim: Size, keepdim: bool) -> Effect:
    """Average over one or several axes; over all where none is named.

    `flops`: an output of n elements is n - 1 additions and a division, so one an input element.
    https://docs.pytorch.org/docs/stable/generated/torch.mean.html
    """
    axes = [axis_at(x, one) for one in ((dim,) if isinstance(dim, int) else dim)]
    if len(set(axes)) != len(axes):
        raise RefusedInput(f"dim {dim} names an axis of {list(x)} twice")
    gone = axes or list(range(len(x)))
    left = (1 if axis in gone else size for axis, size in enumerate(x) if keepdim or axis not in gone)
    return Effect((tuple(left),), flops=numel(x))


def add(*shapes: Shape) -> Effect:
    """Sum the branches, broadcast to one shape.

    `flops`: an addition an output element for each branch after the first.
    https://docs.pytorch.org/docs/stable/generated/torch.add.html
    """
    if not shapes:
        raise RefusedInput("needs 1 or more inputs to add")
    output = broadcast(*shapes)
    return Effect((output,), flops=(len(shapes) - 1) * numel(output))


def concat(*shapes: Shape, dim: int) -> Effect:
    """Join the branches along one axis; all the others must agree.

    https://docs.pytorch.org/docs/stable/generated/torch.cat.html
    """
    if not shapes or not shapes[0]:
        raise RefusedInput("needs 1 or more inputs of 1 or more axes to join")
    first, axis = shapes[0], axis_at(shapes[0], dim)
    for shape in shapes:
        if len(shape) != len(first) or without(shape, axis) != without(first, axis):
            raise RefusedInput(f"shapes {list(first)} and {list(shape)} differ outside of dim {dim}")
    return Effect(((*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :]),))


KINDS: Mapping[str, Kind] = {"Flatten": Kind(flatten), "Unflatten": Kind(unflatten)}
"""Reshaping modules of `torch.nn`."""

FUNCTIONS: Mapping[str, Kind] = {
    "flatten": Kind(flatten),
    "reshape": Kind(reshape),
    "permute": Kind(permute),
    "mean": Kind(mean),
}
"""archcheck's own lower-case layers: functions of one tensor, which leave no module behind."""
