"""Small networks that the tools and their conventions are compared on, each with a reason to be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def alexnet() -> nn.Module:
    sizes = ((3, 16, 11, 4, 2), (16, 24, 5, 1, 2), (24, 32, 3, 1, 1))
    return nn.Sequential(
        *(
            nn.Sequential(nn.Conv2d(i, o, k, s, p), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2))
            for i, o, k, s, p in sizes
        ),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(128, 20),
        nn.ReLU(inplace=True),
        nn.Linear(20, 10, bias=False),
    )


def alexnet_2012() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 16, 11, 4),
        nn.ReLU(),
        nn.LocalResponseNorm(5),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(16, 8, 3, groups=2),
        nn.Flatten(),
        nn.Linear(8 * 4 * 4, 10),
    )


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.bn = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        gave: Tensor = self.relu(self.bn(self.conv(x)) + x)
        return gave


def resnet() -> nn.Module:
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))
    return nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3), Residual(), Residual(), *head)


class Inverted(nn.Module):
    """MobileNetV2's block, its activation, pooling and dropout by function."""

    def __init__(self) -> None:
        super().__init__()
        self.expand, self.bn1 = nn.Conv2d(4, 24, 1, bias=False), nn.BatchNorm2d(24)
        self.depth, self.bn2 = (
            nn.Conv2d(24, 24, 3, 2, 1, groups=24, bias=False),
            nn.BatchNorm2d(24, affine=False),
        )
        self.act, self.head = nn.ReLU6(), nn.Linear(24, 7)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.bn1(self.expand(x)))
        x = F.relu6(self.bn2(self.depth(x)))
        x = F.dropout(F.adaptive_avg_pool2d(x, 1).flatten(1), training=self.training)
        gave: Tensor = self.head(x)
        return gave


class Attention(nn.Module):
    def __init__(self, *, weights: bool) -> None:
        super().__init__()
        self.attention, self.weights = nn.MultiheadAttention(16, 4, batch_first=True), weights

    def forward(self, x: Tensor) -> Tensor:
        gave: Tensor = self.attention(x, x, x, need_weights=self.weights)[0]
        return gave


class First(nn.Module):
    """The first of what a recurrent layer gives."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        gave = self.inner(x)
        found: Tensor = gave[0] if isinstance(gave, tuple) else gave
        return found


class Functions(nn.Module):
    """Convolution, activation, pooling and a linear layer with raw weights, beside one layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 5)
        self.kernel = nn.Parameter(torch.zeros(8, 3, 3, 3))
        self.matrix = nn.Parameter(torch.zeros(6, 8))

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(F.conv2d(x, self.kernel, padding=1)), 2)
        x = F.avg_pool2d(F.silu(x), 2)
        x = F.linear(F.adaptive_avg_pool2d(x, 1).flatten(1), self.matrix)
        gave: Tensor = self.layer(F.softmax(F.gelu(x), dim=-1))
        return gave


