"""What many layers demand of their inputs and arguments, and how they find an axis."""

from __future__ import annotations

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Fill, Shape

MOST_LAYERS = 10_000
"""How often a layer may repeat itself inside; more would take for ever to build."""


def axis_at(x: Shape, dim: int, argument: str = "dim") -> int:
    """Return `dim` counted from the front: PyTorch takes -1 for the last axis, and a scalar for one axis."""
    axes = max(len(x), 1)
    if not -axes <= dim < axes:
        raise RefusedInput(f"{argument} {dim} is no axis of the input {list(x)}")
    return dim % axes


def size_of(axis: int) -> Fill:
    """Return the fill that reads the size of one axis; it refuses an input without that axis."""

    def fill(x: Shape) -> int:
        if not -len(x) <= axis < len(x):
            raise RefusedInput(f"needs an input with an axis {axis}, given {len(x)} axes {list(x)}")
        return x[axis]

    return fill


def without(x: Shape, axis: int) -> Shape:
    """Return the shape with one axis (counted from the front) left out."""
    return x[:axis] + x[axis + 1 :]


def needs_size(x: Shape, axis: int, size: int, noun: str, argument: str) -> None:
    """Refuse an input whose axis is not as long as the layer's argument says."""
    if x[axis] != size:
        raise RefusedInput(f"expects {size} {noun} ({argument}), given {x[axis]}")


def needs_axes(x: Shape, minimum: int, letters: str) -> None:
    """Refuse an input of fewer axes; `letters` says what was wanted."""
    if len(x) < minimum:
        raise RefusedInput(f"needs an input {letters}, given {len(x)} axes {list(x)}")


def broadcast(*shapes: Shape) -> Shape:
    """Return the one shape that all stretch to: https://docs.pytorch.org/docs/stable/notes/broadcasting.html."""
    axes = max(map(len, shapes))
    aligned = [(1,) * (axes - len(shape)) + shape for shape in shapes]
    sizes = [set(column) - {1} or {1} for column in zip(*aligned, strict=True)]
    if any(len(column) > 1 for column in sizes):
        raise RefusedInput(f"shapes {' and '.join(str(list(shape)) for shape in shapes)} do not broadcast")
    return tuple(column.pop() for column in sizes)


def one_of(argument: str, value: object, *choices: str) -> None:
    """Refuse a value that is not among the named choices."""
    if value not in choices:
        raise BadArgument(argument, f"{value!r} is not {' or '.join(map(repr, choices))}")


def probability(argument: str, p: float) -> None:
    """Refuse a probability outside of 0 to 1."""
    if p < 0 or p > 1:
        raise BadArgument(argument, f"{p} is not between 0 and 1")


def layer_count(argument: str, count: int) -> None:
    """Refuse a number of inner layers under 1 or over `MOST_LAYERS`."""
    if not 1 <= count <= MOST_LAYERS:
        raise BadArgument(argument, f"{count} is not between 1 and {MOST_LAYERS}")
