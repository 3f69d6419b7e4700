"""One counting pass: which rows there are, what is in them, and that nothing else is different afterwards."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd import forward_ad

from archcheck.built import of_module
from archcheck.counting import memo
from archcheck.counting.counter import count
from archcheck.counting.passes import count_built, count_subject
from archcheck.operations import Count, Operations
from archcheck.subject import of_spec
from tests.counted import META, a
from tests.specs import spec


def counted(model: nn.Module, *given: torch.Tensor, train: bool = False) -> Count:
    return count_built(of_module(model), (given, {}), train=train)


def rows(found: Count) -> list[tuple[str, str, str, int, int]]:
    """Return path, type, kind, parameters and multiply-accumulates of each row."""
    return [
        (call.path, call.type, call.kind, call.params, call.operations.mul_adds if call.operations else -1)
        for call in found.calls
    ]


class Trap(nn.Module):
    """Runs a function of itself, so that a test states a forward in a line."""

    def __init__(self, run: Callable[[Any, torch.Tensor], Any], **parts: nn.Module | nn.Parameter) -> None:
        super().__init__()
        self.run = run
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x: torch.Tensor) -> Any:
        return self.run(self, x)


def weight(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.empty(shape))


ROWS: list[tuple[nn.Module, tuple[int, ...], list[tuple[str, str, str, int, int]], str]] = [
    (
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 5)),
        (1, 3, 8, 8),
        [
            ("0", "Conv2d", "module", 112, 3888),
            ("1", "ReLU", "module", 0, 0),
            ("2", "Flatten", "module", 0, 0),
            ("3", "Linear", "module", 725, 720),
        ],
        "leaves, in the order that they run",
    ),
    (
        Trap(lambda m, x: m.fc(m.fc(m.fc(x))), fc=nn.Linear(64, 64, bias=False)),
        (1, 64),
        [("fc", "Linear", "module", 4096, 4096), *[("fc", "Linear", "module", 0, 4096)] * 2],
        "a module called three times: three rows, its parameters once",
    ),
    (
        Trap(lambda m, x: m.fc.forward(x), fc=nn.Linear(64, 64, bias=False)),
        (1, 64),
        [("fc", "Linear", "module", 4096, 4096)],
        "`.forward()` is a call like any other",
    ),
    (
        Trap(lambda m, x: x @ m.w, w=weight(64, 64)),
        (1, 64),
        [("", "matmul", "function", 0, 4096), ("", "Trap", "parameters", 4096, 0)],
        "a raw parameter: the product has a row, and the parameter too",
    ),
    (
        Trap(lambda m, x: F.conv2d(x, m.w), w=weight(8, 3, 3, 3)),
        (1, 3, 34, 34),
        [("", "conv2d", "function", 0, 221_184), ("", "Trap", "parameters", 216, 0)],
        "a functional convolution with a raw weight",
    ),
    (
        Trap(lambda m, x: torch.einsum("bi,ij->bj", x, m.w), w=weight(64, 64)),
        (1, 64),
        [("", "einsum", "function", 0, 4096), ("", "Trap", "parameters", 4096, 0)],
        "einsum is one row, whatever it is made of",
    ),
    (
        Trap(lambda m, x: m.inner(x) + x, inner=nn.Sequential(nn.Linear(8, 8), nn.GELU())),
        (2, 8),
        [("inner.0", "Linear", "module", 72, 128), ("inner.1", "GELU", "module", 0, 0), ("", "add", "function", 0, 0)],
        "a residual: the sum stands in the row of a function, after what is added",
    ),
    (
        Trap(lambda m, x: m.used(x), used=nn.Linear(8, 8), unused=nn.Linear(8, 2)),
        (2, 8),
        [("used", "Linear", "module", 72, 128), ("unused", "Linear", "not run", 18, 0)],
        "a leaf that is not reached has a row of its own",
    ),
    (
        Trap(lambda m, x: m.a(x, x, x)[0], a=nn.MultiheadAttention(32, 4, batch_first=True)),
        (2, 8, 32),
        [("a", "MultiheadAttention", "module", 4224, 2 * (4 * 8 * 32 * 32 + 2 * 8 * 8 * 32))],
        "attention is one row: its children never run, their weights are its own",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("model", "shape", "expected", "why"), ROWS, ids=[row[3] for row in ROWS])
def test_the_rows_of_a_pass(
    model: nn.Module, shape: tuple[int, ...], expected: list[tuple[str, str, str, int, int]], why: str
) -> None:
    found = counted(model, a(*shape))
    named = [(path, kind.strip("_"), *rest) for path, kind, *rest in rows(found)]
    assert named == [tuple(row) for row in expected], why
    assert found.params == sum(row[3] for row in expected)


def test_tied_weights_count_once() -> None:
    first, second = nn.Linear(64, 64, bias=False), nn.Linear(64, 64, bias=False)
    second.weight = first.weight
    tied = Trap(lambda m, x: m.b(m.a(x)), a=first, b=second)
    assert rows(counted(tied, a(1, 64))) == [
        ("a", "Linear", "module", 4096, 4096),
        ("b", "Linear", "module", 0, 4096),
    ]


def test_a_join_answers_for_what_it_does_itself() -> None:
    """8 additions in the join; the branches have rows of their own."""
    subject = of_spec(
        spec("""
        name: joined
        input: [8]
        layers:
          - add:
            - []
            - - Linear: {out_features: 8}
        """)
    )
    found = count_subject(subject, subject.arguments)
    assert [(call.type, call.operations and call.operations.flops) for call in found.calls] == [
        ("Linear", 2 * 64 + 8),
        ("add", 8),
    ]


def test_an_unknown_operator_is_named_and_the_total_says_so() -> None:
    model = Trap(lambda m, x: m.fc(torch.linalg.cholesky(x)), fc=nn.Linear(4, 4))
    found = counted(model, a(4, 4))
    assert found.unknown == ("linalg_cholesky_ex",)
    assert found.operations is None
    assert [call.operations is None for call in found.calls] == [True, False], "the other rows are known"


class Alike(nn.Module):
    """Equal leaves with equal and with other shapes, in place and not, and functions between them."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 8)
        self.c = nn.Linear(8, 8, bias=False)
        self.norms = nn.ModuleList([nn.LayerNorm(8), nn.LayerNorm(8), nn.LayerNorm(8, eps=1e-3)])
        self.act, self.lstm = nn.ReLU(inplace=True), nn.LSTM(8, 8)
        self.drop = nn.ModuleList([nn.Dropout(0.1), nn.Dropout(0.1)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for norm in self.norms:
            x = norm(x)
        x = x + self.a(x) + self.b(x) + self.c(x)
        x += self.act(self.a(x[:1]))
        x = self.lstm(x)[0] + self.lstm(x)[1][0]
        x = torch.cat([self.drop[0](x), self.drop[1](x)])
        return torch.cat([x, x]).T @ torch.cat([x, x])


@pytest.mark.parametrize("train", [True, False])
def test_what_is_given_again_is_what_it_would_have_been(monkeypatch: pytest.MonkeyPatch, train: bool) -> None:
    remembered = counted(Alike(), a(3, 2, 8)[:, 0], train=train)
    for name in ("of", "of_function"):
        monkeypatch.setattr(memo.Memo, name, lambda *_: None)
    assert counted(Alike(), a(3, 2, 8)[:, 0], train=train) == remembered


def test_equal_leaves_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []

    def forward(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        runs.append(1)
        return F.linear(x, self.weight, self.bias)

    monkeypatch.setattr(nn.Linear, "forward", forward)
    counted(nn.Sequential(*(nn.Linear(8, 8) for _ in range(5)), nn.Linear(8, 8, bias=False)), a(2, 8))
    assert len(runs) == 2


GIVEN_AGAIN: list[tuple[Callable[[torch.Tensor, torch.Tensor], object], list[int], str]] = [
    (lambda x, y: (x * y, x * x), [2 * 256, 2 * 256], "the same tensor twice is read twice"),
    (lambda x, y: (x * y, x * y[:1].expand(8, 8)), [2 * 256, 256 + 32], "one row that stands for eight"),
]


@pytest.mark.parametrize(("run", "bytes_read", "why"), GIVEN_AGAIN, ids=[row[2] for row in GIVEN_AGAIN])
def test_calls_of_equal_shapes_need_not_be_equal(
    run: Callable[[torch.Tensor, torch.Tensor], object], bytes_read: list[int], why: str
) -> None:
    """8 * 8 numbers of four bytes each."""
    calls = counted(Trap(lambda model, x: run(*x.unbind())), a(2, 8, 8)).calls
    assert [call.operations and call.operations.bytes_read for call in calls if call.type == "mul"] == (
        bytes_read
    ), why


def test_in_place_the_one_that_was_given_is_given_again() -> None:
    """Of equal shapes too: what `add_` gives is its first tensor, and what comes after must be of that one."""

    def forward(model: nn.Module, pair: torch.Tensor) -> torch.Tensor:
        x, y = pair.unbind()
        told.append((x.add_(y) is x, y.add_(x) is y, x.add_(x) is x))
        return x

    told: list[tuple[bool, ...]] = []
    counted(Trap(forward), a(2, 8))
    assert told == [(True, True, True)]


def test_random_numbers_are_drawn_for_nobody() -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.Dropout())
    state = torch.get_rng_state()
    count_built(of_module(model), ((torch.ones(2, 8),), {}), train=True)
    assert torch.equal(torch.get_rng_state(), state)


def test_what_is_given_again_is_of_the_default_type_of_now() -> None:
    """6 whole numbers beside 2.5 become floating-point ones: 48 bytes are read, 6 * 4 or 6 * 8 are written."""

    def forward(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
        whole = torch.arange(6)
        small = torch.mul(whole, 2.5)
        torch.set_default_dtype(torch.float64)
        try:
            return small + torch.mul(whole, 2.5)
        finally:
            torch.set_default_dtype(torch.float32)

    found = [call.operations for call in counted(Trap(forward), a(1)).calls if call.type == "mul"]
    assert [one and (one.bytes_read, one.bytes_written) for one in found] == [(48, 24), (48, 48)]


def test_nothing_is_given_again_where_gradients_are_wanted() -> None:
    """The second layer's output must have a history, or it has no gradient."""

    @torch.enable_grad()
    def slope(m: Any, x: torch.Tensor) -> torch.Tensor:
        x = x.detach().requires_grad_()
        return torch.autograd.grad(m.b(m.a(x)).sum(), x)[0]

    found = counted(Trap(slope, a=nn.Linear(8, 8), b=nn.Linear(8, 8)), a(2, 8))
    assert [row[:2] for row in rows(found)][:2] == [("a", "Linear"), ("b", "Linear")]
    assert found.operations is not None
    assert found.operations.mul_adds == 4 * 128, "two layers forward, and back to the input"


def test_nothing_is_given_again_inside_of_vmap() -> None:
    """A tensor there has one axis more than it says: 5 of 2 by 8 through two equal layers, and two equal sums."""

    def run(m: Any, x: torch.Tensor) -> Any:
        return torch.vmap(lambda one: m.b(m.a(one) + one) + one)(x)

    found = counted(Trap(run, a=nn.Linear(8, 8), b=nn.Linear(8, 8)), a(5, 2, 8))
    assert found.outputs == ((5, 2, 8),)
    assert found.operations is not None
    assert found.operations.mul_adds == 2 * 10 * 64


def test_a_module_of_the_user_s_own_is_run_each_time() -> None:
    """What its code does need not be the same twice."""
    calls: list[int] = []

    def run(m: Any, x: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        return x + len(calls)

    layer = Trap(run)
    counted(nn.Sequential(layer, layer, Trap(run)), a(2, 8))
    assert len(calls) == 3


def test_a_layer_that_the_network_changes_is_another_layer() -> None:
    """8 by 8, 3 channels, pooled by 2, then by 4."""

    def run(m: Any, x: torch.Tensor) -> Any:
        first = m.pool(x)
        m.pool.kernel_size = m.pool.stride = 4
        return first, m.pool(x)

    found = counted(Trap(run, pool=nn.AvgPool2d(2)), a(1, 3, 8, 8))
    assert found.outputs == ((1, 3, 4, 4), (1, 3, 2, 2))


def test_a_layer_with_a_forward_of_its_own_is_run_as_it_says() -> None:
    other = nn.Linear(8, 8)
    other.forward = lambda input: input[:1]  # type: ignore[method-assign]
    found = counted(nn.Sequential(nn.Linear(8, 8), other, nn.Linear(8, 8)), a(2, 8))
    assert [call.work.outputs for call in found.calls] == [((2, 8),), ((1, 8),), ((1, 8),)]


def test_nothing_is_given_again_where_tangents_are_wanted() -> None:
    """A new tensor has no tangent, and the network would find None."""

    ad: Any = forward_ad

    def slope(m: Any, x: torch.Tensor) -> Any:
        with ad.dual_level():
            dual = ad.make_dual(x, torch.ones_like(x))
            return ad.unpack_dual(m.b(m.a(dual))).tangent + 0

    found = counted(Trap(slope, a=nn.Linear(8, 8), b=nn.Linear(8, 8)), a(2, 8))
    assert found.outputs == ((2, 8),)


def test_what_runs_in_another_thread_is_not_nothing() -> None:
    """PyTorch's modes belong to a thread: the layer would be told as free of cost."""

    def run(m: Any, x: torch.Tensor) -> torch.Tensor:
        with ThreadPoolExecutor(1) as pool:
            gave: torch.Tensor = pool.submit(m.fc, x).result()
        return gave

    model = Trap(run, fc=nn.Linear(8, 8))
    with pytest.raises(
        RuntimeError, match=r"^layer 'fc' runs in a thread of its own, where it cannot be wat"
    ):
        counted(model, a(2, 8))
    assert "forward" not in vars(model.fc)


def test_the_shapes_of_tuples_and_dicts() -> None:
    found = counted(Trap(lambda m, x: {"a": (x, [x[:1]]), "b": None}), a(2, 8))
    assert found.outputs == ((2, 8), (1, 8))


def state_of(model: nn.Module) -> dict[str, object]:
    """Return all that a pass must leave as it is, of the model and of PyTorch."""
    return {
        "modules": [
            (
                id(one),
                one.training,
                sorted(vars(one)),
                [len(v) for k, v in vars(one).items() if k.endswith("_hooks")],
            )
            for one in model.modules()
        ],
        "tensors": [(name, id(one), one.requires_grad, one.device) for name, one in model.named_parameters()],
        "buffers": [(name, id(one), one.clone().tolist()) for name, one in model.named_buffers()],
        "gradients": [one.grad for one in model.parameters()],
        "keys": list(model.state_dict()),
        "values": [one.detach().clone().tolist() for one in model.parameters()],
        "random": torch.get_rng_state().tolist(),
        "modes": (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_default_device()),
        "kernels": (torch._C._get_mkldnn_enabled(), torch.backends.mha.get_fastpath_enabled()),
        "sdpa": (torch._C._get_flash_sdp_enabled(), torch._C._get_math_sdp_enabled()),
        "functions": (torch.inference_mode.__enter__, F.relu, torch.Tensor.__add__, nn.Module.__call__),
    }


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("raises", [True, False], ids=["raises", "runs"])
def test_everything_is_as_it_was(train: bool, raises: bool) -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.LSTM(8, 8)).train()
    model[1].eval()
    model[0].register_forward_hook(lambda *_: None)
    model[0].weight.requires_grad_(False)
    before = state_of(model)
    if raises:
        with pytest.raises(RuntimeError, match="must have same reduction dim"):
            count_built(of_module(model), ((a(2, 7),), {}), train=train)
    else:
        count_built(of_module(model), ((a(2, 8),), {}), train=train)
    assert state_of(model) == before


def test_what_a_network_notes_down_is_as_it_was() -> None:
    """A list that it appends to, a dict that it fills: what is in them afterwards would be without values."""

    class Notes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.seen, self.tables = [torch.ones(1)], dict[int, torch.Tensor]()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.seen.append(x)
            return x + self.tables.setdefault(len(x), torch.ones(len(x)))

    model = Notes()
    seen, tables, before = model.seen, model.tables, list(model.seen)
    count_built(of_module(model), ((a(8),), {}))
    assert (model.seen, model.tables) == (before, {})
    assert model.seen is seen
    assert model.tables is tables


def test_batch_norm_s_statistics_do_not_move_on_the_cpu() -> None:
    """A count on real tensors runs the layer itself, in training mode too."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    before = state_of(model)
    count_built(of_module(model), ((torch.ones(2, 1, 4, 4),), {}), train=False)
    assert state_of(model) == before


def test_a_count_without_rows_is_nothing() -> None:
    found = count(of_module(nn.Identity().to(META)), (a(2),), {})
    assert (found.operations, found.params, found.unknown) == (Operations(), 0, ())
