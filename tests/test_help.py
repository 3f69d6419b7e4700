"""`--help`: every command has an example, and each example runs from a folder that has what it names."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from archcheck import cli
from tests.command_line import run
from tests.terminal import ROOT

SPEC = "input: [3]\nlayers:\n  - Linear: {out_features: 4}\n    output: [4]\n"
MODEL = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, 10)

    def forward(self, x):
        x = self.conv(x)
        x = x.mean((2, 3))
        return self.head(x)
"""
PAGE = """
# A tutorial

```python
import torch
from torch import nn

net = nn.Linear(3, 4)
y = net(torch.ones(2, 3))  # [2, 4]
```
"""
FILES = {
    "specs/alexnet_half.yaml": (ROOT / "specs/alexnet_half.yaml").read_text(encoding="utf-8"),
    "specs/mine.yaml": SPEC,
    "docs/tutorial.md": PAGE,
    "model.py": MODEL,
    "net.py": MODEL,
}
RUN_FOR_REAL = {"profile": ("--no-witnesses", "--repeat", "1")}
"""What is added for time's sake."""


def example(name: str) -> str:
    """Return the example of a command's help, on one line."""
    found = re.search(r"Example: archcheck (.*)", " ".join((cli.cli.commands[name].help or "").split()))
    assert found, f"archcheck {name} --help has no example"
    return found[1]


@pytest.mark.parametrize("name", cli.cli.commands)
def test_each_example_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file, text in FILES.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words = shlex.split(example(name))
    assert words[0] == name, "an example is of its own command"
    paths = [
        found for word in words for found in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
    ]
    before = {*Path().rglob("*")}
    done = run(*paths, *RUN_FOR_REAL.get(name, ()))
    assert (done.exit_code, done.exception is None or isinstance(done.exception, SystemExit)) == (0, True), (
        done.output
    )
    assert done.output.strip() or {*Path().rglob("*")} > before


@pytest.mark.parametrize("name", cli.cli.commands)
def test_help_shows_the_example_and_takes_no_torch(name: str) -> None:
    code = (
        "import sys; from archcheck.cli import main\n"
        f"try: main([{name!r}, '--help'])\nfinally: assert 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT), "COLUMNS": "80"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"Example: archcheck {name}" in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_command_without_an_example_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.cli.commands, "mute", click.Command("mute", help="Say nothing."))
    with pytest.raises(AssertionError, match="archcheck mute --help has no example"):
        example("mute")
