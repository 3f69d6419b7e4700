"""A documented recipe's cost, beside the training step that was just timed."""

from __future__ import annotations

from dataclasses import replace

import torch

from archcheck.arguments import Arguments
from archcheck.costs import Ceilings, Memory, Timing, TrainingCost
from archcheck.counting.step import count_step
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
    """Return what the documented recipe takes by steps with `arguments`; None where there is none.

    The arguments after `dtype` are those of `archcheck.recipe_cost.training_cost`. Raises `UsageError` for an
    optimiser that PyTorch refuses, and what the network raises where it has no step.
    """
    recipe = recipe_of(subject)
    if recipe is None:
        return None
    count = count_step(subject, arguments, optimizer, dtype=dtype)
    used = replace(recipe, optimizer=optimizer)
    return training_cost(
        used, count, latency=latency, ceilings=ceilings, predicted=predicted, measured=measured
    )
