"""Documents fixed whole: every kind and dialect, byte for byte, agreeing afterwards, and the same when fixed again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcheck import api
from archcheck.cli import cli
from archcheck.errors import ArchcheckError
from archcheck.mending.fixing import Mended
from tests.test_documented import DIALECTS, page

MARKS = re.compile(r"[^\w\s,]+")
NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 5){conv}
        self.pool = nn.MaxPool2d(2){pool}

    def forward(self, x):
        x = self.conv(x){value}
        return self.pool(x).flatten(1){flat}
"""
WRONG = {
    "conv": "   # input[3, 32, 32] output[16,27, 27]",
    "pool": "  # [N, 8, 14, 14] ok",
    "value": "  # 27x27x16",
    "flat": "  # (N, 16*14*15)",
}
RIGHT = {
    "conv": "   # input[3, 32, 32] output[16,28, 28]",
    "pool": "  # [N, 16, 14, 14] ok",
    "value": "  # 28x28x16",
    "flat": "  # (N, 3136)",
}


def code(said: Mapping[str, str]) -> str:
    return NET.format(**said)


def notebook(source: str) -> str:
    cells = [{"cell_type": "code", "metadata": {}, "source": source.splitlines(keepends=True), "outputs": []}]
    book = {"cells": cells, "metadata": {"name": "\u4e2d"}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1) + "\n"


def indented(source: str, by: str) -> str:
    return "".join(f"{by}{line}".rstrip() + "\n" for line in source.splitlines())


KINDS = {
    "a.md": lambda said: f"\ufeff# 中\n\n```python\n{code(said)}```\n".replace("\n", "\r\n"),
    "b.md": lambda said: f"> text\n>\n{indented(code(said), '>     ')}\nthe end",
    "c.rst": lambda said: f"Net\n===\n\n.. code-block:: python\n\n{indented(code(said), '   ')}\nEnd.\n",
    "d.py": lambda said: f"# -*- coding: latin-1 -*-\n# \xe9\n{code(said)}",
    "e.ipynb": lambda said: notebook(code(said)),
    "f.txt": lambda said: f"这是一个网络。\n\n{code(said)}\n就是这样。\n",
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name: str, text: str) -> bytes:
    data = text.encode("latin-1" if "latin-1" in text else "utf-8")
    Path(name).write_bytes(data)
    return data


def fixed(name: str, text: str, **more: object) -> Mended:
    written(name, text)
    return api.fix(name, **more)  # type: ignore[arg-type]


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), standalone_mode=False)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_fixed_to_the_byte_and_then_agrees(name: str) -> None:
    before = written(name, KINDS[name](WRONG))
    done = run("verify", name, "--fix")
    assert done.return_value == 0, done.output
    after = Path(name).read_bytes()
    assert after == written("right", KINDS[name](RIGHT))
    assert before.count(b"\n") == after.count(b"\n")


def test_what_is_fixed_stays_as_it_is() -> None:
    written("a.md", KINDS["a.md"](RIGHT))
    once = api.fix("a.md")
    assert not once.changed
    assert not once.told
    assert once.after.count("agrees") == len(once.after.checks) == 5


def test_every_dialect_is_fixed_in_its_own_and_once() -> None:
    """Each line of the table of dialects, as it is wrong, agrees after the fix; a second fix has nothing to do."""
    once = fixed("page.md", page([f"{row[0]}  # {row[2]}" for row in DIALECTS]))
    assert once.before.count("differs") >= len(DIALECTS)
    assert once.after.count("differs") == sum(one.now is None for one in once.told)
    again = fixed("page.md", once.text)
    assert again.text == once.text
    shapes = [line.partition("  # ")[2] for line in once.text.splitlines() if "  # " in line]
    for row, now in zip(DIALECTS, shapes, strict=True):  # brackets stay: numbers and names change
        assert MARKS.findall(row[2])[:1] == MARKS.findall(now)[:1], row[3]


