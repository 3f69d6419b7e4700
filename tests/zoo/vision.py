"""Vision networks after the transformer: ViT, Swin, ConvNeXt and MLP-Mixer; and a generator of images (DCGAN)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.zoo.parts import Block, Residual


class ViT(nn.Module):
    """Patches as tokens, one token for the class, positions that are learned, and blocks."""

    def __init__(
        self, side: int = 224, patch: int = 16, width: int = 768, heads: int = 12, depth: int = 12
    ) -> None:
        super().__init__()
        self.conv_proj = nn.Conv2d(3, width, patch, patch)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.zeros(1, (side // patch) ** 2 + 1, width))
        blocks = (Block(width, _SelfAttention(width, heads), 4 * width, 1e-6) for _ in range(depth))
        self.encoder = nn.Sequential(*blocks)
        self.ln, self.head = nn.LayerNorm(width, 1e-6), nn.Linear(width, 1000)

    def forward(self, x: Tensor) -> Any:
        tokens = self.conv_proj(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(x.shape[0], -1, -1), tokens], 1) + self.positions
        return self.head(self.ln(self.encoder(tokens))[:, 0])


class _SelfAttention(nn.MultiheadAttention):
    """PyTorch's attention, as torchvision's ViT uses it: of one input, without the weights."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__(width, heads, batch_first=True)

    def forward(self, x: Tensor) -> Any:  # type: ignore[override]
        return super().forward(x, x, x, need_weights=False)[0]


class _Window(nn.Module):
    """Attention inside windows of 7x7, of maps that may be shifted, with a bias by relative position."""

    def __init__(self, width: int, heads: int, shifted: bool, side: int = 7) -> None:
        super().__init__()
        self.heads, self.side, self.shift = heads, side, side // 2 if shifted else 0
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.bias_table = nn.Parameter(torch.zeros((2 * side - 1) ** 2, heads))
        grid = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")).flatten(1)
        apart = grid[:, :, None] - grid[:, None, :] + side - 1
        self.register_buffer("index", apart[0] * (2 * side - 1) + apart[1])

    def forward(self, x: Tensor) -> Any:
        """Return maps (N, H, W, D) with every window's tokens mixed."""
        high, wide = x.shape[1:3]
        side = self.side
        x = F.pad(x, (0, 0, 0, -wide % side, 0, -high % side))
        rows, columns = x.shape[1] // side, x.shape[2] // side
        shift = self.shift if rows > 1 or columns > 1 else 0
        if shift:
            x = torch.roll(x, (-shift, -shift), (1, 2))
        windows = x.reshape(-1, rows, side, columns, side, x.shape[-1]).transpose(2, 3)
        mixed = self._attend(windows.flatten(3, 4).flatten(0, 2), self._mask(rows, columns, shift))
        mixed = mixed.reshape(-1, rows, columns, side, side, x.shape[-1]).transpose(2, 3)
        x = mixed.flatten(3, 4).flatten(1, 2)
        if shift:
            x = torch.roll(x, (shift, shift), (1, 2))
        return x[:, :high, :wide]

    def _attend(self, tokens: Tensor, mask: Tensor | None) -> Any:
        parts = self.qkv(tokens).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        index = self.get_buffer("index")
        scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
        scores = scores + self.bias_table[index].permute(2, 0, 1)
        if mask is not None:
            scores = (scores.reshape(-1, mask.shape[0], *scores.shape[1:]) + mask[:, None]).flatten(0, 1)
        return self.proj((scores.softmax(-1) @ value).transpose(1, 2).flatten(2))

    def _mask(self, rows: int, columns: int, shift: int) -> Tensor | None:
        """Return what keeps tokens apart that only the shift brought into one window."""
        if not shift:
            return None
        side = self.side

        def areas(count: int) -> Tensor:
            place = torch.arange(count * side)
            return (place >= (count - 1) * side).int() + (place >= count * side - shift).int()

        area = 3 * areas(rows)[:, None] + areas(columns)[None, :]
        tiles = area.reshape(rows, side, columns, side).transpose(1, 2).flatten(2).flatten(0, 1)
        return torch.where(tiles[:, None] != tiles[:, :, None], -100.0, 0.0)


