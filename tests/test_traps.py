"""What operation counters get wrong: each model a few lines, its number worked out beside it.

Every row is counted with and without gradients, in training and in evaluation, on meta and on the CPU, and always says
the same.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils import parametrizations
from torch.utils.checkpoint import checkpoint

from archcheck.arguments import Argument, Arguments
from archcheck.built import of_module
from archcheck.counting.passes import count_built, count_subject
from archcheck.operations import Count
from archcheck.subject import Subject
from archcheck.tensors import empty_call, random_call

CPU, META = torch.device("cpu"), torch.device("meta")


class Using(nn.Module):
    """Runs a function of itself and its inputs; what it holds is given by name."""

    def __init__(self, run: Callable[..., Any], **held: nn.Module | nn.Parameter) -> None:
        super().__init__()
        self.run = run
        for name, value in held.items():
            setattr(self, name, value)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.run(self, *args, **kwargs)


def weights(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(shape))


def linear(inside: int = 64, out: int = 64) -> nn.Linear:
    return nn.Linear(inside, out, bias=False)


def floats(*shapes: tuple[int, ...]) -> Arguments:
    return Arguments(tuple(Argument(shape) for shape in shapes))


def ids(*shape: int) -> Arguments:
    return Arguments((Argument(shape, "int64", 64),))


@dataclass(frozen=True)
class Trap:
    """A model, what it is called with, and its multiply-accumulates, worked out by hand.

    `params`: its parameters, each once; `rows`: what the functions' rows must say, by name, where there are any.
    """

    make: Callable[[], nn.Module]
    arguments: Arguments
    macs: int
    params: int
    rows: Mapping[str, int] = field(default_factory=dict)


def tied() -> nn.Module:
    net = Using(lambda self, x: self.head(self.words(x)), words=nn.Embedding(64, 64), head=linear())
    net.head.weight = net.words.weight  # type: ignore[union-attr]
    return net


def two_names() -> nn.Module:
    shared = linear()
    return Using(lambda self, x: self.first(x) + self.second(x), first=shared, second=shared)


def attend(self: nn.Module, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(query, key, value)


class ConvertScale(nn.Module):
    """Named so that a counter which goes by names takes it for a convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = weights(8, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


class Scale(ConvertScale):
    """The same under another name."""


class MyLinear(nn.Linear):
    """Somebody's subclass: what it does is still counted."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).relu()


class Buffered(nn.Module):
    """Multiplies by a constant: work, and no parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("basis", torch.zeros(64, 32))

    def forward(self, x: Tensor) -> Any:
        return x @ self.get_buffer("basis")


class Hidden(nn.Module):
    """Keeps a layer in a list that PyTorch does not know: it runs, and its weights are nobody's parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = [linear()]

    def forward(self, x: Tensor) -> Any:
        return self.layers[0](x)


class Branches(nn.Module):
    """Goes one of two ways by the shape of its input."""

    def __init__(self) -> None:
        super().__init__()
        self.small, self.large = linear(64, 8), linear(64, 512)

    def forward(self, x: Tensor) -> Any:
        return self.large(x) if x.shape[0] > 4 else self.small(x)


class InAndOut(nn.Module):
    """Takes a mapping and a tuple, gives a mapping of tuples."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = linear()

    def forward(self, batch: Mapping[str, Any], *, scale: Tensor) -> dict[str, tuple[Tensor, ...]]:
        return {"both": (self.fc(batch["x"]), self.fc(batch["pair"][1]) * scale)}


def functional_call(self: nn.Module, x: Tensor) -> Any:
    layer = self.get_submodule("fc")
    return torch.func.functional_call(layer, {"weight": 2 * self.get_parameter("raw")}, (x,))


def in_vmap(self: nn.Module, x: Tensor) -> Any:
    return torch.vmap(lambda row: self.get_parameter("raw") @ row)(x)


def unfolded(self: nn.Module, x: Tensor) -> Any:
    """Return a 3x3 convolution as a matrix product of unfolded windows."""
    columns = F.unfold(x, 3, padding=1)
    return (self.get_parameter("raw").flatten(1) @ columns).reshape(x.shape[0], -1, *x.shape[2:])


LSTM_STEP = 4 * 64 * (32 + 64)
"""Four gates, each 64 sums of 32 inputs and 64 hidden values."""

ENCODER = 4 * 16 * 64 * 64 + 2 * 16 * 16 * 64 + 2 * 16 * 64 * 128
"""16 tokens of width 64: four projections, scores and their use, two layers of 128."""

ENCODER_PARAMS = 4 * (64 * 64 + 64) + (64 * 128 + 128) + (128 * 64 + 64) + 2 * 2 * 64

# The peers' names are those of the tools that were seen to get the row wrong.
TRAPS = {
    "one Linear called three times": Trap(  # flopth
        lambda: Using(lambda self, x: self.fc(self.fc(self.fc(x))), fc=linear()),
        floats((1, 64)),
        3 * 64 * 64,
        64 * 64,
    ),
    "tied weights": Trap(tied, ids(1, 1), 64 * 64, 64 * 64),  # torchinfo, thop
    "a raw Parameter and a Linear": Trap(  # torchinfo, ptflops, thop, calflops
        lambda: Using(lambda self, x: self.fc(x) @ self.raw, fc=linear(), raw=weights(64, 64)),
        floats((1, 64)),
        64 * 64 + 64 * 64,
        2 * 64 * 64,
        {"matmul": 64 * 64},
    ),
    "F.conv2d with a raw weight": Trap(  # torchinfo, ptflops, thop, torchscan
        lambda: Using(lambda self, x: F.conv2d(x, self.raw, padding=1), raw=weights(8, 3, 3, 3)),
        floats((1, 3, 32, 32)),
        32 * 32 * 8 * 3 * 3 * 3,
        8 * 3 * 3 * 3,
        {"conv2d": 221_184},
    ),
    "einsum": Trap(  # torchinfo, ptflops, thop, calflops, DeepSpeed
        lambda: Using(lambda self, x: torch.einsum("ni,oi->no", x, self.raw), raw=weights(64, 64)),
        floats((1, 64)),
        64 * 64,
        64 * 64,
        {"einsum": 4_096},
    ),
    "scaled_dot_product_attention": Trap(  # FlopCounterMode on the CPU, fvcore, torchinfo, ptflops, thop
        lambda: Using(attend),
        floats(*[(1, 4, 16, 16)] * 3),
        2 * 4 * 16 * 16 * 16,
        0,
        {"scaled_dot_product_attention": 32_768},
    ),
    "scaled_dot_product_attention, causal: all of it, as it is computed": Trap(
        lambda: Using(lambda self, x: F.scaled_dot_product_attention(x, x, x, is_causal=True)),
        floats((1, 4, 16, 16)),
        2 * 4 * 16 * 16 * 16,
        0,
        {"scaled_dot_product_attention": 32_768},
    ),
    "scaled_dot_product_attention, fewer heads of keys": Trap(
        lambda: Using(lambda self, q, k, v: F.scaled_dot_product_attention(q, k, v, enable_gqa=True)),
        floats((1, 4, 16, 16), (1, 2, 16, 16), (1, 2, 16, 16)),
        2 * 4 * 16 * 16 * 16,
        0,
        {"scaled_dot_product_attention": 32_768},
    ),
    "TransformerEncoderLayer": Trap(  # FlopCounterMode on the CPU, torchinfo
        lambda: nn.TransformerEncoderLayer(64, 4, 128, batch_first=True),
        floats((1, 16, 64)),
        ENCODER,
        ENCODER_PARAMS,
    ),
    "TransformerEncoder, twice the layer": Trap(
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), 2),
        floats((1, 16, 64)),
        2 * ENCODER,
        2 * ENCODER_PARAMS,
    ),
    "MultiheadAttention with its weights averaged": Trap(
        lambda: Using(lambda self, x: self.attn(x, x, x)[1], attn=nn.MultiheadAttention(64, 4, bias=False)),
        floats((16, 1, 64)),
        4 * 16 * 64 * 64 + 2 * 16 * 16 * 64,
        4 * 64 * 64,
    ),
    "LSTM, ten steps": Trap(  # FlopCounterMode on the CPU, fvcore
        lambda: nn.LSTM(32, 64, batch_first=True),
        floats((1, 10, 32)),
        10 * LSTM_STEP,
        4 * 64 * (32 + 64) + 2 * 4 * 64,
    ),
    "LSTM of two layers, both ways": Trap(
        lambda: nn.LSTM(32, 64, 2, bidirectional=True, bias=False),
        floats((10, 1, 32)),
        10 * 2 * (LSTM_STEP + 4 * 64 * (2 * 64 + 64)),
        2 * (4 * 64 * (32 + 64) + 4 * 64 * (2 * 64 + 64)),
    ),
    "GRU": Trap(
        lambda: nn.GRU(32, 64, bias=False), floats((10, 1, 32)), 10 * 3 * 64 * (32 + 64), 3 * 64 * (32 + 64)
    ),
    "LSTMCell called by hand": Trap(
        lambda: Using(lambda self, x: self.cell(x, self.cell(x)), cell=nn.LSTMCell(32, 64)),
        floats((1, 32)),
        2 * LSTM_STEP,
        4 * 64 * (32 + 64) + 2 * 4 * 64,
    ),
    "ConvTranspose2d, kernel 4, stride 2": Trap(  # torchinfo, thop: by its output's size, four times as much
        lambda: nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False),
        floats((1, 16, 8, 8)),
        8 * 8 * 16 * 8 * 4 * 4,
        16 * 8 * 4 * 4,
    ),
    "Conv2d with groups, stride and dilation": Trap(
        lambda: nn.Conv2d(16, 32, 3, 2, 2, dilation=2, groups=4, bias=False),
        floats((1, 16, 16, 16)),
        8 * 8 * 32 * (16 // 4) * 3 * 3,  # (16 + 4 - 5) // 2 + 1 = 8
        32 * (16 // 4) * 3 * 3,
    ),
    "Conv1d and Conv3d": Trap(
        lambda: Using(
            lambda self, x, y: (self.one(x), self.three(y)),
            one=nn.Conv1d(4, 8, 5, bias=False),
            three=nn.Conv3d(2, 4, 3, bias=False),
        ),
        floats((1, 4, 20), (1, 2, 5, 5, 5)),
        16 * 8 * 4 * 5 + 3 * 3 * 3 * 4 * 2 * 3 * 3 * 3,
        8 * 4 * 5 + 4 * 2 * 27,
    ),
    "a module called as .forward()": Trap(  # torchinfo, ptflops, thop
        lambda: Using(lambda self, x: self.fc.forward(x), fc=linear()),
        floats((1, 64)),
        64 * 64,
        64 * 64,
    ),
    "LocalResponseNorm: no multiply-accumulates": Trap(
        lambda: nn.LocalResponseNorm(5), floats((1, 96, 55, 55)), 0, 0
    ),
    "a class whose name begins with Conv": Trap(ConvertScale, floats((1, 8, 4, 4)), 0, 8),  # torchinfo
    "the same class under another name": Trap(Scale, floats((1, 8, 4, 4)), 0, 8),
    "a subclass of Linear": Trap(partial(MyLinear, 64, 64), floats((1, 64)), 64 * 64, 64 * 64 + 64),
    "two Linears of one shape and others": Trap(  # a cache by class name gives the second the first one's numbers
        lambda: nn.Sequential(linear(64, 64), linear(64, 8), linear(8, 64)),
        floats((1, 64)),
        64 * 64 + 64 * 8 + 8 * 64,
        64 * 64 + 64 * 8 + 8 * 64,
    ),
    "one module under two names": Trap(two_names, floats((1, 64)), 2 * 64 * 64, 64 * 64),
    "a product with a buffer": Trap(Buffered, floats((1, 64)), 64 * 32, 0, {"matmul": 64 * 32}),
    "the way that is taken": Trap(Branches, floats((1, 64)), 64 * 8, 64 * 8 + 64 * 512),
    "the other way": Trap(Branches, floats((5, 64)), 5 * 64 * 512, 64 * 8 + 64 * 512),
    "mappings and tuples, in and out": Trap(
        InAndOut,
        Arguments(
            ({"x": Argument((2, 64)), "pair": (Argument((1,)), Argument((3, 64)))},),
            {"scale": Argument((1,))},
        ),
        (2 + 3) * 64 * 64,
        64 * 64,
    ),
    "functional_call with other weights": Trap(
        lambda: Using(functional_call, fc=linear(), raw=weights(64, 64)),
        floats((1, 64)),
        64 * 64,
        2 * 64 * 64,
    ),
    "checkpointed": Trap(
        lambda: Using(lambda self, x: checkpoint(self.fc, x, use_reentrant=False), fc=linear()),
        floats((1, 64)),
        64 * 64,
        64 * 64,
    ),
    "vmap": Trap(lambda: Using(in_vmap, raw=weights(32, 64)), floats((7, 64)), 7 * 32 * 64, 32 * 64),
    "weight_norm": Trap(
        lambda: parametrizations.weight_norm(linear()),
        floats((1, 64)),
        64 * 64,
        64 * 64 + 64,
    ),
    "bmm, and a product that is spread over a batch": Trap(
        lambda: Using(lambda self, x, y: (torch.bmm(x, y), x @ self.raw), raw=weights(64, 8)),
        floats((3, 5, 64), (3, 64, 7)),
        3 * 5 * 64 * 7 + 3 * 5 * 64 * 8,
        64 * 8,
        {"bmm": 3 * 5 * 64 * 7, "matmul": 3 * 5 * 64 * 8},
    ),
    "matrix times vector, vector times vector": Trap(
        lambda: Using(lambda self, x: (self.raw @ x, x @ x), raw=weights(32, 64)),
        floats((64,)),
        32 * 64 + 64,
        32 * 64,
        {"matmul": 32 * 64 + 64},
    ),
    "addmm, baddbmm, F.linear and tensordot": Trap(
        lambda: Using(
            lambda self, x: (
                torch.addmm(x, x, self.raw),
                torch.baddbmm(x[None], x[None], self.raw[None]),
                F.linear(x, self.raw),
                torch.tensordot(x, self.raw, 1),
            ),
            raw=weights(16, 16),
        ),
        floats((16, 16)),
        4 * 16 * 16 * 16,
        16 * 16,
        dict.fromkeys(("addmm", "baddbmm", "linear", "tensordot"), 16 * 16 * 16),
    ),
    "Bilinear": Trap(
        # x1 W x2: for each of 4 outputs 6x5 products with x1, then 5 with x2
        lambda: nn.Bilinear(6, 5, 4, bias=False),
        floats((1, 6), (1, 5)),
        4 * (6 * 5 + 5),
        4 * 6 * 5,
    ),
    "a convolution as a product of windows": Trap(
        lambda: Using(unfolded, raw=weights(8, 3, 3, 3)),
        floats((1, 3, 16, 16)),
        16 * 16 * 8 * 27,
        8 * 27,
        {"matmul": 16 * 16 * 8 * 27},
    ),
    "a product without weights": Trap(
        lambda: Using(lambda self, x: x @ x.mT), floats((8, 64)), 8 * 8 * 64, 0, {"matmul": 8 * 8 * 64}
    ),
    "embeddings look up, they multiply nothing": Trap(
        lambda: nn.Sequential(nn.Embedding(64, 32), nn.Flatten()), ids(2, 3), 0, 64 * 32
    ),
    "pixels shuffled after a convolution": Trap(
        lambda: nn.Sequential(nn.Conv2d(4, 16, 1, bias=False), nn.PixelShuffle(2)),
        floats((1, 4, 6, 6)),
        6 * 6 * 16 * 4,
        16 * 4,
    ),
    "an empty batch": Trap(linear, floats((0, 64)), 0, 64 * 64),
    "a batch of three": Trap(linear, floats((3, 64)), 3 * 64 * 64, 64 * 64),
}

NAMES = tuple(TRAPS)


def counted(trap: Trap, device: torch.device, *, train: bool = False) -> Count:
    """Return the count of a model that lies on `device`."""
    with device:
        model = trap.make()
    make = empty_call if device == META else random_call
    return count_built(of_module(model), make(trap.arguments, device, torch.float32), train=train)


def mul_adds(count: Count) -> int:
    assert count.unknown == ()
    assert count.operations is not None
    return count.operations.mul_adds


def subject(make: Callable[[], nn.Module], arguments: Arguments) -> Subject:
    def built(device: torch.device, initialise: bool) -> Any:
        with device:
            return of_module(make())

    return Subject("trap", "trap", "", arguments, built)


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("device", [CPU, META], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_macs_are_those_worked_out_by_hand(name: str, device: torch.device, train: bool) -> None:
    trap = TRAPS[name]
    with torch.enable_grad():
        assert mul_adds(counted(trap, device, train=train)) == trap.macs
    with torch.no_grad():
        assert mul_adds(counted(trap, device, train=train)) == trap.macs


@pytest.mark.parametrize("name", NAMES)
def test_params_are_counted_once_each(name: str) -> None:
    count = counted(TRAPS[name], META)
    assert count.params == TRAPS[name].params
    assert sum(call.params for call in count.calls) == TRAPS[name].params


@pytest.mark.parametrize("name", [name for name in NAMES if TRAPS[name].rows])
def test_functions_have_rows_of_their_own(name: str) -> None:
    found: dict[str, int] = {}
    for call in counted(TRAPS[name], META).calls:
        if call.kind == "function" and call.operations is not None and call.operations.mul_adds:
            found[call.type] = found.get(call.type, 0) + call.operations.mul_adds
    assert found == TRAPS[name].rows


def test_local_response_norm_is_ten_operations_an_element() -> None:
    count = counted(TRAPS["LocalResponseNorm: no multiply-accumulates"], META)
    assert count.operations is not None
    # the square; 4 additions and a division for the mean of 5; times alpha; plus k; to the power of beta; the quotient
    assert count.operations.flops == (1 + 4 + 1 + 1 + 1 + 1 + 1) * 96 * 55 * 55


@contextmanager
def fast_path(enabled: bool) -> Iterator[None]:
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(enabled)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


SURROUNDINGS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "flash attention": lambda: sdpa_kernel(SDPBackend.FLASH_ATTENTION),
    "plain attention": lambda: sdpa_kernel(SDPBackend.MATH),
    "efficient attention": lambda: sdpa_kernel(SDPBackend.EFFICIENT_ATTENTION),
    "inference mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "no fast path": lambda: fast_path(False),
    "meta as the default device": lambda: META,
    "double precision by default": lambda: default_dtype(torch.float64),
}


@pytest.mark.parametrize(
    "name", ["scaled_dot_product_attention", "TransformerEncoderLayer", "LSTM, ten steps"]
)
@pytest.mark.parametrize("around", list(SURROUNDINGS))
@pytest.mark.parametrize("device", [CPU, META], ids=str)
def test_what_the_caller_has_set_changes_no_count(name: str, around: str, device: torch.device) -> None:
    trap = TRAPS[name]
    with device:
        model = trap.make().eval()
    call = (empty_call if device == META else random_call)(trap.arguments, device, torch.float32)
    with SURROUNDINGS[around]():
        assert mul_adds(count_built(of_module(model), call)) == trap.macs


@pytest.mark.parametrize("name", NAMES)
def test_a_model_on_the_cpu_is_counted_on_meta_and_left_as_it_was(name: str) -> None:
    trap = TRAPS[name]
    model = trap.make()
    before = state(model)
    with torch.random.fork_rng(devices=[]):
        drawn = torch.get_rng_state()
        count = count_built(of_module(model), empty_call(trap.arguments, META, torch.float32))
        assert torch.equal(torch.get_rng_state(), drawn)
    assert mul_adds(count) == trap.macs
    assert state(model) == before


def state(model: nn.Module) -> list[object]:
    """Return whatever of a model a counter may spoil: flags, hooks, attributes, tensors and where they lie."""
    found: list[object] = [
        (name, id(one), one.device, one._version) for name, one in model.state_dict(keep_vars=True).items()
    ]
    found += [(name, one.requires_grad, one.grad) for name, one in model.named_parameters()]
    for name, module in model.named_modules(remove_duplicate=False):
        found.append(
            (name, module.training, sorted(vars(module)), {key: id(one) for key, one in vars(module).items()})
        )
        found += [list(held) for key, held in vars(module).items() if key.endswith("_hooks")]
    return found


class KeepsATable(nn.Module):
    """Makes a table at its first call and keeps it, as rotary positions often are."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = linear()
        self.table: Tensor | None = None

    def forward(self, x: Tensor) -> Any:
        if self.table is None:
            self.table = torch.arange(64.0, device=x.device)
        return self.fc(x * self.table)


def test_a_model_keeps_nothing_from_a_pass_without_values() -> None:
    model = KeepsATable()
    x = torch.ones(1, 64)
    before = state(model)
    assert mul_adds(count_built(of_module(model), ((x.to(META),), {}))) == 64 * 64
    assert state(model) == before
    assert model(x).device == CPU


class AsksForAValue(nn.Module):
    """Goes on by a number that only real tensors have."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = linear()

    def forward(self, x: Tensor) -> Any:
        return self.fc(x) if x.sum().item() < 1e9 else x


def test_a_model_that_asks_for_a_value_is_run_on_the_cpu() -> None:
    count = count_subject(subject(AsksForAValue, floats((2, 64))), floats((2, 64)))
    assert mul_adds(count) == 2 * 64 * 64
    assert count.device == "cpu"


def test_a_layer_in_a_plain_list_is_counted_and_has_no_parameters() -> None:
    count = count_subject(subject(Hidden, floats((1, 64))), floats((1, 64)))
    assert mul_adds(count) == 64 * 64
    assert count.params == 0
    assert [(call.kind, call.type) for call in count.calls] == [("function", "linear")]


def test_the_way_that_is_not_taken_is_listed_with_its_parameters() -> None:
    rows = [
        (call.path, call.kind, call.params) for call in counted(TRAPS["the way that is taken"], META).calls
    ]
    assert rows == [("small", "module", 64 * 8), ("large", "not run", 64 * 512)]


def test_a_module_called_three_times_has_three_rows_and_its_parameters_once() -> None:
    rows = counted(TRAPS["one Linear called three times"], META).calls
    assert [(call.path, call.params) for call in rows] == [("fc", 64 * 64), ("fc", 0), ("fc", 0)]
    assert {call.operations.mul_adds for call in rows if call.operations} == {64 * 64}


def test_spectral_norm_is_work_of_its_own() -> None:
    """The weight's largest singular value is `u (W v)`: in training u and v are found anew first."""
    model = parametrizations.spectral_norm(linear(64, 32))
    call = empty_call(floats((1, 64)), META, torch.float32)
    value = 32 * 64 + 32
    assert mul_adds(count_built(of_module(model), call)) == 64 * 32 + value
    found_anew = 32 * 64 + 64 * 32
    assert mul_adds(count_built(of_module(model), call, train=True)) == 64 * 32 + value + found_anew


def test_a_hooks_work_counts() -> None:
    model = nn.Sequential(linear(), nn.ReLU())
    model[0].register_forward_hook(lambda module, given, gave: gave @ module.weight)
    call = empty_call(floats((1, 64)), META, torch.float32)
    assert mul_adds(count_built(of_module(model), call)) == 2 * 64 * 64


WRAPPED: dict[str, Callable[[nn.Module], Any]] = {
    "torch.fx": lambda model: torch.fx.symbolic_trace(model),
    "DataParallel": nn.DataParallel,
    "a copy": copy.deepcopy,
    "in half precision": lambda model: model.to(torch.bfloat16),
}


@pytest.mark.parametrize("wrapper", list(WRAPPED))
def test_a_wrapped_model_costs_the_same(wrapper: str) -> None:
    inside = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.ReLU(), nn.Flatten(), linear(8 * 36, 10))
    model = WRAPPED[wrapper](inside)
    dtype = next(model.parameters()).dtype
    call = empty_call(floats((1, 3, 8, 8)), META, dtype)
    assert mul_adds(count_built(of_module(model), call)) == 36 * 8 * 27 + 288 * 10


def test_a_compiled_model_costs_the_same() -> None:
    model: Any = torch.compile(nn.Sequential(linear(), nn.ReLU(), linear(64, 8)), backend="eager")
    call = random_call(floats((1, 64)), CPU, torch.float32)
    assert mul_adds(count_built(of_module(model), call)) == 64 * 64 + 64 * 8


@torch.library.custom_op("archcheck_traps::mystery", mutates_args=())
def mystery(x: Tensor) -> Tensor:
    return x + 1


@mystery.register_fake
def _(x: Tensor) -> Tensor:
    return torch.empty_like(x)


def test_an_operator_without_a_rule_is_named_and_never_nought() -> None:
    model = Using(lambda self, x: mystery(self.fc(x)), fc=linear())
    count = count_built(of_module(model), empty_call(floats((1, 64)), META, torch.float32))
    assert count.operations is None
    assert count.unknown == ("archcheck_traps::mystery",)
    known = [call.operations.mul_adds for call in count.calls if call.operations is not None]
    assert known == [64 * 64]
