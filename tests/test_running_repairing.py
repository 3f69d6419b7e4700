"""What an error says of the sizes that were ours is taken up; those that the document states stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from archcheck.arguments import Argument
from archcheck.running.devices import on_device
from archcheck.running.first_layer import Ours
from archcheck.running.repairing import repaired
from archcheck.running.trying import tensor_of
from archcheck.running.varying import with_arguments
from archcheck.units import Shape

N, D, H, W = Ours(2), Ours(11), Ours(13), Ours(17)
WRONG: list[tuple[Callable[..., object], Shape, Shape, str]] = [
    # what is called                                  with                goes with            why this row
    (lambda: nn.Linear(24, 5), (N, D), (2, 24), "two factors"),
    (lambda: nn.Linear(24, 5), (N, H, D), (2, 13, 24), "of three axes"),
    (lambda: lambda x: sum(x.split([8, 8], 1)), (N, D), (2, 16), "parts"),
    (lambda: lambda x: torch.einsum("bc,cd->bd", x, torch.zeros(24, 3)), (N, D), (2, 24), "subscripts"),
    (lambda: nn.BatchNorm1d(24), (N, D), (2, 24), "statistics"),
    (lambda: nn.LayerNorm(24), (N, H, D), (2, 13, 24), "what is normalized"),
    (lambda: nn.GroupNorm(6, 24), (N, D, H, W), (2, 24, 13, 17), "what is normalized in groups"),
    (lambda: nn.GRU(24, 5), (H, N, D), (13, 2, 24), "what goes into a step"),
    (lambda: nn.MultiheadAttention(24, 4), (H, N, D), (13, 2, 24), "what attends"),
    (lambda: lambda x: x + torch.zeros(24), (N, D), (2, 24), "a sum"),
    (lambda: lambda x: torch.cat([x, torch.zeros(2, 24)]), (N, D), (2, 24), "joined"),
    (lambda: lambda x: x.view(2, 6, 4), (N, D), (2, 24), "seen otherwise"),
    (lambda: lambda x: torch.bmm(x, torch.zeros(2, 24, 3)), (N, H, D), (2, 13, 24), "products in a batch"),
    (lambda: nn.MaxPool2d(60), (N, D, H, W), (2, 11, 64, 64), "an image that is too small"),
    (lambda: lambda x: nn.Linear(24, 5)(x.repeat(1, 3)), (N, D), (2, 8), "a third of a factor"),
    (lambda: _of_axes_two_to_three, (N,), (2, 7), "fewer axes than are told"),
    (lambda: lambda x: [n + c for n, c in [x.shape]], (N, D, H), (2, 13), "more axes than names"),
    (lambda: lambda x: x[:, :, 0], (N, D), (2, 7, 11), "more indices than axes"),
    (lambda: lambda x: x[:, 12], (N, D), (2, 16), "an index beyond the last"),
    (lambda: _added_to_24, (N, D), (2, 24), "added"),
    (lambda: lambda x: [h * w for h, w in [x.shape[2:]]], (N, D, H), (2, 7, 11, 13), "a part of its axes"),
    (lambda: lambda x: x.shape[3], (N, D, H), (2, 7, 11, 13), "an axis that it has not"),
    (lambda: nn.BatchNorm2d(11), (N, D), (2, 11, 13, 11), "what a layer says of them"),
    (lambda: _of_parts_of_48, (N, D, H, W), (2, 11, 48, 96), "an image without whole parts"),
    (lambda: _of_shape_3_by_anything, (N,), (3, 11), "a shape that is spelt out"),
    (lambda: nn.Conv2d(11, 3, 100), (N, D, H, W), (2, 11, 224, 224), "one that is smaller than a kernel"),
]


def _of_shape_3_by_anything(x: torch.Tensor) -> None:
    assert x.dim() == 2, f"Expected index with shape=(3,E) got {x.shape}"
    assert x.shape[0] == 3


def _of_axes_two_to_three(x: torch.Tensor) -> None:
    if x.dim() not in (2, 3):
        raise ValueError(f"Expected input ndim in (2, 3); got {x.dim()}.")


def _added_to_24(x: torch.Tensor) -> None:
    if x.shape[1] != 24:
        raise RuntimeError(f"shape must match. Got self.shape = {[*x.shape]} source.shape = [2, 24]")


def _of_parts_of_48(x: torch.Tensor) -> None:
    if x.shape[2] % 48 or x.shape[3] % 48:
        raise ValueError(f"sides {x.shape[2]} must be divisible by patch * window = 48")


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize(("make", "shape", "goes", "why"), WRONG, ids=[row[3] for row in WRONG])
def test_the_size_that_is_wanted(
    make: Callable[..., object], shape: Shape, goes: Shape, why: str, device: str
) -> None:
    with torch.device(device):
        called = make()
        model = (lambda x: called(x, x, x)) if isinstance(called, nn.MultiheadAttention) else called
        assert _shape_that_goes(model, ((Argument(shape),), {})) == goes, why


def _shape_that_goes(model: object, call: object) -> Shape | None:
    """Return the shape of the first argument of the first call that goes through, after at most three errors."""
    for _ in range(3):
        try:
            args, kwargs = with_arguments(call, lambda one: tensor_of(one, torch.get_default_device()))
            model(*args, **kwargs)  # type: ignore[operator]
        except Exception as error:
            call = next(repaired(call, str(error).splitlines()[0]), None)
            if call is None:
                return None
        else:
            return call[0][0].shape  # type: ignore[index, no-any-return]
    return None


def test_a_convolution_says_its_channels() -> None:
    with on_device(torch.device("meta")), pytest.raises(RuntimeError) as raised:
        nn.Conv2d(3, 5, 3)(torch.zeros(2, 11, 13, 17))
    (call,) = repaired(((Argument((N, D, H, W)),), {}), str(raised.value))
    assert call == ((Argument((2, 3, 13, 17)),), {})


STAYS: list[tuple[str, Shape, str]] = [
    ("mat1 and mat2 shapes cannot be multiplied (2x11 and 24x5)", (2, 11), "sizes that are stated"),
    ("mat1 and mat2 shapes cannot be multiplied (2x13 and 24x5)", (N, D), "a size that is none of ours"),
    ("shape '[2, -1, 4]' is invalid for input of size 22", (N, D), "nothing says which"),
    ("something else with 11 and 24", (N, D), "an error that nobody knows"),
    ("x" * 300, (N, D), "a long one"),
    ("index 5 is out of bounds for dimension 0 with size 4", (N, D), "an index into another tensor"),
    ("index 5 is out of bounds for dimension 1 with size 2", (7, 2), "an axis whose size is stated"),
    ("(2x11 and 9000000x5)", (N, D), "more values than anybody means"),
    ("too many indices for tensor of dimension 3", (N, D), "axes of another tensor"),
    ("sides must be divisible by 12", (N, D), "sides of what is no image"),
    ("sides must be divisible by 12", (2, 3, 13, 17), "sides that are stated"),
    ("not enough values to unpack (expected 4, got 2)", (2, 3), "axes that are stated"),
]


@pytest.mark.parametrize(("error", "shape", "why"), STAYS, ids=[row[2] for row in STAYS])
def test_nothing_is_made_of_what_says_nothing(error: str, shape: Shape, why: str) -> None:
    assert list(repaired(((Argument(shape),), {}), error)) == []


def test_all_that_have_the_size_change() -> None:
    (call,) = repaired(((Argument((N, D)), Argument((D, H))), {"z": Argument((11, D))}), "(2x11 and 24x5)")
    assert call == ((Argument((2, 24)), Argument((24, 13))), {"z": Argument((11, 24))})


def test_types_are_tried_one_by_one() -> None:
    call: tuple[Any, ...] = ((Argument((N, D)), Argument((N,))), {})
    with pytest.raises(RuntimeError, match="indices") as raised:
        functional.embedding(torch.zeros(2, 3), torch.zeros(4, 5))
    dtypes = [[one.dtype for one in found[0]] for found in repaired(call, str(raised.value).splitlines()[0])]
    assert dtypes == [["float32", "int64"], ["int64", "float32"]]
    dtypes = [[one.dtype for one in found[0]] for found in repaired(call, "expected predicate to be bool")]
    assert dtypes == [["float32", "bool"], ["bool", "float32"]]