SAID = [
    ("y = conv(image)", "[N, 1, 32, 34]", "[N, 16, 28, 30]", "a letter that can be right stays"),
    ("y = conv(image)", "[N, N, 28, 31]", "[N, N, 28, 31]", "one that cannot gives way to no number"),
    ("y = text.transpose(1, 2)", "(B, 7, 12)", "(B, 12, 7)", "beside numbers too"),
]


def test_letters_stay_where_they_can() -> None:
    made = fixed("page.md", page([f"{row[0]}  # {row[1]}" for row in SAID]))
    lines = [line.partition("  # ")[2] for line in made.text.splitlines() if "  # " in line]
    assert lines == [row[2] for row in SAID]


GUESSED = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, stride=2)

    def forward(self, x):
        x = self.conv(x)  # [1, 15, 57, 57]
        return x.mean((2, 3))  # [N, 15]
"""


def test_no_number_hangs_on_an_input_that_we_chose() -> None:
    made = fixed("net.py", GUESSED)
    assert "[1, 15, 57, 57]" in made.text
    assert "[N, 16]" in made.text
    (left,) = [one for one in made.told if one.now is None]
    assert (left.place, left.was) == ("net.py:11", "[1, 15, 57, 57]")
    assert left.why == "it hangs on an input that the document does not say; name it with --input"
    assert "[1, 16, 63, 63]" in fixed("net.py", GUESSED, inputs=["1,3,128,128"]).text


def test_a_diff_is_shown_and_nothing_is_written() -> None:
    text = page(["y = conv(image)  # [2, 16, 28, 28]"])
    before = written("page.md", text)
    done = run("verify", "page.md", "--diff")
    assert (done.return_value, Path("page.md").read_bytes()) == (1, before)
    number = text[: text.index("y =")].count("\n") + 1
    assert done.stdout == (
        f"--- page.md\n+++ page.md\n@@ -{number - 3},5 +{number - 3},5 @@\n"
        " conv = nn.Conv2d(3, 16, 5)\n pool = nn.MaxPool2d(2)\n heads = 4\n"
        "-y = conv(image)  # [2, 16, 28, 28]\n+y = conv(image)  # [2, 16, 28, 30]\n ```\n"
    )
    done = run("verify", "page.md", "--diff", "--fix")
    assert (done.return_value, done.stdout[:4]) == (0, "--- ")
    assert Path("page.md").read_bytes() == before.replace(b"28, 28", b"28, 30")


def test_what_is_left_wrong_decides_and_says_why() -> None:
    written("net.py", GUESSED)
    done = run("verify", "net.py", "--fix")
    assert done.return_value == 1
    assert "Rewritten:\nnet.py:12: [N, 15] is now [N, 16]\n" in done.stdout
    assert (
        "Left as they are:\nnet.py:11: [1, 15, 57, 57] is left as it is: it hangs on an input that the document does "
        "not say; name it with --input\n" in done.stdout
    )


REFUSED = [
    (["spec.yaml", "--fix"], "spec.yaml: --fix is for documents; what a spec says is set right by hand"),
    (["page.md", "spec.yaml", "--diff"], "spec.yaml: --diff is for documents; what a spec says is set right by hand"),
    (["--fix"], "--fix: name the documents; without a target, specs would be meant"),
    (["page.md", "--fix", "-o", "page.md"], "-o page.md: that is a target; the output would replace it"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "message"), REFUSED)
def test_what_cannot_be_fixed_is_refused_before_any_work(words: list[str], message: str) -> None:
    before = written("page.md", page(["y = conv(image)  # [2, 16, 28, 28]"]))
    written("spec.yaml", "input: [3]\nlayers: []\n")
    with pytest.raises(ArchcheckError) as error:
        CliRunner().invoke(cli, ["verify", *words], standalone_mode=False, catch_exceptions=False)
    assert str(error.value) == message
    assert Path("page.md").read_bytes() == before


def test_a_document_that_cannot_be_read_costs_no_other_its_fix() -> None:
    written("page.md", page(["y = conv(image)  # [2, 16, 28, 28]"]))
    Path("bad.md").write_bytes(b"\xff\xfe\x00")
    done = run("verify", "bad.md", "nowhere.md", "page.md", "--fix")
    assert done.return_value == 2
    assert "archcheck: bad.md:1: is not UTF-8 text (byte 0); save the file as UTF-8" in done.stderr
    assert "archcheck: nowhere.md: no such file" in done.stderr
    assert b"28, 30" in Path("page.md").read_bytes()


def test_a_document_that_cannot_be_read_has_its_error_in_the_results() -> None:
    written("page.md", page(["y = conv(image)  # [2, 16, 28, 28]"]))
    Path("bad.md").write_bytes(b"\xff\xfe\x00")
    done = run("verify", "bad.md", "page.md", "--fix", "--format", "json")
    results = [(one["target"], one["ok"], one["error"]) for one in json.loads(done.stdout)["results"]]
    message = "bad.md:1: is not UTF-8 text (byte 0); save the file as UTF-8"
    assert (done.return_value, results) == (2, [("bad.md", False, message), ("page.md", True, None)])


def test_a_file_that_changed_meanwhile_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written("page.md", page(["y = conv(image)  # [2, 16, 28, 28]"]))
    made = api.fix("page.md")
    written("page.md", "something else")
    monkeypatch.setattr(api, "fix", lambda *_, **__: made)
    done = run("verify", "page.md", "--fix")
    assert done.return_value == 2
    assert done.stderr == (
        "archcheck: page.md: was changed while its code ran; nothing is written, run it again\n"
    )
    assert Path("page.md").read_text(encoding="utf-8") == "something else"


SHOWN = """\
```python
import torch
from torch import nn

net = nn.Sequential(nn.Conv2d(3, 16, 5), nn.ReLU())
print(net)
```

