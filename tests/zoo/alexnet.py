"""AlexNet as torchvision has it (one tower, no norms), as its paper has it (two groups, LRN), LeNet-5, ZFNet, VGG."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Convolutional(nn.Module):
    """Features, a fixed number of maps' elements, and linear layers with dropout."""

    def __init__(self, features: nn.Module, pool: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.features, self.avgpool, self.classifier = features, pool, classifier

    def forward(self, x: Tensor) -> Any:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def _three_linear(inside: int, classes: int = 1000) -> nn.Sequential:
    return nn.Sequential(
        *(nn.Dropout(), nn.Linear(inside, 4096), nn.ReLU(inplace=True)),
        *(nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(inplace=True)),
        nn.Linear(4096, classes),
    )


def alexnet() -> nn.Module:
    features = nn.Sequential(
        *(nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(inplace=True)),
        *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(inplace=True)),
        *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2)),
    )
    return Convolutional(features, nn.AdaptiveAvgPool2d(6), _three_linear(256 * 6 * 6))


def alexnet_2012() -> nn.Module:
    def norm() -> nn.Module:
        return nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2.0)

    features = nn.Sequential(
        *(nn.Conv2d(3, 96, 11, 4), nn.ReLU(), norm(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(96, 256, 5, padding=2, groups=2), nn.ReLU(), norm(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(256, 384, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(384, 384, 3, padding=1, groups=2), nn.ReLU()),
        *(nn.Conv2d(384, 256, 3, padding=1, groups=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
    )
    return Convolutional(features, nn.Identity(), _three_linear(256 * 6 * 6))


def zfnet() -> nn.Module:
    features = nn.Sequential(
        *(nn.Conv2d(3, 96, 7, 2, 1), nn.ReLU(), nn.MaxPool2d(3, 2, 1), nn.LocalResponseNorm(5)),
        *(nn.Conv2d(96, 256, 5, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1), nn.LocalResponseNorm(5)),
        *(nn.Conv2d(256, 384, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(384, 384, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
    )
    return Convolutional(features, nn.Identity(), _three_linear(256 * 6 * 6))


def lenet5() -> nn.Module:
    features = nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(16, 120, 5), nn.Tanh()),
    )
    head = nn.Sequential(nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))
    return Convolutional(features, nn.Identity(), head)


def vgg(*convolutions: int) -> nn.Module:
    """Return a VGG network by the number of 3x3 convolutions in each of its five stages."""
    layers: list[nn.Module] = []
    inside = 3
    for count, width in zip(convolutions, (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(inside, width, 3, padding=1), nn.ReLU(inplace=True)]
            inside = width
        layers.append(nn.MaxPool2d(2, 2))
    return Convolutional(nn.Sequential(*layers), nn.AdaptiveAvgPool2d(7), _three_linear(512 * 7 * 7))
