"""Multi-head attention and the transformer's layers, without masks, as in evaluation.

https://arxiv.org/abs/1706.03762. Letters: `N` batch, `L` queries, `S` keys, `E` embed_dim or d_model.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.activation import GELU_FLOPS, softmax_flops
from archcheck.rules.base import Effect, Kind, Shape, at_least, needs_rank, numel
from archcheck.rules.demands import layer_count, needs_size, one_of, probability, size_of
from archcheck.rules.linear import linear
from archcheck.rules.normalisation import layer_norm

ACTIVATION_FLOPS: Mapping[str, int] = {"relu": 1, "gelu": GELU_FLOPS["none"]}
"""Operations an element of the activations that a transformer's layers take by name."""


def _needs_heads(width: int, heads: int, width_argument: str, heads_argument: str) -> None:
    at_least(1, width_argument, width)
    at_least(1, heads_argument, heads)
    if width % heads:
        raise BadArgument(heads_argument, f"{heads} does not divide {width_argument} {width}")


def _needs_sequences(query: Shape, key: Shape, value: Shape, batch_first: bool) -> None:
    needs_rank(query, 2, 3, letters="(N, L, E) or (L, E)" if batch_first else "(L, N, E) or (L, E)")
    if key[:-1] != value[:-1]:
        raise RefusedInput(
            f"needs key and value of one length and batch, given {list(key)} and {list(value)}"
        )
    batch = 0 if batch_first else 1
    if len(query) != len(key) or (len(query) == 3 and query[batch] != key[batch]):
        raise RefusedInput(f"inputs {list(query)} and {list(key)} are not of one batch")


def weights_shape(query: Shape, key: Shape, *, batch_first: bool, appended: int) -> Shape:
    """Return the shape of the averaged attention weights: (N, L, S), or (L, S) without batch axis.

    `appended` keys lengthen S. The length is axis 0 unless `batch_first`.
    """
    if len(query) == 2:
        return (query[0], key[0] + appended)
    batch, length = (0, 1) if batch_first else (1, 0)
    return (query[batch], query[length], key[length] + appended)


def attention(
    query: Shape,
    key: Shape,
    value: Shape,
    *,
    embed_dim: int,
    num_heads: int,
    bias: bool,
    batch_first: bool,
    kdim: int | None = None,
    vdim: int | None = None,
    appended: int = 0,
    keys_scaled: bool = False,
) -> Effect:
    """`softmax(Q K^T / sqrt(E / heads)) V` of each head, between projections of query, key, value and output.

    MACs: E * E a query and as many for its output, E * kdim a key, E * vdim a value, and for each query and
    key 2E, for the score and for the sum of values. `flops` adds the four biases, E scalings a query (and, where
    `keys_scaled`, a key: each by a fourth root), and a softmax of S scores a query and head (`softmax_flops`).
    No weights are returned.
    """
    queries, keys = numel(query[:-1]), numel(key[:-1])
    kdim, vdim = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim
    _needs_heads(embed_dim, num_heads, "embed_dim", "num_heads")
    at_least(1, "kdim", kdim)
    at_least(1, "vdim", vdim)
    _needs_sequences(query, key, value, batch_first)
    needs_size(query, -1, embed_dim, "features of query", "embed_dim")
    needs_size(key, -1, kdim, "features of key", "kdim")
    needs_size(value, -1, vdim, "features of value", "vdim")
    weights = weights_shape(query, key, batch_first=batch_first, appended=appended)
    macs = embed_dim * (2 * embed_dim * queries + (kdim + vdim) * keys + 2 * numel(weights))
    scaled = embed_dim * (queries + keys_scaled * keys) + num_heads * softmax_flops(weights, len(weights) - 1)
    biases = 2 * bias * embed_dim * (queries + keys)
    params = embed_dim * (2 * embed_dim + kdim + vdim + 4 * bias)
    return Effect((query,), params, macs, 2 * macs + scaled + biases)


def multihead_attention(
    query: Shape,
    key: Shape,
    value: Shape,
    *,
    embed_dim: int,
    num_heads: int,
    batch_first: bool,
    add_bias_kv: bool,
    add_zero_attn: bool,
    dropout: float,
    **arguments: Any,
) -> Effect:
    """See `attention`, on (L, N, E), (N, L, E) if `batch_first`, or (L, E): axis 0 is the length by default.

    The second output, the weights averaged over the heads, is heads - 1 additions and a division an element.
    `add_bias_kv` appends a learned key and value to the projected ones, `add_zero_attn` a zero of each.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
    """
    appended = add_bias_kv + add_zero_attn
    attended = attention(
        query,
        key,
        value,
        embed_dim=embed_dim,
        num_heads=num_heads,
        batch_first=batch_first,
        appended=appended,
        **arguments,
    )
    weights = weights_shape(query, key, batch_first=batch_first, appended=appended)
    return Effect(
        (query, weights),
        attended.params + 2 * add_bias_kv * embed_dim,
        attended.macs,
        attended.flops + num_heads * numel(weights),
    )


