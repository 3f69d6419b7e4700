"""Documents verified whole: every dialect right and wrong, every kind of page, inputs, and what is no pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import jsonschema
import pytest
from click.testing import CliRunner, Result

from archcheck import api
from archcheck.cli import cli
from archcheck.errors import ArchcheckError
from archcheck.report.contract import schema_of
from archcheck.results import Verification

SETUP = """\
import torch
from torch import nn
import torch.nn.functional as F
image = torch.empty(2, 3, 32, 34)
text = torch.empty(2, 7, 12)
conv = nn.Conv2d(3, 16, 5)
pool = nn.MaxPool2d(2)
heads = 4
"""
DIALECTS = [
    ("y = conv(image)", "[2, 16, 28, 30]", "[2, 16, 28, 28]", "a list"),
    ("y = conv(image)", "(N, 16, H, W)", "(N, 15, H, W)", "letters"),
    ("y = conv(image)", "torch.Size([2, 16, 28, 30])", "torch.Size([16, 28, 30])", "as PyTorch prints"),
    ("y = conv(image)", "output[16, 28, 30]", "output[16, 30, 28]", "an output, without its batch axis"),
    ("y = conv(image)", "input(3, 32, 34) output(16, 28, 30)", "input(1, 32, 34) output(16, 28, 28)", "both"),
    ("y = conv(image)", "[N, 3, 32, 34] -> [N, 16, 28, 30]", "[N, 1, 32, 34] -> [N, 16, 28, 28]", "a flow"),
    ("y = conv(image)", "3x32x34 → 16x28x30", "3x34x32 → 16x30x28", "a flow of volumes"),
    ("y = conv(image)", "28x30x16", "28x28x16", "height first"),
    ("y = conv(image)", "B x 16 x 28 x 30", "B x 16 x 30 x 28", "crosses with blanks"),
    ("y = conv(image)", "16@28x30", "6@28x30", "maps at sides"),
    ("y = conv(image)", "shape: (2, 16, 28, 30)", "shape: (2, 16, 30, 28)", "a label"),
    ("y = conv(image)", "y: [N, 16, 28, 30]", "y: [N, 16, 28, 31]", "the variable's name"),
    ("y = conv(image)", "y.shape == (2, 16, 28, 30)", "y.shape == (2, 16, 28, 29)", "a comparison"),
    ("y = conv(image)", "out: 16 x 28 x 30", "out: 16 x 28 x 28", "a word before it"),
    ("y = text.transpose(1, 2)", "[batch, 12, 7]", "[batch, 7, 12]", "a word for the batch"),
    ("y = text.reshape(2, 7, heads, 3)", "(B, T, heads, 3)", "(B, heads, T, 3)", "a name of the code"),
    ("y = text.flatten(1)", "[B, 7*12]", "[B, 7*11]", "arithmetic"),
    ("y = pool(conv(image))", "[N, 16, 28/2, 30/2]", "[N, 16, 28/4, 30/4]", "a quotient"),
    ("y = text.mean(-1)", "(N, ..., 7)", "(N, ..., 6)", "axes left open"),
    ("y = text.reshape(2, 84)", "（2, 84）", "（2, 83）", "full-width brackets"),
    (
        "y = conv(image)",
        "torch.Size([2, 16, 28, 30]) after it",
        "torch.Size([2, 16, 28]) after it",
        "words behind",
    ),
    ("print(image.shape)", "torch.Size([2, 3, 32, 34])", "torch.Size([2, 3, 34, 32])", "what is printed"),
]


def page(lines: Sequence[str]) -> str:
    return f"A page.\n\n```python\n{SETUP}" + "\n".join(lines) + "\n```\n"


def verified(path: str, text: str, **more: object) -> Verification:
    Path(path).write_text(dedent(text), encoding="utf-8")
    return api.verify(path, **more)  # type: ignore[arg-type]


def statuses(result: Verification) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for check in result.checks:
        found.setdefault(check.line or 0, set()).add(check.status)
    return found


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("column", "wanted"), [(1, {"agrees"}), (2, {"differs"})], ids=["right", "wrong"])
def test_every_dialect_right_and_wrong(column: int, wanted: set[str]) -> None:
    lines = [f"{row[0]}  # {row[column]}" for row in DIALECTS]
    found = statuses(verified("page.md", page(lines)))
    first = 4 + len(SETUP.splitlines())
    missed = {row[3]: found.get(first + place) for place, row in enumerate(DIALECTS)}
    told = {
        why: seen
        for why, seen in missed.items()
        if not seen or not wanted <= seen or seen - wanted - {"agrees"}
    }
    assert told == {}
    if wanted == {"agrees"}:
        assert all(seen == wanted for seen in missed.values())


MODEL = '''
import torch
from torch import nn


class Net(nn.Module):
    """A network.

    Shape:
        - Input: (N, 1, 28, 28)
        - Output: (N, {classes})
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3),  # [N, 8, {side}, {side}]
            nn.ReLU(),
            nn.MaxPool2d(2),  # [N, 8, 13, 13]
        )
        self.head = nn.Linear(8 * 13 * 13, 10)

    def forward(self, x):
        """
        :param x: images, [N, {channels}, 28, 28]
        """
        x = self.features(x)  # [N, 1, 28, 28] -> [N, 8, 13, 13]
        x = x.flatten(1)
        return self.head(x)  # (N, 10)
