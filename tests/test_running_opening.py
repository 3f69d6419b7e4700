"""An object that a function takes tensors from is made of tensors, where the code only reads what is in it."""

from __future__ import annotations

import pytest

from archcheck import binding, documents
from archcheck.judging.judge import judge
from archcheck.running.observing import observe
from archcheck.running.opening import Opened, opened
from archcheck.running.plan import Plan

BODIES: list[tuple[str, Opened, str]] = [
    ("x = data.nodes  # [n, 8]", {"data": {"nodes": ("n", 8)}}, "as it is stated"),
    (
        "x, e = data.nodes, data.edges",
        {"data": {"nodes": ("N", "D"), "edges": ("N", "D")}},
        "two things in it",
    ),
    ("x = data.shape", {}, "what a tensor has"),
    ("x = data.nodes[data.closest()]", {}, "what it does is not known"),
    ("data.nodes = other.nodes", {"other": {"nodes": ("N", "D")}}, "what is set is none that it has"),
    ("x = self.nodes", {}, "its own object"),
    ("x = graph.nodes", {}, "what was not passed"),
]


@pytest.mark.parametrize(("body", "found", "why"), BODIES, ids=[row[2] for row in BODIES])
def test_what_is_read_of_a_parameter(body: str, found: Opened, why: str) -> None:
    text = f"class Net:\n  def run(self, data, other):\n    {body}\n"
    assert opened(binding.bind(documents.read("net.py", text))).get("Net.run", {}) == found, why


PAGE = """\
import torch
from torch import nn

class Graph(nn.Module):
    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.fc = nn.Linear(in_channels, out_channels)

    def forward(self, data, scale: float = 1.0):
        x = self.fc(data.x)  # [N, {wide}]
        near = data.near  # [N, N]
        assert data.batch is None
        return scale * (near @ x)  # [N, {wide}]

def joined(data):
    return torch.cat([data.left, data.right], -1)  # [N, {twice}]
"""


def _statuses(**said: str) -> list[str]:
    document = documents.read("page.py", PAGE.format(**said))
    program = binding.bind(document)
    return [one.status for one in judge(program, observe(document, Plan(seconds=120))).checks]


def test_objects_are_opened() -> None:
    assert _statuses(wide="out_channels", twice="D") == ["agrees"] * 4
    wrong = _statuses(wide="N", twice="N")
    assert wrong[1] == "agrees"
    assert "agrees" not in (wrong[0], wrong[2], wrong[3])
