"""What optimisers keep, by their published algorithms: https://docs.pytorch.org/docs/stable/optim.html#algorithms."""

from __future__ import annotations

import pytest
from torch import nn

from archcheck.spec.training import Optimizer
from tests.memory_models import given, measured, predicted

MATRIX = 32 * 64 * 4
"""Bytes of the one parameter, 32 rows of 64."""

STATE: list[tuple[str, dict[str, object], int, str]] = [
    ("SGD", {"lr": 0.1}, 0, "the gradient is all it needs"),
    ("SGD", {"lr": 0.1, "momentum": 0.9}, MATRIX, "a velocity"),
    ("Adam", {}, 2 * MATRIX + 4, "two moments and the number of steps"),
    ("Adam", {"amsgrad": True}, 3 * MATRIX + 4, "and the largest second moment"),
    ("AdamW", {}, 2 * MATRIX + 4, "as Adam"),
    ("RMSprop", {}, MATRIX + 4, "squares and the number of steps"),
    ("RMSprop", {"centered": True, "momentum": 0.9}, 3 * MATRIX + 4, "means and a velocity too"),
    ("Adagrad", {}, MATRIX + 4, "sums of squares and the number of steps"),
    ("Adadelta", {}, 2 * MATRIX + 4, "squares of gradients and of changes"),
    ("Adamax", {}, 2 * MATRIX + 4, "a moment and a norm"),
    ("NAdam", {}, 2 * MATRIX + 4 + 4, "as Adam, and a product of momenta"),
    ("RAdam", {}, 2 * MATRIX + 4, "as Adam"),
    ("Rprop", {}, 2 * MATRIX + 4, "the last gradient and the step sizes"),
    ("ASGD", {}, MATRIX + 3 * 4, "the average; step, eta and mu"),
    ("Adafactor", {}, (32 + 64) * 4 + 4, "a row of means and a column of means"),
    ("Muon", {}, MATRIX, "a velocity"),
]


@pytest.mark.parametrize(
    ("name", "args", "state"), [row[:3] for row in STATE], ids=[f"{row[0]}: {row[3]}" for row in STATE]
)
def test_state(name: str, args: dict[str, object], state: int) -> None:
    optimizer = Optimizer(name, args)

    def make() -> nn.Module:
        return nn.Linear(64, 32, bias=False)

    assert predicted(make, given((4, 64)), optimizer=optimizer).memory.optimizer == state
    assert measured(make, given((4, 64)), optimizer=optimizer).memory.optimizer == state
