"""The same count whatever surrounds it, and where a network is counted that cannot do without values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import flex_attention

from archcheck.arguments import Argument, Arguments
from archcheck.counting.passes import asks_for_values, count_subject
from archcheck.errors import TargetError
from archcheck.operations import Count
from archcheck.python_model import of_object
from archcheck.subject import Subject

ARGUMENTS = Arguments((Argument((2, 8, 32)),))


def subject(make: object, arguments: Arguments = ARGUMENTS) -> Subject:
    return of_object(make, arguments, {})


def counted(make: object) -> Count:
    return count_subject(subject(make), ARGUMENTS)


def heads(x: torch.Tensor) -> torch.Tensor:
    return x.view(2, 8, 4, 8).transpose(1, 2)


class Attention(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.scaled_dot_product_attention(heads(x), heads(x), heads(x))


class Causal(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.scaled_dot_product_attention(heads(x), heads(x), heads(x), is_causal=True)


class Masked(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mask = torch.ones(8, 8, dtype=torch.bool).tril()
        return F.scaled_dot_product_attention(heads(x), heads(x), heads(x), mask)


class Grouped(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        few = heads(x)[:, :2]
        return F.scaled_dot_product_attention(heads(x), few, few, enable_gqa=True)


class Weightless(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(32, 4, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gave: torch.Tensor = self.attention(x, x, x, need_weights=False)[0]
        return gave


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(32, 16, 2, batch_first=True, bidirectional=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gave: torch.Tensor = self.lstm(x)[0]
        return gave


def encoder() -> nn.Module:
    return nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True)


MAKERS: list[tuple[Callable[[], nn.Module], int, str]] = [
    # N 2, tokens 8, width 32, 4 heads: scores and sums are 2 * 2 * 8 * 8 * 32 multiply-accumulates
    (Attention, 8192, "scaled_dot_product_attention"),
    (Causal, 8192, "what a causal mask hides is counted"),
    (Masked, 8192, "a mask of truth values"),
    (Grouped, 8192, "two heads of keys for four of queries"),
    (Weightless, 8192 + 4 * 16 * 32 * 32, "MultiheadAttention without its weights"),
    (encoder, 8192 + 4 * 16 * 32 * 32 + 2 * 16 * 32 * 64, "TransformerEncoderLayer: no fast path"),
    (Recurrent, 2 * 16 * 64 * (32 + 16) * 2, "an LSTM's two layers, both of 32 inputs: no fused kernel"),
]


@contextmanager
def fast_path(on: bool) -> Iterator[None]:
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(on)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


AROUND: list[tuple[Callable[[], Any], str]] = [
    (torch.no_grad, "no_grad"),
    (torch.enable_grad, "enable_grad"),
    (torch.inference_mode, "inference_mode"),
    (lambda: fast_path(False), "fast path off"),
    (lambda: sdpa_kernel(SDPBackend.FLASH_ATTENTION), "flash attention alone"),
    (lambda: torch.device("cpu"), "a default device"),
]


@pytest.mark.parametrize(("make", "mul_adds", "why"), MAKERS, ids=[row[2] for row in MAKERS])
def test_the_same_count_whatever_is_around_it(make: Callable[[], nn.Module], mul_adds: int, why: str) -> None:
    """In the caller, in the model's own forward, in the model's flags: all rows, operators and bytes."""
    usual = counted(make)
    assert usual.operations is not None
    assert usual.operations.mul_adds == mul_adds
    for around, name in AROUND:
        with around():
            assert counted(make) == usual, f"in {name}"
        if name != "a default device":
            assert work(counted(lambda around=around: _inside(make(), around))) == work(usual), (
                f"in it {name}"
            )
    assert count_subject(subject(lambda: make().train()), ARGUMENTS) == usual, "a model in training mode"
    assert count_subject(subject(make()), ARGUMENTS) == usual, "a model with weights"
    trained = count_subject(subject(make), ARGUMENTS, train=True)
    assert trained.operations == usual.operations, "training mode (without dropout)"


def _inside(model: nn.Module, around: Callable[[], Any]) -> nn.Module:
    """Let a model's forward run inside of something, as a decorator would."""
    kind: Any = type(model)

    def run(self: nn.Module, *given: Any) -> Any:
        with around():
            return kind.forward(self, *given)

    model.__class__ = type(kind.__name__, (kind,), {"forward": run})
    return model


def work(count: Count) -> list[tuple[object, ...]]:
    """Return what each row did, wherever it stands and whosever code it is."""
    return [(call.type, call.kind, call.params, call.work) for call in count.calls]


def plus_distance(
    score: torch.Tensor, _: torch.Tensor, __: torch.Tensor, i: torch.Tensor, j: torch.Tensor
) -> torch.Tensor:
    return score + (i - j)


class Flexible(nn.Module):
    def __init__(self, score_mod: Any = None) -> None:
        super().__init__()
        self.score_mod = score_mod

    def forward(self, x: torch.Tensor) -> Any:
        return flex_attention(heads(x), heads(x), heads(x), score_mod=self.score_mod)


