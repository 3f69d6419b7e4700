"""What several of the architectures are made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Activation = Callable[[], nn.Module] | None

relu = partial(nn.ReLU, inplace=True)
relu6 = partial(nn.ReLU6, inplace=True)
silu = partial(nn.SiLU, inplace=True)
hardswish = partial(nn.Hardswish, inplace=True)


def conv_norm(
    inside: int, out: int, kernel: int = 3, stride: int = 1, groups: int = 1, act: Activation = relu
) -> nn.Sequential:
    """Return a convolution that keeps the side (at stride 1), its batch norm, and an activation."""
    layers: list[nn.Module] = [
        nn.Conv2d(inside, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
    ]
    return nn.Sequential(*layers, *([act()] if act else []))


class Residual(nn.Module):
    """A body added to what it is given, or to a shortcut of it, and an activation of the sum."""

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None, act: Activation = None) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut
        self.act = act() if act else None

    def forward(self, x: Tensor) -> Any:
        total = self.body(x) + (self.shortcut(x) if self.shortcut is not None else x)
        return self.act(total) if self.act is not None else total


class SqueezeExcite(nn.Module):
    """Every channel scaled by what two 1x1 convolutions make of the channels' means."""

    def __init__(self, channels: int, squeezed: int, act: nn.Module, gate: nn.Module) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)
        self.act, self.gate = act, gate

    def forward(self, x: Tensor) -> Any:
        return x * self.gate(self.fc2(self.act(self.fc1(self.avgpool(x)))))


class Classifier(nn.Module):
    """Convolutional features, the mean of each map, and a head."""

    def __init__(self, features: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.features, self.avgpool, self.classifier = features, nn.AdaptiveAvgPool2d(1), head

    def forward(self, x: Tensor) -> Any:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class Attention(nn.Module):
    """Attention of several heads, its products in `F.scaled_dot_product_attention`."""

    def __init__(self, width: int, heads: int, *, bias: bool = True, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.qkv = nn.Linear(width, 3 * width, bias)
        self.proj = nn.Linear(width, width, bias)

    def forward(self, x: Tensor) -> Any:
        parts = self.qkv(x).chunk(3, dim=-1)
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """A transformer's block with its norms in front: attention, then two linear layers."""

    def __init__(self, width: int, attention: nn.Module, hidden: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)
        self.attn = attention
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, x: Tensor) -> Any:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))
