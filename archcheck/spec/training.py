"""How a document says that its network is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Optimizer:
    """An optimiser of `torch.optim` and its own arguments, as PyTorch spells them."""

    name: str = "SGD"
    args: Mapping[str, Any] = field(default_factory=lambda: {"lr": 0.01})

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.args.items())})"
