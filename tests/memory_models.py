"""Small networks whose memory can be worked out by hand, and what tests of memory run them with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from archcheck.arguments import Argument, Arguments
from archcheck.built import Built, of_module
from archcheck.costs import Mode
from archcheck.memory.footprint import Footprint
from archcheck.memory.measure import measure
from archcheck.memory.predict import predict
from archcheck.spec.training import Optimizer
from archcheck.subject import Subject
from archcheck.tensors import random_call

CPU = torch.device("cpu")
SGD = Optimizer("SGD", {"lr": 0.01})

Make = Callable[[], nn.Module]


def subject(make: Make) -> Subject:
    """Return a network that `make` builds anew on any device; its own arguments are of no use."""

    def built(device: torch.device, initialise: bool) -> Built:
        with device:
            return of_module(make())

    return Subject("test", "test", "test", Arguments(()), built)


def given(*shapes: tuple[int, ...]) -> Arguments:
    """Return the arguments of a call with floating-point tensors."""
    return Arguments(tuple(Argument(shape) for shape in shapes))


def predicted(
    make: Make,
    arguments: Arguments,
    mode: Mode = "train",
    optimizer: Optimizer = SGD,
    dtype: torch.dtype = torch.float32,
) -> Footprint:
    return predict(subject(make), arguments, mode=mode, optimizer=optimizer, dtype=dtype)


def measured(
    make: Make,
    arguments: Arguments,
    mode: Mode = "train",
    optimizer: Optimizer = SGD,
    dtype: torch.dtype = torch.float32,
) -> Footprint:
    built = subject(make).make(CPU, True)
    built.model.to(dtype)
    call = random_call(arguments, CPU, dtype)
    return measure(built, call, mode=mode, optimizer=optimizer, device=CPU)


class Tied(nn.Module):
    """Two layers with one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False)
        self.second.weight = self.first.weight

    def forward(self, x: Tensor) -> Any:
        return self.second(self.first(x))


class Views(nn.Module):
    """One tensor, kept by three operators through three views."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 8, bias=False)

    def forward(self, x: Tensor) -> Any:
        x = self.linear(x)
        return x.t() ** 2, x.reshape(-1) ** 2, x[:1] ** 2


class Attention(nn.Module):
    """Queries, keys and values of four heads from one layer."""

    def __init__(self) -> None:
        super().__init__()
        self.three = nn.Linear(64, 192, bias=False)

    def forward(self, x: Tensor) -> Any:
        heads = self.three(x).view(*x.shape[:2], 3, 4, 16).permute(2, 0, 3, 1, 4)
        return F.scaled_dot_product_attention(heads[0], heads[1], heads[2])


class Several(nn.Module):
    """Two inputs, and outputs by name."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(8, 4, bias=False), nn.Linear(16, 4, bias=False)

    def forward(self, a: Tensor, b: Tensor) -> dict[str, Any]:
        return {"a": torch.sigmoid(self.left(a)), "b": (torch.tanh(self.right(b)),)}


class Checkpointed(nn.Module):
    """Two parts of two layers, each worked out again for the backward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList(
            nn.Sequential(nn.Linear(8, 8), nn.Sigmoid(), nn.Linear(8, 8), nn.Sigmoid()) for _ in range(2)
        )

    def forward(self, x: Tensor) -> Any:
        for part in self.parts:
            x = checkpoint(part, x, use_reentrant=False)
        return x


class Frozen(nn.Module):
    """A layer that is not trained, before one that is."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen, self.trained = nn.Linear(8, 16, bias=False), nn.Linear(16, 4, bias=False)
        self.frozen.requires_grad_(False)

    def forward(self, x: Tensor) -> Any:
        return self.trained(torch.sigmoid(self.frozen(x)))


class AsksForValues(nn.Module):
    """Looks at a number before it goes on: no network without values can."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Any:
        return torch.sigmoid(self.linear(x)) if x.sum().item() < 1e9 else x


class ChannelsLast(nn.Module):
    """A depthwise convolution of 64 channels that come last, as ConvNeXt has them."""

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(64, 64, kernel, padding=kernel // 2, groups=64)

    def forward(self, x: Tensor) -> Any:
        return torch.sigmoid(self.conv(x.permute(0, 3, 1, 2)))


class Recurrent(nn.Module):
    """An LSTM over embedded words, to words again."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.lstm, self.out = nn.Embedding(50, 32), nn.LSTM(32, 64, 2), nn.Linear(64, 50)

    def forward(self, words: Tensor) -> Any:
        return self.out(self.lstm(self.embed(words))[0])


def encoder() -> nn.Module:
    """Return two layers of a transformer."""
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), 2)
