"""Parameters that go straight into a layer get what it takes; what one is taken apart into are inputs of their own."""

from __future__ import annotations

from textwrap import indent

import pytest

from archcheck import binding, documents
from archcheck.running.inferring import inferred
from archcheck.running.stated_inputs import Inferred
from tests.test_documented import statuses, verified
from tests.test_running_supposing import folder  # noqa: F401

TWO = """\
import torch
from torch import nn
class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Conv2d(3, 8, 3)
        self.words = nn.Embedding(50, 16)
        self.query = nn.Linear(24, 16)
    def encode(self, text):
        return self.words(text)  # {embedded}
    def attend(self, q, memory):
        q = self.query(q)  # {query}
        return q @ self.words(memory).transpose(1, 2)  # (B, T, S)
"""


@pytest.mark.parametrize(
    ("embedded", "query", "wanted"),
    [
        ("[B, T, 16]", "(B, T, 16)", {"agrees"}),
        ("[B, T, 17]", "(B, T, 17)", {"unchecked", "differs"}),
    ],
)
def test_each_parameter_is_what_its_layer_takes(embedded: str, query: str, wanted: set[str]) -> None:
    found = statuses(verified("two.py", TWO.format(embedded=embedded, query=query)))
    assert found[10] | found[12] <= wanted
    assert "agrees" not in (found[10] | found[12]) - wanted


GRAPH = """\
import torch
from torch import nn
class Graph(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(24, 16)
    def forward(self, data):
        x, adjacency = data  # x: (N, F)
        n = x.shape[0]
        {demand}
        x = self.lin(x)  # (N, {out})
        return adjacency @ x  # (N, G)
"""
DEMANDS = [
    'assert adjacency.shape == (n, n), f"Expected shape ({n}, {n}), got {adjacency.shape}"',
    'assert adjacency.shape == (n, n), f"Expected shape ({n}, {n}), got shape={tuple(adjacency.shape)}"',
]


@pytest.mark.parametrize("demand", DEMANDS)
@pytest.mark.parametrize(("out", "wanted"), [("16", {"agrees"}), ("N", {"differs"})])
def test_what_one_parameter_is_taken_apart_into(demand: str, out: str, wanted: set[str]) -> None:
    found = statuses(verified("graph.py", GRAPH.format(demand=demand, out=out)))
    assert found[11] == wanted
    assert found[12] == {"agrees"}


CODES: list[tuple[str, Inferred, str]] = [
    ("self.embed(x)", Inferred(enters={"x": ["embed"]}), "it goes into a layer"),
    ("self.a(self.b(x), x)", Inferred(enters={"x": ["b"]}), "what comes first"),
    ("x = x + 1\nself.a(x)", Inferred(), "another value by then"),
    ("a, b = x", Inferred(apart={"x": ("a", "b")}), "taken apart"),
    ("a, _ = x", Inferred(), "a part that has no name"),
    ("y = x\na, b = y", Inferred(), "not the parameter"),
    (
        "a, b = x\nb.transpose(1, 2)",
        Inferred({"b": ("N", "T", "D")}, {"b": 3}, {}, {"x": ("a", "b")}),
        "counted",
    ),
    ("assert x.shape == (2, n)", Inferred({"x": (2, "n")}), "a shape that is demanded"),
    ("assert x.shape[0] == 2", Inferred({"x": (2, "D")}, {"x": 2}), "a size that is demanded"),
    ("assert x.shape[2] == 3 and x", Inferred({"x": ("N", "T", 3)}, {"x": 3}), "of the last axis"),
    ("assert x.shape != (2, 3)", Inferred(), "a shape that is forbidden"),
    ("x.size(0)", Inferred({}, {"x": 1}), "a first axis has everything"),
]


@pytest.mark.parametrize(("body", "wanted", "why"), CODES, ids=[row[2] for row in CODES])
def test_what_the_code_says(body: str, wanted: Inferred, why: str) -> None:
    text = f"class Net:\n  def run(self, x):\n{indent(body, '    ')}\n"
    assert inferred(binding.bind(documents.read("net.py", text)))["Net.run"] == wanted, why


WALKED = """\
import torch
from torch import nn
class Head(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.stems = nn.ModuleList([nn.Conv2d(width, 8, 1) for _ in range(3)])
    def forward(self, maps):
        found = []
        for k, x in enumerate(maps):
            x = self.stems[k](x)  # ({batch}, 8, H, W)
            found.append(x)
        return found
def joined(outputs):
    flat = torch.cat([x.flatten(start_dim=2) for x in outputs], dim=2)  # (B, C, A)
    return flat.permute(0, 2, 1)  # ({batch}, A, C)
"""


@pytest.mark.parametrize(("batch", "wanted"), [("B", {"agrees"}), ("8", {"unchecked"})])
def test_a_list_that_the_code_walks_over(batch: str, wanted: set[str]) -> None:
    found = statuses(verified("head.py", WALKED.format(batch=batch)))
    assert (found[10], found[14], found[15]) == (wanted, {"agrees"}, wanted)
