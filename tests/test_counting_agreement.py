"""The two opinions on every layer kind's cost: the rule's formula, and the operators that PyTorch runs for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import nn

from archcheck import functions
from archcheck.built import Built
from archcheck.counting.passes import count_built
from archcheck.leaf import complete
from archcheck.operations import Count, Operations
from archcheck.rules import RULES, Effect, Shape, joins
from archcheck.rules.base import numel
from tests.rules_against_torch import Arguments
from tests.rules_against_torch_sequences import built, effect, tensors

INF = float("inf")
IMAGE = (2, 4, 8, 8)
SEQUENCE = (5, 2, 4)
RECURRENT: Arguments = {"input_size": 4, "hidden_size": 6}
BAG: Arguments = {"num_embeddings": 10, "embedding_dim": 4}
PAIRS: Arguments = {"in1_features": 4, "in2_features": 5, "out_features": 6}
HEADS: Arguments = {"embed_dim": 4, "num_heads": 2}
TRANSFORMER: Arguments = {"d_model": 4, "nhead": 2, "dim_feedforward": 8}

Case = tuple[str, tuple[Shape, ...], Arguments]


def _by_sides(sides: int) -> list[Case]:
    """Return cases of the kinds that move over 1, 2 or 3 sides."""
    x, lone = (2, 4, *[7] * sides), (4, *[7] * sides)
    convolution: Arguments = {"in_channels": 4, "out_channels": 6, "kernel_size": 3}
    weighted = {1: "linear", 2: "bilinear", 3: "trilinear"}[sides]
    cases: list[tuple[str, Shape, Arguments]] = [
        ("Conv", x, convolution | {"groups": 2, "stride": 2, "padding": 1}),
        ("Conv", x, convolution | {"bias": False, "padding": "same", "dilation": 2}),
        ("Conv", lone, convolution | {"padding": 2, "padding_mode": "circular"}),
        ("ConvTranspose", x, convolution | {"kernel_size": 4, "stride": 2, "groups": 2, "padding": 1}),
        ("ConvTranspose", x, convolution | {"stride": 2, "bias": False, "output_padding": 1}),
        ("MaxPool", x, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
        ("MaxPool", lone, {"kernel_size": 3, "return_indices": True}),
        ("AvgPool", x, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
        ("AvgPool", lone, {"kernel_size": 2}),
        ("LPPool", x, {"norm_type": 2, "kernel_size": 3, "stride": 2}),
        ("LPPool", x, {"norm_type": 3, "kernel_size": 2}),
        ("LPPool", x, {"norm_type": INF, "kernel_size": 3, "stride": 2}),
        ("AdaptiveAvgPool", x, {"output_size": 1}),
        ("AdaptiveAvgPool", x, {"output_size": 3}),
        ("AdaptiveAvgPool", lone, {"output_size": 7}),
        ("AdaptiveMaxPool", x, {"output_size": 3}),
        ("AdaptiveMaxPool", lone, {"output_size": 1, "return_indices": True}),
        ("BatchNorm", x, {"num_features": 4}),
        ("BatchNorm", x, {"num_features": 4, "affine": False}),
        ("BatchNorm", x, {"num_features": 4, "bias": False}),
        ("BatchNorm", x, {"num_features": 4, "track_running_stats": False}),
        ("InstanceNorm", x, {"num_features": 4}),
        ("InstanceNorm", lone, {"num_features": 4, "affine": True}),
        ("InstanceNorm", x, {"num_features": 4, "affine": True, "track_running_stats": True}),
        ("ZeroPad", x, {"padding": 1}),
        ("ConstantPad", x, {"padding": 1, "value": 2.0}),
        ("ReflectionPad", x, {"padding": 1}),
        ("ReplicationPad", x, {"padding": 1}),
        ("CircularPad", x, {"padding": 1}),
    ]
    unpooled: Case = (f"MaxUnpool{sides}d", ((2, 4, *[3] * sides),) * 2, {"kernel_size": 2})
    modes = [
        (
            {"mode": mode}
            if mode in ("nearest", "nearest-exact", "area")
            else {"mode": mode, "align_corners": True}
        )
        for mode in ("nearest", "nearest-exact", "area", weighted)
    ]
    resized: list[Case] = [("Upsample", (x,), mode | {"scale_factor": 2.0}) for mode in modes]
    resized += [("Upsample", (x,), mode | {"size": 5}) for mode in modes]
    return [(f"{name}{sides}d", (shape,), given) for name, shape, given in cases] + [unpooled, *resized]


ELEMENTWISE = (
    "ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "GELU", "Sigmoid", "Hardsigmoid", "LogSigmoid", "Tanh",
    "Tanhshrink", "Hardtanh", "Hardswish", "Hardshrink", "Softshrink", "Softplus", "Softsign", "SiLU", "Mish",
    "Identity", "PReLU", "RReLU", "GLU", "Softmax", "Softmin", "LogSoftmax", "Softmax2d", "Dropout", "Dropout2d",
    "Dropout3d", "AlphaDropout", "FeatureAlphaDropout",
)  # fmt: skip

CASES: list[Case] = [
    *((name, (IMAGE,), {}) for name in ELEMENTWISE),
    ("Dropout1d", ((2, 4, 8),), {}),
    ("Threshold", (IMAGE,), {"threshold": 0.1, "value": 2.0}),
    ("ELU", (IMAGE,), {"alpha": 2.0}),
    ("CELU", (IMAGE,), {"alpha": 2.0}),
    ("GELU", (IMAGE,), {"approximate": "tanh"}),
    ("Softplus", (IMAGE,), {"beta": 2.0}),
    ("PReLU", (IMAGE,), {"num_parameters": 4}),
    ("Softmax", (IMAGE,), {"dim": -1}),
    ("LogSoftmax", ((7,),), {"dim": 0}),
    ("GLU", ((3, 6),), {"dim": 1}),
    *(case for sides in (1, 2, 3) for case in _by_sides(sides)),
    ("FractionalMaxPool2d", (IMAGE,), {"kernel_size": 2, "output_size": 3}),
    ("FractionalMaxPool3d", ((2, 4, 7, 7, 7),), {"kernel_size": 2, "output_size": 3, "return_indices": True}),
    ("AvgPool2d", (IMAGE,), {"kernel_size": (2, 3), "stride": (1, 2), "divisor_override": 3}),
    ("AdaptiveAvgPool2d", (IMAGE,), {"output_size": (5, None)}),
    ("AdaptiveMaxPool2d", (IMAGE,), {"output_size": (5, 3)}),
    ("Upsample", (IMAGE,), {"scale_factor": 1.7, "mode": "bicubic"}),
    ("UpsamplingNearest2d", (IMAGE,), {"scale_factor": 2}),
    ("UpsamplingBilinear2d", (IMAGE,), {"scale_factor": 2}),
    ("PixelShuffle", (IMAGE,), {"upscale_factor": 2}),
    ("PixelUnshuffle", (IMAGE,), {"downscale_factor": 2}),
    ("ChannelShuffle", (IMAGE,), {"groups": 2}),
    ("Unfold", (IMAGE,), {"kernel_size": 3}),
    ("Fold", ((2, 8, 49),), {"output_size": 8, "kernel_size": 2}),
    ("Fold", ((8, 16),), {"output_size": 8, "kernel_size": 2, "stride": 2}),
    ("GroupNorm", (IMAGE,), {"num_groups": 2, "num_channels": 4}),
    ("GroupNorm", ((2, 4),), {"num_groups": 2, "num_channels": 4, "affine": False}),
    ("LayerNorm", (IMAGE,), {"normalized_shape": (8, 8)}),
    ("LayerNorm", (IMAGE,), {"normalized_shape": 8, "bias": False}),
    ("LayerNorm", (IMAGE,), {"normalized_shape": 8, "elementwise_affine": False}),
    ("RMSNorm", (IMAGE,), {"normalized_shape": 8}),
    ("RMSNorm", (IMAGE,), {"normalized_shape": (8, 8), "elementwise_affine": False}),
    ("SyncBatchNorm", (IMAGE,), {"num_features": 4}),
    ("LocalResponseNorm", (IMAGE,), {"size": 3}),
    ("LocalResponseNorm", ((2, 4, 8),), {"size": 2}),
    ("CrossMapLRN2d", (IMAGE,), {"size": 3}),
    ("CrossMapLRN2d", (IMAGE,), {"size": 5}),
    ("Linear", ((8,),), {"in_features": 8, "out_features": 5}),
    ("Linear", ((2, 8),), {"in_features": 8, "out_features": 5, "bias": False}),
    ("Linear", ((2, 3, 8),), {"in_features": 8, "out_features": 5}),
    ("Linear", ((2, 3, 4, 8),), {"in_features": 8, "out_features": 5}),
    ("Bilinear", ((2, 3, 4), (2, 3, 5)), PAIRS),
    ("Bilinear", ((4,), (5,)), PAIRS | {"bias": False}),
    ("Embedding", ((2, 3),), BAG),
    *(("EmbeddingBag", ((2, 3),), BAG | {"mode": mode}) for mode in ("sum", "mean", "max")),
    ("CosineSimilarity", ((2, 3, 4), (1, 3, 4)), {}),
    ("CosineSimilarity", ((2, 3, 4), (4,)), {"dim": -1}),
    *(("PairwiseDistance", ((2, 3, 4), (4,)), {"p": p}) for p in (0.0, 1.0, 2.0, 3.0, INF)),
    *((kind, (SEQUENCE,), RECURRENT) for kind in ("RNN", "GRU", "LSTM")),
    *(
        (kind, (SEQUENCE,), RECURRENT | {"num_layers": 2, "bidirectional": True})
        for kind in ("RNN", "GRU", "LSTM")
    ),
    *(
        (kind, (SEQUENCE,), RECURRENT | {"bias": False, "batch_first": True})
        for kind in ("RNN", "GRU", "LSTM")
    ),
    *((kind, ((5, 4),), RECURRENT) for kind in ("RNN", "GRU", "LSTM")),
    *((f"{kind}Cell", ((2, 4),), RECURRENT) for kind in ("RNN", "GRU", "LSTM")),
    *((f"{kind}Cell", ((4,),), RECURRENT | {"bias": False}) for kind in ("RNN", "GRU", "LSTM")),
    ("RNN", (SEQUENCE,), RECURRENT | {"nonlinearity": "relu"}),
    ("RNNCell", ((2, 4),), RECURRENT | {"nonlinearity": "relu"}),
    ("LSTM", (SEQUENCE,), RECURRENT | {"proj_size": 3}),
    ("MultiheadAttention", ((5, 2, 4),) * 3, HEADS),
    ("MultiheadAttention", ((5, 4),) * 3, HEADS | {"bias": False}),
    ("MultiheadAttention", ((2, 5, 4), (2, 3, 4), (2, 3, 4)), HEADS | {"batch_first": True}),
    (
        "MultiheadAttention",
        ((5, 2, 4), (3, 2, 5), (3, 2, 6)),
        HEADS | {"kdim": 5, "vdim": 6, "add_bias_kv": True, "add_zero_attn": True},
    ),
    ("TransformerEncoderLayer", ((3, 2, 4),), TRANSFORMER),
    ("TransformerEncoderLayer", ((2, 3, 4),), TRANSFORMER | {"batch_first": True, "norm_first": True}),
    ("TransformerEncoderLayer", ((3, 4),), TRANSFORMER | {"activation": "gelu", "bias": False}),
    ("TransformerDecoderLayer", ((5, 2, 4), (3, 2, 4)), TRANSFORMER),
    ("TransformerDecoderLayer", ((2, 5, 4), (2, 3, 4)), TRANSFORMER | {"batch_first": True}),
    ("Transformer", ((3, 2, 4), (5, 2, 4)), TRANSFORMER | {"num_encoder_layers": 2, "num_decoder_layers": 1}),
    ("Flatten", (IMAGE,), {}),
    ("Unflatten", (IMAGE,), {"dim": 1, "unflattened_size": (2, 2)}),
    ("flatten", (IMAGE,), {"start_dim": 1, "end_dim": -1}),
    ("reshape", (IMAGE,), {"shape": (2, -1)}),
    ("permute", (IMAGE,), {"dims": (0, 2, 3, 1)}),
    ("mean", (IMAGE,), {"dim": (2, 3), "keepdim": False}),
    ("mean", (IMAGE,), {"dim": (), "keepdim": True}),
    ("transpose", (IMAGE,), {"dim0": 1, "dim1": 2}),
    ("unflatten", (IMAGE,), {"dim": 1, "sizes": (2, 2)}),
    ("select", (IMAGE,), {"dim": 1, "index": 2}),
    ("narrow", (IMAGE,), {"dim": 2, "start": 1, "length": 3}),
    ("roll", (IMAGE,), {"shifts": (-1, 2), "dims": (2, 3)}),
    ("scaled", (IMAGE,), {"by": 0.5}),
    ("rotary", (IMAGE,), {"base": 10000.0}),
    ("rotary", ((3, 2),), {"base": 2.0}),
    ("relative_position_bias", ((15, 4),), {"window": (2, 3)}),
    ("shifted_window_mask", (IMAGE,), {"size": 8, "window": 4, "shift": 2}),
    ("parameter", (IMAGE,), {"size": (1, 3, 4), "expand": True}),
]

Extra = Callable[[Effect, tuple[Shape, ...], Arguments], tuple[int, int]]
"""The fewest and the most operations that PyTorch does beyond the formula."""


def _exactly(extra: Callable[[Effect, tuple[Shape, ...]], int]) -> Extra:
    return lambda said, shapes, arguments: (extra(said, shapes), extra(said, shapes))


def _root_of_mean(said: Effect, shapes: tuple[Shape, ...], arguments: Arguments) -> tuple[int, int]:
    extra = 0 if arguments["norm_type"] == INF else 4 * numel(said.output)
    return extra, extra


def _running_sum(said: Effect, shapes: tuple[Shape, ...], arguments: Arguments) -> tuple[int, int]:
    fewer = (arguments["size"] - 1) * numel(said.output)
    return -fewer, 2 * numel(said.output) - fewer


DIFFERENT: Mapping[str, tuple[Extra, str]] = {
    **{
        f"LPPool{sides}d": (
            _root_of_mean,
            "takes a mean and multiplies it back; ReLU and sign before the root",
        )
        for sides in (1, 2, 3)
    },
    "LocalResponseNorm": (
        _exactly(lambda said, shapes: numel(said.output)),
        "averages the window: divides by size, then multiplies by alpha",
    ),
    "CrossMapLRN2d": (
        _running_sum,
        "keeps a running sum: a channel in, a channel out, in place of size - 1 sums",
    ),
    "CosineSimilarity": (
        _exactly(lambda said, shapes: 2 * numel(shapes[0]) - numel(said.output)),
        "divides both inputs by their lengths: 2D divisions and a comparison more, a product and a division fewer",
    ),
}
"""Kinds whose implementation is not the formula that PyTorch documents: what it does besides, and why."""


class _Function(nn.Module):
    """One of PyTorch's functions as a module."""

    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)


