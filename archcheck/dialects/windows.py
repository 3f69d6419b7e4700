"""What looks like sides and is none: kernels, `1x1 -> 3x3`, any number of them, `n x n`, notes, `dimension (D)`."""

from __future__ import annotations

from collections.abc import Sequence

from archcheck.dialects.sizes import Found
from archcheck.dialects.tokens import Tokens

KERNEL = 12
"""Kernels have fewer sides."""
_WHOLE = frozenset(
    ("array", "arrays", "mask", "matrices", "matrix", "sized", "tensor", "tensors", "vector", "vectors")
)
"""What `n x n` before it is the shape of."""
_SHAPED = frozenset(
    ("output", "outputs", "shape", "shaped", "shapes", "tensor", "tensors", "vector", "vectors")
)
"""The last words before one size in parentheses that is a shape: `a tensor (N)`."""


def is_kernel(found: Found) -> bool:
    """Return whether it is as kernels are, `3x3`."""
    sizes = [size.value for size in found.shape.sizes]
    return is_window(found) and len(set(sizes)) == 1


def is_window(found: Found) -> bool:
    """Return whether it is as kernels are, whatever their sides: `3x3`, `1x7`."""
    sides = found.shape.layout == "sides" and found.form == "chain"
    values = [size.value for size in found.shape.sizes]
    return sides and all(isinstance(one, int) and one % 2 == 1 and one < KERNEL for one in values)


def are_windows(flow: Sequence[Found], of_name: bool) -> bool:
    """Return whether what arrows join are kernels one after another: `1x1 -> 3x3`, `3x3 -> 1x3`, not `7x7 -> 1x1`.

    `of_name`: a variable goes through them first, `x -> 3x3`, which sides do not do.
    """
    if not flow or not all(map(is_window, flow)):
        return False
    from_one = any({size.value for size in found.shape.sizes} == {1} for found in flow[:-1])
    return of_name or from_one or not all(map(is_kernel, flow))


def is_spoken_of(tokens: Tokens, found: Found) -> bool:
    """Return whether a sentence speaks of a letter's sides, of no tensor: `any n x n convolution`."""
    values = {size.value for size in found.shape.sizes} - {1}
    letter = len(values) == 1 and all(isinstance(one, str) and len(one) == 1 for one in values)
    return found.form == "chain" and letter and tokens.lower(found.last) not in _WHOLE


def is_note(tokens: Tokens, found: Found) -> bool:
    """Return whether one size in parentheses is what the words before call so: `embedding dimension (D)`."""
    one = len(found.shape.sizes) == 1 and found.form == "group" and not found.square
    if not one or found.closed_by_comma or tokens.touches(found.first):
        return False
    words = [tokens.lower(at) for at in (found.first - 2, found.first - 1) if tokens.kind(at) == "name"]
    if len(words) < 2 or words[1] in _SHAPED:
        return False
    return not (words[1] in ("size", "length", "dimension", "dimensions") and words[0] in ("of", "with"))
