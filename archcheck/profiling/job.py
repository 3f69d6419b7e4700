"""What is to be measured and how, worked out once: the call that is timed, the optimiser of a training step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from archcheck.arguments import Arguments
from archcheck.profiling.recipe import recipe_of
from archcheck.profiling.settings import Settings
from archcheck.spec.training import Optimizer
from archcheck.subject import Subject

Progress = Callable[[str], None]
"""Called with the name of each stage as it begins."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be measured and how; `arguments`: those of a timed call; `who`: the network, in messages."""

    subject: Subject
    settings: Settings
    device: torch.device
    dtype: torch.dtype
    arguments: Arguments
    optimizer: Optimizer
    who: str
    say: Progress


def _silent(stage: str) -> None:
    """Say nothing."""


def job_of(
    subject: Subject, settings: Settings, device: torch.device, progress: Progress | None = None
) -> Job:
    """Return what the settings ask for; the batch is theirs, else in training the document's, else as was given."""
    given = subject.arguments
    recipe = recipe_of(subject) if settings.mode == "train" else None
    batch = settings.batch or (recipe.batch if recipe else None)
    arguments = given if batch is None else given.with_batch(batch)
    return Job(
        subject,
        settings,
        device,
        getattr(torch, settings.dtype),
        arguments,
        optimizer_of(subject, settings),
        f"{subject.target}: the network at batch {arguments.batch}",
        progress or _silent,
    )


def optimizer_of(subject: Subject, settings: Settings) -> Optimizer:
    """Return what a training step uses: what the settings say, else what the document says, else SGD at 0.01."""
    recipe = recipe_of(subject)
    return settings.optimizer or (recipe.optimizer if recipe else None) or Optimizer()