def counted(kind: str, shapes: tuple[Shape, ...], arguments: Arguments) -> Count:
    with torch.device("meta"):
        made: Any = built(kind, arguments)
        module = made if isinstance(made, nn.Module) else _Function(made)
        inputs = tensors(kind, shapes, shared=True)
    if kind.startswith("MaxUnpool"):
        inputs[1] = inputs[1].long()
    return count_built(Built(module, {"": module}, {"": kind}), (tuple(inputs), {}))


@pytest.mark.parametrize(("kind", "shapes", "arguments"), CASES, ids=[f"{one[0]}-{one[2]}" for one in CASES])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_formula_is_what_the_operators_do(
    kind: str, shapes: tuple[Shape, ...], arguments: Arguments
) -> None:
    said, count = effect(kind, *shapes, **arguments), counted(kind, shapes, arguments)
    assert count.unknown == ()
    done = count.operations or Operations()
    assert (count.params, done.mul_adds) == (said.params, said.macs)
    fewest, most = DIFFERENT[kind][0](said, shapes, arguments) if kind in DIFFERENT else (0, 0)
    assert said.flops + fewest <= done.flops <= said.flops + most, [op.name for op in count.calls[0].work.ops]


def test_every_kind_with_a_rule_is_compared() -> None:
    assert {case[0] for case in CASES} == set(RULES)


