"""Predicted against measured by the CPU's allocator: the shipped networks within 5 %; and what others measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from archcheck.costs import Memory, Mode
from archcheck.memory.footprint import Footprint
from archcheck.memory.measure import measure
from archcheck.memory.predict import predict
from archcheck.spec.load import load_spec
from archcheck.subject import of_spec
from archcheck.tensors import random_call
from tests.memory_models import CPU, SGD, Make, encoder, given, measured, predicted
from tests.test_shipped_specs import NAMES
from tests.zoo import ZOO

SPECS = [Path(__file__).parent.parent / "specs" / f"{name}.yaml" for name in NAMES]
PARTS = ("parameters", "buffers", "gradients", "optimizer", "inputs", "saved")
FAST = ("alexnet_half",)


def both(path: Path, batch: int, mode: Mode, device: torch.device = CPU) -> tuple[Footprint, Footprint]:
    subject = of_spec(load_spec(path))
    arguments = subject.arguments.with_batch(batch)
    guess = predict(subject, arguments, mode=mode, optimizer=SGD, dtype=torch.float32, device=device)
    call = random_call(arguments, device, torch.float32)
    return guess, measure(subject.make(device, True), call, mode=mode, optimizer=SGD, device=device)


def ratios(guess: Memory, seen: Memory) -> dict[str, float]:
    """Return predicted over measured of every part that is not nothing; print them for `pytest -s`."""
    pairs = {name: (getattr(guess, name), getattr(seen, name)) for name in (*PARTS, "peak")}
    assert all(one == other for one, other in pairs.values() if not one or not other)
    found = {name: one / other for name, (one, other) in pairs.items() if other}
    print({name: round(ratio, 4) for name, ratio in found.items()})
    return found


def cases() -> list[object]:
    slow = pytest.mark.slow
    return [
        pytest.param(
            path, batch, mode, id=f"{path.stem}-{batch}-{mode}", marks=() if path.stem in FAST else slow
        )
        for path in SPECS
        for batch in (1, 8)
        for mode in ("inference", "train")
    ]


@pytest.mark.parametrize(("path", "batch", "mode"), cases())
def test_the_prediction_is_within_5_percent(path: Path, batch: int, mode: Mode) -> None:
    guess, seen = both(path, batch, mode)
    assert all(0.95 <= ratio <= 1.05 for ratio in ratios(guess.memory, seen.memory).values())
    assert guess.saved == seen.saved  # of every call, to the byte


MODELS: dict[str, tuple[Make, tuple[int, ...]]] = {
    "transformer": (encoder, (4, 30, 64)),
    "residual network": (lambda: ZOO["resnet50"].make(), (2, 3, 64, 64)),
}


@pytest.mark.parametrize("mode", ["inference", "train"])
@pytest.mark.parametrize("name", MODELS)
def test_other_networks(name: str, mode: Mode) -> None:
    make, shape = MODELS[name]
    guess, seen = predicted(make, given(shape), mode), measured(make, given(shape), mode)
    assert ratios(guess.memory, seen.memory)["peak"] == pytest.approx(1, abs=0.05)
    assert guess.saved == seen.saved


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_what_the_zoo_keeps_is_predicted_to_the_byte(name: str) -> None:
    one = ZOO[name]
    guess, seen = predicted(one.small, one.small_arguments), measured(one.small, one.small_arguments)
    for part in PARTS:
        assert getattr(guess.memory, part) == getattr(seen.memory, part), part
    assert guess.saved == seen.saved


def test_resnet50_keeps_what_was_measured_elsewhere() -> None:
    """687.7 MB at batch 8, where torchinfo's estimate of a forward and backward pass is 1,422.7."""
    saved = predicted(ZOO["resnet50"].make, given((8, 3, 224, 224))).memory.saved
    assert saved == pytest.approx(687.7e6, rel=0.01)


@pytest.mark.gpu
@pytest.mark.parametrize("mode", ["inference", "train"])
def test_on_cuda(mode: Mode) -> None:
    path = next(path for path in SPECS if path.stem == "alexnet_half")
    guess, seen = both(path, 8, mode, torch.device("cuda:0"))
    assert guess.saved == seen.saved
    assert seen.memory.peak is not None
    assert guess.memory.peak is not None
    assert guess.memory.peak <= seen.memory.peak * 1.05  # cuDNN's workspaces come on top
