"""Values that the code itself gives are known on the meta device, others are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from archcheck.running.devices import on_device

KNOWN: list[tuple[Callable[[], Any], Any, str]] = [
    (lambda: [one.item() for one in torch.linspace(0, 1, 3)], [0, 0.5, 1], "one by one"),
    (lambda: [one.tolist() for one in torch.split(torch.arange(5), [2, 3])], [[0, 1], [2, 3, 4]], "in parts"),
    (lambda: int((torch.arange(4) * 2 + 1).sum()), 16, "worked out"),
    (lambda: bool(torch.tensor([1, 2]).max() > 1), True, "asked about"),
    (lambda: torch.tril(torch.ones(3, 3)).nonzero().shape, (6, 2), "what meta knows no shape of"),
    (lambda: torch.unique(torch.tensor([3, 1, 3])).tolist(), [1, 3], "what gives no shape without values"),
    (
        lambda: torch.stack(torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")).sum().item(),
        9,
        "a grid",
    ),
    (lambda: _changed(torch.zeros(3)).tolist(), [0, 7, 0], "changed in place"),
    (lambda: len(range(torch.tensor(3))), 3, "as a number"),
    (lambda: torch.arange(3).numpy().sum(), 3, "as an array"),
    (lambda: f"{torch.arange(3)} {torch.tensor(2):>2}", "tensor([0, 1, 2])  2", "shown"),
    (lambda: torch.arange(3, device="cuda").tolist(), [0, 1, 2], "on another device, as it says"),
]


def _changed(tensor: torch.Tensor) -> torch.Tensor:
    tensor[1] = 7
    return tensor


@pytest.mark.parametrize(("ask", "value", "why"), KNOWN, ids=[row[2] for row in KNOWN])
def test_what_hangs_on_the_code_alone_is_known(ask: Callable[[], Any], value: Any, why: str) -> None:
    with on_device(torch.device("meta")):
        assert ask() == value


def _of_a_view() -> Any:
    whole = torch.zeros(3)
    whole[:2] += torch.rand(2)
    return whole.sum().item()


UNKNOWN: list[tuple[Callable[[], Any], str]] = [
    (lambda: torch.rand(3).sum().item(), "drawn by chance"),
    (lambda: torch.rand_like(torch.ones(3)).sum().item(), "drawn like what is known"),
    (lambda: torch.bernoulli(torch.ones(3)).sum().item(), "drawn by what is known"),
    (lambda: torch.empty(3).tolist(), "whatever was there"),
    (lambda: (torch.arange(3) + torch.rand(3)).tolist(), "made of both"),
    (lambda: torch.nn.Linear(3, 4).weight.sum().item(), "weights"),
    (lambda: torch.zeros(3).normal_().tolist(), "filled by chance"),
    (_of_a_view, "changed through a part of it"),
    (lambda: torch.zeros(300, 300).sum().item(), "too many"),
]


@pytest.mark.parametrize(("ask", "why"), UNKNOWN, ids=[row[1] for row in UNKNOWN])
def test_what_hangs_on_more_is_not_known(ask: Callable[[], Any], why: str) -> None:
    with on_device(torch.device("meta")), pytest.raises((RuntimeError, NotImplementedError)):
        ask()


def test_tensors_stay_on_meta() -> None:
    with on_device(torch.device("meta")):
        found = torch.unique(torch.tensor([3, 1, 3]))
        assert (found.device.type, found.shape) == ("meta", (2,))
