"""How fast the command line is, against what nobody can do without: importing torch, building and running.

pytest -m slow tests/benchmarks -s        # prints the ratios
"""

from __future__ import annotations

from pathlib import Path

import pytest

from archcheck import api
from archcheck.spec.layers import Body, From, Layer, Node, Spec
from tests.benchmarks.timing import archcheck, python, ratio

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted((ROOT / "specs").glob("*.yaml"))
IMPORT_TORCH = python("import torch")

pytestmark = pytest.mark.slow


def bare_script(spec: Spec) -> str:
    """Return a script as a reader of the document would write it: import torch, build that network, run it once."""
    steps = [f"    {_expression(child)}," for _, child in spec.body.children]
    shape = (spec.batch, *spec.inputs[0].shape)
    return "\n".join(
        [
            "import torch",
            "from torch import nn",
            "class Both(nn.Module):",
            "    def __init__(self, *ways):",
            "        super().__init__()",
            "        self.ways = nn.ModuleList(ways)",
            "    def forward(self, x):",
            "        return torch.cat([way(x) for way in self.ways], 1)",
            "class Reshape(nn.Module):",
            "    def __init__(self, *shape):",
            "        super().__init__()",
            "        self.shape = shape",
            "    def forward(self, x):",
            "        return x.reshape(self.shape)",
            "net = nn.Sequential(",
            *steps,
            ").eval()",
            "with torch.no_grad():",
            f"    net(torch.zeros({shape}))",
        ]
    )


def _expression(node: Node) -> str:
    if isinstance(node, Body):
        return f"nn.Sequential({', '.join(_expression(child) for _, child in node.children)})"
    assert not isinstance(node, From), "these networks take nothing that went by before"
    if not isinstance(node, Layer):
        return f"Both({', '.join(_expression(branch.body) for branch in node.branches)})"
    if node.kind == "flatten":
        return "nn.Flatten()"
    if node.kind == "reshape":
        return f"Reshape(*{node.args['shape']})"
    missing = {"Conv2d": "nn.LazyConv2d", "Linear": "nn.LazyLinear"}
    lazy = node.kind in missing and not {"in_channels", "in_features"} & set(node.args)
    args = ", ".join(f"{name}={value!r}" for name, value in node.args.items())
    return f"{missing[node.kind] if lazy else 'nn.' + node.kind}({args})"


def test_help_takes_less_than_a_quarter_of_importing_torch() -> None:
    measured = ratio(archcheck("--help"), IMPORT_TORCH, ROOT)
    print(f"\narchcheck --help / import torch: {measured:.2f}")
    assert measured < 0.25


def test_lint_of_all_specs_takes_less_than_half_of_importing_torch() -> None:
    measured = ratio(archcheck("lint"), IMPORT_TORCH, ROOT)
    print(f"\narchcheck lint / import torch: {measured:.2f}")
    assert measured < 0.5


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_verify_takes_at_most_1_3_times_a_bare_script(path: Path) -> None:
    script = bare_script(api.load(path))
    command = archcheck("verify", str(path), "--device", "cpu")
    measured = ratio(command, python(script), ROOT)
    print(f"\narchcheck verify {path.stem} / bare script: {measured:.2f}")
    assert measured <= 1.3
