"""`archcheck init doc.md`: the document's network as a spec, its claims with their lines, right and wrong."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from archcheck import api, cli
from archcheck.errors import ArchcheckError
from archcheck.results import Check

PAGE = """\
# A small network

It takes pictures of (3, 32, 34).

```python
import torch
from torch import nn
import torch.nn.functional as F

class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 5),    # output[8, 28, 30]
            nn.ReLU(inplace=True), # output[8, 28, 30]
            nn.MaxPool2d(2),       # 14 x 14
        )
        self.head = nn.Linear(8 * 14 * 15, 10)

    def forward(self, x):
        \"\"\"
        Args:
            x: [N, 1, 32, 34]
        \"\"\"
        x = self.features(x)  # [N, 8, H, 15]
        x = torch.flatten(x, 1)  # (N, 1680)
        return F.relu(self.head(x))  # (batch, 10)

net = Small()
net(torch.zeros(4, 3, 32, 34))
```
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str, name: str = "page.md") -> str:
    Path(name).write_text(dedent(text), encoding="utf-8")
    return name


def init(*args: str) -> Result:
    return CliRunner().invoke(cli.cli, ["init", *args])


def refused(*args: str) -> str:
    """Return the line of what `init` refuses."""
    result = init(*args)
    assert isinstance(result.exception, ArchcheckError), result.output
    return str(result.exception)


def spec_of(text: str, *args: str, name: str = "page.md", model: str = "") -> str:
    result = init(f"{written(text, name)}{model}", *args, "-o", "made.yaml")
    assert result.exit_code == 0, result.output
    return Path("made.yaml").read_text(encoding="utf-8")


def claims() -> list[Check]:
    made = api.verify("made.yaml", "cpu")
    assert made.error is None
    return [check for check in made.checks if check.claimed]


def test_the_claims_are_the_documents_with_their_lines_right_and_wrong() -> None:
    result = init(written(PAGE), "-o", "made.yaml")
    assert result.output.endswith(
        "7 claims, of which 2 differ: features.0 (line 23), features.2 (line 16); "
        "`archcheck verify made.yaml` runs it\n"
    )
    text = Path("made.yaml").read_text(encoding="utf-8")
    assert "source: {title: A small network}" in text
    assert "class_name: Small\ninput: [3, 32, 34]\n" in text
    assert [(check.layer, check.quantity, check.documented, check.at) for check in claims()] == [
        ("features.0", "input", [1, 32, 34], "line 23"),
        ("features.0", "output", [8, 28, 30], "line 14"),
        ("features.1", "output", [8, 28, 30], "line 15"),
        ("features.2", "output", [8, 14, 14], "line 16"),
        ("features.2", "output", [8, "H", 15], "line 25"),
        ("flat", "output", [1680], "line 26"),
        ("relu", "output", [10], "line 27"),
    ]
    assert [check.at for check in claims() if check.status == "differs"] == ["line 23", "line 16"]
    assert {check.status for check in claims()} == {"agrees", "differs"}


SILENT = """\
```python
import torch.nn as nn
net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 30 * 30, 5))
```
"""


def test_a_document_that_states_nothing_has_a_network_too() -> None:
    text = spec_of(SILENT)
    assert "input: [3, 32, 32]\n" in text
    assert claims() == []
    assert api.verify("made.yaml", "cpu").ok


def test_a_class_that_nothing_calls_is_built() -> None:
    page = PAGE.replace("net = Small()\nnet(torch.zeros(4, 3, 32, 34))\n", "").replace("# [N, 8, H, 15]", "")
    assert "class_name: Small" in spec_of(page)


def test_the_input_may_be_given() -> None:
    page = SILENT.replace("nn.Linear(4 * 30 * 30, 5)", "nn.Softmax(1)")
    assert "input: [3, 20, 22]\n" in spec_of(page, "--input", "2,3,20,22")


TWO = """\
```python
import torch
from torch import nn

class First(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 6)

    def forward(self, x):
        return self.layer(x)  # [N, 6]

class Second(First):
    pass

third = nn.Sequential(nn.Linear(4, 2), nn.Tanh())
First()(torch.zeros(3, 4))
Second()(torch.zeros(3, 4))
third(torch.zeros(3, 4))
```
"""


