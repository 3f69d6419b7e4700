"""PyTorch's functions that move, take and reshape -> nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from archcheck.drafting.called import Called
from archcheck.drafting.layer_arguments import Unsaid, without_defaults
from archcheck.drafting.values import Tensor
from archcheck.spec.signatures import FUNCTIONS
from archcheck.units import Shape


def same(called: Called) -> None:
    """Write nothing: what comes out is what went in."""
    called.is_same(called.first)


def _flatten(called: Called) -> None:
    dims = {"start_dim": called.get(1, "start_dim", 0), "end_dim": called.get(2, "end_dim", -1)}
    called.give("flatten", without_defaults("flatten", dims), called.builder.value(called.first))


def _reshape(called: Called) -> None:
    after = called.call.results[0].shape
    if called.first.shape == after:
        called.is_same(called.first)
    else:
        reshaped(called, called.first, after)


def reshaped(called: Called, tensor: Tensor, after: Shape, step: Shape | None = None) -> int:
    """Add a change of shape: as `flatten` or `unflatten` where it is one, for these hold for any size.

    `step`: as `shape` of `Called.give`.
    """
    x = called.builder.value(tensor)
    kind, args = reshaping(tensor.shape, after, batched=x in called.builder.batched)
    return called.give(kind, without_defaults(kind, args), x, shape=step)


def reshaping(before: Shape, after: Shape, *, batched: bool) -> tuple[str, dict[str, Any]]:
    """Return the function that gives a shape from another, and its arguments.

    `batched`: the first axis has the batch in it, whatever its size is: it is left open.

    >>> reshaping((1, 8, 2, 2), (1, 32), batched=True)
    ('flatten', {'start_dim': 1, 'end_dim': -1})
    """
    same = next(
        (axis for axis, (one, two) in enumerate(zip(before, after, strict=False)) if one != two), None
    )
    front = min(len(before), len(after)) if same is None else same
    back = 0
    while back < min(len(before), len(after)) - front and before[-1 - back] == after[-1 - back]:
        back += 1
    if min(len(before), len(after)) == front + back:  # only an axis of 1 comes or goes: beside another
        front, back = (front, back - 1) if back else (max(front - 1, 0), back)
    if len(before) > len(after) and len(after) - front - back == 1:
        end = len(before) - 1 - back
        return "flatten", {"start_dim": front, "end_dim": -1 if back == 0 else end}
    if len(after) > len(before) and len(before) - front - back == 1:
        sizes = list(after[front : len(after) - back])
        return "unflatten", {"dim": front, "sizes": _open(sizes, before[0], batched and front == 0)}
    return "reshape", {"shape": _open(after, before[0] if before else 1, batched)}


def _open(sizes: Sequence[int], first: int, batched: bool) -> list[int]:
    """Return sizes with the one that has the batch in it left open: the first, or what stands behind a new axis of 1.

    `first`: the size of the axis that the batch was in before.
    """
    if not batched or not sizes:
        return list(sizes)
    at = next((place for place, size in enumerate(sizes) if size > 1), 0) if first > 1 else 0
    return [*sizes[:at], -1, *sizes[at + 1 :]]


def _permute(called: Called) -> None:
    called.give("permute", {"dims": list(called.several(1, "dims"))}, called.builder.value(called.first))


def _as_it_is(kind: str, called: Called) -> None:
    """Write a function whose arguments are the format's, in the same order."""
    names = enumerate(FUNCTIONS[kind].names, start=1)
    given = {name: called.get(place, name) for place, name in names}
    called.give(kind, given, called.builder.value(called.first))


def _mean(called: Called) -> None:
    dim = called.get(1, "dim")
    if dim is None:
        raise Unsaid("mean of all axes, the batch too")
    dims = [dim] if isinstance(dim, int) else list(dim)
    args = {"dim": dims[0] if len(dims) == 1 else dims, "keepdim": called.get(2, "keepdim", False)}
    called.give("mean", without_defaults("mean", args), called.builder.value(called.first))


