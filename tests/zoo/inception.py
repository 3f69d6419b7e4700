"""GoogLeNet and Inception v3 as torchvision has them, without the classifiers at their sides."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tests.zoo.parts import Classifier

Pair = int | tuple[int, int]


def _conv(inside: int, out: int, kernel: Pair, stride: int = 1, padding: Pair = 0) -> nn.Module:
    layers = (nn.Conv2d(inside, out, kernel, stride, padding, bias=False), nn.BatchNorm2d(out, 1e-3))
    return nn.Sequential(*layers, nn.ReLU(inplace=True))


class Side(nn.Module):
    """Every branch of the same maps, side by side."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Any:
        return torch.cat([branch(x) for branch in self.branches], 1)


def _inception_v1(
    inside: int, one: int, three: tuple[int, int], five: tuple[int, int], pooled: int
) -> nn.Module:
    """Return GoogLeNet's module; its 5x5 is torchvision's 3x3, a slip that its weights were trained with."""
    return Side(
        _conv(inside, one, 1),
        nn.Sequential(_conv(inside, three[0], 1), _conv(*three, 3, padding=1)),
        nn.Sequential(_conv(inside, five[0], 1), _conv(*five, 3, padding=1)),
        nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), _conv(inside, pooled, 1)),
    )


def googlenet() -> nn.Module:
    def pool(kernel: int = 3) -> nn.Module:
        return nn.MaxPool2d(kernel, 2, ceil_mode=True)

    features = nn.Sequential(
        *(_conv(3, 64, 7, 2, 3), pool(), _conv(64, 64, 1), _conv(64, 192, 3, padding=1), pool()),
        _inception_v1(192, 64, (96, 128), (16, 32), 32),
        _inception_v1(256, 128, (128, 192), (32, 96), 64),
        pool(),
        _inception_v1(480, 192, (96, 208), (16, 48), 64),
        _inception_v1(512, 160, (112, 224), (24, 64), 64),
        _inception_v1(512, 128, (128, 256), (24, 64), 64),
        _inception_v1(512, 112, (144, 288), (32, 64), 64),
        _inception_v1(528, 256, (160, 320), (32, 128), 128),
        pool(2),
        _inception_v1(832, 256, (160, 320), (32, 128), 128),
        _inception_v1(832, 384, (192, 384), (48, 128), 128),
    )
    return Classifier(features, nn.Sequential(nn.Dropout(0.2), nn.Linear(1024, 1000)))


def _long(inside: int, out: int, kernel: tuple[int, int]) -> nn.Module:
    return _conv(inside, out, kernel, padding=(kernel[0] // 2, kernel[1] // 2))


def _a(inside: int, pooled: int) -> nn.Module:
    return Side(
        _conv(inside, 64, 1),
        nn.Sequential(_conv(inside, 48, 1), _conv(48, 64, 5, padding=2)),
        nn.Sequential(_conv(inside, 64, 1), _conv(64, 96, 3, padding=1), _conv(96, 96, 3, padding=1)),
        nn.Sequential(nn.AvgPool2d(3, 1, 1), _conv(inside, pooled, 1)),
    )


def _b() -> nn.Module:
    twice = nn.Sequential(_conv(288, 64, 1), _conv(64, 96, 3, padding=1), _conv(96, 96, 3, 2))
    return Side(_conv(288, 384, 3, 2), twice, nn.MaxPool2d(3, 2))


def _c(middle: int) -> nn.Module:
    row, column = (1, 7), (7, 1)
    once = (_conv(768, middle, 1), _long(middle, middle, row), _long(middle, 192, column))
    twice = (_conv(768, middle, 1), _long(middle, middle, column), _long(middle, middle, row))
    last = (_long(middle, middle, column), _long(middle, 192, row))
    pooled = nn.Sequential(nn.AvgPool2d(3, 1, 1), _conv(768, 192, 1))
    return Side(_conv(768, 192, 1), nn.Sequential(*once), nn.Sequential(*twice, *last), pooled)


def _d() -> nn.Module:
    long = (_conv(768, 192, 1), _long(192, 192, (1, 7)), _long(192, 192, (7, 1)), _conv(192, 192, 3, 2))
    return Side(
        nn.Sequential(_conv(768, 192, 1), _conv(192, 320, 3, 2)), nn.Sequential(*long), nn.MaxPool2d(3, 2)
    )


def _e(inside: int) -> nn.Module:
    def split() -> nn.Module:
        return Side(_long(384, 384, (1, 3)), _long(384, 384, (3, 1)))

    return Side(
        _conv(inside, 320, 1),
        nn.Sequential(_conv(inside, 384, 1), split()),
        nn.Sequential(_conv(inside, 448, 1), _conv(448, 384, 3, padding=1), split()),
        nn.Sequential(nn.AvgPool2d(3, 1, 1), _conv(inside, 192, 1)),
    )


def inception_v3() -> nn.Module:
    features = nn.Sequential(
        *(_conv(3, 32, 3, 2), _conv(32, 32, 3), _conv(32, 64, 3, padding=1), nn.MaxPool2d(3, 2)),
        *(_conv(64, 80, 1), _conv(80, 192, 3), nn.MaxPool2d(3, 2)),
        *(_a(192, 32), _a(256, 64), _a(288, 64), _b()),
        *(_c(128), _c(160), _c(160), _c(192), _d(), _e(1280), _e(2048)),
    )
    return Classifier(features, nn.Sequential(nn.Dropout(), nn.Linear(2048, 1000)))
