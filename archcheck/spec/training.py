"""How a document says that its network is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archcheck.spec.source import Place


@dataclass(frozen=True, slots=True)
class Optimizer:
    """An optimiser of `torch.optim` and its own arguments, as PyTorch spells them."""

    name: str = "SGD"
    args: Mapping[str, Any] = field(default_factory=lambda: {"lr": 0.01})

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.args.items())})"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A documented training run; None: the document does not say.

    `dataset`: its name; `samples`: of one epoch; `batch`: samples of a step; `drop_last`: whether an epoch ends before
    a batch that is not full (`torch.utils.data.DataLoader`'s word, and its default); `place`: of `training:`.
    """

    dataset: str | None = None
    samples: int | None = None
    batch: int | None = None
    epochs: int | None = None
    optimizer: Optimizer | None = None
    drop_last: bool = False
    place: Place | None = None

    @property
    def steps_per_epoch(self) -> int | None:
        """Steps of one epoch: `samples / batch`, a batch that is not full counted unless it is dropped.

        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
        """
        if self.samples is None or self.batch is None:
            return None
        return self.samples // self.batch if self.drop_last else -(-self.samples // self.batch)

    @property
    def steps(self) -> int | None:
        """Steps of the whole training."""
        each = self.steps_per_epoch
        return None if each is None or self.epochs is None else each * self.epochs

    @property
    def samples_per_epoch(self) -> int | None:
        """Samples that one epoch really takes: all of them, or whole batches of them where the rest is dropped."""
        if not self.drop_last or self.batch is None or self.steps_per_epoch is None:
            return self.samples
        return self.steps_per_epoch * self.batch