def _roll(called: Called) -> None:
    shifts, dims = called.get(1, "shifts"), called.get(2, "dims")
    given = {
        name: [one] if isinstance(one, int) else list(one or ())
        for name, one in (("shifts", shifts), ("dims", dims))
    }
    called.give("roll", given, called.builder.value(called.first))


def _parts(place: int, called: Called) -> None:
    """Write what `chunk` and `split` give, each part that something takes."""
    x, dim, start = called.builder.value(called.first), called.get(place, "dim", 0), 0
    for part in called.call.results:
        length = part.shape[dim]
        if part.number in called.builder.wanted:
            called.give("narrow", {"dim": dim, "start": start, "length": length}, x, result=part)
        start += length


def _unbind(called: Called) -> None:
    x, dim = called.builder.value(called.first), called.get(1, "dim", 0)
    for index, part in enumerate(called.call.results):
        if part.number in called.builder.wanted:
            called.give("select", {"dim": dim, "index": index}, x, result=part)


def _item(called: Called) -> None:
    """Write an index, a node for each part of it: numbers select, slices narrow, None is a new axis."""
    value, shape = called.builder.value(called.first), called.first.shape
    final, todo = called.call.results[0].shape, []
    axis = 0
    for step in _steps(called.get(1, "index"), len(shape)):
        found = None if step is None else _indexed(shape, axis, step)
        if found is not None:
            todo.append(found)
            shape = found[2]
        axis += isinstance(step, slice)
    if shape != final:
        todo.append((*reshaping(shape, final, batched=value in called.builder.batched), final))
    if not todo:
        called.is_same(called.first)
    for number, (kind, args, after) in enumerate(todo, start=1):
        step_shape = None if number == len(todo) else after
        value = called.give(kind, without_defaults(kind, args), value, shape=step_shape)


def _steps(index: Any, axes: int) -> list[Any]:
    """Return an index as a list with one entry an axis, and None where there is a new one."""
    steps = list(index) if isinstance(index, tuple) else [index]
    if any(isinstance(one, bool | Tensor | tuple) for one in steps):
        raise Unsaid("an index by a tensor")
    dots = [place for place, one in enumerate(steps) if one is Ellipsis]
    if dots:
        taken = sum(one is not None for one in steps) - 1
        steps[dots[0] : dots[0] + 1] = [slice(None)] * (axes - taken)
    return steps


def _indexed(shape: Shape, axis: int, step: Any) -> tuple[str, dict[str, Any], Shape] | None:
    """Return the function of one part of an index, with the shape behind it; None where it takes everything."""
    if isinstance(step, int):
        return "select", {"dim": axis, "index": step}, (*shape[:axis], *shape[axis + 1 :])
    start, stop, stride = step.indices(shape[axis])
    if stride != 1:
        raise Unsaid(f"an index with a step of {stride}")
    length = max(stop - start, 0)
    if length == shape[axis]:
        return None
    args = {"dim": axis, "start": start, "length": length}
    return "narrow", args, (*shape[:axis], length, *shape[axis + 1 :])


MOVES: Mapping[str, Callable[[Called], None]] = {
    **dict.fromkeys(
        ("reshape", "view", "view_as", "reshape_as", "squeeze", "unsqueeze", "unflatten"), _reshape
    ),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), partial(_as_it_is, "transpose")),
    **dict.fromkeys(("split", "chunk", "split_with_sizes", "tensor_split"), partial(_parts, 2)),
    "flatten": _flatten,
    "permute": _permute,
    "mean": _mean,
    "roll": _roll,
    "select": partial(_as_it_is, "select"),
    "narrow": partial(_as_it_is, "narrow"),
    "unbind": _unbind,
    "__getitem__": _item,
}
"""What to write for a function, by its name."""
