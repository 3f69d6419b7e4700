"""Mean, standard deviation and variance of initial weights: by the formula, and against what PyTorch draws."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from archcheck.checks.statistics import statistic
from archcheck.spec.layers import Initialiser
from archcheck.spec.signatures import initialisers
from archcheck.spec.source import Place


def initialiser(function: str, **args: Any) -> Initialiser:
    return Initialiser("Linear", "weight", function, args, Place("specs/x.yaml", 3, 5))


MOMENTS = [
    # function, arguments, mean, std, variance, why
    ("normal_", {"mean": 0, "std": 0.01}, 0, 0.01, 0.0001, "AlexNet's: the second number is the deviation"),
    ("normal_", {}, 0, 1, 1, "PyTorch's defaults"),
    ("normal_", {"mean": 2, "std": 3}, 2, 3, 9, "both moved"),
    ("uniform_", {}, 0.5, math.sqrt(1 / 12), 1 / 12, "PyTorch's defaults, 0 to 1"),
    ("uniform_", {"a": -3, "b": 3}, 0, math.sqrt(3), 3, "6*6/12"),
    ("uniform_", {"a": 1, "b": 5}, 3, math.sqrt(4 / 3), 4 / 3, "4*4/12, off the centre"),
    ("constant_", {"val": 0.1}, 0.1, 0, 0, "a constant does not vary"),
    ("ones_", {}, 1, 0, 0, "ones"),
    ("zeros_", {}, 0, 0, 0, "zeros"),
]


@pytest.mark.parametrize(("function", "args", "mean", "std", "variance", "why"), MOMENTS)
def test_moments(
    function: str, args: dict[str, float], mean: float, std: float, variance: float, why: str
) -> None:
    written = initialiser(function, **args)
    assert statistic(written, "mean") == pytest.approx(mean, abs=1e-15), why
    assert statistic(written, "std") == pytest.approx(std, abs=1e-15), why
    assert statistic(written, "variance") == pytest.approx(variance, abs=1e-15), why


@pytest.mark.parametrize(("function", "args"), [(row[0], row[1]) for row in MOMENTS])
def test_moments_are_those_of_what_pytorch_draws(function: str, args: dict[str, float]) -> None:
    """A million draws: the mean of a sample is within 6 of its own deviations of the formula's."""
    written, count = initialiser(function, **args), 1_000_000
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        drawn = getattr(torch.nn.init, function)(torch.empty(count, dtype=torch.float64), **args)
    mean, std = statistic(written, "mean"), statistic(written, "std")
    assert mean is not None
    assert std is not None
    assert float(drawn.mean()) == pytest.approx(mean, abs=6 * std / math.sqrt(count) + 1e-12)
    assert float(drawn.std()) == pytest.approx(std, rel=0.01, abs=1e-12)


SHAPE_DECIDES = sorted(set(initialisers()) - {row[0] for row in MOMENTS})


@pytest.mark.parametrize("function", SHAPE_DECIDES)
@pytest.mark.parametrize("name", ["mean", "std", "variance"])
def test_what_the_shape_decides_is_unknown(function: str, name: str) -> None:
    assert statistic(initialiser(function), name) is None


def test_kaiming_and_xavier_are_among_them() -> None:
    assert {"kaiming_normal_", "xavier_uniform_", "orthogonal_", "trunc_normal_"} <= set(SHAPE_DECIDES)


@pytest.mark.parametrize(
    ("function", "args"), [("normal_", {"std": 1e200}), ("uniform_", {"a": -1e200, "b": 1e200})]
)
def test_a_variance_beyond_all_floats_is_infinite(function: str, args: dict[str, float]) -> None:
    assert statistic(initialiser(function, **args), "variance") == math.inf
