"""Networks whose cost is published layer by layer: weights and multiply-accumulates of each, to the last digit."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from archcheck.built import of_module
from archcheck.counting.passes import count_built
from archcheck.operations import Count, CountedCall
from tests.zoo import alexnet

VGG16 = [  # "VGGNet in detail" at https://cs231n.github.io/convolutional-networks/: map, weights without biases
    ((64, 224, 224), 1_728),
    ((64, 224, 224), 36_864),
    ((128, 112, 112), 73_728),
    ((128, 112, 112), 147_456),
    ((256, 56, 56), 294_912),
    ((256, 56, 56), 589_824),
    ((256, 56, 56), 589_824),
    ((512, 28, 28), 1_179_648),
    ((512, 28, 28), 2_359_296),
    ((512, 28, 28), 2_359_296),
    ((512, 14, 14), 2_359_296),
    ((512, 14, 14), 2_359_296),
    ((512, 14, 14), 2_359_296),
    ((4096,), 102_760_448),
    ((4096,), 16_777_216),
    ((1000,), 4_096_000),
]

SZE = "https://arxiv.org/abs/1703.09039"
"""Table II of "Efficient Processing of Deep Neural Networks": weights and MACs of CONV and of FC layers."""

BY_KIND = [
    # network, side, kind, weights, MACs as printed
    (alexnet.alexnet_2012, 227, "Conv2d", "2.3M", "666M"),
    (alexnet.alexnet_2012, 227, "Linear", "58.6M", "58.6M"),
    (lambda: alexnet.vgg(2, 2, 3, 3, 3), 224, "Conv2d", "14.7M", "15.3G"),
    (lambda: alexnet.vgg(2, 2, 3, 3, 3), 224, "Linear", "124M", "124M"),
]

MOBILENET_SHARES = [
    # table 2 of https://arxiv.org/abs/1704.04861: multiply-adds and parameters (without norms and biases), in percent
    ("Conv 1 x 1", 94.86, 74.59),
    ("Conv DW 3 x 3", 3.06, 1.06),
    ("Conv 3 x 3", 1.91, 0.02),  # printed as 1.19: with that the column would add up to 99.29
    ("Fully Connected", 0.18, 24.33),
]


def counted(model: nn.Module, side: int) -> Count:
    return count_built(of_module(model), ((torch.empty(1, 3, side, side, device="meta"),), {}))


def weights(call: CountedCall) -> int:
    return sum(math.prod(shape) for name, shape in call.weights if name == "weight")


def macs(call: CountedCall) -> int:
    assert call.operations is not None
    return call.operations.mul_adds


def on_meta(make: object) -> nn.Module:
    with torch.device("meta"):
        model: nn.Module = make()  # type: ignore[operator]
    return model


def test_vgg16_layer_by_layer() -> None:
    count = counted(on_meta(lambda: alexnet.vgg(2, 2, 3, 3, 3)), 224)
    rows = [call for call in count.calls if call.type in ("Conv2d", "Linear")]
    assert [(call.work.outputs[0][1:], weights(call)) for call in rows] == VGG16
    places = [math.prod(shape[1:]) for shape, _ in VGG16]
    assert [macs(call) for call in rows] == [
        each * count for each, (_, count) in zip(places, VGG16, strict=True)
    ]


def printed(number: int, like: str) -> str:
    """Return a number as the table prints it: as many digits, the same letter."""
    letter = like[-1]
    decimals = len(like[:-1].partition(".")[2])
    return f"{number / {'M': 1e6, 'G': 1e9}[letter]:.{decimals}f}{letter}"


@pytest.mark.parametrize(
    ("make", "side", "kind", "weight", "mac"), BY_KIND, ids=lambda one: one if isinstance(one, str) else ""
)
def test_layers_of_a_kind(make: object, side: int, kind: str, weight: str, mac: str) -> None:
    """The table of Sze et al., see `SZE`."""
    rows = [call for call in counted(on_meta(make), side).calls if call.type == kind]
    assert printed(sum(map(weights, rows)), weight) == weight
    assert printed(sum(map(macs, rows)), mac) == mac


def mobilenet_v1() -> nn.Module:
    """Return the network of table 1 of the paper: 3 x 3 depthwise, 1 x 1, each with a norm and a ReLU."""
    layers: list[nn.Module] = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU()]
    inside = 32
    widths = [
        (64, 1),
        (128, 2),
        (128, 1),
        (256, 2),
        (256, 1),
        (512, 2),
        *[(512, 1)] * 5,
        (1024, 2),
        (1024, 1),
    ]
    for out, stride in widths:
        layers += [nn.Conv2d(inside, inside, 3, stride, 1, groups=inside, bias=False)]
        layers += [nn.BatchNorm2d(inside), nn.ReLU(), nn.Conv2d(inside, out, 1, bias=False)]
        layers += [nn.BatchNorm2d(out), nn.ReLU()]
        inside = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1000))


def kind_of(call: CountedCall) -> str:
    if call.type == "Linear":
        return "Fully Connected"
    shape = dict(call.weights)["weight"]
    if shape[2:] == (1, 1):
        return "Conv 1 x 1"
    return "Conv DW 3 x 3" if shape[1] == 1 else "Conv 3 x 3"


def test_mobilenet_by_kind_of_layer() -> None:
    """569 million multiply-adds and 4.2 million parameters, by kind of layer."""
    count = counted(on_meta(mobilenet_v1), 224)
    rows = [call for call in count.calls if call.type in ("Conv2d", "Linear")]
    assert printed(sum(map(macs, rows)), "569M") == "569M"
    assert printed(count.params, "4.2M") == "4.2M"
    for kind, share, held in MOBILENET_SHARES:
        here = [call for call in rows if kind_of(call) == kind]
        assert round(100 * sum(map(macs, here)) / sum(map(macs, rows)), 2) == share, kind
        assert round(100 * sum(map(weights, here)) / sum(map(weights, rows)), 2) == held, kind
    assert round(sum(share for _, share, _ in MOBILENET_SHARES)) == 100