def _total(output: Shape, *effects: Effect) -> Effect:
    return Effect(
        (output,),
        sum(effect.params for effect in effects),
        sum(effect.macs for effect in effects),
        sum(effect.flops for effect in effects),
    )


def _norm(x: Shape, bias: bool) -> Effect:
    return layer_norm(x, normalized_shape=x[-1], elementwise_affine=True, bias=bias)


def _added_and_normed(x: Shape, bias: bool) -> Effect:
    return _total(x, _norm(x, bias), Effect((x,), flops=numel(x)))


def _feed_forward(x: Shape, dim_feedforward: int, activation: str, bias: bool) -> Effect:
    up = linear(x, in_features=x[-1], out_features=dim_feedforward, bias=bias)
    between = Effect(up.outputs, flops=ACTIVATION_FLOPS[activation] * numel(up.output))
    down = linear(up.output, in_features=dim_feedforward, out_features=x[-1], bias=bias)
    return _total(x, up, between, down)


def _needs_layer(
    x: Shape, d_model: int, nhead: int, dim_feedforward: int, dropout: float, activation: str
) -> None:
    _needs_heads(d_model, nhead, "d_model", "nhead")
    at_least(1, "dim_feedforward", dim_feedforward)
    probability("dropout", dropout)
    one_of("activation", activation, *ACTIVATION_FLOPS)
    needs_rank(x, 2, 3, letters="of 3 axes, or of 2 without batch")
    needs_size(x, -1, d_model, "features", "d_model")


def encoder_layer(
    src: Shape,
    *,
    d_model: int,
    nhead: int,
    dim_feedforward: int,
    dropout: float,
    activation: str,
    batch_first: bool,
    bias: bool,
    **_: object,
) -> Effect:
    """Self-attention, then two linear layers around an activation; a sum and a LayerNorm to each.

    The attention weights are not returned, and so not averaged: then PyTorch scales queries and keys alike
    (`scaled_dot_product_attention`). `norm_first` changes no count.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html
    """
    _needs_layer(src, d_model, nhead, dim_feedforward, dropout, activation)
    attend = partial(
        attention, embed_dim=d_model, num_heads=nhead, bias=bias, batch_first=batch_first, keys_scaled=True
    )
    fed = _feed_forward(src, dim_feedforward, activation, bias)
    return _total(src, attend(src, src, src), fed, *[_added_and_normed(src, bias)] * 2)


def decoder_layer(
    tgt: Shape,
    memory: Shape,
    *,
    d_model: int,
    nhead: int,
    dim_feedforward: int,
    dropout: float,
    activation: str,
    batch_first: bool,
    bias: bool,
    **_: object,
) -> Effect:
    """As the encoder's layer, with attention from `tgt` to `memory` between the two.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html
    """
    _needs_layer(tgt, d_model, nhead, dim_feedforward, dropout, activation)
    _needs_sequences(tgt, memory, memory, batch_first)
    needs_size(memory, -1, d_model, "features of memory", "d_model")
    attend = partial(
        attention, embed_dim=d_model, num_heads=nhead, bias=bias, batch_first=batch_first, keys_scaled=True
    )
    fed = _feed_forward(tgt, dim_feedforward, activation, bias)
    attended = attend(tgt, tgt, tgt), attend(tgt, memory, memory)
    return _total(tgt, *attended, fed, *[_added_and_normed(tgt, bias)] * 3)


def transformer(
    src: Shape,
    tgt: Shape,
    *,
    num_encoder_layers: int,
    num_decoder_layers: int,
    bias: bool,
    **arguments: Any,
) -> Effect:
    """Encoder layers on `src`, decoder layers on `tgt` and what the encoder gives, a last LayerNorm to each.

    https://docs.pytorch.org/docs/stable/generated/torch.nn.Transformer.html
    """
    layer_count("num_encoder_layers", num_encoder_layers)
    layer_count("num_decoder_layers", num_decoder_layers)
    encoder = [encoder_layer(src, bias=bias, **arguments)] * num_encoder_layers
    decoder = [decoder_layer(tgt, src, bias=bias, **arguments)] * num_decoder_layers
    return _total(tgt, *encoder, _norm(src, bias), *decoder, _norm(tgt, bias))


_D_MODEL = {"d_model": size_of(-1)}

KINDS: Mapping[str, Kind] = {
    "MultiheadAttention": Kind(
        multihead_attention, inputs=(3,), repeats_input=True, fills={"embed_dim": size_of(-1)}
    ),
    "TransformerEncoderLayer": Kind(encoder_layer, fills=_D_MODEL),
    "TransformerDecoderLayer": Kind(decoder_layer, inputs=(2,), fills=_D_MODEL),
    "Transformer": Kind(transformer, inputs=(2,), fills=_D_MODEL),
}
"""Attention and the transformer's layers of `torch.nn`."""