class Products(nn.Module):
    """Every way to multiply two matrices; `self.layer` lets the tools begin that need a module."""

    def __init__(self, multiply: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.layer, self.multiply = nn.Linear(8, 8), multiply

    def forward(self, x: Tensor) -> Tensor:
        y = self.layer(x)
        return self.multiply(y, x.transpose(-1, -2))


class Thrice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        gave: Tensor = self.layer(self.layer(self.layer(x)))
        return gave


class Scaled(nn.Module):
    """A module without children whose own code multiplies: no tool has a rule for its class."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(8, 8))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


def attended(query: Tensor, key: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(query, key.transpose(-1, -2), key.transpose(-1, -2))


def norms() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 1),
        nn.GroupNorm(2, 8),
        nn.InstanceNorm2d(8),
        nn.InstanceNorm2d(8, affine=True),
        nn.LayerNorm([8, 6, 6]),
        nn.LayerNorm(6, elementwise_affine=False),
        nn.BatchNorm2d(8, track_running_stats=False),
    )


def activations() -> nn.Module:
    kinds = (
        nn.PReLU(),
        nn.ELU(),
        nn.GELU(),
        nn.SiLU(),
        nn.Softmax(dim=1),
        nn.Sigmoid(),
        nn.LeakyReLU(),
        nn.Tanh(),
    )
    return nn.Sequential(nn.Linear(6, 6), *kinds, nn.Hardswish())


def pools() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding="same"),
        nn.AvgPool2d(2),
        nn.MaxPool2d(3, 1, 1),
        nn.LPPool2d(2, 2),
        nn.AdaptiveMaxPool2d(4),
        nn.AdaptiveAvgPool2d(3),
    )


def volumes() -> nn.Module:
    return nn.Sequential(nn.Conv3d(2, 3, 3), nn.BatchNorm3d(3), nn.AvgPool3d(2), nn.AdaptiveAvgPool3d(1))


def signals() -> nn.Module:
    return nn.Sequential(nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.MaxPool1d(2), nn.AdaptiveAvgPool1d(2))


def upsampling() -> nn.Module:
    return nn.Sequential(
        nn.ConvTranspose2d(3, 4, 4, stride=2, padding=1),
        nn.Upsample(scale_factor=2),
        nn.UpsamplingBilinear2d(scale_factor=2),
        nn.Upsample(size=(9, 9), mode="bicubic"),
    )


def encoder() -> nn.Module:
    return nn.TransformerEncoder(
        nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), 2, enable_nested_tensor=False
    )


def _cell(kind: Callable[..., nn.Module]) -> nn.Module:
    return First(kind(6, 5))


Made = tuple[Callable[[], nn.Module], tuple[tuple[int, ...], ...], str]
MODELS: Mapping[str, Made] = {
    "alexnet": (alexnet, ((1, 3, 127, 127),), "convolutions, pooling, a head"),
    "alexnet_2012": (alexnet_2012, ((1, 3, 63, 63),), "groups, local response normalization"),
    "resnet": (resnet, ((1, 3, 16, 16),), "batch norm, an addition by operator"),
    "mobile": (Inverted, ((1, 4, 8, 8),), "depthwise convolutions, a norm without weights, functions"),
    "attention": (partial(Attention, weights=False), ((2, 5, 16),), "scaled dot products"),
    "attention_weights": (partial(Attention, weights=True), ((2, 5, 16),), "matrix products of its own"),
    "encoder": (encoder, ((2, 5, 16),), "attention inside another module"),
    "lstm": (
        lambda: First(nn.LSTM(6, 5, 2, bidirectional=True, batch_first=True)),
        ((2, 10, 6),),
        "two layers, both ways",
    ),
    "gru": (lambda: First(nn.GRU(6, 5, batch_first=True)), ((2, 10, 6),), "one layer"),
    "rnn": (lambda: First(nn.RNN(6, 5, bias=False, batch_first=True)), ((2, 10, 6),), "no bias"),
    "lstm_cell": (partial(_cell, nn.LSTMCell), ((2, 6),), "one step"),
    "gru_cell": (partial(_cell, nn.GRUCell), ((2, 6),), "one step"),
    "upsampling": (upsampling, ((1, 3, 5, 5),), "transposed convolution, interpolation by module"),
    "functions": (Functions, ((1, 3, 12, 12),), "raw weights, functions only"),
    "operator": (partial(Products, torch.Tensor.__matmul__), ((2, 4, 8),), "`@`"),
    "matmul": (partial(Products, lambda a, b: torch.matmul(a, b)), ((2, 4, 8),), "a function of torch"),
    "bmm": (partial(Products, lambda a, b: torch.bmm(a, b)), ((2, 4, 8),), "a function of torch"),
    "method": (partial(Products, lambda a, b: a.matmul(b).mul(2.0)), ((2, 4, 8),), "a tensor's methods"),
    "written": (partial(Products, lambda a, b: 2 * (a @ b) + 1), ((2, 4, 8),), "the same, as operators"),
    "einsum": (
        partial(Products, lambda a, b: torch.einsum("nij,njk->nik", a, b)),
        ((2, 13, 8),),
        "four digits",
    ),
    "scaled": (partial(Products, attended), ((2, 4, 8),), "fused attention"),
    "tied": (Thrice, ((2, 16),), "one layer called three times"),
    "own": (lambda: nn.Sequential(nn.Linear(8, 8), Scaled()), ((2, 8),), "a leaf of no known class"),
    "norms": (norms, ((1, 3, 6, 6),), "every norm"),
    "activations": (activations, ((3, 6),), "every activation with a rule somewhere"),
    "pools": (pools, ((1, 3, 16, 16),), "padding by a word; pooling"),
    "volumes": (volumes, ((1, 2, 8, 8, 8),), "three sides"),
    "signals": (signals, ((1, 2, 20),), "one side"),
}
"""By name: what makes it, the shapes of its tensors, and why it is here."""
