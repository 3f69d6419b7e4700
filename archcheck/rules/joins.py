"""Joins: what is made of the results of several branches. No parameters. Shapes have their batch axis.

Letters: `N` batch, `H` heads, `L` queries, `S` keys, `E` their width, `V` the width of a value.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.errors import RefusedInput
from archcheck.rules.base import Effect, Rule, Shape, numel
from archcheck.rules.demands import axis_at, broadcast, needs_axes, without


def add(*shapes: Shape) -> Effect:
    """Sum the branches, broadcast to one shape.

    `flops`: an addition an output element for each branch after the first.
    https://docs.pytorch.org/docs/stable/generated/torch.add.html
    """
    return _elementwise(shapes, "add")


def mul(*shapes: Shape) -> Effect:
    """Multiply the branches element by element, broadcast to one shape.

    `flops`: a multiplication an output element for each branch after the first.
    https://docs.pytorch.org/docs/stable/generated/torch.mul.html
    """
    return _elementwise(shapes, "multiply")


def _elementwise(shapes: tuple[Shape, ...], word: str) -> Effect:
    """Fold the branches from the left, as they are run: each step costs an operation an element of its result."""
    if not shapes:
        raise RefusedInput(f"needs 1 or more inputs to {word}")
    output, flops = shapes[0], 0
    for shape in shapes[1:]:
        output = broadcast(output, shape)
        flops += numel(output)
    return Effect((output,), flops=flops)


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


def matmul(one: Shape, other: Shape) -> Effect:
    """Multiply matrices, the last two axes, or vectors; the axes before them are broadcast.

    MACs: the inner size an output element. https://docs.pytorch.org/docs/stable/generated/torch.matmul.html
    """
    if not one or not other:
        raise RefusedInput(f"needs two inputs of 1 or more axes, given {list(one)} and {list(other)}")
    rows, columns = one[-2:-1], other[-1:] if len(other) > 1 else ()
    inner = other[-2] if len(other) > 1 else other[0]
    if one[-1] != inner:
        raise RefusedInput(
            f"expects {one[-1]} rows (as the first has columns), given {inner} in {list(other)}"
        )
    output = (*broadcast(one[:-2], other[:-2]), *rows, *columns)
    macs = numel(output) * inner
    return Effect((output,), macs=macs, flops=2 * macs)


def attention(
    query: Shape,
    key: Shape,
    value: Shape,
    mask: Shape | None = None,
    *,
    is_causal: bool,
    enable_gqa: bool,
    scale: float | None,
) -> Effect:
    """`softmax(Q K^T / sqrt(E) + mask) V` of each head, for (N, ..., H, L, E), (N, ..., H, S, E), (N, ..., H, S, V).

    MACs: E + V for each query and key of a head. `flops` adds a scaling of each element of query and key, the
    mask, if there is one, and a softmax: an exponential, a division and all but one addition a score. What a causal
    mask hides is counted. With `enable_gqa` fewer heads of keys and values are each shared by several queries.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
    """
    heads = _attended(query, key, value, enable_gqa)
    scores = numel(heads) * query[-2] * key[-2]
    if mask is not None:
        if is_causal:
            raise RefusedInput("takes a mask or is_causal, not both")
        _masks(mask, (*heads, query[-2], key[-2]))
    masked = scores if mask is not None or is_causal else 0
    macs = scores * (query[-1] + value[-1])
    scaled = numel(heads) * (query[-2] + key[-2]) * query[-1]
    softmax = 3 * scores - numel(heads) * query[-2]
    return Effect(((*heads, query[-2], value[-1]),), macs=macs, flops=2 * macs + scaled + masked + softmax)


def _attended(query: Shape, key: Shape, value: Shape, shared: bool) -> Shape:
    """Return the axes before (L, E), or refuse what does not fit together."""
    if min(map(len, (query, key, value))) < 2:
        given = " and ".join(str(list(shape)) for shape in (query, key, value))
        raise RefusedInput(f"needs query, key and value (..., L, E), given {given}")
    if query[-1] != key[-1]:
        raise RefusedInput(f"expects keys of width {query[-1]} (the queries'), given {key[-1]}")
    if key[-2] != value[-2]:
        raise RefusedInput(f"expects {key[-2]} values (one a key), given {value[-2]}")
    if not shared:
        return broadcast(query[:-2], key[:-2], value[:-2])
    if min(map(len, (query, key, value))) < 3 or any(query[-3] % other[-3] for other in (key, value)):
        keys, values = list(key[:-2]), list(value[:-2])
        raise RefusedInput(
            f"{list(query[:-2])} heads of queries do not share {keys} of keys, {values} of values"
        )
    return (*broadcast(query[:-3], key[:-3], value[:-3]), query[-3])


def _masks(mask: Shape, scores: Shape) -> None:
    needs_axes(mask, 2, "(..., L, S) as mask")
    if broadcast(mask, scores) != scores:
        raise RefusedInput(f"the mask {list(mask)} does not broadcast to the scores {list(scores)}")


JOINS: Mapping[str, Rule] = {
    "add": add,
    "concat": concat,
    "mul": mul,
    "matmul": matmul,
    "scaled_dot_product_attention": attention,
}
"""Every way of joining branches, by the name of PyTorch's function (`concat`: `cat`)."""
