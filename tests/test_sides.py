"""The sides of what flows through a network, in the order they change: worked by hand."""

from __future__ import annotations

import pytest

from archcheck.api import load
from archcheck.checks.sides import one_side, sides_of
from archcheck.infer import infer
from archcheck.spec.layers import Sides
from archcheck.spec.load import loads_spec


def sides(layers: str, shape: str = "[3, 8, 8]", more: str = "") -> Sides | None:
    spec = loads_spec(f"{more}input: {shape}\nlayers: {layers}\n", "t.yaml")
    return sides_of(spec, infer(spec).outputs)


NETWORKS = [
    # layers, input, sides, why
    ("[ReLU, Dropout]", "[3, 8, 8]", (8,), "nothing changes"),
    ("[]", "[3, 8, 8]", (8,), "no layers at all"),
    ("[{MaxPool2d: {kernel_size: 2}}, ReLU, {MaxPool2d: {kernel_size: 2}}]", "[3, 8, 8]", (8, 4, 2),
     "each change once, however many layers keep it"),
    ("[{MaxPool2d: {kernel_size: 2}}, {Upsample: {scale_factor: 2}}]", "[3, 8, 8]", (8, 4, 8),
     "there and back are two changes"),
    ("[{Conv2d: {out_channels: 9, kernel_size: 3, padding: 1}}]", "[3, 8, 8]", (8,), "channels are no side"),
    ("[{MaxPool2d: {kernel_size: [2, 1]}}]", "[3, 8, 8]", (8, (4, 8)), "no square: one number a side"),
    ("[{MaxPool2d: {kernel_size: [2, 1]}}]", "[3, 8, 4]", ((8, 4), 4), "becomes a square"),
    ("[{MaxPool2d: {kernel_size: [1, 2]}}]", "[3, 8, 8]", (8, (8, 4)), "the other side"),
    ("[{MaxPool2d: {kernel_size: 2}}, Flatten, {Linear: {out_features: 3}}]", "[3, 8, 8]", (8, 4),
     "a row has no sides"),
    ("[Flatten, {Unflatten: {dim: 1, unflattened_size: [12, 4, 4]}}]", "[3, 8, 8]", (8, 4),
     "a row that becomes an image again has"),
    ("[{flatten: {start_dim: 2}}]", "[3, 8, 8]", (8,), "pixels in a row are another kind of thing"),
    ("[{MaxPool1d: {kernel_size: 3}}]", "[3, 9]", (9, 3), "a signal has one side"),
    ("[{MaxPool3d: {kernel_size: 2}}]", "[3, 8, 8, 8]", (8, 4), "a cube is told by one number"),
    ("[{MaxPool3d: {kernel_size: [1, 2, 2]}}]", "[3, 8, 8, 8]", (8, (8, 4, 4)), "a box by three"),
    ("[{Linear: {out_features: 3}}]", "[8]", None, "features are no side"),
    ("{a: {b: [{MaxPool2d: {kernel_size: 2}}]}, c: {MaxPool2d: {kernel_size: 2}}}", "[3, 8, 8]", (8, 4, 2),
     "bodies in bodies"),
    ("[{MaxPool2d: {kernel_size: 9}}, ReLU]", "[3, 8, 8]", None, "a network that stops has no last side"),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "shape", "expected", "why"), NETWORKS)
def test_sides_in_the_order_they_change(layers: str, shape: str, expected: Sides | None, why: str) -> None:
    assert sides(layers, shape) == expected, why


POOL, BIG = "{MaxPool2d: {kernel_size: 2}}", "{MaxPool2d: {kernel_size: 4, stride: 2, padding: 1}}"
BRANCHES = [
    (f"[{{add: [[{POOL}, ReLU], [{BIG}]]}}]", (8, 4), "branches that change alike are told once"),
    ("[{add: [[], [ReLU]]}]", (8,), "and those that change nothing not at all"),
    (f"[{{concat: [[{POOL}, {{Upsample: {{scale_factor: 2}}}}], []]}}, {POOL}]", (8, 4, 8, 4),
     "a branch that goes down and up beside one that does not"),
    (f"[{{concat: [[{POOL}, {POOL}], [{{MaxPool2d: {{kernel_size: 4}}}}]]}}]", (8, 4, 2, 2),
     "two ways to one size are both told, one after the other"),
    ("[{concat: [[], []], dim: 2}]", (8, (16, 8)), "a join may change a side itself"),
    (f"[{{concat: [[{POOL}], [{POOL}]], dim: 3}}, Flatten]", (8, 4, (4, 8)), "after its branches"),
    ("[{add: [[{AdaptiveAvgPool2d: {output_size: 1}}], []]}]", (8, 1, 8), "one number spread over an image"),
    ("[{concat: [[Flatten], [Flatten]]}]", (8,), "rows that are joined have none"),
    (f"[{{add: [[{{MaxPool2d: {{kernel_size: 9}}}}], []]}}, {POOL}]", None, "a branch that stops"),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "expected", "why"), BRANCHES)
def test_sides_of_branches(layers: str, expected: Sides | None, why: str) -> None:
    assert sides(layers) == expected, why


def test_a_batch_is_no_side() -> None:
    assert sides("[ReLU]", more="batch: 7\n") == (8,)


def test_only_the_first_of_several_inputs_counts() -> None:
    """A pooling's maxima, and where they stood: put back on 8x8."""
    found = sides("[{MaxUnpool2d: {kernel_size: 2}}]", "{x: [3, 4, 4], i: {shape: [3, 4, 4], dtype: int64}}")
    assert found == (4, 8)


ALEXNETS = [  # the sides that the documents themselves state; the first is their input
    ("alexnet_half", (224, 55, 27, 13, 6)),
    ("zfnet", (224, 110, 55, 26, 13, 6)),  # https://arxiv.org/abs/1311.2901, figure 3
]


@pytest.mark.parametrize(("name", "expected"), ALEXNETS)
def test_sides_of_known_networks(name: str, expected: Sides) -> None:
    spec = load(name)
    assert sides_of(spec, infer(spec).outputs) == expected


@pytest.mark.parametrize(
    ("side", "written"), [(55, 55), ((55, 55), 55), ((55, 54), (55, 54)), ((9,), 9), ((2, 2, 2), 2)]
)
def test_a_square_is_one_number(side: int | tuple[int, ...], written: int | tuple[int, ...]) -> None:
    assert one_side(side) == written