def test_flexible_attention_costs_what_attention_does() -> None:
    """As `Attention`, its softmax too: 2 * 4 * 8 * 8 scores, and a row is summed with one addition less."""
    (found,) = [call.operations for call in counted(Flexible).calls if call.type == "flex_attention"]
    assert found is not None
    assert (found.mul_adds, found.exponentials, found.divisions, found.adds) == (8192, 512, 512, 512 - 64)


def test_flexible_attention_with_a_function_on_its_scores_is_unknown() -> None:
    found = counted(lambda: Flexible(plus_distance))
    assert (found.unknown, found.operations) == (("flex_attention",), None)


class Item(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * x.mean().item()


class Chosen(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[x > -1e9].sum()


class Decides(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1 if x.sum() > -1e9 else x


class Elsewhere(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.zeros(32, device="cpu")


class LooksWhileBuilt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(32, int(torch.linspace(1, 8, 8).sum().item()))
        self.register_buffer("kept", torch.from_numpy(torch.zeros(3).numpy()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gave: torch.Tensor = self.layer(x) + self.kept.sum()  # type: ignore[operator]
        return gave


class Makes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.places = nn.Embedding(100, 32)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gave: torch.Tensor = x + self.places(torch.arange(x.shape[1])) + torch.zeros(x.shape[1], 32)
        return gave + torch.tensor([1.0])


N = 2 * 8 * 32
WITHOUT_META: list[tuple[type[nn.Module], str, int, str]] = [
    # model, the device that it is counted on, flops, why
    (Item, "cpu", N + N, "`.item()`: a mean and a product"),
    (Chosen, "cpu", N + N - 1, "a mask of truth values: a comparison each, a sum"),
    (Decides, "cpu", N - 1 + 1 + N, "`if` on a tensor: a sum, a comparison, an addition each"),
    (Elsewhere, "cpu", N, "a tensor that it puts on the CPU itself"),
    (
        LooksWhileBuilt,
        "meta",
        2 * 16 * 32 * 36 + 16 * 36 + 2 + 16 * 36,
        "a constructor that looks: built on the CPU",
    ),
    (Makes, "meta", 3 * N, "tensors without a device: on meta like the rest"),
]


@pytest.mark.parametrize(
    ("kind", "device", "flops", "why"), WITHOUT_META, ids=[row[3] for row in WITHOUT_META]
)
def test_where_a_network_is_counted(kind: type[nn.Module], device: str, flops: int, why: str) -> None:
    found = counted(kind)
    assert found.operations is not None, found.unknown
    assert (found.device, found.operations.flops) == (device, flops)


def test_a_count_on_the_cpu_is_that_on_meta() -> None:
    """The same rows and operators, from a model that asks for a value besides: one mean and one comparison more."""

    class Asks(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = encoder()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            assert float(x.mean()) < 1e9
            gave: torch.Tensor = self.layer(x)
            return gave

    found, usual = counted(Asks), counted(encoder)
    assert found.device == "cpu"
    leaves = [call.work for call in found.calls if call.kind == "module"]
    assert leaves == [call.work for call in usual.calls if call.kind == "module"]


def test_a_shape_that_does_not_fit_is_not_tried_on_the_cpu() -> None:
    """A large model would take seconds and gigabytes to say the same."""
    built: list[str] = []

    def make() -> nn.Module:
        built.append(torch.empty(()).device.type)
        return nn.Linear(31, 4)

    with pytest.raises(TargetError) as caught:
        counted(make)
    said = str(caught.value)
    assert said == (
        "make: its forward raised RuntimeError: a and b must have same reduction dim, but got [16, 32] X [31, 4]."
    )
    assert set(built) == {"meta"}


class FailsAnyway(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.sum().item() > -1e9:
            raise ValueError("no such\nlayer")
        return x


def test_what_fails_on_the_cpu_too_is_told_in_a_line() -> None:
    with pytest.raises(TargetError) as caught:
        counted(FailsAnyway)
    assert str(caught.value).startswith("FailsAnyway: its forward raised ValueError at ")
    assert str(caught.value).endswith(": no such")


ASKED: list[tuple[BaseException, bool]] = [
    (RuntimeError("Tensor.item() cannot be called on meta tensors"), True),
    (NotImplementedError("Cannot copy out of meta tensor; no data!"), True),
    (
        RuntimeError(
            "Expected all tensors to be on the same device, but got mat2 is on cpu, different from meta"
        ),
        True,
    ),
    (RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x7 and 8x8)"), False),
    (ValueError("wrong"), False),
]


@pytest.mark.parametrize(("error", "asks"), ASKED, ids=[str(row[0])[:30] for row in ASKED])
def test_what_only_values_would_help(error: BaseException, asks: bool) -> None:
    assert asks_for_values(error) is asks


def test_an_error_in_place_of_another_is_looked_through() -> None:
    def wrapped() -> None:
        try:
            torch.empty(1, device="meta").item()
        except RuntimeError as error:
            raise ValueError("bad model") from error

    with pytest.raises(ValueError, match="bad model") as caught:
        wrapped()
    assert asks_for_values(caught.value)


def test_inference_mode_is_itself_again() -> None:
    counted(encoder)
    with torch.inference_mode():
        assert torch.is_inference_mode_enabled()
