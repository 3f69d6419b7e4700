"""A documented recipe's cost, beside the training step that was just timed."""

from __future__ import annotations

from dataclasses import replace

import torch

from archcheck import device as devices
from archcheck.arguments import Arguments
from archcheck.costs import Ceilings, Memory, Timing, TrainingCost
from archcheck.counting.backward import count_step
from archcheck.errors import ArchcheckError
from archcheck.recipe_cost import training_cost
from archcheck.spec.training import Optimizer, Recipe
from archcheck.subject import Subject


def recipe_of(subject: Subject) -> Recipe | None:
    """Return the recipe that the network's document states, None where it states none."""
    return subject.spec.training if subject.spec else None


def cost_of_recipe(
    subject: Subject,
    arguments: Arguments,
    optimizer: Optimizer,
    dtype: torch.dtype,
    *,
    latency: Timing | None = None,
    ceilings: Ceilings | None = None,
    predicted: Memory | None = None,
    measured: Memory | None = None,
) -> TrainingCost | None:
    """Return what the documented recipe takes by steps with `arguments`; None where there is none, or no step of it.

    The arguments after `dtype` are those of `archcheck.recipe_cost.training_cost`. Raises `UsageError` for an
    optimiser that PyTorch refuses.
    """
    recipe = recipe_of(subject)
    if recipe is None:
        return None
    try:
        count = count_step(subject, arguments, optimizer, dtype=dtype)
    except ArchcheckError:
        raise
    except Exception as error:
        if devices.is_about_memory(error):
            raise
        return (
            None  # what fails here, or cannot be run backwards, has its own message where the step is timed
        )
    used = replace(recipe, optimizer=optimizer)
    return training_cost(
        used, count, latency=latency, ceilings=ceilings, predicted=predicted, measured=measured
    )
