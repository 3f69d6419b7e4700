"""Small models to draft specs from: each a way of writing PyTorch code."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Named(nn.Module):
    """Children by name, and functions between them."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, padding=1)
        self.head = nn.Linear(width * 16, 10)

    def forward(self, x: Tensor) -> Any:
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return self.head(x.view(x.size(0), -1))


class Unit(nn.Module):
    """A residual of two convolutions with one activation, which runs twice."""

    def __init__(self, inside: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = nn.Conv2d(inside, width, 1, stride) if stride > 1 else None

    def forward(self, x: Tensor) -> Any:
        way = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += way
        return self.relu(out)


def residual() -> nn.Module:
    return nn.Sequential(Unit(3, 3), Unit(3, 6, 2), Unit(6, 6), nn.Flatten(), nn.Linear(96, 5))


class Dense(nn.Module):
    """What came before is put beside what comes out, by a list."""

    def __init__(self, inside: int, growth: int, count: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Conv2d(inside + n * growth, growth, 3, padding=1) for n in range(count)
        )

    def forward(self, x: Tensor) -> Any:
        for layer in self.layers:
            x = torch.cat([x, torch.tanh(layer(x))], 1)
        return x.mean([2, 3])


class Gated(nn.Module):
    """Squeeze and excitation, by a product."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(8, 2, 1), nn.Conv2d(2, 8, 1)

    def forward(self, x: Tensor) -> Any:
        scale = F.adaptive_avg_pool2d(x, 1)
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(scale)))) * 0.5


class Tokens(nn.Module):
    """A token and positions that are learned, an attention of heads, and the token alone."""

    def __init__(self, width: int = 12, heads: int = 3) -> None:
        super().__init__()
        self.heads = heads
        self.patches = nn.Conv2d(3, width, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, 5, width))
        self.norm, self.qkv = nn.LayerNorm(width), nn.Linear(width, 3 * width)
        self.proj, self.head = nn.Linear(width, width), nn.Linear(width, 7)

    def forward(self, x: Tensor) -> Any:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.places
        parts = self.qkv(self.norm(x)).chunk(3, dim=-1)
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.proj(mixed.transpose(1, 2).flatten(2))
        return self.head(x[:, 0])


class ChannelsNorm(nn.LayerNorm):
    """A class of one's own that is made from PyTorch's."""

    def forward(self, x: Tensor) -> Any:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def inherited() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 6, 2, 2), ChannelsNorm(6, eps=1e-6), nn.Conv2d(6, 2, 1))


class Language(nn.Module):
    """Words and places, by numbers."""

    def __init__(self, words: int = 50, width: int = 8) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(20, width)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, words, bias=False)

    def forward(self, ids: Tensor) -> Any:
        place = torch.arange(ids.shape[1], device=ids.device)
        return self.head(self.norm(self.words(ids) + self.places(place)))


class Two(nn.Module):
    """Two inputs by name."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(4, 6), nn.Linear(5, 6)

    def forward(self, left: Tensor, right: Tensor) -> Any:
        return F.relu(self.left(left) + self.right(right))


class Shared(nn.Module):
    """One layer with parameters, called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.twice = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Any:
        return self.twice(self.twice(x))


class Odd(nn.Module):
    """What no spec can say, three times."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(4, 4), Sorted(), Sorted())

    def forward(self, x: Tensor) -> Any:
        return torch.cumsum(self.inner(x), 1)


class Sorted(nn.Module):
    """Sorts what it is given."""

    def forward(self, x: Tensor) -> Any:
        return torch.sort(x)[0] + 1


class Turns(nn.Module):
    """Two lists of layers that take turns."""

    def __init__(self) -> None:
        super().__init__()
        self.up = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self.down = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])

    def forward(self, x: Tensor) -> Any:
        for up, down in zip(self.up, self.down, strict=True):
            x = down(up(x))
        return x


class Spare(nn.Module):
    """A layer that never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.used, self.unused = nn.Linear(4, 3), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Any:
        return self.used(x)


class Mapped(nn.Module):
    """A mapping goes in."""

    def forward(self, batch: dict[str, Tensor]) -> Any:
        return batch["image"] + batch["mask"]


class First(nn.Module):
    """Takes the first of what a recurrent layer gives, through a layer of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(5, 2)

    def forward(self, given: tuple[Tensor, Any]) -> Any:
        return self.head(given[0])


class Growing(nn.Module):
    """Each layer is given the list of all that came before, as torchvision's DenseNet does it."""

    def __init__(self, inside: int = 3, growth: int = 2) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Grows(inside + growth * number, growth) for number in range(3))

    def forward(self, x: Tensor) -> Any:
        maps = [x]
        for layer in self.layers:
            maps.append(layer(maps))
        return torch.cat(maps, 1)


class Grows(nn.Module):
    """Puts a list of maps side by side, and makes more of them."""

    def __init__(self, inside: int, growth: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, growth, 3, padding=1)

    def forward(self, maps: list[Tensor]) -> Any:
        return self.conv(torch.cat(maps, 1))


