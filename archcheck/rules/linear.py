"""Linear and bilinear layers, embeddings, and distances between two inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Kind, Shape, at_least, needs_rank, numel
from archcheck.rules.demands import axis_at, broadcast, needs_axes, needs_size, one_of, size_of, without


def linear(x: Shape, *, in_features: int, out_features: int, bias: bool, **_: object) -> Effect:
    """`y = x A^T + b` on the last axis: in_features MACs an output element, and an addition for the bias.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
    """
    at_least(1, "in_features", in_features)
    at_least(1, "out_features", out_features)
    needs_axes(x, 1, "(..., F)")
    needs_size(x, -1, in_features, "features", "in_features")
    output = (*x[:-1], out_features)
    macs = in_features * numel(output)
    params = out_features * (in_features + bias)
    return Effect((output,), params, macs, 2 * macs + bias * numel(output))


def bilinear(
    x1: Shape, x2: Shape, *, in1_features: int, in2_features: int, out_features: int, bias: bool, **_: object
) -> Effect:
    """`y = x1^T A x2 + b` on the last axes of two inputs that agree in all the others.

    An output element is in1 * in2 MACs for `x1^T A` and in2 for what is left, and an addition for the bias.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Bilinear.html
    """
    at_least(1, "in1_features", in1_features)
    at_least(1, "in2_features", in2_features)
    at_least(1, "out_features", out_features)
    needs_axes(x1, 1, "(..., F)")
    if x1[:-1] != x2[:-1] or not x2:
        raise RefusedInput(f"inputs {list(x1)} and {list(x2)} differ before their last axis")
    needs_size(x1, -1, in1_features, "features", "in1_features")
    needs_size(x2, -1, in2_features, "features", "in2_features")
    output = (*x1[:-1], out_features)
    macs = (in1_features + 1) * in2_features * numel(output)
    params = out_features * (in1_features * in2_features + bias)
    return Effect((output,), params, macs, 2 * macs + bias * numel(output))


def _table_params(num_embeddings: int, embedding_dim: int, padding_idx: int | None) -> int:
    at_least(1, "num_embeddings", num_embeddings)
    at_least(1, "embedding_dim", embedding_dim)
    if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
        raise BadArgument("padding_idx", f"{padding_idx} is no row of {num_embeddings} (num_embeddings)")
    return num_embeddings * embedding_dim


def embedding(
    x: Shape, *, num_embeddings: int, embedding_dim: int, padding_idx: int | None, **_: object
) -> Effect:
    """One row of the table for each index, 0 flops: a look-up.

    What `max_norm` rescales hangs on the indices' values and is not counted.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html
    """
    params = _table_params(num_embeddings, embedding_dim, padding_idx)
    return Effect(((*x, embedding_dim),), params)


def embedding_bag(
    x: Shape,
    *,
    num_embeddings: int,
    embedding_dim: int,
    padding_idx: int | None,
    mode: str,
    sparse: bool,
    scale_grad_by_freq: bool,
    **_: object,
) -> Effect:
    """The sum, mean or largest of each bag's rows: indices (N, T) to (N, F), without `offsets`.

    An output element is T - 1 additions or comparisons, and a division for the mean. Rows at `padding_idx`,
    which PyTorch leaves out, count too: where they are hangs on the indices' values.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html
    """
    params = _table_params(num_embeddings, embedding_dim, padding_idx)
    one_of("mode", mode, "sum", "mean", "max")
    if mode == "max" and (sparse or scale_grad_by_freq):
        raise BadArgument("mode", "'max' goes with neither sparse nor scale_grad_by_freq")
    needs_rank(x, 2, letters="(N, T)")
    output = (x[0], embedding_dim)
    return Effect((output,), params, flops=numel(output) * (x[1] - (mode != "mean")))


def cosine_similarity(x1: Shape, x2: Shape, *, dim: int, eps: float) -> Effect:
    """`x1 . x2 / max(|x1| * |x2|, eps)` along one axis D of the two inputs, broadcast.

    An output element is 2D - 1 for the dot product, 2D for each length (D squares, D - 1 additions, a square
    root), then a multiplication, a comparison and a division: 6D + 2.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineSimilarity.html
    """
    if eps < 0:
        raise BadArgument("eps", f"{eps} is less than 0")
    both = broadcast(x1, x2)
    axis = axis_at(both, dim)
    output = without(both, axis)
    return Effect((output,), flops=6 * numel(both) + 2 * numel(output))


def pairwise_distance(x1: Shape, x2: Shape, *, p: float, keepdim: bool, **_: object) -> Effect:
    """`(sum |x1 - x2 + eps| ** p) ** (1 / p)` along the last axis D of the two inputs, broadcast.

    An output element is D subtractions, D additions of eps, D powers, D - 1 additions and a root: 4D. For a `p` of
    1 there are no powers and no root, for an infinite one D - 1 comparisons in their place: 3D - 1; for 0
    there are D comparisons with 0, which are added up: 4D - 1.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.PairwiseDistance.html
    """
    both = broadcast(x1, x2)
    lengths = both[:-1] + (1,) * (keepdim and len(both) > 0)
    rootless = p in (0, 1) or math.isinf(p)
    powers = 0 if p == 1 or math.isinf(p) else numel(both)
    return Effect((lengths,), flops=3 * numel(both) + powers - rootless * numel(lengths))


KINDS: Mapping[str, Kind] = {
    "Linear": Kind(linear, fills={"in_features": size_of(-1)}),
    "Bilinear": Kind(bilinear, inputs=(2,), fills={"in1_features": size_of(-1)}),
    "Embedding": Kind(embedding),
    "EmbeddingBag": Kind(embedding_bag),
    "CosineSimilarity": Kind(cosine_similarity, inputs=(2,)),
    "PairwiseDistance": Kind(pairwise_distance, inputs=(2,)),
}
"""Linear layers, embeddings and distances of `torch.nn`."""
