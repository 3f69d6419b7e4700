"""Normalisations: rows worked by hand from the formulas, and PyTorch itself.

https://docs.pytorch.org/docs/stable/nn.html#normalization-layers. Statistics of n numbers cost 5n + 2: the mean
n, the difference n, the variance 2n, `+ eps` 1, a root 1, the division n.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from torch.nn.modules import batchnorm, instancenorm, normalization

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules.base import Effect, Shape
from archcheck.rules.normalisation import KINDS
from tests.rules_against_torch import Arguments, Case
from tests.rules_against_torch_sequences import BOOL, SIDE, a_shape, agree, effect, holds, near

ROWS = [
    # kind, shape, arguments, params, flops, why this row
    (
        "BatchNorm2d",
        (1, 64, 4, 4),
        {"num_features": 64},
        128,
        4096,
        "1024 elements: minus, times, times, plus",
    ),
    ("BatchNorm1d", (2, 3), {"num_features": 3}, 6, 24, "without length"),
    ("BatchNorm1d", (2, 3), {"num_features": 3, "affine": False}, 0, 12, "running statistics alone"),
    ("BatchNorm1d", (2, 3), {"num_features": 3, "bias": False}, 3, 18, "no bias"),
    ("BatchNorm3d", (1, 2, 1, 1, 1), {"num_features": 2}, 4, 8, "one value a channel, running statistics"),
    (
        "BatchNorm1d",
        (2, 3, 5),
        {"num_features": 3, "track_running_stats": False},
        6,
        216,
        "3 channels of 10 values: 52 each, and 2 an element",
    ),
    (
        "BatchNorm1d",
        (2, 7),
        {"num_features": 3, "track_running_stats": False, "affine": False},
        0,
        84,
        "7 channels of 2 values: num_features is never compared",
    ),
    ("SyncBatchNorm", (2, 3, 1, 1, 1, 2), {"num_features": 3}, 6, 48, "any rank"),
    ("InstanceNorm2d", (2, 3, 2, 2), {"num_features": 3}, 0, 132, "6 planes of 4 values: 22 each"),
    ("InstanceNorm1d", (3, 4), {"num_features": 3, "affine": True}, 6, 90, "no batch: 3 * 22 + 2 * 12"),
    (
        "InstanceNorm3d",
        (1, 2, 1, 1, 1),
        {"num_features": 2, "track_running_stats": True},
        0,
        4,
        "running statistics take one value a plane",
    ),
    (
        "GroupNorm",
        (20, 6, 10, 10),
        {"num_groups": 3, "num_channels": 6},
        12,
        84_120,
        "the page's example: 60 groups of 200 values, 1002 each, and 2 an element",
    ),
    (
        "GroupNorm",
        (2, 4),
        {"num_groups": 4, "num_channels": 4, "bias": False},
        4,
        64,
        "8 groups of one: 7, 1",
    ),
    ("LayerNorm", (1, 197, 768), {"normalized_shape": 768}, 1536, 1_059_466, "ViT-B/16: 197 * (3842 + 1536)"),
    (
        "LayerNorm",
        (20, 5, 10, 10),
        {"normalized_shape": (5, 10, 10)},
        1000,
        70_040,
        "the page's image example",
    ),
    ("LayerNorm", (2, 3), {"normalized_shape": 3, "bias": False}, 3, 40, "2 rows of 17, 1 an element"),
    ("LayerNorm", (2, 3), {"normalized_shape": (3,), "elementwise_affine": False}, 0, 34, "2 rows of 17"),
    (
        "RMSNorm",
        (2, 2, 3),
        {"normalized_shape": [2, 3]},
        6,
        52,
        "the page's example: 2 of 3 * 6 + 2, 1 an element",
    ),
    ("RMSNorm", (2, 3), {"normalized_shape": 3, "elementwise_affine": False}, 0, 22, "2 rows of 11"),
    ("LocalResponseNorm", (1, 96, 2, 2), {"size": 5}, 0, 3456, "AlexNet's size: 9 an element"),
    ("LocalResponseNorm", (1, 2, 3), {"size": 1}, 0, 30, "a window of one: 5 an element"),
    ("CrossMapLRN2d", (1, 96, 2, 2), {"size": 5}, 0, 3456, "the same, older"),
]


@pytest.mark.parametrize(("kind", "shape", "arguments", "params", "flops", "why"), ROWS)
def test_costs(kind: str, shape: Shape, arguments: Arguments, params: int, flops: int, why: str) -> None:
    assert effect(kind, shape, **arguments) == Effect((shape,), params, macs=0, flops=flops), why


BAD = [
    # kind, arguments, what is said
    ("BatchNorm2d", {"num_features": 0}, "num_features: 0 is less than 1"),
    ("BatchNorm2d", {"num_features": 3, "eps": -1.0}, "eps: -1.0 is not 0 or more"),
    (
        "BatchNorm2d",
        {"num_features": 3, "eps": 0.0, "track_running_stats": False},
        "eps: 0.0 is not more than 0",
    ),
    ("InstanceNorm2d", {"num_features": -3}, "num_features: -3 is less than 1"),
    ("GroupNorm", {"num_groups": 0, "num_channels": 3}, "num_groups: 0 is less than 1"),
    ("GroupNorm", {"num_groups": 1, "num_channels": 0}, "num_channels: 0 is less than 1"),
    ("GroupNorm", {"num_groups": 2, "num_channels": 3}, "num_groups: 2 does not divide num_channels 3"),
    ("LayerNorm", {"normalized_shape": ()}, "normalized_shape: has no axes, needs 1 or more"),
    ("LayerNorm", {"normalized_shape": (3, 0)}, "normalized_shape: 0 is less than 1"),
    ("RMSNorm", {"normalized_shape": -1}, "normalized_shape: -1 is less than 1"),
    ("LocalResponseNorm", {"size": 0}, "size: 0 is less than 1"),
    ("CrossMapLRN2d", {"size": -2}, "size: -2 is less than 1"),
]


@pytest.mark.parametrize(("kind", "arguments", "said"), BAD)
def test_what_is_said_of_a_bad_argument(kind: str, arguments: Arguments, said: str) -> None:
    with pytest.raises(BadArgument) as caught:
        effect(kind, (2, 3, 4, 4), **arguments)
    assert str(caught.value) == said


REFUSED = [
    # kind, shape, arguments, what is said
    ("BatchNorm2d", (2, 4, 5, 5), {"num_features": 3}, "expects 3 channels (num_features), given 4"),
    ("BatchNorm2d", (2, 3, 5), {"num_features": 3}, "needs an input (N, C, H, W), given 3 axes [2, 3, 5]"),
    ("BatchNorm1d", (3,), {"num_features": 3}, "needs an input (N, C) or (N, C, L), given 1 axes [3]"),
    ("SyncBatchNorm", (3,), {"num_features": 3}, "needs an input (N, C, ...), given 1 axes [3]"),
    (
        "BatchNorm1d",
        (1, 3),
        {"num_features": 3, "track_running_stats": False},
        "needs more than 1 value to take statistics of, given [1, 3]",
    ),
    (
        "InstanceNorm2d",
        (2, 3, 1, 1),
        {"num_features": 3},
        "needs more than 1 value to take statistics of, given [2, 3, 1, 1]",
    ),
    (
        "InstanceNorm1d",
        (2, 4, 5),
        {"num_features": 3, "affine": True},
        "expects 3 channels (num_features), given 4",
    ),
    ("GroupNorm", (4,), {"num_groups": 2, "num_channels": 4}, "needs an input (N, C, ...), given 1 axes [4]"),
    ("GroupNorm", (2, 6), {"num_groups": 2, "num_channels": 4}, "expects 4 channels (num_channels), given 6"),
    (
        "GroupNorm",
        (2, 5),
        {"num_groups": 2, "num_channels": 4, "affine": False},
        "needs channels that num_groups 2 divides, given 5",
    ),
    (
        "GroupNorm",
        (1, 4),
        {"num_groups": 4, "num_channels": 4},
        "needs more than 1 value to take statistics of, given [1, 4]",
    ),
    (
        "LayerNorm",
        (2, 4),
        {"normalized_shape": 3},
        "expects an input [..., 3] (normalized_shape), given [2, 4]",
    ),
    (
        "RMSNorm",
        (3,),
        {"normalized_shape": (2, 3)},
        "expects an input [..., 2, 3] (normalized_shape), given [3]",
    ),
    (
        "LocalResponseNorm",
        (2, 3),
        {"size": 2},
        "needs an input (N, C, ...) of 3 or more axes, given 2 axes [2, 3]",
    ),
    ("CrossMapLRN2d", (2, 3, 4), {"size": 2}, "needs an input (N, C, H, W), given 3 axes [2, 3, 4]"),
]


@pytest.mark.parametrize(("kind", "shape", "arguments", "said"), REFUSED)
def test_what_is_said_of_a_refused_input(kind: str, shape: Shape, arguments: Arguments, said: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        effect(kind, shape, **arguments)
    assert str(caught.value) == said


FEATURES = [
    *(f"BatchNorm{n}d" for n in (1, 2, 3)),
    "SyncBatchNorm",
    *(f"InstanceNorm{n}d" for n in (1, 2, 3)),
]


@pytest.mark.parametrize("kind", FEATURES)
def test_features_are_filled_from_axis_1(kind: str) -> None:
    assert KINDS[kind].fills["num_features"]((2, 7, 5, 5)) == 7


def test_group_norm_fills_its_channels() -> None:
    fill = KINDS["GroupNorm"].fills["num_channels"]
    assert fill((2, 7, 5, 5)) == 7
    with pytest.raises(RefusedInput, match=r"^needs an input with an axis 1, given 1 axes \[5\]$"):
        fill((5,))


SIDES = {"1": 1, "2": 2, "3": 3, "c": 3}
EPS = st.sampled_from([1e-5, 1e-5, 1e-5, 0.0, -1.0])


@st.composite
def featured(draw: st.DrawFn, kind: str) -> Case:
    """Draw a BatchNorm or InstanceNorm and an input that mostly fits, with and without batch axis."""
    sides, channels = SIDES[kind[-2]] if kind[-1] == "d" else 1, draw(SIDE)
    image = (draw(SIDE), channels, *draw(a_shape(sides, sides)))
    shape = draw(near(image) | near(image[1:]) | near((*image[:2], *[1] * sides)))
    arguments: Arguments = {
        "num_features": channels,
        "eps": draw(EPS),
        "affine": draw(BOOL),
        "bias": draw(BOOL),
        "track_running_stats": draw(BOOL),
        "momentum": draw(st.sampled_from([None, 0.1])),
    }
    return (shape,), arguments


@pytest.mark.parametrize("kind", FEATURES)
def test_features_hold_against_torch(kind: str) -> None:
    holds(kind, featured(kind), examples=100)


@st.composite
def grouped(draw: st.DrawFn) -> Case:
    """Draw a GroupNorm; now and then the groups do not divide the channels, or hold one value each."""
    groups = draw(SIDE)
    channels = draw(SIDE.map(lambda n: n * groups) | SIDE)
    shape = draw(near((draw(SIDE), channels, *draw(a_shape(0, 3)))))
    arguments: Arguments = {"num_groups": groups, "num_channels": channels}
    return (shape,), arguments | {"affine": draw(BOOL), "bias": draw(BOOL)}


def test_group_norm_holds_against_torch() -> None:
    holds("GroupNorm", grouped(), examples=150)


@st.composite
def over_last_axes(draw: st.DrawFn, kind: str) -> Case:
    """Draw a LayerNorm or RMSNorm over one or several last axes of an input that mostly fits."""
    last = draw(a_shape(0, 3))
    shape = draw(near((*draw(a_shape(0, 2)), *last)))
    written: Any = draw(st.sampled_from([last, list(last), *last[:1]])) if len(last) == 1 else last
    arguments: Arguments = {"normalized_shape": written, "elementwise_affine": draw(BOOL)}
    return (shape,), arguments | ({"bias": draw(BOOL)} if kind == "LayerNorm" else {})


@pytest.mark.parametrize("kind", ["LayerNorm", "RMSNorm"])
def test_norms_over_the_last_axes_hold_against_torch(kind: str) -> None:
    holds(kind, over_last_axes(kind), examples=100)


@pytest.mark.parametrize("kind", ["LocalResponseNorm", "CrossMapLRN2d"])
def test_norms_over_channels_hold_against_torch(kind: str) -> None:
    images = a_shape(4, 4).flatmap(near) | a_shape(2, 6)
    holds(kind, st.tuples(st.tuples(images), st.integers(1, 9).map(lambda n: {"size": n})))


def test_local_response_norm_of_0_is_refused_by_torch_too() -> None:
    assert not agree("LocalResponseNorm", ((2, 3, 4),), {"size": 0})


def test_every_normalisation_of_torch_has_a_rule() -> None:
    of_torch = {*batchnorm.__all__, *instancenorm.__all__, *normalization.__all__}
    assert set(KINDS) == {name for name in of_torch if not name.startswith("Lazy")}
