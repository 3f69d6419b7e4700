"""One step of training, operator by operator: worked by hand, and against PyTorch's own counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archcheck import api
from archcheck.counting.step import count_model_step, count_step
from archcheck.errors import UsageError
from archcheck.operations import CountedOp, Operations, StepCount, summed
from archcheck.resolve import subject_of
from archcheck.spec.training import Optimizer
from archcheck.subject import of_spec
from tests.specs import spec
from tests.zoo import ZOO

SGD = Optimizer("SGD", {"lr": 0.1})


def meta(*shape: int) -> torch.Tensor:
    return torch.empty(shape, device="meta")


def step(model: nn.Module, *inputs: torch.Tensor, optimizer: Optimizer = SGD) -> StepCount:
    return count_model_step(model, (inputs, {}), optimizer)


def macs(ops: tuple[CountedOp, ...]) -> int:
    operations = summed(op.operations for op in ops)
    assert operations is not None, [op.name for op in ops if op.operations is None]
    return operations.mul_adds


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(self.layer(x))  # type: ignore[no-any-return]


def frozen_first() -> nn.Module:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 3))
    model[0].requires_grad_(False)
    return model


def attention() -> nn.Module:
    return nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)


BY_HAND = [
    # model, input, forward, backward, why this row; a layer owes a product for its weights, and one for its input
    (lambda: nn.Linear(64, 32), (4, 64), 8_192, 8_192, "4 * 64 * 32; the data needs no gradient"),
    (
        lambda: nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16)),
        (4, 64),
        8_192 + 2_048,
        8_192 + 2 * 2_048,
        "the second one hands a gradient on",
    ),
    (lambda: nn.Conv2d(3, 8, 3), (2, 3, 10, 10), 27_648, 27_648, "2 * 8 * 8*8 * 3*9, for the weights alone"),
    (
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 3)),
        (2, 3, 10, 10),
        27_648 + 20_736,
        27_648 + 2 * 20_736,
        "the second: 2 * 4 * 6*6 * 8*9",
    ),
    (frozen_first, (2, 3, 10, 10), 27_648 + 20_736, 20_736, "nothing before the second is trained"),
    (
        lambda: nn.Conv2d(8, 8, 3, groups=4),
        (2, 8, 10, 10),
        2 * 8 * 64 * 2 * 9,
        2 * 8 * 64 * 2 * 9,
        "in groups",
    ),
    (Twice, (3, 8), 2 * 192, 3 * 192, "one layer called twice: 3 * 8 * 8, the first call owes its input nothing"),
    (
        attention,
        (2, 5, 16),
        10 * 16 * 48 + 2 * 800 + 10 * 16 * 16 + 2 * 10 * 16 * 32,
        10 * 16 * 48 + 4 * 800 + 2 * (10 * 16 * 16 + 2 * 10 * 16 * 32),
        "the projections' input is data; scores and values, 2 * 2 * 5 * 5 * 8 each, owe both their factors",
    ),
    (
        lambda: nn.LSTM(16, 8, batch_first=True),
        (2, 5, 16),
        5 * (2 * 16 * 32 + 2 * 8 * 32),
        5 * 2 * 16 * 32 + (2 * 5 - 1) * 2 * 8 * 32,
        "weights of 5 steps; of the hidden state's gradients the first step's is nobody's",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("make", "shape", "forward", "backward", "why"), BY_HAND)
def test_multiply_accumulates_by_hand(
    make: Callable[[], nn.Module], shape: tuple[int, ...], forward: int, backward: int, why: str
) -> None:
    found = step(make(), meta(*shape))
    assert (macs(found.forward), macs(found.backward), macs(found.update)) == (forward, backward, 0), why
    assert (found.batch, found.device, found.unknown) == (shape[0], "meta", ())


def test_the_other_operations_of_a_linear_layer() -> None:
    found = step(nn.Linear(64, 32), meta(4, 64))
    forward, backward = (summed(op.operations for op in ops) for ops in (found.forward, found.backward))
    assert forward is not None
    assert backward is not None
    # 128 biases are added; the loss, the mean of 4 x 32 numbers, is 127 additions and a division
    assert (forward.adds, forward.divisions) == (128 + 127, 1)
    # each of 128 gradients is a 128th; the bias's is the sum of 4 samples, 3 additions for each of 32
    assert (backward.divisions, backward.adds) == (128, 96)


UPDATES = [
    # optimiser, operations a parameter, why this row; https://docs.pytorch.org/docs/stable/optim.html
    (Optimizer("SGD", {"lr": 0.1}), Operations(adds=1, multiplies=1), "p - lr * g"),
    (
        Optimizer("SGD", {"lr": 0.1, "momentum": 0.9}),
        Operations(adds=2, multiplies=2),
        "b = 0.9 * b + g before that",
    ),
    (
        Optimizer("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
        Operations(adds=3, multiplies=3),
        "g + 0.01 * p before both",
    ),
    (Optimizer("SGD", {"lr": 0.1, "fused": True}), Operations(adds=1, multiplies=1), "fused: the same"),
]


@pytest.mark.parametrize(("optimizer", "each", "why"), UPDATES)
def test_an_update_by_hand(optimizer: Optimizer, each: Operations, why: str) -> None:
    found = summed(op.operations for op in step(nn.Linear(4, 3), meta(2, 4), optimizer=optimizer).update)
    assert found is not None
    assert (found.flops, found.adds, found.multiplies) == (
        15 * each.flops,
        15 * each.adds,
        15 * each.multiplies,
    ), why


@pytest.mark.parametrize(
    "name", ["Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop"]
)
def test_an_update_is_counted_once_its_state_is_there(name: str) -> None:
    found = step(nn.Linear(4, 3), meta(2, 4), optimizer=Optimizer(name, {}))
    assert found.unknown == ()
    names = {op.name for op in found.update}
    assert not names & {"zeros_like", "zeros"}, "the second step, not the first"
    assert sum(op.operations.flops for op in found.update if op.operations) > 15 * 4


@pytest.mark.parametrize("name", ["ASGD", "Adafactor"])
def test_an_update_that_asks_for_values_is_unknown_by_name(name: str) -> None:
    found = step(nn.Linear(4, 3), meta(2, 4), optimizer=Optimizer(name, {}))
    assert (found.unknown, found.operations) == ((f"{name}.step",), None)
    assert macs(found.backward) == 24, "the passes are known all the same"


def test_an_update_that_fails_for_another_reason_is_not_called_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(optimizer: object) -> None:
        raise RuntimeError("exp_avg has another shape")

    monkeypatch.setattr(torch.optim.Adamax, "step", broken)
    with pytest.raises(RuntimeError, match="exp_avg has another shape"):
        step(nn.Linear(4, 3), meta(2, 4), optimizer=Optimizer("Adamax", {}))


# Against PyTorch's own counter


def torchs_macs(model: nn.Module, args: tuple[Any, ...]) -> int:
    """Return half of what FlopCounterMode says of a forward and a backward pass on the meta device."""
    counter = FlopCounterMode(display=False)
    with sdpa_kernel(SDPBackend.MATH), counter:
        gave = model(*args)
        tensors = gave if isinstance(gave, tuple) else (gave,)
        torch.stack([one.float().mean() for one in tensors]).sum().backward()  # type: ignore[no-untyped-call]
    return counter.get_total_flops() // 2


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "vit_b_16"])
def test_architectures_against_torchs_counter(name: str) -> None:
    one = ZOO[name]
    with torch.device("meta"):
        model = one.make().train()
    args, kwargs = one.arguments.made(lambda tensor: torch.empty(tensor.shape, device="meta"))
    found = count_model_step(model, (args, kwargs), SGD)
    assert macs(found.forward) + macs(found.backward) == torchs_macs(model, args)
    assert found.unknown == ()


@pytest.mark.parametrize("name", ["alexnet_fashion_mnist", "alexnet_two_gpu", "zfnet"])
def test_shipped_networks_against_torchs_counter(name: str) -> None:
    subject = of_spec(api.load(name))
    found = count_step(subject, subject.arguments.with_batch(4), SGD)
    model = subject.make(torch.device("meta"), False).model.train()
    assert macs(found.forward) + macs(found.backward) == torchs_macs(
        model, (meta(*subject.arguments.with_batch(4).tensors[0].shape),)
    )
    assert found.unknown == ()


@pytest.mark.parametrize("groups", [1, 4, 8])
def test_groups_count_in_the_gradient_of_the_weights(groups: int) -> None:
    """PyTorch 2.13's counter forgets them there: https://github.com/pytorch/pytorch/pull/183405."""
    with torch.device("meta"):
        model = nn.Conv2d(8, 8, 3, groups=groups)
    forward = 2 * 64 * 8 * (8 // groups) * 9
    assert macs(step(model, meta(2, 8, 10, 10)).ops) == 2 * forward
    assert torchs_macs(model, (meta(2, 8, 10, 10),)) in (forward + groups * forward, 2 * forward)


# What it leaves behind


class Asks(nn.Module):
    """Asks a tensor for its value, which has none on the meta device."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.norm = nn.Linear(8, 4), nn.BatchNorm1d(4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.layer(x)) * (2 if x.sum().item() > 0 else 1)  # type: ignore[no-any-return]


@pytest.mark.parametrize("given", [meta(3, 8), torch.ones(3, 8)], ids=["meta", "cpu"])
def test_a_model_is_as_it_was(given: torch.Tensor) -> None:
    model = nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4), nn.Dropout(0.5)).eval()
    before = {name: (value, value.clone()) for name, value in model.state_dict(keep_vars=True).items()}
    grad = torch.ones(4, 8)
    model[0].weight.grad = grad
    state = torch.get_rng_state()
    step(model, given)
    after = model.state_dict(keep_vars=True)
    assert after.keys() == before.keys()
    for name, (value, copy) in before.items():
        assert after[name] is value
        assert torch.equal(value, copy), name
    assert model[0].weight.grad is grad
    assert torch.equal(grad, torch.ones(4, 8))
    assert not any(module.training for module in model.modules())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.is_grad_enabled()


def test_a_network_that_asks_for_values_is_counted_on_the_cpu() -> None:
    found = step(Asks(), torch.ones(3, 8))
    assert (found.device, macs(found.forward), macs(found.backward)) == ("cpu", 96, 96)


def test_a_network_without_parameters_has_no_step() -> None:
    subject = of_spec(spec("input: [4]\nlayers: [ReLU]"))
    with pytest.raises(UsageError, match="mode train: the network has no parameters to train"):
        count_step(subject, subject.arguments, SGD)


def test_half_precision_moves_half_the_bytes() -> None:
    subject = of_spec(spec("input: [8]\nlayers: [{Linear: {out_features: 4}}]"))
    counts = [
        count_step(subject, subject.arguments, SGD, dtype=dtype) for dtype in (torch.float32, torch.bfloat16)
    ]
    whole, half = (summed(op.operations for op in found.update) for found in counts)
    assert whole is not None
    assert half is not None
    assert whole.moved_bytes == 2 * half.moved_bytes


def test_a_dict_of_inputs_that_asks_for_values_is_counted_on_the_cpu() -> None:
    """3 samples through 8 by 2: a product forward, one for the weights."""

    class Asks(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(8, 2)

        def forward(self, given: dict[str, torch.Tensor]) -> torch.Tensor:
            made: torch.Tensor = self.fc(given["x"])
            return made * made.mean().item()

    subject = subject_of(Asks, ["{x: 3x8}"])
    found = count_step(subject, subject.arguments, SGD)
    assert (found.device, found.batch, macs(found.forward), macs(found.backward)) == ("cpu", 3, 48, 48)