def test_of_several_networks_one_must_be_named() -> None:
    told = "page.md: runs 3 models; name one, as page.md:First; there are: First, Second, third"
    assert refused(written(TWO)) == told


@pytest.mark.parametrize(
    ("model", "layer", "why"),
    [(":Second", "class_name: Second", "a class"), (":third", "- Linear: {out_features: 2}", "a variable")],
)  # fmt: skip
def test_a_network_may_be_named(model: str, layer: str, why: str) -> None:
    assert layer in spec_of(TWO, model=model), why


ERRORS = [
    (TWO, ":Fourth", "page.md:Fourth: no model of that name runs; there are: First, Second, third",
     "no such name"),
    ("# Nothing\n\n```python\nx = 1\n```\n", "",
     "page.md: no model of it runs; `archcheck verify page.md` says what did not, and --input may help",
     "no model"),
    ("```python\nclass Net(:\n```\n", "", "page.md:2: it does not parse: invalid syntax",
     "code that does not parse"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "model", "told", "why"), ERRORS)
def test_what_cannot_be_drafted_is_one_line(page: str, model: str, told: str, why: str) -> None:
    assert refused(f"{written(page)}{model}", "-o", "made.yaml") == told, why
    assert not Path("made.yaml").exists()


def test_a_file_that_is_there_is_not_replaced() -> None:
    Path("made.yaml").write_text("mine", encoding="utf-8")
    assert "is there already" in refused(written(PAGE), "-o", "made.yaml")
    assert Path("made.yaml").read_text(encoding="utf-8") == "mine"


def test_arguments_are_for_python() -> None:
    assert "--arg is for a class or a function of Python" in refused(written(PAGE), "--arg", "width=3")


def test_a_cell_is_named() -> None:
    code = "import torch\nfrom torch import nn\nnet = nn.Sequential(\n    nn.Linear(4, 6),  # [2, 6]\n)\n"
    code += "net(torch.zeros(2, 4))"
    cell = {"cell_type": "code", "source": code, "outputs": [], "metadata": {}, "execution_count": 1}
    book = {"cells": [{"cell_type": "markdown", "source": "# A book", "metadata": {}}, cell], "metadata": {},
            "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    spec_of(json.dumps(book), name="page.ipynb")
    assert [check.at for check in claims()] == ["cell 2, line 4"]


def test_a_python_file_is_a_document() -> None:
    code = "\n".join(PAGE.split("```python\n")[1].split("\n```")[0].split("\n"))
    spec_of(code, name="page.py")
    assert len(claims()) == 7


SHAPES = [
    ("6x8x10", [6, 8, 10], "a volume"),
    ("8x10x6", [6, 8, 10], "height first"),
    ("8 x 10", [6, 8, 10], "sides"),
    ("torch.Size([2, 6, 8, 10])", [6, 8, 10], "with the batch axis"),
    ("[N, C, H, W]", ["C", "H", "W"], "letters"),
    ("[N, ..., 10]", [6, 8, 10], "axes left open"),
    ("6@8x10", [6, 8, 10], "maps"),
    ("[N, 6, 8, 11]", [6, 8, 11], "what differs is written as it is"),
]


def test_shapes_are_written_as_a_spec_has_them() -> None:
    layers = "\n".join(
        f"        self.l{number} = nn.Conv2d(6, 6, 3, padding=1)" for number in range(len(SHAPES))
    )
    lines = "\n".join(
        f"        x = self.l{number}(x)  # {said}" for number, (said, _, _) in enumerate(SHAPES)
    )
    page = f"""\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
{layers}

    def forward(self, x):
{lines}
        return x

Net()(torch.zeros(2, 6, 8, 10))
"""
    spec_of(page, name="page.py")
    found = {check.layer: check.documented for check in claims()}
    for number, (_, sizes, why) in enumerate(SHAPES):
        assert found[f"l{number}"] == sizes, why
