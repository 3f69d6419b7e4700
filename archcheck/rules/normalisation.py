"""Normalisations: the shape stays, 0 `macs`.

`flops`, with statistics taken from n numbers (`taken_flops`): the mean is n - 1 additions and a division,
subtracting it n, the variance n squares, n - 1 additions and a division, then `+ eps`, a square root and n
divisions: 5n + 2. With running statistics, as applied: subtract and multiply, 2 an element, for 1 / sqrt(var
+ eps) is there before. A learned scale is a multiplication, and a learned bias an addition, an element.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Kind, Rule, Shape, Size, at_least, listed, needs_rank, numel
from archcheck.rules.demands import needs_axes, needs_size, size_of, without


def taken_flops(groups: int, n: int) -> int:
    """Count the normalisation of `groups` times `n` numbers by their own mean and variance: 5n + 2 each."""
    return groups * (5 * n + 2)


def _more_than_one(n: int, x: Shape) -> None:
    if n == 1:
        raise RefusedInput(f"needs more than 1 value to take statistics of, given {list(x)}")


def batch_norm(letters: str, *ranks: int) -> Rule:
    """Return the rule of BatchNorm, `(x - mean) / sqrt(var + eps) * weight + bias` for each channel.

    No `ranks`: two axes or more. Without running statistics (`track_running_stats: false`) the batch's own
    are taken, in evaluation too; without `affine` as well, PyTorch takes any number of channels.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
    """

    def rule(
        x: Shape,
        *,
        num_features: int,
        eps: float,
        affine: bool,
        bias: bool,
        track_running_stats: bool,
        **_: object,
    ) -> Effect:
        at_least(1, "num_features", num_features)
        _needs_eps(eps, zero_too=track_running_stats)
        needs_axes(x, 2, letters)
        if ranks:
            needs_rank(x, *ranks, letters=letters)
        if affine or track_running_stats:
            needs_size(x, 1, num_features, "channels", "num_features")
        n, learned = numel(without(x, 1)), affine * (1 + bias)
        if not track_running_stats:
            _more_than_one(n, x)
        applied = 2 * numel(x) if track_running_stats else taken_flops(x[1], n)
        return Effect((x,), params=learned * num_features, flops=applied + learned * numel(x))

    return rule


def _needs_eps(eps: float, *, zero_too: bool) -> None:
    if eps < 0 or (eps == 0 and not zero_too):
        raise BadArgument("eps", f"{eps} is not {'0 or more' if zero_too else 'more than 0'}")


def instance_norm(letters: str, sides: int) -> Rule:
    """Return the rule of InstanceNorm: as BatchNorm, for each channel of each sample.

    An input without batch axis is taken. By default the sample's own statistics are used.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html
    """

    def rule(
        x: Shape, *, num_features: int, affine: bool, bias: bool, track_running_stats: bool, **_: object
    ) -> Effect:
        at_least(1, "num_features", num_features)
        needs_rank(x, sides + 1, sides + 2, letters=letters)
        if affine or track_running_stats:
            needs_size(x, -sides - 1, num_features, "channels", "num_features")
        n, learned = numel(x[-sides:]), affine * (1 + bias)
        if not track_running_stats:
            _more_than_one(n, x)
        applied = 2 * numel(x) if track_running_stats else taken_flops(numel(x[:-sides]), n)
        return Effect((x,), params=learned * num_features, flops=applied + learned * numel(x))

    return rule


def group_norm(
    x: Shape, *, num_groups: int, num_channels: int, affine: bool, bias: bool, **_: object
) -> Effect:
    """As LayerNorm over each of `num_groups` groups of channels, with a scale and bias a channel.

    Without `affine` PyTorch takes any number of channels that the groups divide. One value a group is refused
    in a batch of one and taken in a larger one.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html
    """
    at_least(1, "num_groups", num_groups)
    at_least(1, "num_channels", num_channels)
    if num_channels % num_groups:
        raise BadArgument("num_groups", f"{num_groups} does not divide num_channels {num_channels}")
    needs_axes(x, 2, "(N, C, ...)")
    if affine:
        needs_size(x, 1, num_channels, "channels", "num_channels")
    if x[1] % num_groups:
        raise RefusedInput(f"needs channels that num_groups {num_groups} divides, given {x[1]}")
    _more_than_one(numel(x) // num_groups, x)
    groups, learned = x[0] * num_groups, affine * (1 + bias)
    flops = taken_flops(groups, numel(x[1:]) // num_groups) + learned * numel(x)
    return Effect((x,), params=learned * num_channels, flops=flops)


def _last_axes(x: Shape, normalized_shape: Size) -> Shape:
    last = listed(normalized_shape)
    if not last:
        raise BadArgument("normalized_shape", "has no axes, needs 1 or more")
    at_least(1, "normalized_shape", *last)
    if x[-len(last) :] != last:
        wanted = ", ".join(map(str, last))
        raise RefusedInput(f"expects an input [..., {wanted}] (normalized_shape), given {list(x)}")
    return last


def layer_norm(
    x: Shape, *, normalized_shape: Size, elementwise_affine: bool, bias: bool, **_: object
) -> Effect:
    """`(x - mean) / sqrt(var + eps) * weight + bias` over the last axes, their own statistics always.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
    """
    n, learned = numel(_last_axes(x, normalized_shape)), elementwise_affine * (1 + bias)
    flops = taken_flops(numel(x) // n, n) + learned * numel(x)
    return Effect((x,), params=learned * n, flops=flops)


def rms_norm(x: Shape, *, normalized_shape: Size, elementwise_affine: bool, **_: object) -> Effect:
    """`x / sqrt(eps + mean(x * x)) * weight` over the last axes.

    For n numbers: n squares, n - 1 additions, a division, `+ eps`, a square root, n divisions: 3n + 2.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html
    """
    n = numel(_last_axes(x, normalized_shape))
    flops = numel(x) // n * (3 * n + 2) + elementwise_affine * numel(x)
    return Effect((x,), params=elementwise_affine * n, flops=flops)


def response_flops(x: Shape, size: int) -> int:
    """Count `x / (k + alpha / size * sum of size squares) ** beta`: size + 4 an element.

    A square, size - 1 additions (the window is counted whole at the first and last channels too), a
    multiplication, an addition, a power and a division.
    """
    return (size + 4) * numel(x)


def local_response_norm(x: Shape, *, size: int, **_: object) -> Effect:
    """Divide by a power of the neighbouring channels' squares; see `response_flops`.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html
    """
    at_least(1, "size", size)
    needs_axes(x, 3, "(N, C, ...) of 3 or more axes")
    return Effect((x,), flops=response_flops(x, size))


def cross_map_lrn2d(x: Shape, *, size: int, **_: object) -> Effect:
    """LocalResponseNorm of (N, C, H, W), in its older spelling; see `response_flops`."""
    at_least(1, "size", size)
    needs_rank(x, 4, letters="(N, C, H, W)")
    return Effect((x,), flops=response_flops(x, size))


_FEATURES = {"num_features": size_of(1)}

KINDS: Mapping[str, Kind] = {
    "BatchNorm1d": Kind(batch_norm("(N, C) or (N, C, L)", 2, 3), fills=_FEATURES),
    "BatchNorm2d": Kind(batch_norm("(N, C, H, W)", 4), fills=_FEATURES),
    "BatchNorm3d": Kind(batch_norm("(N, C, D, H, W)", 5), fills=_FEATURES),
    "SyncBatchNorm": Kind(batch_norm("(N, C, ...)"), fills=_FEATURES),
    "InstanceNorm1d": Kind(instance_norm("(N, C, L) or (C, L)", 1), fills=_FEATURES),
    "InstanceNorm2d": Kind(instance_norm("(N, C, H, W) or (C, H, W)", 2), fills=_FEATURES),
    "InstanceNorm3d": Kind(instance_norm("(N, C, D, H, W) or (C, D, H, W)", 3), fills=_FEATURES),
    "GroupNorm": Kind(group_norm, fills={"num_channels": size_of(1)}),
    "LayerNorm": Kind(layer_norm),
    "RMSNorm": Kind(rms_norm),
    "LocalResponseNorm": Kind(local_response_norm),
    "CrossMapLRN2d": Kind(cross_map_lrn2d),
}
"""Every normalisation of `torch.nn`, as in evaluation."""
