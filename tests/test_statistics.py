"""Mean, standard deviation and variance of initial weights: by the formula, and against what PyTorch draws."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from archcheck.checks.statistics import DEFAULTS, default_statistic, statistic
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


FANS = ["kaiming_normal_", "kaiming_uniform_", "xavier_normal_", "xavier_uniform_"]
NO_MEAN = sorted(set(initialisers()) - {row[0] for row in MOMENTS} - set(FANS))


@pytest.mark.parametrize("function", [*NO_MEAN, *FANS])
@pytest.mark.parametrize("name", ["std", "variance"])
def test_what_the_shape_decides_is_unknown(function: str, name: str) -> None:
    assert statistic(initialiser(function), name) is None


@pytest.mark.parametrize("function", FANS)
def test_what_a_fan_scales_lies_about_nought(function: str) -> None:
    """The shape decides how wide it lies; of a hundred thousand draws the mean is near 0 on that scale."""
    assert statistic(initialiser(function), "mean") == 0.0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        drawn = getattr(torch.nn.init, function)(torch.empty(1000, 100, dtype=torch.float64))
    assert abs(float(drawn.mean())) < 6 * float(drawn.std()) / math.sqrt(100_000)


def test_what_has_no_middle_at_nought_has_no_mean() -> None:
    assert {"trunc_normal_", "eye_", "dirac_"} <= set(NO_MEAN)
    assert [statistic(initialiser(function), "mean") for function in NO_MEAN] == [None] * len(NO_MEAN)


ONE_OF_EACH: list[tuple[str, dict[str, Any]]] = [
    ("Linear", {"in_features": 300, "out_features": 300}),
    ("Bilinear", {"in1_features": 40, "in2_features": 40, "out_features": 200}),
    *((f"Conv{way}{sides}d", {"in_channels": 100, "out_channels": 200, "kernel_size": 2})
      for way in ("", "Transpose") for sides in (1, 2, 3)),
    *((f"BatchNorm{sides}d", {"num_features": 9}) for sides in (1, 2, 3)),
    *((f"InstanceNorm{sides}d", {"num_features": 9, "affine": True}) for sides in (1, 2, 3)),
    ("SyncBatchNorm", {"num_features": 9}),
    ("GroupNorm", {"num_groups": 3, "num_channels": 9}),
    ("LayerNorm", {"normalized_shape": 9}),
    ("Embedding", {"num_embeddings": 300, "embedding_dim": 300}),
    ("EmbeddingBag", {"num_embeddings": 300, "embedding_dim": 300}),
]  # fmt: skip


def test_one_of_each_kind_with_a_default() -> None:
    assert {kind for kind, _ in ONE_OF_EACH} == set(DEFAULTS)


@pytest.mark.parametrize(("kind", "args"), ONE_OF_EACH)
def test_defaults_are_those_of_a_new_module(kind: str, args: dict[str, Any]) -> None:
    """Every parameter that the module has is in the table, and drawn as the table says (to 6 deviations)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        module = getattr(torch.nn, kind)(**args)
    for name, parameter in module.named_parameters():
        mean, std = (default_statistic(kind, name, word) for word in ("mean", "std"))
        drawn, real = float(parameter.detach().mean()), float(parameter.detach().std())
        assert mean is not None, name
        assert drawn == pytest.approx(mean, abs=6 * real / math.sqrt(parameter.numel())), name
        assert std is None or real == pytest.approx(std, rel=0.01, abs=1e-12), name


def test_what_a_default_does_not_say() -> None:
    assert default_statistic("Linear", "weight", "std") is None, "the shape decides it"
    assert default_statistic("BatchNorm2d", "weight", "variance") == 0.0
    assert default_statistic("PReLU", "weight", "mean") is None, "an argument decides it"


@pytest.mark.parametrize(
    ("function", "args"), [("normal_", {"std": 1e200}), ("uniform_", {"a": -1e200, "b": 1e200})]
)
def test_a_variance_beyond_all_floats_is_infinite(function: str, args: dict[str, float]) -> None:
    assert statistic(initialiser(function, **args), "variance") == math.inf