class OwnWeights(nn.Module):
    """A linear layer written by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(3, 4)), nn.Parameter(torch.randn(3))

    def forward(self, x: Tensor) -> Any:
        return F.linear(x * 2, self.weight, self.bias)


class Tied(nn.Module):
    """The words' table is the last layer's weight."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.head = nn.Embedding(9, 4), nn.Linear(4, 9, bias=False)
        self.head.weight = self.words.weight

    def forward(self, ids: Tensor) -> Any:
        return self.head(self.words(ids))


class Worded(nn.Module):
    """Children that bear words of the format, a layer's and a capital one."""

    def __init__(self) -> None:
        super().__init__()
        self.repeat = nn.Sequential(OrderedDict({"from": nn.Linear(4, 4), "block": nn.ReLU()}))
        self.Stem, self.Linear, self.output = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.Ways = nn.ModuleDict({"with": nn.Linear(4, 2), "add": nn.Linear(4, 2)})

    def forward(self, x: Tensor) -> Any:
        x = self.output(self.Linear(self.Stem(self.repeat(x))))
        return self.Ways["with"](x) + self.Ways["add"](x)


class Blocks(nn.Module):
    """Children called `block`: a body, and layers with and without arguments, as torchvision has them."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Called(nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU()))
        self.second = Called(nn.Conv2d(3, 3, 3, padding=1))
        self.third = Called(nn.BatchNorm2d(3))
        self.block = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))

    def forward(self, x: Tensor) -> Any:
        return self.block(self.third(self.second(self.first(x))))


class Crossed(nn.Module):
    """Branches of functions alone: in one of them the ways cross."""

    def forward(self, x: Tensor) -> Any:
        one = torch.relu(x)
        two = torch.tanh(one)
        crossed = torch.sigmoid(two) * one * two
        return torch.cat([x, crossed, F.gelu(x.transpose(2, 3))], 1)


class Called(nn.Module):
    """A residual around a child called `block`."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, x: Tensor) -> Any:
        return x + self.block(x)


class Skips(nn.Module):
    """A U-Net of lists that take turns: what went down is taken from within its list."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1)])
        self.up = nn.ModuleList([nn.ConvTranspose2d(6, 4, 2, 2), nn.Conv2d(8, 4, 1)])
        self.joined = nn.ModuleDict({"a": nn.BatchNorm2d(4), "b": nn.BatchNorm2d(4)})
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Any:
        kept = [self.down[0](x)]
        x = self.down[1](self.pool(kept[0]))
        x = torch.cat([kept[-1], self.joined["a"](self.up[0](x))], dim=1)
        return self.joined["b"](self.up[1](x))


class Excited(nn.Module):
    """Squeeze and excitation as most write it: views, and an expansion that the product makes by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 8, 1), nn.Sequential(nn.Linear(8, 8), nn.Sigmoid())

    def forward(self, x: Tensor) -> Any:
        x = self.conv(x)
        batch, channels = x.shape[:2]
        scale = self.fc(F.adaptive_avg_pool2d(x, 1).view(batch, channels)).view(batch, channels, 1, 1)
        return x * scale.expand_as(x)


class Stacked(nn.Module):
    """New axes: one along which tensors stand, one in front; a token that is repeated; a sum in a product."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(4, 4), nn.Linear(4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 4))

    def forward(self, x: Tensor) -> Any:
        squares = x * x + self.left(x)
        both = torch.stack([squares, self.right(x)], 1)
        own = both.clone()
        own += self.token.repeat(len(x), 1, 1)
        return torch.stack([own * both], dim=-1).unsqueeze(0)


class Lent(nn.Module):
    """One activation that two modules share."""

    def __init__(self) -> None:
        super().__init__()
        act = nn.Tanh()
        self.one, self.two = nn.Sequential(nn.Linear(4, 4), act), nn.Sequential(nn.Linear(4, 4), act)

    def forward(self, x: Tensor) -> Any:
        return self.two(self.one(x))


class Head(nn.Module):
    """A layer, and what some code does with what it gives."""

    def __init__(self, then: Callable[[Tensor, Tensor], Any], layer: nn.Module | None = None) -> None:
        super().__init__()
        self.layer, self.then = layer or nn.Linear(4, 4), then

    def forward(self, x: Tensor) -> Any:
        return self.then(self.layer(x), x)


def zeroed(y: Tensor, x: Tensor) -> Tensor:
    """Change a part in place."""
    y[:, 0] = 0
    return y


def viewed(y: Tensor, x: Tensor) -> Tensor:
    """Change what a view is of."""
    view = y.view(-1, 2, 2)
    y.mul_(2)
    return view


class Row(nn.Sequential):
    """Numbered children, and what the first gives taken where a branch has its number."""

    def __init__(self) -> None:
        super().__init__(nn.Linear(4, 4), nn.Tanh())

    def forward(self, x: Tensor) -> Any:
        first = self[0](x)
        return torch.cat([self[1](first), first, x], 1)


class Asks(Spare):
    """Goes by what it is given."""

    def forward(self, x: Tensor) -> Any:
        return self.used(x) if x.sum() == x.sum() else self.unused(x)
