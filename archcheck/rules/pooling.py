"""Pooling: maximum, average and power mean over windows, adaptive and fractional pooling, unpooling."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Kind, Shape, Size, at_least, numel, spread
from archcheck.rules.windows import SIDES, fit, no_empty_side, per_side, resized, split, taps, transposed


def max_pool(
    sides: int,
    x: Shape,
    *,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size,
    return_indices: bool,
    ceil_mode: bool,
    **_: object,
) -> Effect:
    """Keep the largest of each window, each side by `window` (`window_ceil` in `ceil_mode`).

    Flops: ``prod(kernel) - 1`` comparisons an output element.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
    """
    y, kernel = _slide(x, sides, kernel_size, stride, padding, dilation, ceil_mode)
    return _twice_if(return_indices, y, flops=numel(y) * (math.prod(kernel) - 1))


def avg_pool(
    sides: int,
    x: Shape,
    *,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    ceil_mode: bool,
    divisor_override: int | None = None,
    **_: object,
) -> Effect:
    """Average each window, each side by `window` (`window_ceil` in `ceil_mode`).

    Flops: ``prod(kernel) - 1`` additions and 1 division an output element, padding counted as input.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
    """
    if divisor_override == 0:
        raise BadArgument("divisor_override", "0 cannot divide")
    y, kernel = _slide(x, sides, kernel_size, stride, padding, 1, ceil_mode)
    _kernel_inside(x, kernel)
    return Effect((y,), flops=numel(y) * math.prod(kernel))


def lp_pool(
    sides: int,
    x: Shape,
    *,
    norm_type: float,
    kernel_size: Size,
    stride: Size | None,
    ceil_mode: bool,
    **_: object,
) -> Effect:
    """Take the `norm_type` norm of each window, ``(sum x^p)^(1/p)``, each side by `window`.

    Flops: 1 power an input element; ``prod(kernel) - 1`` additions and 1 root an output element.
    An infinite norm is the largest absolute value: ``prod(kernel) - 1`` comparisons an output element.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html
    """
    if norm_type == 0:
        raise BadArgument("norm_type", "0 has no root")
    if sides == 1 and not isinstance(kernel_size, int) and not math.isinf(norm_type):
        raise BadArgument("kernel_size", f"{list(kernel_size)} is not a number")
    kernel = spread(kernel_size, sides, "kernel_size")
    y, _kernel = _slide(x, sides, kernel, stride, 0, 1, ceil_mode)
    if math.isinf(norm_type):
        return Effect((y,), flops=numel(y) * (math.prod(kernel) - 1))
    _kernel_inside(x, kernel)
    return Effect((y,), flops=numel(x) + numel(y) * math.prod(kernel))


def adaptive_avg_pool(
    sides: int, x: Shape, *, output_size: int | Sequence[int | None] | None, **_: object
) -> Effect:
    """Average as many windows a side as `output_size` says (None: as many as the input has).

    Flops: an addition for each further element of a window and 1 division, so 1 an element that a window
    reads; `taps` says how many those are. Down to one element a side it is a mean, of an input of any rank.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
    """
    y, reads = _adapt(x, sides, output_size, mean_at_any_rank=sides > 1)
    return Effect((y,), flops=reads)


def adaptive_max_pool(
    sides: int,
    x: Shape,
    *,
    output_size: int | Sequence[int | None] | None,
    return_indices: bool,
    **_: object,
) -> Effect:
    """Keep the largest of as many windows a side as `output_size` says (None: as the input has).

    Flops: a comparison for each further element of a window; `taps` says how many elements are read.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html
    """
    y, reads = _adapt(x, sides, output_size)
    return _twice_if(return_indices, y, flops=reads - numel(y))


def fractional_max_pool(
    sides: int,
    x: Shape,
    *,
    kernel_size: Size,
    output_size: Size | None,
    output_ratio: float | Sequence[float] | None,
    return_indices: bool,
    **_: object,
) -> Effect:
    """Keep the largest of each of `output_size` (or ``floor(side * output_ratio)``) windows at random places.

    Flops: ``prod(kernel) - 1`` comparisons an output element.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool2d.html
    """
    kernel = spread(kernel_size, sides, "kernel_size")
    at_least(1, "kernel_size", *kernel)
    for name, numbers in (("output_size", output_size), ("output_ratio", output_ratio)):
        if isinstance(numbers, Sequence) and len(numbers) != sides:
            raise BadArgument(name, f"{list(numbers)} has {len(numbers)} numbers, needs 1 or {sides}")
    lead, lengths = split(x, sides)
    out = resized(lengths, output_size, output_ratio, ("output_size", "output_ratio"), below=1)
    for n, k, m in zip(lengths, kernel, out, strict=True):
        least = m + k - (sides == 2)  # PyTorch's 3d kernel wants one element more than it reads
        if n < least:
            raise RefusedInput(f"{m} windows of {k} need a side of {least}, given {n}")
    y = (*lead, *out)
    return _twice_if(return_indices, y, flops=numel(y) * (math.prod(kernel) - 1))


def max_unpool(
    sides: int,
    x: Shape,
    indices: Shape,
    *,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    **_: object,
) -> Effect:
    """Put maxima back to where `indices` say they came from, each side by `transposed`. No arithmetic.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html
    """
    kernel = spread(kernel_size, sides, "kernel_size")
    strides = spread(kernel_size if stride is None else stride, sides, "stride")
    pads = spread(padding, sides, "padding")
    at_least(1, "kernel_size", *kernel)
    at_least(1, "stride", *strides)
    lead, lengths = split(x, sides)
    if indices != x:
        raise RefusedInput(f"expects indices of the input's shape {list(x)}, given {list(indices)}")
    out = tuple(map(transposed, lengths, kernel, strides, pads))
    no_empty_side(out)
    return Effect(((*lead, *out),))


def _slide(
    x: Shape,
    sides: int,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size,
    ceil_mode: bool,
) -> tuple[Shape, Shape]:
    """Return the output's shape and the kernel; no stride, or an empty one, is the kernel's size."""
    kernel = per_side(kernel_size, sides, "kernel_size")
    strides = kernel if stride is None or stride == () else per_side(stride, sides, "stride")
    pads, gaps = per_side(padding, sides, "padding"), per_side(dilation, sides, "dilation")
    at_least(1, "kernel_size", *kernel)
    at_least(1, "stride", *strides)
    at_least(1, "dilation", *gaps)
    at_least(0, "padding", *pads)
    for pad, k in zip(pads, kernel, strict=True):
        if pad > k // 2:
            raise BadArgument("padding", f"{pad} is more than half of kernel_size {k}")
    lead, lengths = split(x, sides)
    out = map(partial(fit, ceil_mode=ceil_mode), lengths, kernel, strides, pads, gaps)
    return (*lead, *out), kernel


def _kernel_inside(x: Shape, kernel: Shape) -> None:
    """Refuse what AvgPool3d alone refuses: a kernel larger than the input itself, whatever the padding."""
    for n, k in zip(x[-3:], kernel, strict=False):
        if len(kernel) == 3 and k > n:
            raise RefusedInput(f"kernel {k} is more than the side {n} without its padding")


def _adapt(
    x: Shape,
    sides: int,
    output_size: int | Sequence[int | None] | None,
    *,
    mean_at_any_rank: bool = False,
) -> tuple[Shape, int]:
    """Return the output's shape, and how many input elements all windows read together."""
    wanted = (output_size,) * sides if isinstance(output_size, int) else tuple(output_size or ())
    if len(wanted) != sides:
        raise BadArgument("output_size", f"{list(wanted)} has {len(wanted)} numbers, needs 1 or {sides}")
    if sides == 1 and None in wanted:
        raise BadArgument("output_size", "must be a number")
    at_least(1, "output_size", *(m for m in wanted if m is not None))
    lead, lengths = x[:-sides], x[-sides:]
    out = tuple(n if m is None else m for n, m in zip(lengths, wanted, strict=False))
    # down to one element a side, PyTorch takes a mean over the last sides, whatever stands before them
    fewest = sides if isinstance(output_size, int) else sides + 1
    if not (mean_at_any_rank and set(out) == {1} and len(x) >= fewest):
        split(x, sides)
    return (*lead, *out), numel(lead) * taps(lengths, out)


def _twice_if(return_indices: bool, y: Shape, flops: int) -> Effect:
    """Return the effect of a layer that may also return where each maximum stood."""
    return Effect((y, y) if return_indices else (y,), flops=flops)


KINDS: Mapping[str, Kind] = {
    f"{name}{sides}d": Kind(partial(rule, sides), inputs=(2,) if rule is max_unpool else (1,))
    for name, rule, every in (
        ("MaxPool", max_pool, SIDES),
        ("AvgPool", avg_pool, SIDES),
        ("LPPool", lp_pool, SIDES),
        ("AdaptiveAvgPool", adaptive_avg_pool, SIDES),
        ("AdaptiveMaxPool", adaptive_max_pool, SIDES),
        ("FractionalMaxPool", fractional_max_pool, (2, 3)),
        ("MaxUnpool", max_unpool, SIDES),
    )
    for sides in every
}
"""Every layer kind of this family, by its name in torch.nn."""
