"""The tables of torchinfo and torchsummary, as what stands for them prints them: held against the tools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torchinfo as real
from torch import nn

from archcheck import documents
from archcheck.binding import bind
from archcheck.dialects import PrintedTable, printed
from archcheck.judging.judge import judge
from archcheck.running.observing import observe
from archcheck.running.plan import Plan
from archcheck.running.summaries import torchinfo, torchsummary


class Nested(nn.Module):
    """A parameter of its own, layers that run twice, a list, attention, and a layer that never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.zeros(1, 8))
        self.twice = nn.Linear(8, 8)
        self.body = nn.Sequential(nn.Linear(8, 8), nn.Sequential(nn.Linear(8, 4), nn.Sequential(nn.Tanh())))
        self.many = nn.ModuleList([nn.ReLU(), nn.Tanh()])
        self.mixing = nn.MultiheadAttention(4, 2, batch_first=True)
        self.never = nn.Linear(3, 3)
        for parameter in self.body[0].parameters():
            parameter.requires_grad = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.many[1](self.many[0](self.body(self.twice(self.twice(x + self.start)))))
        mixed: torch.Tensor = self.mixing(x[None], x[None], x[None])[0]
        return mixed[0]


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.states = nn.Embedding(11, 6), nn.LSTM(6, 5, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states: torch.Tensor = self.states(self.words(x))[0]
        return states


def images() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 5))


def table_of(call: Callable[[], object]) -> PrintedTable:
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        call()
    return next(one for one in printed(text.getvalue()) if isinstance(one, PrintedTable))


def rows_of(table: PrintedTable) -> list[object]:
    """Return the rows of what ran: what was never called is in some versions of torchinfo, and in others not."""
    return [
        (row.type, row.depth, *(shape and [size.value for size in shape.sizes] for shape in (row.received, row.given)),
         row.params)
        for row in table.rows
        if row.given is not None
    ]  # fmt: skip


TREES: list[tuple[Callable[[], nn.Module], dict[str, Any], str]] = [
    (Nested, {"input_size": (2, 8)}, "nested"),
    (Nested, {"input_size": (2, 8), "depth": 1}, "what is inside is counted above it"),
    (Nested, {"input_size": (2, 8), "depth": 2}, "a little of it"),
    (Nested, {"input_size": [(2, 8)]}, "a list of inputs"),
    (Nested, {"input_size": (8,), "batch_dim": 0}, "without its batch axis"),
    (Nested, {"input_data": torch.zeros(2, 8)}, "a tensor"),
    (Nested, {"input_data": [torch.zeros(2, 8)]}, "tensors"),
    (Nested, {"input_data": {"x": torch.zeros(2, 8)}}, "by name"),
    (Recurrent, {"input_size": (2, 7), "dtypes": [torch.long]}, "whole numbers, and a tuple of tensors"),
    (images, {"input_size": (2, 3, 8, 8)}, "a sequence"),
]


@pytest.mark.parametrize(("make", "arguments", "why"), TREES)
def test_rows_and_totals_are_those_of_torchinfo(
    make: Callable[[], nn.Module], arguments: dict[str, Any], why: str
) -> None:
    columns = ("input_size", "output_size", "num_params")
    model = make()
    tool = table_of(lambda: real.summary(model, col_names=columns, cache_forward_pass=False, **arguments))
    ours = table_of(lambda: torchinfo(model, col_names=columns, **arguments))
    assert rows_of(ours) == rows_of(tool), why
    for name in ("total params", "trainable params", "non-trainable params"):
        assert ours.totals[name] == tool.totals[name], why


def test_without_an_input_only_parameters_are_told() -> None:
    model = images()
    tool, ours = table_of(lambda: real.summary(model)), table_of(lambda: torchinfo(model))
    assert [(row.type, row.params) for row in ours.rows] == [(row.type, row.params) for row in tool.rows]


def test_the_model_is_left_as_it_was() -> None:
    model = Nested().train()
    torchinfo(model, (2, 8), verbose=0)
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_verbose_0_prints_nothing_and_gives_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    made = torchinfo(images(), (2, 3, 8, 8), verbose=0)
    assert capsys.readouterr().out == ""
    assert (made.total_params, "Conv2d: 1-1" in repr(made)) == (4 * 27 + 8 + 144 * 5 + 5, True)


# By hand, from https://github.com/sksq96/pytorch-summary/blob/master/torchsummary/torchsummary.py: a row for each call
# that is not of a Sequential or a ModuleList, as it ends; its own `weight` and `bias` alone.
FLAT = [
    ("Linear", "1", [None, 8], 72, "a layer"),
    ("Linear", "2", [None, 8], 72, "again, and counted again"),
    ("Linear", "3", [None, 8], 72, "inside a sequence, which has no row"),
    ("Linear", "4", [None, 4], 36, "deeper"),
    ("Tanh", "5", [None, 4], 0, "without parameters"),
    ("ReLU", "6", [None, 4], 0, "of a list"),
    ("Tanh", "7", [None, 4], 0, "of a list"),
    ("MultiheadAttention", "8", None, 0, "its weights have other names, and it gives two"),
    ("Nested", "9", [None, 4], 0, "the model itself ends last"),
]


def test_rows_of_torchsummary() -> None:
    table = table_of(lambda: torchsummary(Nested(), (8,)))
    for row, (kind, index, given, params, why) in zip(table.rows, FLAT, strict=True):
        sizes = None if row.given is None else [size.value for size in row.given.sizes]
        assert (row.type, row.index, sizes, row.params) == (kind, index, given, params), why
    assert (table.tool, table.totals["total params"], table.totals["trainable params"]) == (
        "torchsummary",
        "252",
        "180",
    )


def test_torchsummary_knows_the_batch_that_it_is_told() -> None:
    table = table_of(lambda: torchsummary(images(), (3, 8, 8), batch_size=7))
    assert [size.value for row in table.rows if row.given for size in row.given.sizes[:1]] == [7] * 4


PAGE = """\
```python
from torch import nn
{imported}
net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten())
{call}
```

```
{table}
```
"""


@pytest.mark.parametrize(
    ("imported", "call"),
    [
        ("from torchsummary import summary", "summary(net, (1, 8, 8))"),
        ("import torchinfo", "torchinfo.summary(net, (3, 1, 8, 8), verbose=0)"),
        ("import torchinfo as info", "stats = info.summary(net, input_size=(3, 1, 8, 8))\nprint(stats)"),
    ],
)
def test_a_page_that_calls_them_runs_on_meta(imported: str, call: str) -> None:
    tool = torchsummary if "torchsummary" in imported else torchinfo
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        tool(
            nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten()),
            (1, 8, 8) if tool is torchsummary else (3, 1, 8, 8),
        )
    page = PAGE.format(
        imported=imported, call=call, table=text.getvalue().split("\n\n")[0].replace("156", "157")
    )
    document = documents.read("page.md", page)
    program = bind(document)
    observed = observe(document, Plan(seconds=120))
    assert observed.device == "meta"
    found = judge(program, observed).checks
    assert {check.status for check in found} == {"agrees", "differs"}
    assert [check.said for check in found if check.status == "differs"][:1] == ["157"]
