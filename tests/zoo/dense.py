"""Networks that put maps side by side: DenseNet, SqueezeNet, and U-Net."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.zoo.parts import Classifier


class _DenseLayer(nn.Module):
    def __init__(self, inside: int, growth: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inside), nn.Conv2d(inside, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Any:
        squeezed = self.conv1(F.relu(self.norm1(x)))
        return torch.cat([x, self.conv2(F.relu(self.norm2(squeezed)))], 1)


def densenet(*blocks: int, growth: int = 32) -> nn.Module:
    """Return a DenseNet by the number of layers in each block: (6, 12, 24, 16) is DenseNet-121."""
    width = 2 * growth
    layers: list[nn.Module] = [
        nn.Conv2d(3, width, 7, 2, 3, bias=False),
        *(nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)),
    ]
    for block, count in enumerate(blocks):
        if block:
            halved = width // 2
            between = (nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.Conv2d(width, halved, 1, bias=False))
            layers += [*between, nn.AvgPool2d(2, 2)]
            width = halved
        layers += [_DenseLayer(width + growth * index, growth) for index in range(count)]
        width += growth * count
    features = nn.Sequential(*layers, nn.BatchNorm2d(width), nn.ReLU(inplace=True))
    return Classifier(features, nn.Linear(width, 1000))


class _Fire(nn.Module):
    def __init__(self, inside: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inside, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Any:
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


def squeezenet(width: int, kernel: int, pools: tuple[int, int]) -> nn.Module:
    """Return a SqueezeNet: its first convolution, and the fire modules (of 8) before which it pools."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, kernel, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True)]
    inside = width
    for index in range(8):
        step = index // 2 + 1
        if index in pools:
            layers.append(nn.MaxPool2d(3, 2, ceil_mode=True))
        layers.append(_Fire(inside, 16 * step, 64 * step))
        inside = 128 * step
    head = (nn.Dropout(), nn.Conv2d(inside, 1000, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(*layers, *head)


class UNet(nn.Module):
    """Down four times and up again, without padding; what goes down is cut to size and put beside what comes up."""

    def __init__(self, inside: int = 1, classes: int = 2, width: int = 64) -> None:
        super().__init__()
        widths = [width << step for step in range(5)]
        self.down = nn.ModuleList(
            self._two(given, out) for given, out in zip([inside, *widths], widths, strict=False)
        )
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * out, out, 2, 2) for out in widths[-2::-1])
        self.joined = nn.ModuleList(self._two(2 * out, out) for out in widths[-2::-1])
        self.head = nn.Conv2d(width, classes, 1)

    @staticmethod
    def _two(inside: int, out: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(inside, out, 3), nn.ReLU(), nn.Conv2d(out, out, 3), nn.ReLU())

    def forward(self, x: Tensor) -> Any:
        kept: list[Tensor] = []
        for step, body in enumerate(self.down):
            x = body(F.max_pool2d(x, 2) if step else x)
            kept.append(x)
        for up, joined, left in zip(self.up, self.joined, kept[-2::-1], strict=True):
            x = up(x)
            edge = (left.shape[-1] - x.shape[-1]) // 2
            cut = left[..., edge : edge + x.shape[-2], edge : edge + x.shape[-1]]
            x = joined(torch.cat([cut, x], 1))
        return self.head(x)