'''
RIGHT = {"classes": 10, "side": 26, "channels": 1}


def model(**wrong: int) -> str:
    text = MODEL
    for name, value in {**RIGHT, **wrong}.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def in_notebook(code: str) -> str:
    source = [f"{line}\n" for line in code.strip().splitlines()]
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# A page\n"]},
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None},
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


PAGES: list[tuple[str, Callable[[str], str]]] = [
    ("net.py", str),
    ("net.md", lambda code: f"# A page\n\n```python{code}```\n"),
    ("net.rst", lambda code: "A page\n======\n\n.. code-block:: python\n\n" + indented(code)),
    ("net.ipynb", in_notebook),
    (
        "net.txt",
        lambda code: f"A network of two layers, and what they give.\n{code}\nThat is all there is to it.\n",
    ),
]


def indented(code: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in code.strip().splitlines())


@pytest.mark.parametrize(("path", "make"), PAGES, ids=[path for path, _ in PAGES])
def test_a_model_in_every_kind_of_page(path: str, make: Callable[[str], str]) -> None:
    good = verified(path, make(model()))
    assert (good.ok, good.error, good.claims) == (True, None, good.count("agrees"))
    assert good.claims == 8
    bad = verified(path, make(model(side=25, channels=3, classes=11)))
    wrong = sorted(check.said or "" for check in bad.checks if check.status == "differs")
    assert wrong == ["(N, 11)", "[N, 3, 28, 28]", "[N, 8, 25, 25]"]
    assert bad.count("agrees") == 5


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), standalone_mode=False, catch_exceptions=False)


def test_a_line_says_what_is_wrong_and_what_would_make_it_true() -> None:
    Path("net.md").write_text(f"# A page\n\n```python{model(side=25)}```\n", encoding="utf-8")
    result = run("verify", "net.md")
    assert result.return_value == 1
    assert "net.md:19: Conv2d: comment says [N, 8, 25, 25]; it gives [2, 8, 26, 26]\n" in result.stdout
    assert "    (28 + 2*0 - 3) // 1 + 1 = 26; 25 needs" in result.stdout
    assert "8 claims: 7 agree, 1 differs\n" in result.stdout
    assert "Inputs:\nnet.md: Net was called with 2x1x28x28: as it states\n" in result.stdout


def test_the_contract_holds_a_documents_checks() -> None:
    Path("net.py").write_text(model(side=25), encoding="utf-8")
    document = json.loads(run("verify", "net.py", "--format", "json").stdout)
    jsonschema.Draft7Validator(schema_of("verify")).validate(document)
    (result,) = document["results"]
    (wrong,) = [check for check in result["checks"] if check["status"] == "differs"]
    assert (wrong["said"], wrong["source"], wrong["seen"]) == ("[N, 8, 25, 25]", "comment", [2, 8, 26, 26])
    assert result["device"] == "meta"


def test_a_place_in_a_notebook_has_its_cell() -> None:
    Path("net.ipynb").write_text(in_notebook(model(side=25)), encoding="utf-8")
    assert "net.ipynb:cell 2:16: Conv2d: comment says" in run("verify", "net.ipynb").stdout


def test_the_users_input_comes_before_any_that_is_worked_out() -> None:
    text = "from torch import nn\nnet = nn.Sequential(\n    nn.Conv2d(3, 8, 3),  # [N, 8, 97, 97]\n)\n"
    result = verified("net.py", text, inputs=["4,3,99,99"])
    assert (result.ok, result.calls[0]) == (True, "net was called with 4x3x99x99: --input")


def test_a_comment_may_say_the_input_by_place_and_by_name() -> None:
    text = """\
        from torch import nn
        # archcheck: input=(4, 3, 99, 99), mask=(4, 1):bool

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(3, 8, 3)  # [N, 8, 97, 97]

            def forward(self, x, scale=1, mask=None):
                return self.conv(x) * mask[:, :, None, None]  # [N, 8, 97, 98]
        """
    result = verified("net.py", text)
    assert [(check.line, check.status) for check in result.checks] == [(7, "agrees"), (10, "differs")]
    assert result.calls[0] == "Net was called with 4x3x99x99, 4x1: a comment in it says so"


def test_equal_sizes_do_not_make_a_wrong_letter_right() -> None:
    text = """\
        import torch
        from torch import nn

        class Swap(nn.Module):
            def forward(self, x):  # [N, C, H, W]
                return x.transpose(2, 3)  # [N, C, H, W]

        Swap()(torch.empty(2, 3, 8, 8))
        """
    result = verified("net.py", text)
    assert [check.status for check in result.checks] == ["agrees", "differs"]


def test_a_run_that_ends_early_is_no_pass() -> None:
    result = verified(
        "net.py", "import ctypes\nimport torch\nctypes.string_at(0)\ny = torch.empty(2, 30)  # [2, 30]\n"
    )
    assert [(check.line, check.quantity, check.status, check.hint) for check in result.checks] == [
        (3, "code", "not reached", "the run ended here: its process was ended by SIGSEGV"),
        (4, "output", "unchecked", "its process was ended by SIGSEGV"),
    ]
    assert not result.ok


SELF_TEST = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = nn.Sequential(nn.Conv2d(1, 4, 11, stride=4), nn.MaxPool2d(3, 2), nn.Conv2d(4, 8, 5))

        def forward(self, x):
            return self.model(x)

    if __name__ == "__main__":
        net = Net()
        image = torch.ones((2, 1, {side}, {side}))
        print(net(image).shape)
    """


def test_a_self_test_that_cannot_go_through_is_found_without_any_comment() -> None:
    result = verified("net.py", SELF_TEST.format(side=28))
    [check] = result.checks
    assert (check.line, check.quantity, check.status) == (16, "runs", "differs")
    assert check.hint == "model.2 (Conv2d) receives 2x4x2x2"


def test_a_self_test_that_goes_through_is_told_of() -> None:
    result = verified("net.py", SELF_TEST.format(side=224))
    assert (result.checks, result.calls) == ((), ("Net was called with 2x1x224x224: its own call",))


REFUSED = [
    ("lost.md", "```python\nimport torchfrom torch import nnclass Net(nn.Module):def f(self):pass\n```\n",
     "lost.md:2: the code has lost its line ends: some 5 statements stand on this line; write it out with line ends"),
    ("broken.py", "def f(:  # [1, 2]\n", "broken.py:1: it does not parse: invalid syntax"),
    ("shown.md", "```python\ndef f(:\n```\n\n```\ntorch.Size([2, 3])\n```\n",
     "shown.md:2: it does not parse: invalid syntax"),
    ("broken.ipynb", "{", "broken.ipynb:1:2: is not JSON: Expecting property name enclosed in double quotes; "
     "save the notebook again"),
    ("nul.md", "a\0b", "nul.md:1:2: is not text: has a NUL; save the file as UTF-8"),
    ("input.py", "# archcheck: input=(1, x)\nfrom torch import nn\nnet = nn.ReLU()  # [1, 2]\n",
     "input.py:1: # archcheck: input=(1, x): write a shape, batch axis included, as 1,3,224,224 or 1,128:int64<30522; "
     "given '1, x'"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_read_is_one_line_and_no_pass(path: str, text: str, message: str) -> None:
    Path(path).write_text(text, encoding="utf-8")
    result = run("verify", path)
    assert (result.return_value, result.stderr) == (2, f"archcheck: {message}\n")


def test_lists_of_tensors_are_no_input_of_a_document() -> None:
    Path("net.py").write_text("from torch import nn\nnet = nn.ReLU()  # [1, 2]\n", encoding="utf-8")
    result = run("verify", "net.py", "--input", "[1x3x4, 1x5]")
    assert (result.return_value, result.stderr) == (
        2,
        "archcheck: --input: a document's model is called with tensors, and not with lists of them\n",
    )


IDLE = [
    (("net.py", "--mutate"), "net.py: --mutate and --mutate-min are for specs"),
    (("lenet5", "net.py", "--mutate-min", "0.9"), "net.py: --mutate and --mutate-min are for specs"),
    (
        ("net.py", "--fix", "--mutate"),
        "--mutate and --mutate-min are for specs; --fix and --diff are for documents",
    ),
    (("lenet5", "--input", "1,2"), "--input: no target is a document; a spec says itself what it is given"),
    (("net.py", "--device", "gpu"), "--device gpu: no such device name"),
    (("net.py", "--device", "cuda:99"), "--device cuda:99: not here"),
]


@pytest.mark.parametrize(("words", "begin"), IDLE, ids=[" ".join(row[0]) for row in IDLE])
def test_an_option_that_would_do_nothing_is_refused(words: tuple[str, ...], begin: str) -> None:
    Path("net.py").write_text("import torch\nx = torch.empty(20, 30)  # [20, 30]\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["verify", *words], standalone_mode=False)
    if done.exception is None:  # an error of one target, beside the results of others
        assert (done.return_value, done.stderr.startswith(f"archcheck: {begin}")) == (2, True)
    else:
        assert isinstance(done.exception, ArchcheckError)
        assert (done.exception.exit_code, str(done.exception).startswith(begin)) == (2, True)


def test_code_that_does_not_parse_beside_code_that_does_is_not_reached() -> None:
    good = "```python\nimport torch\nx = torch.empty(2, 30, 40)  # [2, 30, 40]\n```\n"
    text = f"{good}\nThen\n\n```python\ndef f(:\n```\n"
    result = verified("half.md", text)
    assert [(check.line, check.status) for check in result.checks] == [(3, "agrees"), (9, "not reached")]
    assert not result.ok


def test_a_page_that_states_nothing_is_no_failure() -> None:
    assert run("verify", str(Path("empty.md"))).return_value == 2  # no such file
    Path("empty.md").write_text("# Nothing\n", encoding="utf-8")
    result = run("verify", "empty.md")
    assert (result.return_value, "0 claims" in result.stdout) == (0, True)


def test_other_commands_say_what_a_document_is_for() -> None:
    Path("net.md").write_text("# A page\n", encoding="utf-8")
    for command in ("lint", "profile", "list"):
        result = run(command, "net.md")
        assert result.return_value == 2
        assert "a document; `archcheck verify net.md` checks the shapes that it states" in result.stderr


def test_one_bad_document_costs_no_other_its_result() -> None:
    Path("bad.ipynb").write_text("{", encoding="utf-8")
    Path("net.py").write_text("import torch\nx = torch.empty(2, 30, 40)  # [2, 30, 50]\n", encoding="utf-8")
    result = run("verify", "bad.ipynb", "net.py")
    assert result.return_value == 2
    assert "net.py:2: torch.empty(2, 30, 40): comment says [2, 30, 50]; it is [2, 30, 40]" in result.stdout


ARGUMENT = """\
import torch
import torch.nn.functional as F
def up(table):
    # table: (1, L, C)
    x = F.interpolate(
        table.permute(0, 2, 1),  # {told}
        scale_factor=2,
    ).permute(0, 2, 1)  # {end}
    return x
up(torch.zeros(1, 5, 8))
"""


@pytest.mark.parametrize(
    ("told", "end", "wanted"),
    [
        ("(1, C, L) -> (1, C, 2*L)", "(1, 2*L, C)", ({"agrees"}, {"agrees"})),
        ("(1, C, L) -> (1, C, 3*L)", "(1, 3*L, C)", ({"agrees", "unchecked"}, {"differs"})),
        ("(1, L, C) -> (1, C, L)", "(1, M, C)", ({"agrees"}, {"agrees"})),
    ],
    ids=["what is called", "wrong", "the argument itself"],
)
def test_the_way_behind_an_argument_may_be_that_through_what_is_called(
    told: str, end: str, wanted: tuple[set[str], set[str]]
) -> None:
    found = statuses(verified("up.py", ARGUMENT.format(told=told, end=end)))
    assert (found[6], found[8]) == wanted


def test_numbers_beside_letters_need_not_hold_of_other_sizes() -> None:
    code = """\
    import torch
    def parts(x):
        # x: (B, T, 3*D)
        q, k, v = x.chunk(3, -1)
        return {}  # (B, T, D)
    """
    for given, wanted in (("q", {"agrees"}), ("x.transpose(1, 2)", {"unchecked", "differs"})):
        (found,) = statuses(verified("parts.py", dedent(code).format(given)))[5]
        assert found in wanted
        assert "differs" not in statuses(verified("parts.py", dedent(code).format("q")))[3]


def test_a_parameter_s_letters_are_its_own_but_for_the_batch() -> None:
    code = """\
    import torch
    def f(
        extra,    # (b d)   - what is beside it
        actions,  # (b k d) - what is done
    ):
        return extra, actions
    f(torch.zeros(2, 33), torch.zeros({}, 7, 20))
    """
    assert statuses(verified("f.py", dedent(code).format(2)))[4] == {"agrees"}
    assert statuses(verified("f.py", dedent(code).format(3)))[4] == {"differs"}


def test_files_that_are_not_here_make_no_empty_list() -> None:
    code = """\
    import glob
    import torch
    names = glob.glob("data/*.txt")
    x = torch.zeros(1, len(names))  # [1, 18]
    """
    (check,) = verified("names.py", dedent(code)).checks
    assert (check.status, check.hint) == (
        "unchecked",
        "NameError: name 'names' is not defined, since line 3 did not run: it would read files that are not here",
    )
