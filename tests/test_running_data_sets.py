"""Data sets and transforms that stand in for torchvision's, and the loaders over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from archcheck.running.data_sets import SETS, TORCHVISION
from archcheck.running.selecting import WELL_KNOWN
from archcheck.running.stand_ins import stand_in
from tests.running_pages import run, shapes, whys


def transform(name: str, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    made: Callable[[Any], Any] = TORCHVISION[f"torchvision.transforms.{name}"](*args, **kwargs)
    return made


TALL = torch.zeros(3, 40, 20)
TRANSFORMS = [
    (transform("Resize", 10), (3, 20, 10), "a number is the shorter side's"),
    (transform("Resize", (16, 8)), (3, 16, 8), "both sides"),
    (transform("CenterCrop", 12), (3, 12, 12), "a square"),
    (transform("RandomCrop", (12, 8), padding=4), (3, 12, 8), "a part"),
    (transform("RandomResizedCrop", 24), (3, 24, 24), "a part of another size"),
    (transform("Grayscale"), (1, 40, 20), "one channel"),
    (transform("Pad", 2), (3, 44, 24), "all around"),
    (transform("Pad", (1, 2)), (3, 44, 22), "left and right, above and below"),
    (transform("RandomHorizontalFlip", 0.5), (3, 40, 20), "turned around"),
    (transform("Normalize", (0.5,), (0.5,)), (3, 40, 20), "other values"),
    (transform("Compose", [transform("Resize", (16, 8)), transform("Pad", 1)]), (3, 18, 10), "one by one"),
    (transform("Lambda", torch.flatten), (2400,), "any function"),
]


@pytest.mark.parametrize(("change", "shape", "why"), TRANSFORMS, ids=[row[2] for row in TRANSFORMS])
def test_a_transform_gives_its_shape(change: Callable[[Any], Any], shape: tuple[int, ...], why: str) -> None:
    assert change(TALL).shape == shape


def test_every_set_that_runs_has_a_stand_in() -> None:
    assert set(SETS) == set(WELL_KNOWN)
    assert stand_in("torchvision.datasets.MNIST", "") is SETS["MNIST"]


@pytest.mark.parametrize(
    ("name", "args", "count", "shape"),
    [
        ("MNIST", {"train": False}, 10_000, (1, 28, 28)),
        ("CIFAR100", {}, 50_000, (3, 32, 32)),
        ("SVHN", {"split": "test"}, 26_032, (3, 32, 32)),
    ],
)
def test_a_set(name: str, args: dict[str, Any], count: int, shape: tuple[int, ...]) -> None:
    known = SETS[name]("somewhere", transform=transform("ToTensor"), **args)
    picture, label = known[count - 1]
    assert (len(known), picture.shape, label in range(len(known.classes))) == (count, shape, True)
    with pytest.raises(IndexError):
        known[count]


PAGE = """\
import torch
from torchvision import datasets, transforms
from torch.utils.data import DataLoader

data = datasets.CIFAR10("data", train=False, download=True, transform=transforms.ToTensor())
loader = DataLoader(data, batch_size=8, shuffle=True, num_workers=2, pin_memory=True)
images = next(iter(loader))[0]  # [8, 3, 32, 32]
raw = data.data  # (10000, 32, 32, 3)
"""


def test_a_page_has_its_batches() -> None:
    observed = run(PAGE)
    assert whys(observed) == {}
    assert shapes(observed) == [(8, 3, 32, 32), (10_000, 32, 32, 3)]
