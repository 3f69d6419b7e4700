"""What stands in for einops: patterns against what they mean, worked by hand in reshapes and transposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from archcheck.running.rearranging import (
    EinopsError,
    Rearrange,
    Reduce,
    einsum,
    pack,
    parse_shape,
    rearrange,
    reduce,
    repeat,
    unpack,
)

X = torch.arange(2 * 3 * 4 * 6.0).reshape(2, 3, 4, 6)
WAYS: list[tuple[Callable[[], Any], torch.Tensor, str]] = [
    (lambda: rearrange(X, "b c h w -> b h w c"), X.permute(0, 2, 3, 1), "another order"),
    (lambda: rearrange(X, "b c h w -> b (h w) c"), X.flatten(2).transpose(1, 2), "joined"),
    (
        lambda: rearrange(X, "b c (h p) (w q) -> b (h w) (p q c)", p=2, q=3),
        X.reshape(2, 3, 2, 2, 2, 3).permute(0, 2, 4, 3, 5, 1).reshape(2, 4, 18),
        "patches",
    ),
    (lambda: rearrange(X, "b ... -> b (...)"), X.flatten(1), "the rest joined"),
    (lambda: rearrange(X, "... w -> w ..."), X.permute(3, 0, 1, 2), "the rest moved"),
    (lambda: rearrange(X[:, :1], "b 1 h w -> b h w ()"), X[:, 0, :, :, None], "axes of one"),
    (lambda: rearrange([X[0], X[1]], "n c h w -> (n c) h w"), X.reshape(6, 4, 6), "a list is an axis"),
    (
        lambda: repeat(X[:1, 0, 0], "1 w -> b w k", b=5, k=2),
        X[0, 0, 0][None, :, None].expand(5, 6, 2),
        "new axes",
    ),
    (lambda: repeat(X[0, 0], "h w -> (h r) w", r=2), X[0, 0].repeat_interleave(2, 0), "inside a group"),
    (lambda: reduce(X, "b c h w -> b c", "mean"), X.mean((2, 3)), "without two"),
    (
        lambda: reduce(X, "b c (h k) (w l) -> b c h w", "max", k=2, l=2),
        torch.nn.functional.max_pool2d(X, 2),
        "pooling",
    ),
    (lambda: reduce(X, "b c h w -> b 1 1 w", "prod"), X.prod(2).prod(1)[:, None, None], "kept as ones"),
    (lambda: reduce(X, "b c h w -> b", torch.sum), X.sum((1, 2, 3)), "a function"),
    (
        lambda: einsum(X, X, "b c one w, b c two w -> b one two"),
        torch.einsum("bciw,bcjw->bij", X, X),
        "a product",
    ),
    (lambda: Rearrange("b c h w -> b w (c h)")(X), X.permute(0, 3, 1, 2).flatten(2), "a layer"),
    (lambda: Reduce("b c h w -> b c", "sum")(X), X.sum((2, 3)), "a layer that reduces"),
    (lambda: pack([X[:, 0], X], "b * w")[0], torch.cat([X[:, 0], X.flatten(1, 2)], 1), "packed"),
]


@pytest.mark.parametrize(("made", "wanted", "why"), WAYS, ids=[row[2] for row in WAYS])
def test_a_pattern(made: Callable[[], Any], wanted: torch.Tensor, why: str) -> None:
    assert torch.equal(made(), wanted)


def test_what_was_packed_is_unpacked() -> None:
    packed, shapes = pack([X[:, 0, 0], X], "b *")
    parts = unpack(packed, shapes, "b *")
    assert [one.shape for one in parts] == [(2, 6), (2, 3, 4, 6)]
    assert torch.equal(parts[1], X)
    assert [one.shape for one in unpack(X, [[], [-1]], "b * h w")] == [(2, 4, 6), (2, 2, 4, 6)]


def test_other_kinds_of_values() -> None:
    assert rearrange(np.zeros((2, 3)), "a b -> b a").shape == (3, 2)
    assert parse_shape(X, "b _ h w") == {"b": 2, "h": 4, "w": 6}


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: rearrange(X, "b c h -> b c h"), "the pattern has 3 axes, the tensor 4"),
    (lambda: rearrange(X, "b c (h p) w -> b c h p w", p=3), "an axis of 4 cannot be h x p of 3"),
    (lambda: rearrange(X, "b c (h p) w -> b c h p w"), "nothing says the sizes of ['h', 'p']"),
    (lambda: rearrange(X, "b c h w -> b c h"), "'w' is on one side of 'b c h w -> b c h' only"),
    (lambda: rearrange(X, "b c h w -> b c h w k", k=2), "'k' is on one side of 'b c h w -> b c h w k' only"),
    (lambda: rearrange(X, "b 1 h w -> b h w"), "an axis of 3 cannot be 1 of 1"),
    (lambda: rearrange(X, "b c h w"), "'b c h w' has no '->'"),
    (lambda: reduce(X, "b c h w -> b", "median"), "no reduction 'median'"),
]


@pytest.mark.parametrize(("made", "why"), REFUSED, ids=[row[1] for row in REFUSED])
def test_what_does_not_fit_is_refused(made: Callable[[], Any], why: str) -> None:
    with pytest.raises(EinopsError) as error:
        made()
    assert str(error.value) == why
