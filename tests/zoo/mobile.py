"""Networks of inverted residuals and of shuffled channels: MobileNet V2 and V3, MNASNet, EfficientNet, ShuffleNet."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from tests.zoo.parts import (
    Activation,
    Classifier,
    Residual,
    SqueezeExcite,
    conv_norm,
    hardswish,
    relu,
    relu6,
    silu,
)


def _inverted(
    inside: int,
    out: int,
    middle: int,
    kernel: int,
    stride: int,
    act: Activation,
    excite: nn.Module | None = None,
) -> nn.Module:
    """Return a block: wider by a 1x1 convolution, a convolution a channel, and narrow again without activation."""
    layers: list[nn.Module] = [conv_norm(inside, middle, 1, act=act)] if middle != inside else []
    layers.append(conv_norm(middle, middle, kernel, stride, middle, act))
    layers += [excite] if excite is not None else []
    body = nn.Sequential(*layers, conv_norm(middle, out, 1, act=None))
    return Residual(body) if stride == 1 and inside == out else body


def mobilenet_v2() -> nn.Module:
    layers: list[nn.Module] = [conv_norm(3, 32, 3, 2, act=relu6)]
    inside = 32
    rows = (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    )
    for factor, width, count, stride in rows:
        for block in range(count):
            layers.append(_inverted(inside, width, factor * inside, 3, 1 if block else stride, relu6))
            inside = width
    layers.append(conv_norm(inside, 1280, 1, act=relu6))
    return Classifier(nn.Sequential(*layers), nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000)))


def _eighths(width: float) -> int:
    """Return a width as a multiple of 8, and not less than nine tenths of it."""
    near = max(8, int(width + 4) // 8 * 8)
    return near + 8 if near < 0.9 * width else near


# kernel, middle, out, squeeze and excitation, hard swish, stride: tables 1 and 2 of https://arxiv.org/abs/1905.02244
LARGE = (
    *(
        (3, 16, 16, 0, 0, 1),
        (3, 64, 24, 0, 0, 2),
        (3, 72, 24, 0, 0, 1),
        (5, 72, 40, 1, 0, 2),
        (5, 120, 40, 1, 0, 1),
    ),
    *((5, 120, 40, 1, 0, 1), (3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1)),
    *((3, 184, 80, 0, 1, 1), (3, 480, 112, 1, 1, 1), (3, 672, 112, 1, 1, 1), (5, 672, 160, 1, 1, 2)),
    *((5, 960, 160, 1, 1, 1), (5, 960, 160, 1, 1, 1)),
)
SMALL = (
    *(
        (3, 16, 16, 1, 0, 2),
        (3, 72, 24, 0, 0, 2),
        (3, 88, 24, 0, 0, 1),
        (5, 96, 40, 1, 1, 2),
        (5, 240, 40, 1, 1, 1),
    ),
    *((5, 240, 40, 1, 1, 1), (5, 120, 48, 1, 1, 1), (5, 144, 48, 1, 1, 1), (5, 288, 96, 1, 1, 2)),
    *((5, 576, 96, 1, 1, 1), (5, 576, 96, 1, 1, 1)),
)


def mobilenet_v3(rows: tuple[tuple[int, ...], ...], hidden: int) -> nn.Module:
    layers: list[nn.Module] = [conv_norm(3, 16, 3, 2, act=hardswish)]
    inside = 16
    for kernel, middle, width, squeezed, swish, stride in rows:
        act = hardswish if swish else relu
        excite = (
            SqueezeExcite(middle, _eighths(middle / 4), nn.ReLU(), nn.Hardsigmoid()) if squeezed else None
        )
        layers.append(_inverted(inside, width, middle, kernel, stride, act, excite))
        inside = width
    layers.append(conv_norm(inside, 6 * inside, 1, act=hardswish))
    head = (
        nn.Linear(6 * inside, hidden),
        nn.Hardswish(inplace=True),
        nn.Dropout(0.2),
        nn.Linear(hidden, 1000),
    )
    return Classifier(nn.Sequential(*layers), nn.Sequential(*head))


def mnasnet() -> nn.Module:
    stem = (conv_norm(3, 32, 3, 2), conv_norm(32, 32, 3, groups=32), conv_norm(32, 16, 1, act=None))
    layers: list[nn.Module] = [*stem]
    inside = 16
    rows = (
        (3, 24, 3, 2, 3),
        (5, 40, 3, 2, 3),
        (5, 80, 3, 2, 6),
        (3, 96, 2, 1, 6),
        (5, 192, 4, 2, 6),
        (3, 320, 1, 1, 6),
    )
    for kernel, width, count, stride, factor in rows:
        for block in range(count):
            layers.append(_inverted(inside, width, factor * inside, kernel, 1 if block else stride, relu))
            inside = width
    layers.append(conv_norm(inside, 1280, 1))
    return Classifier(nn.Sequential(*layers), nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000)))


def efficientnet_b0() -> nn.Module:
    layers: list[nn.Module] = [conv_norm(3, 32, 3, 2, act=silu)]
    inside = 32
    rows = (
        *((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3)),
        *((6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1)),
    )
    for factor, kernel, stride, width, count in rows:
        for block in range(count):
            middle = factor * inside
            excite = SqueezeExcite(middle, inside // 4, nn.SiLU(), nn.Sigmoid())
            layers.append(_inverted(inside, width, middle, kernel, 1 if block else stride, silu, excite))
            inside = width
    layers.append(conv_norm(inside, 1280, 1, act=silu))
    return Classifier(nn.Sequential(*layers), nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000)))


class _Shuffled(nn.Module):
    """Half of the channels go through a body, or at stride 2 all of them through two; then the halves are mixed."""

    def __init__(self, inside: int, out: int, stride: int) -> None:
        super().__init__()
        half = out // 2
        bare = partial(conv_norm, act=None)
        given = inside if stride > 1 else half
        self.body = nn.Sequential(
            conv_norm(given, half, 1), bare(half, half, 3, stride, half), conv_norm(half, half, 1)
        )
        self.other = (
            nn.Sequential(bare(inside, inside, 3, 2, inside), conv_norm(inside, half, 1))
            if stride > 1
            else None
        )

    def forward(self, x: Tensor) -> Any:
        left, right = (self.other(x), x) if self.other is not None else x.chunk(2, dim=1)
        joined = torch.cat([left, self.body(right)], 1)
        halves = joined.reshape(x.shape[0], 2, -1, *joined.shape[2:])
        return halves.transpose(1, 2).flatten(1, 2)


def shufflenet_v2(*widths: int) -> nn.Module:
    layers: list[nn.Module] = [conv_norm(3, 24, 3, 2), nn.MaxPool2d(3, 2, 1)]
    inside = 24
    for width, count in zip(widths, (4, 8, 4), strict=False):
        for block in range(count):
            layers.append(_Shuffled(inside, width, 1 if block else 2))
            inside = width
    layers.append(conv_norm(inside, widths[-1], 1))
    return Classifier(nn.Sequential(*layers), nn.Linear(widths[-1], 1000))
