"""What each tool counts, worked out by hand from the tool's formulas; the tools themselves are asked elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import pytest
import torch
from torch import nn

from archcheck.built import of_module
from archcheck.conventions import CONVENTIONS, tellings, told
from archcheck.costs import Told
from archcheck.counting.passes import count_built
from archcheck.operations import Count, CountedCall, Work
from tests.told_models import MODELS, Functions, Products, alexnet

Multiply = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@cache
def counted_model(name: str) -> Count:
    make, shapes, _ = MODELS[name]
    return counted(make().eval(), *shapes)


def counted(model: nn.Module, *shapes: tuple[int, ...]) -> Count:
    tensors = tuple(torch.empty(shape, device="meta") for shape in shapes)
    return count_built(of_module(model), (tensors, {}))


def amount(model: nn.Module, name: str, *shapes: tuple[int, ...]) -> int | None:
    return told(counted(model, *shapes), name).amount


# One layer on (2, 6, 8, 8) or what is said; the tools' own formulas, sources in the pages of archcheck/conventions.
CONV = (2 * 4 * 6 * 6, 6 * 9)  # the output's elements, the weights that each one meets
BY_HAND = [
    # layer, input, tool, worked out, why this row
    (nn.Conv2d(6, 4, 3), (2, 6, 8, 8), "torch", 2 * math.prod(CONV), "2 a MAC, no bias"),
    (nn.Conv2d(6, 4, 3), (2, 6, 8, 8), "fvcore", math.prod(CONV), "1 a MAC, no bias"),
    (nn.Conv2d(6, 4, 3), (2, 6, 8, 8), "torchinfo", math.prod(CONV) + CONV[0], "with bias"),
    (nn.Conv2d(6, 4, 3), (2, 6, 8, 8), "thop", math.prod(CONV), "without bias"),
    (nn.Conv2d(6, 4, 3), (2, 6, 8, 8), "ptflops", math.prod(CONV) + CONV[0], "with bias"),
    (nn.Conv2d(6, 4, 3), (2, 6, 8, 8), "paper", math.prod(CONV), "multiply-adds"),
    (nn.Conv2d(6, 4, 3), (2, 6, 8, 8), "netscope", math.prod(CONV), "macc"),
    (nn.Conv2d(6, 4, 3, groups=2), (2, 6, 8, 8), "netscope", math.prod(CONV) // 2, "over groups"),
    (nn.Conv2d(6, 4, 3, padding="same"), (2, 6, 8, 8), "fvcore", 0, "aten::_convolution_mode has no handle"),
    (
        nn.ConvTranspose2d(6, 4, 2, 2),
        (2, 6, 8, 8),
        "fvcore",
        2 * 6 * 64 * 4 * 4,
        "every input element, 4 x 2 x 2",
    ),
    (
        nn.ConvTranspose2d(6, 4, 2, 2),
        (2, 6, 8, 8),
        "thop",
        2 * 4 * 256 * 6 * 4,
        "every output element, 6 x 2 x 2",
    ),
    (
        nn.ConvTranspose2d(6, 4, 2, 2),
        (2, 6, 8, 8),
        "netscope",
        6 * 4 * 2 * 256,
        "kernel / stride is 1 a side",
    ),
    (nn.Linear(8, 5), (2, 3, 8), "fvcore", 2 * 3 * 8 * 5, "every row"),
    (nn.Linear(8, 5), (2, 3, 8), "torchinfo", 2 * (8 * 5 + 5), "once a sample, rows unseen"),
    (nn.Linear(8, 5), (2, 3, 8), "ptflops", 6 * (8 * 5 + 5), "every row, with bias"),
    (nn.BatchNorm2d(6), (2, 6, 8, 8), "fvcore", 2 * 768, "2 an element in evaluation"),
    (nn.BatchNorm2d(6), (2, 6, 8, 8), "torchinfo", 2 * 12, "weight and bias, once a sample"),
    (nn.BatchNorm2d(6), (2, 6, 8, 8), "thop", 4 * 768, "2 an element, twice for its weights"),
    (nn.BatchNorm2d(6, affine=False), (2, 6, 8, 8), "thop", 2 * 768, "no weights"),
    (nn.BatchNorm2d(6), (2, 6, 8, 8), "ptflops", 2 * 768, "2 an element with weights"),
    (nn.BatchNorm2d(6), (2, 6, 8, 8), "netscope", 768, "Caffe's Scale"),
    (nn.LayerNorm(8), (2, 6, 8, 8), "fvcore", 5 * 768, "a rough estimate, it says"),
    (nn.ReLU(), (2, 6, 8, 8), "ptflops", 2 * 768, "nn.ReLU calls F.relu: both are counted"),
    (nn.ReLU6(), (2, 6, 8, 8), "ptflops", 768, "nn.ReLU6 calls F.hardtanh, which is not"),
    (nn.SiLU(), (2, 6, 8, 8), "ptflops", 768, "F.silu is counted, the module is not"),
    (nn.MaxPool2d(2), (2, 6, 8, 8), "ptflops", 2 * 768, "the input's elements, twice"),
    (nn.AvgPool2d(2), (2, 6, 8, 8), "thop", 192, "the output's elements"),
    (nn.AdaptiveAvgPool2d(2), (2, 6, 8, 8), "thop", (16 + 1) * 48, "a window of 4 x 4, and 1"),
    (nn.AdaptiveAvgPool2d(2), (2, 6, 8, 8), "fvcore", 768, "the input's elements"),
    (nn.Softmax(dim=1), (2, 6), "thop", 2 * (6 + 5 + 6), "exp, add, divide"),
    (nn.LocalResponseNorm(5), (2, 6, 8, 8), "netscope", 5 * 768, "the sum of squares"),
    (nn.LocalResponseNorm(5), (2, 6, 8, 8), "ptflops", 3 * 768 + 2 * 10 * 64, "mul, mul, add, a padded pool"),
    (nn.Embedding(50, 8), None, "torchinfo", 2 * 400, "the whole table, once a sample"),
    (
        nn.LSTM(8, 5, batch_first=True),
        (2, 3, 8),
        "torchinfo",
        6 * 4 * 5 * (8 + 5 + 2),
        "2 x 3, with both biases",
    ),
    (
        nn.LSTM(8, 5, batch_first=True),
        (2, 3, 8),
        "thop",
        6 * (4 * 5 * (13 + 3) + 4 * 5),
        "gates, biases, hadamards",
    ),
    (
        nn.LSTM(8, 5, batch_first=True),
        (2, 3, 8),
        "ptflops",
        6 * (20 * 13 + 2 * 20 + 10 * 5),
        "the same, by its own",
    ),
    (nn.LSTM(8, 5, batch_first=True), (2, 3, 8), "fvcore", 0, "aten::lstm has no handle"),
    (nn.LSTMCell(8, 5), (2, 8), "torchinfo", 2 * 5 * 20 * (8 + 5 + 2), "the output's two axes: 2 x 5"),
]


@pytest.mark.parametrize(("layer", "shape", "name", "wanted", "why"), BY_HAND)
def test_a_layer_as_a_tool_tells_it(
    layer: nn.Module, shape: tuple[int, ...] | None, name: str, wanted: int, why: str
) -> None:
    tensor = torch.zeros(2, 3, dtype=torch.int64) if shape is None else torch.zeros(shape)
    count = count_built(of_module(layer), ((tensor.to("meta"),), {}))
    assert told(count, name).amount == wanted, why


def test_functions_are_seen_by_tracing_and_not_by_hooks() -> None:
    count = counted(Functions(), (1, 3, 12, 12))
    convolved = 8 * 27 * 144
    assert told(count, "fvcore").amount == convolved + 8 * 9 + 8 * 6 + 6 * 5, "and the pooling of 3 x 3"
    assert told(count, "torchinfo").amount == 6 * 5 + 5, "the one layer, with its bias"
    assert told(count, "thop").amount == 6 * 5, "the one layer, without"
    assert told(count, "paper").amount == convolved + 8 * 6 + 6 * 5


# (1, 4, 8) through a linear layer of 8 x 8 with biases, then times its own transpose: 4 x 8 by 8 x 4.
LAYER, PRODUCT = 4 * (64 + 8), 4 * 8 * 4
WAYS: list[tuple[Multiply, int, str]] = [
    (lambda a, b: torch.matmul(a, b), LAYER + PRODUCT, "ptflops replaces torch.matmul"),
    (lambda a, b: a.matmul(b), LAYER + PRODUCT, "and a tensor's"),
    (lambda a, b: a @ b, LAYER, "Python's operator asks for neither"),
    (lambda a, b: torch.mul(torch.add(a, 1), 2), LAYER + 2 * 32, "1 an element each"),
    (lambda a, b: a.add(1).mul(2), LAYER + 2 * 32, "and as methods"),
    (lambda a, b: 2 * (a + 1), LAYER, "not as operators"),
]


@pytest.mark.parametrize(("way", "wanted", "why"), WAYS)
def test_a_function_or_method_is_not_an_operator(way: Multiply, wanted: int, why: str) -> None:
    assert amount(Products(way), "ptflops", (1, 4, 8)) == wanted, why


def test_fvcore_reads_four_digits_of_an_einsum() -> None:
    product = Products(lambda a, b: torch.einsum("nij,njk->nik", a, b))
    assert amount(product, "fvcore", (2, 13, 8)) == 26 * 64 + 2704, (
        "2 x 13 x 8 x 13: 5.408e+03 for 5,408 operations"
    )
    long = amount(product, "fvcore", (2, 117, 8))
    assert long == 234 * 64 + 219_000, "438,048 operations are printed as 4.380e+05"


def test_what_cannot_be_known_is_unknown_and_says_why() -> None:
    assert told(counted(nn.Sequential(nn.Linear(4, 4), nn.GELU()), (1, 4)), "netscope") == Told(
        "Netscope", None, "macc", "unknown: 1: Netscope has no layer for GELU"
    )
    assert told(counted(nn.AdaptiveAvgPool2d(3), (1, 2, 8, 8)), "netscope").amount is None, (
        "neither global nor a window"
    )


def test_what_a_convention_calls_its_number() -> None:
    count = counted(alexnet(), (1, 3, 127, 127))
    fvcore = told(count, "fvcore")
    assert (fvcore.convention, fvcore.unit, fvcore.note) == ("fvcore", "flops", "a flop is a MAC there")
    with pytest.raises(KeyError, match="caffe"):
        told(count, "caffe")


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_tellings_add_up_to_what_is_told(name: str) -> None:
    for model, (_, _, why) in MODELS.items():
        count = counted_model(model)
        parts = [telling.amount for _, telling in tellings(count, name)]
        total = None if None in parts else sum(part for part in parts if part is not None)
        assert told(count, name).amount == total, why
        assert total is not None or name == "netscope", why


def test_rows_that_did_not_run_cost_nothing_in_any_convention() -> None:
    row = CountedCall("x", "Linear", "not run", Work((), (), (), None), 20, (("weight", (4, 5)),), "nn")
    count = Count((row,), 20, (), "meta")
    assert {told(count, name).amount for name in CONVENTIONS} == {0}


def test_netscope_tells_other_operations_apart() -> None:
    layers = (
        nn.ReLU(),
        nn.LocalResponseNorm(5),
        nn.MaxPool2d(2),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Softmax(dim=1),
    )
    told_all = told(counted(nn.Sequential(*layers), (1, 6, 8, 8)), "netscope")
    compared, added, divided, raised = 384 + 96 * 4, 384 + 24 * 4 + 24, 2 * 384 + 24, 384 + 24
    assert told_all.note.endswith(f": comp {compared}, add {added}, div {divided}, exp {raised}")
    assert told_all.amount == 5 * 384, "the squares of the norm"
