"""How fast the command line is, against what nobody can do without: importing torch, building and running.

pytest -m slow tests/benchmarks -s        # prints the ratios
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from archcheck import api
from archcheck.spec.layers import Body, From, Layer, Node, Spec
from tests.benchmarks.timing import archcheck, cpu_seconds, python, ratio

ROOT = Path(__file__).parent.parent.parent
PLAIN = ("alexnet_half", "alexnet_two_gpu", "alexnet_torchvision", "alexnet_mnist", "nin_cifar10", "zfnet")
"""The networks that `bare_script` can say: layers one after the other, and concatenations."""
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


def test_lint_of_the_whole_collection_takes_less_than_importing_torch() -> None:
    measured = ratio(archcheck("lint"), IMPORT_TORCH, ROOT)
    print(f"\narchcheck lint / import torch: {measured:.2f}")
    assert measured < 1


def layers(number: int) -> dict[str, str]:
    """Return a spec of layers that are all written out, each with claims."""
    widths = [3, *(8 + at % 97 for at in range(number))]
    each = "- Conv2d: {{out_channels: {1}, kernel_size: 1}}\n  output: [{1}, 8, 8]\n  params: {2}\n"
    lines = (each.format(x, y, x * y + y) for x, y in pairwise(widths))
    return {"layers.yaml": "input: [3, 8, 8]\nlayers:\n" + "".join(lines)}


def blocks(number: int) -> dict[str, str]:
    """Return a spec of one block again and again, which is read once."""
    unit = "blocks: {unit: {layers: [{Linear: {out_features: 8}, output: [8]}, ReLU]}}"
    return {"blocks.yaml": f"input: [8]\nlayers: {{block: unit, repeat: {number}}}\n{unit}\n"}


def variants(number: int) -> dict[str, str]:
    """Return a spec of so many networks, each with a claim of its own."""
    each = "  v{0}: {{with: {{width: {0}}}, documented: {{params: {1}}}}}\n"
    lines = (each.format(width, 50 * (width * width + width)) for width in range(1, number + 1))
    body = "layers: [" + "{Linear: {out_features: '${width}'}}, " * 50 + "]\n"
    top = "input: ['${width}']\nparams: {width: null}\n"
    return {"variants.yaml": top + body + "variants:\n" + "".join(lines)}


def files(number: int) -> dict[str, str]:
    """Return so many specs."""
    (text,) = layers(50).values()
    return {f"file{at}.yaml": text for at in range(number)}


@pytest.mark.parametrize(("made", "few"), [(layers, 1000), (blocks, 4000), (variants, 25), (files, 25)])
def test_lint_of_four_times_as_much_takes_four_times_as_long(
    tmp_path: Path, made: Callable[[int], dict[str, str]], few: int
) -> None:
    """And not sixteen times, as if anything grew with the square; what a lint of next to nothing takes is left out."""
    for folder, number in (("least", 1), ("few", few), ("many", 4 * few)):
        (tmp_path / folder / "specs").mkdir(parents=True)
        for name, text in made(number).items():
            (tmp_path / folder / "specs" / name).write_text(text, encoding="utf-8")
    times = [
        [cpu_seconds(archcheck("lint"), tmp_path / folder) for folder in ("least", "few", "many")]
        for _ in range(5)
    ]
    least, once, four_times = map(min, zip(*times, strict=True))
    measured = (four_times - least) / (once - least)
    print(f"\narchcheck lint of four times as many {made.__name__}: {measured:.2f} times as long")
    assert measured < 6


@pytest.mark.parametrize("name", PLAIN)
def test_verify_takes_at_most_1_3_times_a_bare_script(name: str) -> None:
    script = bare_script(api.load(name))
    command = archcheck("verify", name, "--device", "cpu")
    measured = ratio(command, python(script), ROOT)
    print(f"\narchcheck verify {name} / bare script: {measured:.2f}")
    assert measured <= 1.3


DOCUMENT = """\
import torch
from torch import nn

net = nn.Sequential(
    nn.Conv2d(3, 48, kernel_size=11, stride=4, padding=2),  # output[48, 55, 55]
    nn.ReLU(),
    nn.MaxPool2d(kernel_size=3, stride=2),  # output[48, 27, 27]
    nn.Conv2d(48, 128, kernel_size=5, padding=2),  # [N, 128, 27, 27]
    nn.ReLU(),
    nn.MaxPool2d(kernel_size=3, stride=2),  # 13x13x128
    nn.Flatten(),  # 128*13*13
    nn.Linear(21632, 10),  # (N, 10)
)
print(net(torch.randn(1, 3, 224, 224)).shape)
"""


def test_verify_of_a_document_takes_at_most_twice_its_own_code(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(DOCUMENT, encoding="utf-8")
    measured = ratio(archcheck("verify", "net.py"), [sys.executable, "net.py"], tmp_path)
    print(f"\narchcheck verify net.py / python net.py: {measured:.2f}")
    assert measured < 2


def test_verify_of_eight_documents_imports_torch_once(tmp_path: Path) -> None:
    names = [f"net{number}.py" for number in range(8)]
    for name in names:
        (tmp_path / name).write_text(DOCUMENT, encoding="utf-8")
    measured = ratio(archcheck("verify", *names), archcheck("verify", names[0]), tmp_path, runs=3)
    print(f"\narchcheck verify of eight documents / of one: {measured:.2f}")
    assert measured < 4
