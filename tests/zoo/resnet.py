"""Residual networks of two or three convolutions a block, with groups (ResNeXt) or wider blocks, and RegNet."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from tests.zoo.parts import Residual, SqueezeExcite, conv_norm, relu

bare = partial(conv_norm, act=None)


class ResNet(nn.Module):
    """A stem of 7x7 and pooling, four stages, the maps' means and a linear layer."""

    def __init__(self, stages: nn.Sequential, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(64), nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.stages = stages
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(width, 1000)

    def forward(self, x: Tensor) -> Any:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.fc(torch.flatten(self.avgpool(self.stages(x)), 1))


def _basic(inside: int, width: int, stride: int) -> nn.Module:
    shortcut = bare(inside, width, 1, stride) if stride > 1 or inside != width else None
    return Residual(nn.Sequential(conv_norm(inside, width, 3, stride), bare(width, width)), shortcut, relu)


def _bottleneck(inside: int, out: int, middle: int, stride: int, groups: int) -> nn.Module:
    shortcut = bare(inside, out, 1, stride) if stride > 1 or inside != out else None
    body = nn.Sequential(
        conv_norm(inside, middle, 1), conv_norm(middle, middle, 3, stride, groups), bare(middle, out, 1)
    )
    return Residual(body, shortcut, relu)


def basic(*blocks: int) -> nn.Module:
    """Return a residual network of two 3x3 convolutions a block: (2, 2, 2, 2) are 18 layers."""
    layers: list[nn.Module] = []
    inside = 64
    for stage, count in enumerate(blocks):
        for block in range(count):
            layers.append(_basic(inside, 64 << stage, 2 if stage and not block else 1))
            inside = 64 << stage
    return ResNet(nn.Sequential(*layers), inside)


def bottleneck(*blocks: int, groups: int = 1, group_width: int = 64) -> nn.Module:
    """Return a residual network of 1x1, 3x3, 1x1 a block: (3, 4, 6, 3) are 50 layers."""
    layers: list[nn.Module] = []
    inside = 64
    for stage, count in enumerate(blocks):
        out, middle = 256 << stage, (groups * group_width) << stage
        for block in range(count):
            layers.append(_bottleneck(inside, out, middle, 2 if stage and not block else 1, groups))
            inside = out
    return ResNet(nn.Sequential(*layers), inside)


def regnet(widths: tuple[int, ...], depths: tuple[int, ...], group_width: int, squeeze: float) -> nn.Module:
    """Return a RegNet: stages of group convolutions, with squeeze and excitation by a part of a block's input (Y)."""
    layers: list[nn.Module] = [conv_norm(3, 32, 3, 2)]
    inside = 32
    for width, depth in zip(widths, depths, strict=True):
        for block in range(depth):
            stride = 1 if block else 2
            body = [conv_norm(inside, width, 1), conv_norm(width, width, 3, stride, width // group_width)]
            excite = (
                SqueezeExcite(width, round(squeeze * inside), nn.ReLU(), nn.Sigmoid()) if squeeze else None
            )
            shortcut = bare(inside, width, 1, stride) if stride > 1 or inside != width else None
            ways = (*body, *([excite] if excite else []), bare(width, width, 1))
            layers.append(Residual(nn.Sequential(*ways), shortcut, relu))
            inside = width
    pool = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inside, 1000))
    return nn.Sequential(*layers, *pool)
