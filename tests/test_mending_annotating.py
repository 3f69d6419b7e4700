"""Documents annotated: shapes where there were none, the same code, agreeing afterwards, and once."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcheck import api
from archcheck.cli import cli
from archcheck.documents import read
from archcheck.errors import ArchcheckError, UsageError
from archcheck.mending.bare import bare_lines
from tests.test_mending_fixing import notebook

MODEL = """\
import torch
from collections import OrderedDict
from torch import nn


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1),
            nn.ReLU(inplace=True),  # in place
            nn.Conv2d(16, 32, 3, padding=1, stride=2),
            nn.AdaptiveAvgPool2d(
                1
            )
        )
        self.head = nn.Sequential(OrderedDict([("fc", nn.Linear(32, 8)), ("act", nn.ReLU())]))
        self.out = nn.Sequential(
            OrderedDict(
                [
                    ("out", nn.Linear(8, classes)),
                ]
            )
        )

    def forward(self, x):
        batch = x.shape[0]
        x = self.features(x); y = x
        if batch > 0:
            y = y.flatten(1)
        sizes, more = y.shape, y
        return self.out(self.head(y))


class Attention(nn.Module):
    def __init__(self, width=12, heads=4):
        super().__init__()
        self.heads, self.qkv = heads, nn.Linear(width, 3 * width)

    def forward(self, x):
        batch, length, _ = x.shape
        qkv = self.qkv(x).view(batch, length, 3, self.heads, -1)
        out, weights = qkv[:, :, 0], qkv
        keys = x.transpose(1, 2)
        return out.flatten(2)
"""
SHAPES = {
    10: "[B, 16, H, W]",
    12: "[B, 32, H/2, W/2]",
    15: "[B, 32, 1, 1]",
    21: "[B, 10]",
    28: "[B, 32, 1, 1]",
    30: "[B, 32]",
    32: "[B, 10]",
    42: "[B, T, 3, 4, 3]",
    44: "[B, 12, T]",
    45: "[B, T, 12]",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["annotate", *words], standalone_mode=False)


def behind(text: str) -> dict[int, str]:
    """Return what stands behind lines, by their number."""
    lines = enumerate(text.splitlines(), 1)
    return {number: line.partition("  # ")[2] for number, line in lines if "  # " in line}


def test_a_model_is_annotated_and_agrees_and_that_once() -> None:
    path = Path("model.py")
    path.write_text(MODEL, encoding="utf-8")
    done = run("model.py")
    text = path.read_text(encoding="utf-8")
    assert behind(text) == {11: "in place", **SHAPES}
    assert (done.return_value, done.stdout) == (0, "")
    assert done.stderr == "model.py: 10 shapes written\n"
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(MODEL))
    result = api.verify("model.py")
    assert [check.status for check in result.checks] == ["agrees"] * len(SHAPES)
    again = api.annotate("model.py")
    assert (again.text, again.added) == (text, 0)


def test_the_users_input_is_said_in_the_document() -> None:
    text = "\n".join(MODEL.splitlines()[:33]) + "\n"
    Path("model.py").write_text(text.replace("stride=2", "stride=3"), encoding="utf-8")
    assert run("model.py", "--input", "1,3,64,64", "--diff").return_value == 0
    assert Path("model.py").read_text(encoding="utf-8") == text.replace("stride=2", "stride=3")
    made = api.annotate("model.py", inputs=["1,3,64,64"])
    found = behind(made.text)
    assert found[6] == "archcheck: input=(1, 3, 64, 64)"
    assert (found[10], found[12]) == ("[B, 16, 64, 64]", "[B, 32, 22, 22]")
    assert made.after is not None
    assert made.after.ok


def test_what_hangs_on_our_input_is_not_said() -> None:
    text = "\n".join(MODEL.splitlines()[:33]) + "\n"
    Path("model.py").write_text(text.replace("stride=2", "stride=3"), encoding="utf-8")
    done = run("model.py", "-o", "new.py")
    found = behind(Path("new.py").read_text(encoding="utf-8"))
    assert 12 not in found
    assert found[15] == "[B, 32, 1, 1]"
    assert done.stderr == (
        "model.py: 6 shapes written; 1 line has none, for what is there is no tensor, or not surely known\n"
    )


UNSURE = """\
import torch
from torch import nn


class Halving(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 32, 3, padding=1)

    def forward(self, x):
        x = self.conv(x)
        if x.shape[2] > 100:
            x = x[:, :, ::2]
        y = torch.relu(x)
        return y


