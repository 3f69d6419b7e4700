"""Fused attention: what its parts would cost one by one, so that the kernel makes no difference.

`softmax(Q K^T / sqrt(E) + mask) V` of L queries and S keys of E numbers and values of V: L * S * (E + V)
multiply-accumulates a head; queries and keys multiplied by the fourth root of 1 / E each, as PyTorch does; an
addition a score for a mask; a softmax a query. What a causal mask leaves out is counted too, as nobody can know that
a kernel leaves it out: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

import torch
from torch.utils.flop_counter import flop_registry

from archcheck.counting.ops.base import OpCall, OpRule
from archcheck.operations import Operations


def attended(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, masked: bool) -> Operations:
    """Return the cost for (N, H, L, E), (N, H, S, E) and (N, H, S, V); fewer heads of keys are shared out."""
    *lead, length, width = query.shape
    keys, heads = key.shape[-2], math.prod(lead)
    rows = heads * length
    scores = rows * keys
    return Operations(
        mul_adds=scores * (width + value.shape[-1]),
        multiplies=heads * (length + keys) * width,
        adds=scores - rows + scores * masked,
        exponentials=scores,
        divisions=scores,
    )


def _fused(mask_place: int, mask_name: str, causal_place: int, call: OpCall) -> Operations:
    query, key, value = call.args[:3]
    masked = call.argument(mask_place, mask_name) is not None
    return attended(query, key, value, masked or bool(call.argument(causal_place, "is_causal", False)))


def flex(call: OpCall) -> Operations | None:
    """Count (query, key, value, score_mod, ...); None where a function of the user's own changes the scores.

    What a mask hides is counted, and a mask is a choice, which is no operation.
    """
    score_mod = call.args[3]
    if getattr(score_mod, "__qualname__", "") != "_identity":
        return None
    query, key, value = call.args[:3]
    return attended(query, key, value, masked=False)


def _backward(name: str, call: OpCall) -> Operations:
    """Count the backward pass of fused attention as PyTorch does: five products instead of two."""
    formula = flop_registry[getattr(torch.ops.aten, name)]
    return Operations(mul_adds=int(formula(*call.args, **call.kwargs, out_val=call.out)) // 2)


def _backward_by_shapes(call: OpCall) -> Operations:
    """Count (grad_out, query, key, value, ...): scores again, and the gradients of values, scores, queries, keys."""
    query, key, value = call.args[1:4]
    scores = math.prod(query.shape[:-1]) * key.shape[-2]
    return Operations(mul_adds=scores * (3 * query.shape[-1] + 2 * value.shape[-1]))


OPS: Mapping[str, OpRule] = {
    "_scaled_dot_product_flash_attention": partial(_fused, 99, "", 4),
    "_scaled_dot_product_flash_attention_for_cpu": partial(_fused, 5, "attn_mask", 4),
    "_scaled_dot_product_efficient_attention": partial(_fused, 3, "attn_bias", 6),
    "_scaled_dot_product_cudnn_attention": partial(_fused, 3, "attn_bias", 6),
    "_scaled_dot_product_fused_attention_overrideable": partial(_fused, 3, "attn_bias", 5),
    "flex_attention": flex,
    **{
        name: partial(_backward, name)
        for name in (
            "_scaled_dot_product_flash_attention_backward",
            "_scaled_dot_product_efficient_attention_backward",
            "_scaled_dot_product_cudnn_attention_backward",
        )
    },
    "_scaled_dot_product_flash_attention_for_cpu_backward": _backward_by_shapes,
}
"""Fused attention, by name."""
