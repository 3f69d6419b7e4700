"""A call that fails, and what it raised -> calls that may go: a size of ours that the error names is one that it wants.

Sizes that nothing says are unlike each other, so that an error which names one tells whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

from archcheck.arguments import Argument
from archcheck.running.first_layer import TOKENS, Likely, Ours
from archcheck.running.retyping import of_other_kinds, with_one
from archcheck.running.varying import arguments_in, with_arguments

MOST_VALUES = 1 << 24
"""In a tensor of a call that is made instead of another: more take their time, and are meant by nobody."""
_PAIRS = tuple(
    re.compile(pattern)
    for pattern in (
        r"to have (?P<want>\d+) channels, but got (?P<got>\d+) channels",
        r"running_mean should contain (?P<got>\d+) elements not (?P<want>\d+)",
        r"size of tensor a \((?P<got>\d+)\) must match the size of tensor b \((?P<want>\d+)\)",
        r"expecting embedding dimension of (?P<want>\d+), but got (?P<got>\d+)",
        r"equal to input_size[^0-9]*Expected (?P<want>\d+), got (?P<got>\d+)",
        r"Expected (?:size )?(?P<want>\d+)(?: in dimension \d+)? but got (?:size )?(?P<got>\d+)",
        r"\(\d+x(?P<got>\d+) and (?P<want>\d+)x\d+\)",
        r"got \[(?:\d+, )*(?P<got>\d+)\] X \[(?P<want>\d+), \d+\]",
        r"to be: \[\d+, (?P<got>\d+)\] but got: \[\d+, (?P<want>\d+)\]",
        r"to be: \[(?P<got>\d+), \d+\] but got: \[(?P<want>\d+), \d+\]",
        r"length (?P<got>\d+) at -1!.*broadcastable to \[(?:\d+, )*(?P<want>\d+)\]",
        r"length (?P<got>\d+) at -2!.*broadcastable to \[(?:\d+, )*(?P<want>\d+), \d+\]",
        r"self\.shape = \[(?:\d+, )*(?P<got>\d+)\] source\.shape = \[(?:\d+, )*(?P<want>\d+)\]",
        r"last dim\w* must be (?P<want>\d+)\D.*\bgot (?P<got>\d+)",
        r"has size (?P<want>\d+) for operand .* previously seen size (?P<got>\d+)",
        r"normalized_shape=\[(?P<want>\d+)\].*\[(?:\d+, )*(?P<got>\d+)\]",
        r"weight of shape \[(?P<want>\d+)\] and input of shape \[\d+, (?P<got>\d+)",
    )
)
"""What errors of PyTorch say of two sizes, on the CPU and on the meta device."""
_VIEW = re.compile(r"shape '\[([0-9, -]+)\]' is invalid for input of size (\d+)")
_SUM = re.compile(r"sum exactly to (?P<got>\d+) .*split_sizes=\[(?P<parts>[0-9, ]+)\]")
_GROUPS = re.compile(
    r"divisible by num_groups, but got input of shape \[\d+, (?P<got>\d+).*num_groups=(?P<want>\d+)"
)
_TOO_SMALL = re.compile(r"[Oo]utput size is too small|[Kk]ernel size can't be greater than|too small for")
_PARTS = re.compile(r"(?:divisible by|multiples? of)\D{0,80}(?P<want>\d+)")
_AXES = (
    re.compile(r"not enough values to unpack \(expected (?P<want>\d+), got (?P<got>\d+)\)"),
    re.compile(r"too many values to unpack \(expected (?P<want>\d+)(?:, got (?P<got>\d+))?\)"),
    re.compile(r"too many indices for tensor of dimension (?P<got>\d+)"),
    re.compile(r"\bn?dim\w*\b\D{0,40}(?P<want>\d+).{0,20}?\bgot\D{0,9}(?P<got>\d+)"),
    re.compile(r"[Ee]xpected (?P<want>\d+)D\b.{0,40}\bgot (?P<got>\d+)D"),
)
"""What errors say of how many axes a tensor should have, and how many it has."""
_NO_INDEX = re.compile(r"^IndexError: tuple index out of range|^tuple index out of range")
_BEYOND = re.compile(
    r"index (?P<index>\d+) is out of bounds for dimension (?P<axis>\d+) with size (?P<got>\d+)"
)
_SHAPES = re.compile(
    r"(?:shape|size|dimensions?)\b\D{0,12}[(\[](?P<want>\w+(?:, ?\w+){0,5},?)[)\]].{0,60}?\bgot\b[^(\[]*"
    r"[(\[]+(?P<got>\d+(?:, ?\d+){0,5},?)[)\]]",
    re.IGNORECASE,
)
"""What errors that documents raise themselves say of a whole shape: `Expected shape (2, E), got (64,)`."""
_FREE = (11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53)
_MOST_AXES = 6
_SIDES = (64, 224)
"""Sides of images that are tried where ours are too small."""


def repaired(call: Any, error: str) -> Iterator[Any]:
    """Yield calls that may go where one raised an error: with another of our sizes, or of another type."""
    for other in _repaired(call, error):
        if all(prod(one.shape) <= MOST_VALUES for one in arguments_in(other)):
            yield other


def _repaired(call: Any, error: str) -> Iterator[Any]:
    free = {int(size) for one in arguments_in(call) for size in one.shape if isinstance(size, Ours | Likely)}
    for got, want in dict.fromkeys(_wanted(error, free)):
        yield with_arguments(call, partial(_resized, got=got, want=want))
    yield from _of_shape(call, error)
    yield from _of_other_axes(call, error)
    yield from (one for one in _of_other_sides(call, error) if one != call)
    if (found := _BEYOND.search(error)) is not None:
        yield from _longer(call, *(int(found[name]) for name in ("index", "axis", "got")))
    yield from of_other_kinds(call, error)


def _wanted(error: str, free: set[int]) -> Iterator[tuple[int, int]]:
    """Yield our sizes that an error speaks of, each with the one that it wants instead."""
    for pattern in _PAIRS:
        if (found := pattern.search(error)) is not None:
            got, want = int(found["got"]), int(found["want"])
            yield from (
                (one, other) for one, other in ((got, want), (want, got)) if one in free and other > 0
            )
            yield from (
                (one, one * want // got)
                for one in sorted(free)
                if 1 < one < got and got % one == one * want % got == 0 < want
            )
    if (found := _SUM.search(error)) is not None and int(found["got"]) in free:
        yield int(found["got"]), sum(int(one) for one in found["parts"].split(","))
    if (found := _GROUPS.search(error)) is not None and int(found["got"]) in free:
        yield int(found["got"]), 2 * int(found["want"])
    if (found := _VIEW.search(error)) is not None:
        target, count = [int(one) for one in found[1].split(",") if one.strip()], int(found[2])
        for size in sorted(free, reverse=True):
            if size > 0 and count % size == 0 and (want := _to_fit(target, count // size)) != size and want:
                yield size, want


def _to_fit(target: list[int], others: int) -> int:
    """Return the size with which a tensor has as many values as a view of it; 0 where there is none."""
    return prod(target) // others if -1 not in target and others and prod(target) % others == 0 else 0


def _resized(one: Argument, got: int, want: int) -> Argument:
    sizes = (Ours(want) if isinstance(size, Ours | Likely) and size == got else size for size in one.shape)
    return replace(one, shape=tuple(sizes))


def _of_shape(call: Any, error: str) -> Iterator[Any]:
    """Yield a call with a tensor of the shape that an error says there should be instead of its own."""
    found = _SHAPES.search(error)
    if found is None:
        return
    got = tuple(int(one) for one in found["got"].split(",") if one.strip())
    words = [one.strip() for one in found["want"].split(",") if one.strip()]
    free = (size for size in _FREE if size not in got)
    shape = tuple(Ours(word) if word.isdecimal() else Ours(next(free)) for word in words)
    for which, own in enumerate(arguments_in(call)):
        if own.shape == got != shape and all(isinstance(size, Ours | Likely) for size in own.shape):
            yield with_one(call, which, replace(own, shape=shape))


def _of_other_sides(call: Any, error: str) -> Iterator[Any]:
    """Yield a call with images that have whole parts, or that are larger, where an error says that these do not."""
    if (found := _PARTS.search(error)) is not None and int(found["want"]) > 1:
        yield with_arguments(call, partial(_of_parts, part=int(found["want"])))
    if _TOO_SMALL.search(error):
        yield from (with_arguments(call, partial(_grown, side=side)) for side in _SIDES)


def _of_other_axes(call: Any, error: str) -> Iterator[Any]:
    """Yield a call with one tensor after the other of as many axes as an error wants, if all its sizes are ours."""
    arguments = arguments_in(call)
    for which, own in enumerate(arguments):
        count = len(own.shape)
        wanted = _axes_wanted(error, count, {len(one.shape) for one in arguments})
        ours = all(isinstance(size, Ours | Likely) for size in own.shape)
        if ours and 0 < wanted <= _MOST_AXES and wanted != count:
            yield with_one(call, which, _with_axes(own, wanted))


def _axes_wanted(error: str, count: int, counts: set[int]) -> int:
    """Return how many axes an error wants a tensor to have that has `count`; `counts`: of all that there are.

    Where none has as many as it got, it got a part of them: `H, W = x.shape[2:]`, or `x.shape[3]`.
    """
    if _NO_INDEX.search(error):
        return count + 1
    found = next((one for pattern in _AXES if (one := pattern.search(error)) is not None), None)
    said = {} if found is None else found.groupdict()
    got = int(said["got"]) if said.get("got") else None
    want = int(said["want"]) if said.get("want") else (got or 0) + 1
    if found is None or (got is None and count <= want):
        return count
    if got is not None and got != count:
        part = said.get("want") and got not in counts and want > got
        return count + want - got if part else count
    return want


def _longer(call: Any, index: int, axis: int, got: int) -> Iterator[Any]:
    """Yield a call with one tensor after the other so long on an axis that it has an index, and some more."""
    arguments = arguments_in(call)
    for which, own in enumerate(arguments):
        size = own.shape[axis] if axis < len(own.shape) else None
        if size == got and isinstance(size, Ours | Likely):
            shape = (*own.shape[:axis], Ours(max(4, 1 << (index + 1).bit_length())), *own.shape[axis + 1 :])
            yield with_one(call, which, replace(own, shape=shape))


def _with_axes(one: Argument, count: int) -> Argument:
    """Return a tensor with so many axes: more stand behind the batch, and before what layers go over."""
    more = tuple(Ours(size) for size in (TOKENS, 13, 17, 19, 23, 29))[: max(0, count - len(one.shape))]
    kept = one.shape[-min(count, len(one.shape)) + 1 :] if count > 1 and len(one.shape) > 1 else ()
    return replace(one, shape=(*one.shape[:1], *more, *kept))


def _of_parts(one: Argument, part: int) -> Argument:
    """Return an image with sides that have whole parts, height unlike width, as far as they are ours."""
    sides = (
        Ours(part * (axis + 1)) if isinstance(size, Ours | Likely) and size % part else size
        for axis, size in enumerate(one.shape[2:])
    )
    return replace(one, shape=(*one.shape[:2], *sides)) if len(one.shape) > 3 else one


def _grown(one: Argument, side: int) -> Argument:
    """Return an image with sides at least so large, as far as they are ours."""
    sides = (
        Ours(side) if isinstance(size, Ours | Likely) and size < side else size for size in one.shape[2:]
    )
    return replace(one, shape=(*one.shape[:2], *sides)) if len(one.shape) > 3 else one
