"""The measuring itself: the allocator's account, sizes that oneDNN chooses, and what is left behind."""

from __future__ import annotations

import copy
import gc
from functools import partial

import pytest
import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks

from archcheck.arguments import Argument, Arguments
from archcheck.built import of_module
from archcheck.costs import Mode
from archcheck.memory.allocators import high_water
from archcheck.memory.kernels import recurrent_workspace
from archcheck.memory.ledger import Ledger
from archcheck.memory.measure import measure
from archcheck.memory.predict import predict
from archcheck.subject import Subject
from archcheck.tensors import Call
from tests.memory_models import CPU, SGD, ChannelsLast, Make, Recurrent, given, measured, predicted, subject


def test_the_allocator_tells_the_most_that_stood_at_one_time() -> None:
    def run() -> None:
        first = torch.empty(1000)
        del first
        held = [torch.empty(600), torch.empty(500)]
        del held

    assert high_water(run, CPU) == 4 * 1100
    assert high_water(lambda: None, CPU) == 0


def test_the_ledger_follows_views_and_releases() -> None:
    with Ledger() as ledger:
        whole = torch.zeros(100)
        view = whole[10:].view(2, 45)
        assert (ledger.live, ledger.peak) == (400, 400)
        del whole
        assert ledger.live == 400
        copied = view.clone()
        assert ledger.live == 400 + 360
        del view, copied
        assert (ledger.live, ledger.peak) == (0, 760)


@pytest.mark.skipif(not torch._C._has_mkldnn, reason="this PyTorch has no oneDNN")
@pytest.mark.parametrize(
    "shape", [(5, 2, 8, 16), (10, 4, 32, 64), (7, 3, 100, 200), (4, 2, 256, 64), (4, 2, 64, 256)]
)
def test_the_workspace_of_an_lstm(shape: tuple[int, int, int, int]) -> None:
    steps, batch, features, hidden = shape
    kept: list[int] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        kept.extend([tensor.nbytes] if tensor.dtype == torch.uint8 else [])
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        nn.LSTM(features, hidden)(torch.zeros(steps, batch, features))
    assert kept == [recurrent_workspace(*shape, 4)]


@pytest.mark.skipif(torch.backends.cpu.get_cpu_capability() != "AVX512", reason="other kernels, other sizes")
@pytest.mark.parametrize("mode", ["inference", "train"])
@pytest.mark.parametrize("kernel", [3, 5, 7], ids="{0} wide".format)
def test_a_depthwise_convolution_with_channels_last(kernel: int, mode: Mode) -> None:
    make, arguments = partial(ChannelsLast, kernel), given((2, 9, 9, 64))
    assert predicted(make, arguments, mode).memory.peak == measured(make, arguments, mode).memory.peak


def test_a_recurrent_network() -> None:
    words = Arguments((Argument((12, 3), "int64", 50),))
    guess, seen = predicted(Recurrent, words), measured(Recurrent, words)
    assert guess.memory.saved == seen.memory.saved
    assert guess.saved == seen.saved


def everything() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(144, 5))


@pytest.mark.parametrize("mode", ["inference", "train"])
def test_a_prediction_leaves_the_network_as_it_was(mode: Mode) -> None:
    model = everything()
    model[1].eval()
    before, flags = copy.deepcopy(model.state_dict()), [one.training for one in model.modules()]
    held = [dict(one.__dict__) for one in model.modules()]
    random = torch.get_rng_state()
    whose = Subject("test", "test", "test", Arguments(()), lambda device, initialise: of_module(model))
    predict(whose, given((2, 3, 8, 8)), mode=mode, optimizer=SGD, dtype=torch.float32)
    assert torch.equal(torch.get_rng_state(), random)
    assert torch.is_grad_enabled()
    assert [one.training for one in model.modules()] == flags
    assert [dict(one.__dict__) for one in model.modules()] == held
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(one.grad is None and one.requires_grad for one in model.parameters())


@pytest.mark.parametrize("mode", ["inference", "train"])
def test_measuring_leaves_flags_hooks_and_random_numbers(mode: Mode) -> None:
    built = subject(everything).make(CPU, True)
    next(one for one in built.model.modules() if isinstance(one, nn.BatchNorm2d)).eval()
    flags = [one.training for one in built.model.modules()]
    random = torch.get_rng_state()
    call: Call = ((torch.zeros(2, 3, 8, 8),), {})
    with torch.no_grad():
        measure(built, call, mode=mode, optimizer=SGD, device=CPU)
        assert not torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), random)
    assert [one.training for one in built.model.modules()] == flags
    assert all("forward" not in one.__dict__ for one in built.model.modules())
    assert all(one.grad is None for one in built.model.parameters())


def test_what_fails_in_the_middle_leaves_no_mode_behind() -> None:
    def make() -> nn.Module:
        return nn.Sequential(nn.Linear(8, 4), nn.Linear(5, 2))

    for find in (predicted, measured):
        with pytest.raises(RuntimeError, match=r"cannot be multiplied|same reduction dim"):
            find(make, given((3, 8)))
    gc.collect()
    assert high_water(lambda: None, CPU) == 0
    assert type(torch.zeros(1) + 1) is torch.Tensor


UNFUSED: list[Make] = [lambda: nn.GRU(8, 16, 2), lambda: nn.RNN(8, 16)]


@pytest.mark.parametrize("make", UNFUSED, ids=["GRU", "RNN"])
def test_recurrent_layers_in_steps(make: Make) -> None:
    assert predicted(make, given((5, 2, 8))).memory.saved == measured(make, given((5, 2, 8))).memory.saved
