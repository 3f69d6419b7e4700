"""One step of training: forward, backward, and the optimiser's step, on any device (on meta nothing is computed)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from archcheck.costs import Mode
from archcheck.errors import UsageError
from archcheck.spec.training import Optimizer
from archcheck.tensors import Call, tensors_in


@contextmanager
def gradients_of(mode: Mode) -> Iterator[None]:
    """Have gradients as a mode has them, whatever the caller's own state is."""
    train = mode == "train"
    with torch.inference_mode(not train), torch.set_grad_enabled(train):
        yield


@dataclass(frozen=True, slots=True)
class Step:
    """A network in training mode, what it is called with, and its optimiser."""

    model: nn.Module
    call: Call
    optimizer: torch.optim.Optimizer

    def forward(self) -> torch.Tensor:
        """Run the network and return its loss, a scalar: the mean of each floating-point output, added up.

        What a document's own loss costs beside the network is small, and the gradient that it hands back has the
        same shape.
        """
        args, kwargs = self.call
        return loss_of(self.model(*args, **kwargs))

    def backward(self, loss: torch.Tensor) -> None:
        """Give every parameter that takes part its gradient."""
        loss.backward()  # type: ignore[no-untyped-call]

    def update(self) -> None:
        """Let the optimiser change the parameters, and drop the gradients as PyTorch does by default."""
        self.optimizer.step()
        self.optimizer.zero_grad()

    def whole(self) -> None:
        """Make one step."""
        self.backward(self.forward())
        self.update()


def step_of(model: nn.Module, call: Call, optimizer: Optimizer) -> Step:
    """Return the step of a model that is in training mode. The types of the optimiser's arguments are checked already.

    Raises `UsageError` where PyTorch refuses their values, or the model has nothing to train.
    """
    kind = getattr(torch.optim, optimizer.name)
    trained = [one for one in model.parameters() if one.requires_grad]
    if not trained:
        raise UsageError("mode train: the network has no parameters to train")
    try:
        return Step(model, call, kind(trained, **optimizer.args))
    except ValueError as error:
        raise UsageError(f"optimizer {optimizer}: PyTorch refuses it: {error}") from None


def loss_of(output: Any) -> torch.Tensor:
    """Return a scalar that every floating-point tensor of a network's output takes part in."""
    losses = [one.float().mean() for one in tensors_in(output) if one.requires_grad]
    return torch.stack(losses).sum()