class Recurrent(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.rnn = nn.GRU(width, 32)

    def forward(self, x):
        y = self.rnn(x)[0]
        return y[-1]


class Late(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.out = nn.LazyConv2d(32, 3, padding=1), nn.LazyLinear(10)

    def forward(self, x):
        x = self.conv(x)
        x = x.flatten(1)
        return self.out(x)
"""


def test_what_holds_only_for_our_own_sizes_is_not_said() -> None:
    """Not what is so of large images alone, nor what late layers are for the first image; time stands first."""
    Path("model.py").write_text(UNSURE, encoding="utf-8")
    found = behind(api.annotate("model.py").text)
    assert found == {11: "[B, 32, H, W]", 24: "[T, B, 32]", 25: "[B, 32]"}


INPUTS = [
    (UNSURE.partition("class Recurrent")[0], "Halving does not take it: RuntimeError: ", "of other channels"),
    (
        UNSURE.partition("class Recurrent")[0] + "Halving()(torch.randn(2, 3, 64, 64))\n",
        "no model was called with it: the document calls its models itself, or none could be made",
        "there is nothing to call",
    ),
]


@pytest.mark.parametrize(("text", "problem", "why"), INPUTS, ids=["refused", "not called"])
def test_an_input_that_no_model_takes_is_told_of(text: str, problem: str, why: str) -> None:
    Path("model.py").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        api.annotate("model.py", inputs=["1,5,64,64"])
    assert str(error.value).startswith(f"model.py: --input 1,5,64,64: {problem}"), why
    assert error.value.exit_code == 2


def test_a_notebook_that_calls_its_model() -> None:
    source = MODEL.partition("class Attention")[0] + "\nnet = Net()\nnet(torch.randn(4, 3, 32, 36))\n"
    before = notebook(source)
    made = fixed_notebook(before)
    assert len(before) < len(made)
    cell = "".join(json.loads(made)["cells"][0]["source"])
    assert behind(cell)[10] == "[B, 16, 32, 36]"
    assert behind(cell)[12] == "[B, 32, 16, 18]"
    assert json.loads(made)["metadata"] == json.loads(before)["metadata"]


def fixed_notebook(text: str) -> str:
    Path("a.ipynb").write_text(text, encoding="utf-8")
    return api.annotate("a.ipynb").text


BARE = [
    ("x = a(x)", True, "an assignment"),
    ("x += a(x)", True, "one that adds"),
    ("x: int = a(x)", True, "one with a type"),
    ("return a(x)", True, "what is returned"),
    ("x = a(x)  # so", False, "it has a comment"),
    ("x = 3", False, "a constant"),
    ("b, c = x.shape", False, "several things"),
    ("b = x.shape[2:]", False, "sizes"),
    ("b = x.size()", False, "sizes"),
    ("x, y = a(x)", False, "several things"),
    ("return x, y", False, "several things"),
    ("a(x)", False, "nothing is set"),
    ("def g(x):\n            return x", False, "another function"),
    ("if x:\n            x = a(x)", True, "in a block"),
    ("x = a(\n            x\n        )", True, "over several lines"),
    ("x = a(x); y = x", True, "the last of a line"),
]


@pytest.mark.parametrize(("statement", "told", "why"), BARE)
def test_which_lines_could_say_a_shape(statement: str, told: bool, why: str) -> None:
    text = f"class Net:\n    def forward(self, x):\n        {statement}\n"
    found = bare_lines(read("a.py", text)).told
    assert [(one.line.number, one.column) for one in found] == (
        [(text.count("\n"), len(text.splitlines()[-1]))] if told else []
    ), why
    assert bare_lines(read("a.py", text.replace("forward", "other"))).told == ()


def test_a_line_does_not_become_too_long() -> None:
    name = "x" * 90
    text = MODEL.replace("keys =", f"{name} =").partition("class Net")[0]
    attention = "class Attention" + MODEL.replace("keys =", f"{name} =").partition("class Attention")[2]
    Path("model.py").write_text(text + attention, encoding="utf-8")
    made = api.annotate("model.py")
    assert made.added == 2
    assert max(map(len, made.text.splitlines())) <= 120


REFUSED = [
    (["spec.yaml"], "spec.yaml: annotate is for documents; what a spec says is set right by hand"),
    (
        ["model.py", "--diff", "-o", "model.py"],
        "-o model.py: that is the document; the diff would replace it",
    ),
]


@pytest.mark.parametrize(("words", "message"), REFUSED)
def test_what_cannot_be_annotated_is_refused(words: list[str], message: str) -> None:
    Path("spec.yaml").write_text("input: [3]\nlayers: []\n", encoding="utf-8")
    Path("model.py").write_text(MODEL, encoding="utf-8")
    with pytest.raises(ArchcheckError) as error:
        CliRunner().invoke(cli, ["annotate", *words], standalone_mode=False, catch_exceptions=False)
    assert str(error.value) == message
    assert Path("model.py").read_text(encoding="utf-8") == MODEL
