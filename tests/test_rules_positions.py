"""Learned tensors, rotary positions, and what attention in windows needs: rows by hand, and the papers' own code."""

from __future__ import annotations

import cmath

import pytest
import torch

from archcheck.errors import BadArgument, RefusedInput
from archcheck.functions import FUNCTIONS as COMPUTED
from archcheck.rules.base import Effect, Shape
from archcheck.rules.positions import FUNCTIONS
from tests.rules_against_torch import Arguments
from tests.rules_against_torch_sequences import agree, effect

ROWS = [
    # kind, shape, arguments, what it gives, why this row
    ("parameter", (2, 7), {"size": (1, 5, 3), "expand": True}, Effect(((2, 5, 3),), 15), "one a sample"),
    ("parameter", (2, 7), {"size": (1, 5, 3), "expand": False}, Effect(((1, 5, 3),), 15), "as it is"),
    ("parameter", (2,), {"size": (225, 4), "expand": False}, Effect(((225, 4),), 900), "a table"),
    ("parameter", (), {"size": (1,), "expand": False}, Effect(((1,),), 1), "whatever comes in"),
    # 6 pairs turned: 4 multiplications, 2 additions each; 3 places x 1 pair: angle, sine, cosine; power, division
    ("rotary", (2, 3, 2), {"base": 1e4}, Effect(((2, 3, 2),), flops=36 + 9 + 2), "the last axis but one is time"),
    ("rotary", (3, 4), {"base": 1e4}, Effect(((3, 4),), flops=36 + 18 + 4), "two axes are enough"),
    ("relative_position_bias", (169, 3), {"window": 7}, Effect(((3, 49, 49),)), "Swin: 13 * 13 offsets, 3 heads"),
    ("relative_position_bias", (15, 2), {"window": (2, 3)}, Effect(((2, 6, 6),)), "3 * 5 offsets"),
    (
        "shifted_window_mask",
        (1,),
        {"size": 56, "window": 7, "shift": 3},
        Effect(((64, 1, 49, 49),), flops=64 * 49 * 49),
        "Swin's first stage",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "shape", "arguments", "gives", "why"), ROWS)
def test_shapes_and_costs(kind: str, shape: Shape, arguments: Arguments, gives: Effect, why: str) -> None:
    assert effect(kind, shape, **arguments) == gives, why
    assert agree(kind, (shape,), arguments), why


BAD = [
    ("parameter", {"size": (2, 3), "expand": True}, "size: [2, 3] has no first axis of 1 to expand"),
    ("parameter", {"size": (0, 3), "expand": False}, "size: 0 is less than 1"),
    ("rotary", {"base": 0.0}, "base: 0.0 is not above 0"),
    ("relative_position_bias", {"window": 0}, "window: 0 is less than 1"),
    ("shifted_window_mask", {"size": 8, "window": 3, "shift": 1}, "window: [3, 3] does not divide size [8, 8]"),
    ("shifted_window_mask", {"size": 8, "window": 4, "shift": (1, 4)}, "shift: [1, 4] is not less than window [4, 4]"),
    ("shifted_window_mask", {"size": 8, "window": 4, "shift": -1}, "shift: -1 is less than 0"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "arguments", "said"), BAD)
def test_what_is_said_of_a_bad_argument(kind: str, arguments: Arguments, said: str) -> None:
    with pytest.raises(BadArgument) as caught:
        effect(kind, (2, 4), **arguments)
    assert str(caught.value) == said


REFUSED = [
    ("parameter", (), {"size": (1, 3), "expand": True}, "needs an input (N, ...), given 0 axes []"),
    ("rotary", (4,), {"base": 1.0}, "needs an input (..., T, F), given 1 axes [4]"),
    ("rotary", (2, 5), {"base": 1.0}, "needs an even number of features, given 5"),
    ("relative_position_bias", (8, 2), {"window": 2}, "expects 9 relative positions (window), given 8"),
    ("relative_position_bias", (9, 2, 1), {"window": 2},
     "needs an input (positions, heads), given 3 axes [9, 2, 1]"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "shape", "arguments", "said"), REFUSED)