class _Merged(nn.Module):
    """Four neighbours become one token of twice the width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.reduction = nn.LayerNorm(4 * width), nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x: Tensor) -> Any:
        corners = (x[:, row::2, column::2] for column in (0, 1) for row in (0, 1))
        return self.reduction(self.norm(torch.cat([*corners], -1)))


class _Permute(nn.Module):
    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Any:
        return x.permute(self.dims)


def swin_t(width: int = 96, depths: tuple[int, ...] = (2, 2, 6, 2)) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 4), _Permute(0, 2, 3, 1), nn.LayerNorm(width)]
    for stage, depth in enumerate(depths):
        if stage:
            layers.append(_Merged(width))
            width *= 2
        windows = (_Window(width, width // 32, shifted=block % 2 == 1) for block in range(depth))
        layers += [Block(width, window, 4 * width) for window in windows]
    head = (
        nn.LayerNorm(width),
        _Permute(0, 3, 1, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, 1000),
    )
    return nn.Sequential(*layers, *head)


class _ChannelsNorm(nn.LayerNorm):
    """A layer norm over the channels of maps (N, C, H, W)."""

    def forward(self, x: Tensor) -> Any:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class _Scale(nn.Module):
    """A factor a channel that is learned, for channels in front."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer_scale = nn.Parameter(torch.full((width, 1, 1), 1e-6))

    def forward(self, x: Tensor) -> Any:
        return self.layer_scale * x


def convnext_tiny() -> nn.Module:
    inside = 96
    layers: list[nn.Module] = [nn.Conv2d(3, inside, 4, 4), _ChannelsNorm(inside, 1e-6)]
    for stage, depth in enumerate((3, 3, 9, 3)):
        width = 96 << stage
        if stage:
            layers += [_ChannelsNorm(inside, 1e-6), nn.Conv2d(inside, width, 2, 2)]
            inside = width
        for _ in range(depth):
            spatial = (nn.Conv2d(width, width, 7, padding=3, groups=width), _Permute(0, 2, 3, 1))
            wide = (
                nn.LayerNorm(width, 1e-6),
                nn.Linear(width, 4 * width),
                nn.GELU(),
                nn.Linear(4 * width, width),
            )
            layers.append(Residual(nn.Sequential(*spatial, *wide, _Permute(0, 3, 1, 2), _Scale(width))))
    head = (nn.AdaptiveAvgPool2d(1), _ChannelsNorm(inside, 1e-6), nn.Flatten(), nn.Linear(inside, 1000))
    return nn.Sequential(*layers, *head)


class _Transposed(nn.Module):
    """Two linear layers along the tokens."""

    def __init__(self, tokens: int, hidden: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(tokens, hidden), nn.GELU(), nn.Linear(hidden, tokens))

    def forward(self, x: Tensor) -> Any:
        return self.body(x.transpose(1, 2)).transpose(1, 2)


class Mixer(nn.Module):
    """MLP-Mixer: linear layers along the tokens and along the channels, in turn."""

    def __init__(self, side: int = 224, patch: int = 16, width: int = 768, depth: int = 12) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, width, patch, patch)
        tokens = (side // patch) ** 2
        blocks = (Block(width, _Transposed(tokens, width // 2), 4 * width) for _ in range(depth))
        self.blocks, self.norm, self.head = (
            nn.Sequential(*blocks),
            nn.LayerNorm(width),
            nn.Linear(width, 1000),
        )

    def forward(self, x: Tensor) -> Any:
        tokens = self.stem(x).flatten(2).transpose(1, 2)
        return self.head(self.norm(self.blocks(tokens)).mean(1))


def dcgan(*widths: int) -> nn.Module:
    """Return a generator: transposed convolutions from noise (N, 100, 1, 1) to images of 64x64."""
    layers: list[nn.Module] = []
    for step, (inside, out) in enumerate(pairwise(widths)):
        stride, padding = (2, 1) if step else (1, 0)
        layers.append(nn.ConvTranspose2d(inside, out, 4, stride, padding, bias=False))
        layers += [nn.BatchNorm2d(out), nn.ReLU(True)] if out != widths[-1] else [nn.Tanh()]
    return nn.Sequential(*layers)