```
Sequential(
  (0): Conv2d(3, 16, kernel_size=(3, 3), stride=(2, 2))
  (1): Tanh()
)
```

```python
head = nn.Sequential(nn.Linear(3, 4))
print(head)
```

```
Sequential(
  (0): Linear(in_features=3, out_features=4, bias=True)
  (1): ReLU()
)
```
"""


def test_what_a_document_shows_as_printed_is_written_as_it_is_printed() -> None:
    written("page.md", SHOWN)
    done = run("verify", "page.md", "--fix")
    assert done.return_value == 1
    assert done.stdout.partition("Rewritten:\n")[2] == (
        "page.md:11: (0): Conv2d(3, 16, kernel_size=(3, 3), stride=(2, 2)) "
        "is now (0): Conv2d(3, 16, kernel_size=(5, 5), stride=(1, 1))\n"
        "page.md:12: (1): Tanh() is now (1): ReLU()\n\n"
        "Left as they are:\n"
        "page.md:24: (1): ReLU() is left as it is: the run prints other lines than the document has room for\n"
        "\n1 check does not hold: page.md:24\n"
    )
    now = SHOWN.replace("(3, 3), stride=(2, 2)", "(5, 5), stride=(1, 1)").replace("Tanh", "ReLU")
    assert Path("page.md").read_text(encoding="utf-8") == now


ATTENTION = """\
from torch import nn


class Attention(nn.Module):
    def __init__(self, d_model: int):
        super().__init__()
        self.q = nn.Linear(d_model, d_model)
        self.k = nn.Linear(d_model, d_model)

    def forward(self, q, k):
        q = self.q(q)  # (batch, seq_len, d_model)
        k = self.k(k)  # (batch, seq_len, d_model)
        return q @ k.transpose(1, 2)  # (batch, seq_len, seq_len)
"""


def test_lengths_that_a_document_has_one_word_for_are_right_in_both_commands() -> None:
    before = written("net.py", ATTENTION)
    for words in (("verify", "net.py"), ("verify", "--diff", "net.py"), ("verify", "--fix", "net.py")):
        assert run(*words).return_value == 0, words
    assert Path("net.py").read_bytes() == before