def test_what_is_said_of_a_refused_input(kind: str, shape: Shape, arguments: Arguments, said: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(kind, shape, **arguments)
    assert str(caught.value) == said
    assert not agree(kind, (shape,), arguments), "the function refuses it too"


def test_every_function_has_a_row() -> None:
    assert {row[0] for row in ROWS} == set(FUNCTIONS)


# What they compute


@pytest.mark.parametrize("base", [10000.0, 3.0])
def test_rotary_turns_pairs_of_features_as_complex_numbers(base: float) -> None:
    """f(x, m) = x e^(i m theta_j), theta_j = base^(-2j / d): https://arxiv.org/abs/2104.09864, equations 12 and 15."""
    x = torch.randn(2, 3, 5, 6, generator=torch.Generator().manual_seed(0))
    turned = COMPUTED["rotary"](x, base=base)
    for place in range(5):
        for pair in range(3):
            whole = torch.complex(x[..., place, pair], x[..., place, pair + 3])
            expected = whole * cmath.exp(1j * place * base ** (-2 * pair / 6))
            found = torch.complex(turned[..., place, pair], turned[..., place, pair + 3])
            torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("window", [(2, 2), (3, 2), (1, 4)])
def test_the_bias_of_a_pair_is_the_row_of_its_offset(window: tuple[int, int]) -> None:
    """As Swin's own code has it: https://github.com/microsoft/Swin-Transformer/blob/main/models/swin_transformer.py."""
    high, wide = window
    table = torch.arange((2 * high - 1) * (2 * wide - 1) * 2.0).view(-1, 2)
    coords = torch.stack(torch.meshgrid(torch.arange(high), torch.arange(wide), indexing="ij")).flatten(1)
    relative = (coords[:, :, None] - coords[:, None, :]).permute(1, 2, 0).contiguous()
    relative += torch.tensor([high - 1, wide - 1])
    relative[:, :, 0] *= 2 * wide - 1
    index = relative.sum(-1)
    expected = table[index.view(-1)].view(high * wide, high * wide, -1).permute(2, 0, 1)
    assert torch.equal(COMPUTED["relative_position_bias"](table, window=list(window)), expected)


@pytest.mark.parametrize(("size", "window", "shift"), [(8, 4, 2), (6, 3, 1), (4, 4, 0), (4, 4, 3)])
def test_the_mask_keeps_apart_what_only_the_shift_brought_together(
    size: int, window: int, shift: int
) -> None:
    """As Swin's own code has it, which masks only where there is a shift."""
    image = torch.zeros(1, size, size, 1)
    parts = (slice(0, -window), slice(-window, -shift), slice(-shift, None)) if shift else (slice(None),)
    for number, (rows, columns) in enumerate((rows, columns) for rows in parts for columns in parts):
        image[:, rows, columns, :] = number
    split = image.view(1, size // window, window, size // window, window, 1)
    flat = split.permute(0, 1, 3, 2, 4, 5).reshape(-1, window * window)
    apart = flat.unsqueeze(1) - flat.unsqueeze(2)
    expected = apart.masked_fill(apart != 0, -100.0).masked_fill(apart == 0, 0.0)
    found = COMPUTED["shifted_window_mask"](torch.zeros(1), size=size, window=window, shift=shift)
    assert torch.equal(found, expected.unsqueeze(1))


def test_positions_of_a_large_window_are_worked_out_in_tensors() -> None:
    """On meta they take nothing: a window of 1,000 x 1,000 has 10^12 pairs of places."""
    table = torch.empty(1999 * 1999, 2, device="meta")
    assert COMPUTED["relative_position_bias"](table, window=1000).shape == (2, 10**6, 10**6)