@pytest.mark.parametrize("kind", sorted(DIFFERENT))
def test_no_kind_is_called_different_that_agrees(kind: str) -> None:
    cases = [case for case in CASES if case[0] == kind]
    differences = [
        (counted(*case).operations or Operations()).flops - effect(case[0], *case[1], **case[2]).flops
        for case in cases
    ]
    assert any(differences)


HEADS_OF = ((2, 4, 5, 8), (2, 4, 3, 8), (2, 4, 3, 6))
FEWER = ((2, 4, 5, 8), (2, 2, 3, 8), (2, 2, 3, 8))
JOINED = [
    # join, the shapes of its branches, arguments, why this row
    ("add", (IMAGE, IMAGE, (4, 1, 1)), {}, "three, the last of them broadcast"),
    ("mul", (IMAGE, (2, 4, 1, 1)), {}, "a gate a channel"),
    ("concat", (IMAGE, (2, 3, 8, 8)), {}, "moves and computes nothing"),
    ("matmul", ((2, 3, 4, 5), (2, 3, 5, 6)), {}, "a product a head"),
    ("scaled_dot_product_attention", HEADS_OF, {}, "values of another width"),
    ("scaled_dot_product_attention", HEADS_OF, {"scale": 0.5}, "another scale"),
    ("scaled_dot_product_attention", HEADS_OF, {"is_causal": True}, "a causal mask, whose zeros are computed"),
    ("scaled_dot_product_attention", (*HEADS_OF, (4, 5, 3)), {}, "a mask a head"),
    ("scaled_dot_product_attention", FEWER, {"enable_gqa": True}, "two heads of queries to one of keys"),
]  # fmt: skip


class _Join(nn.Module):
    """One of archcheck's joins as a module that is called with the results of its branches."""

    def __init__(self, kind: str, arguments: Arguments) -> None:
        super().__init__()
        self.kind, self.arguments = kind, arguments

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        return functions.JOINS[self.kind](*given, **self.arguments)


@pytest.mark.parametrize(("kind", "shapes", "arguments", "why"), JOINED)
def test_joins_cost_what_the_operators_do(
    kind: str, shapes: tuple[Shape, ...], arguments: Arguments, why: str
) -> None:
    said, module = joins.JOINS[kind](*shapes, **complete(kind, arguments)), _Join(kind, arguments)
    inputs = tuple(torch.empty(shape, device="meta") for shape in shapes)
    count = count_built(Built(module, {"": module}, {"": kind}), (inputs, {}))
    assert count.unknown == ()
    done = count.operations or Operations()
    assert (done.mul_adds, done.flops) == (said.macs, said.flops), why


def test_every_join_is_compared() -> None:
    assert {row[0] for row in JOINED} == set(joins.JOINS)
