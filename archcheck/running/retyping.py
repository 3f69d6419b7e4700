"""A call that fails, and what it raised -> calls with an argument of another kind: other values, a tensor, a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from archcheck.arguments import Argument
from archcheck.running.first_layer import Likely, Ours
from archcheck.running.varying import arguments_in, with_arguments

_WHOLE = re.compile(
    r"(?<!too many )indices|integer tensors(?! of a single)|Expected dtype int|expected scalar type Long|\bLong\b"
    r"|used as indices|to be an index|integer type",
    re.IGNORECASE,
)
_TRUTH = re.compile(
    r"to be bool|type bool|boolean mask|bool tensor|boolean tensor|BoolTensor|Boolean-type|bitwise_",
    re.IGNORECASE,
)

_NOTHING = re.compile(r"\bNoneType\b")
_NO_NUMBER = re.compile(
    r"must be tuple of ints|interpreted as an integer|slice indices must be|must be int\b|\(int\b.*\bgot \(?Tensor"
    r"|one element tensors? can be converted|integer tensors of a single element|cannot be converted to Scalar"
    r"|received an invalid combination of arguments - got \(.*\bTensor"
)
"""What errors say of a tensor where a whole number is wanted."""
_FEW = 4
_MASKS = frozenset(("mask", "masks", "valid", "padding", "pad"))
"""Words in the names of tensors of truth values."""


def of_other_kinds(call: Any, error: str) -> Iterator[Any]:
    """Yield calls with arguments of the kind that an error wants."""
    if _TRUTH.search(error):
        yield from _typed(call, "bool")
    elif _WHOLE.search(error):
        yield from _typed(call, "int64")
    if _NOTHING.search(error):
        yield from _given(call)
    if _NO_NUMBER.search(error):
        yield from _numbered(call)


def with_one(call: Any, which: int, other: Any) -> Any:
    """Return a call with something else in the place of one of its tensors."""
    arguments = arguments_in(call)
    left: Iterator[Any] = iter([*arguments[:which], other, *arguments[which + 1 :]])
    return with_arguments(call, partial(_next_of, left))


def _next_of(left: Iterator[Any], _: Argument) -> Any:
    return next(left)


def _typed(call: Any, dtype: str) -> Iterator[Any]:
    """Yield a call with each of its tensors in turn of another type, the last first: the first is data."""
    arguments = arguments_in(call)
    for which, own in reversed([*enumerate(arguments)]):
        if own.dtype == "float32":
            yield with_one(call, which, replace(own, dtype=dtype))


def _numbered(call: Any) -> Iterator[Any]:
    """Yield a call with a number instead of each of its tensors of which nobody states a size, the last first."""
    arguments = arguments_in(call)
    for which, own in reversed([*enumerate(arguments)]):
        if len(arguments) > 1 and all(isinstance(size, Ours | Likely) for size in own.shape):
            yield with_one(call, which, _FEW)


def _given(call: Any) -> Iterator[Any]:
    """Yield a call with tensors for what it was to do without: a mask of each length, or what is like the first."""
    args, kwargs = call
    first = next(iter(arguments_in(call)), None)
    missing = [name for name, one in kwargs.items() if one is None]
    if first is None or not first.shape or not missing:
        return
    ways = [[*_instead(name, first)] for name in missing]
    for place in range(max(map(len, ways))):
        given = {name: way[min(place, len(way) - 1)] for name, way in zip(missing, ways, strict=True)}
        yield args, {**kwargs, **given}


def _instead(name: str, first: Argument) -> Iterator[Argument]:
    """Yield the tensors that a parameter may take beside the first one, which are of our choice."""
    sizes = tuple(size if isinstance(size, Ours | Likely) else Ours(size) for size in first.shape)
    if _MASKS.isdisjoint(name.lower().split("_")):
        yield Argument(sizes)
        yield Argument((Ours(1), sizes[0], *sizes[2:]) if len(sizes) > 2 else (Ours(1), *sizes))
        return
    length = sizes[1:2]
    for shape in ((*sizes[:1], *length), (*sizes[:1], *length, *length), (*sizes[:1], Ours(1), *length)):
        yield Argument(shape, "bool")
