"""Window arithmetic: how many windows fit along a side, and how long a padded side is.

Convolutions, pooling, unfolding and padding share it. `n` is the length of one side of the input.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Shape, Size, at_least, needs_rank, spread

Number = TypeVar("Number", int, float)

SIDES = {1: "L", 2: "H, W", 3: "D, H, W"}
"""The letters of the sides that a 1d, 2d or 3d layer moves over."""

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
"""What padding may be filled with."""


def window(n: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Return how many times a window fits along one side.

    ``(n + 2*padding - dilation*(kernel - 1) - 1) // stride + 1``, what is left over being dropped:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    >>> window(224, kernel=11, stride=4, padding=2)
    55
    """
    return (n + 2 * padding - span(kernel, dilation)) // stride + 1


def window_ceil(n: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Return how many windows fit along one side when what is left over gets one too (`ceil_mode`).

    As `window`, rounded up; but the last window must start inside the input or its left padding:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html

    >>> window_ceil(6, kernel=3, stride=2, padding=0)
    3
    >>> window_ceil(2, kernel=1, stride=2, padding=0)
    1
    """
    count = -(-(n + 2 * padding - span(kernel, dilation)) // stride) + 1
    return count - ((count - 1) * stride >= n + padding)


def transposed(
    n: int, kernel: int, stride: int, padding: int, output_padding: int = 0, dilation: int = 1
) -> int:
    """Return the side that `n` windows were taken from: the inverse of `window`.

    ``(n - 1)*stride - 2*padding + dilation*(kernel - 1) + output_padding + 1``:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html

    >>> transposed(55, kernel=11, stride=4, padding=2, output_padding=1)
    224
    """
    return (n - 1) * stride - 2 * padding + span(kernel, dilation) + output_padding


def span(kernel: int, dilation: int = 1) -> int:
    """Return how much of a side one window covers: ``dilation*(kernel - 1) + 1``.

    >>> span(3, dilation=2)
    5
    """
    return dilation * (kernel - 1) + 1


def padded(n: int, before: int, after: int, mode: str = "zeros") -> int:
    """Return a side's length with padding; negative padding crops.

    ``n + before + after``: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
    A reflection needs padding less than the side; a circle wraps around once, over what cropping leaves
    (where nothing is left PyTorch pads with uninitialised memory; here that is refused).

    >>> padded(5, 2, 1, "reflect")
    8
    """
    left, most = n + min(before, 0) + min(after, 0), max(before, after)
    if mode == "reflect" and most >= n:
        raise RefusedInput(f"reflects {most}, which is not less than the side {n}")
    if mode == "circular" and most > max(left, 0):
        raise RefusedInput(f"wraps {most} around a side of {max(left, 0)}")
    if n + before + after < 1 or (left < 0 and mode in ("zeros", "circular")):
        raise RefusedInput(f"would give a side of {n} + {before} + {after} = {n + before + after}")
    return n + before + after


def fit(n: int, kernel: int, stride: int, padding: int, dilation: int = 1, *, ceil_mode: bool = False) -> int:
    """Return `window` (or `window_ceil`), or refuse a side on which not even one window fits."""
    count = (window_ceil if ceil_mode else window)(n, kernel, stride, padding, dilation)
    if count < 1:
        dilated = f" with dilation {dilation} covers {span(kernel, dilation)}," if dilation > 1 else " is"
        raise RefusedInput(
            f"kernel {kernel}{dilated} more than the padded side {n + 2 * padding} ({n} + 2*{padding})"
        )
    return count


def per_side(size: Size, sides: int, argument: str) -> Shape:
    """Return `size` as one number a side, as `spread`; a sequence of one number counts for every side."""
    return spread(size if isinstance(size, int) or len(size) != 1 else size[0], sides, argument)


def split(x: Shape, sides: int) -> tuple[Shape, Shape]:
    """Return the leading axes, (N, C) or (C,), and the sides of an image; refuse any other rank."""
    needs_rank(x, sides + 1, sides + 2, letters=f"(N, C, {SIDES[sides]}) or (C, {SIDES[sides]})")
    return x[:-sides], x[-sides:]


def resized(
    lengths: Shape,
    size: Size | None,
    factor: float | Sequence[float] | None,
    names: tuple[str, str],
    below: float = math.inf,
) -> Shape:
    """Return the sides that `size` states, or ``floor(side * factor)``; exactly one of the two is given.

    `names` are the arguments' names; a factor lies between 0 and `below`.

    >>> resized((5, 5), None, 1.7, ("size", "scale_factor"))
    (8, 8)
    """
    if size is not None and factor is None:
        sizes = _numbers(size, lengths)
        at_least(1, names[0], *sizes)
        return sizes
    if factor is None or size is not None:
        raise BadArgument(names[0], f"needs either {names[0]} or {names[1]}")
    factors = _numbers(factor, lengths)
    for number in factors:
        if not 0 < number < below:
            raise BadArgument(names[1], f"{number} is not between 0 and {below}")
    out = tuple(int(n * number) for n, number in zip(lengths, factors, strict=True))
    no_empty_side(out)
    return out


def _numbers(given: Number | Sequence[Number], lengths: Shape) -> tuple[Number, ...]:
    numbers = tuple(given) if isinstance(given, Sequence) else (given,) * len(lengths)
    if len(numbers) != len(lengths):
        raise RefusedInput(f"needs an input of {len(numbers)} sides, given {list(lengths)}")
    return numbers


def no_empty_side(sides: Sequence[int]) -> None:
    """Refuse an output that would have a side of less than 1."""
    for side in sides:
        if side < 1:
            raise RefusedInput(f"would give a side of {side}")


def taps(lengths: Sequence[int], counts: Sequence[int]) -> int:
    """Return how many inputs all windows of an adaptive pooling read together, for one channel.

    Window `i` of `m` on a side of `n` runs from ``floor(i*n/m)`` to ``ceil((i+1)*n/m)``; over all `i` their
    lengths add up to ``n + m - gcd(n, m)``, since neighbours share one input unless `m` divides ``i*n``.

    >>> taps((3,), (2,))
    4
    """
    return math.prod(n + m - math.gcd(n, m) for n, m in zip(lengths, counts, strict=True))
