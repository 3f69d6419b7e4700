"""Fused attention: what its parts would cost one by one, so that the kernel makes no difference.

`softmax(Q K^T / sqrt(E) + mask) V` of L queries and S keys of E numbers and values of V: L * S * (E + V)
multiply-accumulates a head; queries and keys multiplied by the fourth root of 1 / E each, as PyTorch does; an
addition a score for a mask; a softmax a query. What a causal mask leaves out is counted too, as nobody can know that
a kernel leaves it out: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch

from archcheck.counting.ops.base import OpCall, OpRule
from archcheck.operations import Operations


def attended(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, masked: bool, dropped: bool = False
) -> Operations:
    """Return the cost for (N, H, L, E), (N, H, S, E) and (N, H, S, V); fewer heads of keys are shared out.

    `dropped`: scores are left out by chance: the mask by what is kept, a division, and its product with the score.
    """
    *lead, length, width = query.shape
    keys, heads = key.shape[-2], math.prod(lead)
    rows = heads * length
    scores = rows * keys
    return Operations(
        mul_adds=scores * (width + value.shape[-1]),
        multiplies=heads * (length + keys) * width + scores * dropped,
        adds=scores - rows + scores * masked,
        exponentials=scores,
        divisions=scores + scores * dropped,
    )


@dataclass(frozen=True, slots=True)
class Places:
    """Where a kernel has its arguments; `mask`: a tensor added to the scores, by its name where it has no place."""

    dropout: int
    causal: int
    mask: int | str | None = None

    def masked(self, call: OpCall) -> bool:
        """Return whether anything is added to the scores."""
        if isinstance(self.mask, str):
            added = call.kwargs.get(self.mask)
        else:
            added = None if self.mask is None else call.argument(self.mask, "attn_bias")
        return added is not None or bool(call.argument(self.causal, "is_causal", False))

    def dropped(self, call: OpCall) -> float | None:
        """Return the chance that a score is left out; None of a form whose arguments stand elsewhere (8-bit floats)."""
        chance = call.argument(self.dropout, "dropout_p", 0.0)
        return chance if isinstance(chance, int | float) else None


def _fused(places: Places, call: OpCall) -> Operations | None:
    """Count (query, key, value, ...)."""
    chance = places.dropped(call)
    if chance is None:
        return None
    query, key, value = call.args[:3]
    return attended(query, key, value, places.masked(call), dropped=chance > 0)


def flex(call: OpCall) -> Operations | None:
    """Count (query, key, value, score_mod, ...); None where a function of the user's own changes the scores.

    What a mask hides is counted, and a mask is a choice, which is no operation.
    """
    score_mod = call.args[3]
    if getattr(score_mod, "__qualname__", "") != "_identity":
        return None
    query, key, value = call.args[:3]
    return attended(query, key, value, masked=False)


def _fused_backward(places: Places, call: OpCall) -> Operations | None:
    """Count (grad_out, query, key, value, ...), unknown with dropout: what is dropped is drawn a second time.

    Queries and keys are scaled again, `P = exp(scores + mask - L)` by the kept `L`; `dV = P^T dO`; `dP = dO V^T`;
    `D`, the sum of `dO * O` for each query; `dS = P * (dP - D)`; `dQ = dS K`, `dK = dS^T Q`, both scaled:
    algorithm 4 of https://arxiv.org/abs/2205.14135.
    """
    if places.dropped(call) != 0:
        return None
    query, key, value = call.args[1:4]
    *lead, length, width = query.shape
    keys, heads, values = key.shape[-2], math.prod(lead), value.shape[-1]
    scores = heads * length * keys
    return Operations(
        mul_adds=scores * (3 * width + 2 * values) + heads * length * values,
        multiplies=2 * heads * (length + keys) * width + scores,
        adds=scores * (2 + places.masked(call)),
        exponentials=scores,
    )


OPS: Mapping[str, OpRule] = {
    "_scaled_dot_product_flash_attention": partial(_fused, Places(3, 4)),
    "_scaled_dot_product_flash_attention_for_cpu": partial(_fused, Places(3, 4, "attn_mask")),
    "_scaled_dot_product_efficient_attention": partial(_fused, Places(5, 6, 3)),
    "_scaled_dot_product_cudnn_attention": partial(_fused, Places(5, 6, 3)),
    "_scaled_dot_product_fused_attention_overrideable": partial(_fused, Places(4, 5, 3)),
    "flex_attention": flex,
    "_scaled_dot_product_flash_attention_backward": partial(_fused_backward, Places(10, 11)),
    "_scaled_dot_product_flash_attention_for_cpu_backward": partial(
        _fused_backward, Places(6, 7, "attn_mask")
    ),
    "_scaled_dot_product_efficient_attention_backward": partial(_fused_backward, Places(9, 11, 4)),
    "_scaled_dot_product_cudnn_attention_backward": partial(_fused_backward, Places(13, 14, 8)),
}
"""Fused attention, by name; the kernels below these (`_flash_attention_forward`) have no rule: they are never alone."""
