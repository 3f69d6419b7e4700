"""What a document's code cannot make is taken as the document states it; what is made of that is checked."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import torch
from torch import nn

from archcheck import documents
from archcheck.binding import bind
from archcheck.results import Verification
from archcheck.running.devices import on_device
from archcheck.running.going_on import SUPPOSING, going_on
from archcheck.running.stated_names import StatedNames
from archcheck.running.supposing import Supposing, tensors_of
from tests.test_documented import verified

TRAIN = """\
import torch
from torch import nn
model = nn.Linear(8, {out})
def train(model, loader, optimizer):
    model.train()
    total = 0
    for i, batch in enumerate(loader):
        src = batch["src"].to("cuda")
        trg = batch.trg
        # src = [length, batch size, 8]
        # trg = [length, batch size]
        optimizer.zero_grad()
        output = model(src)
        # output = [length, batch size, {out_said}]
        flat = output[1:].view(-1, output.shape[-1])
        # flat = [(length - 1) * batch size, {flat_said}]
        loss = nn.functional.cross_entropy(flat, trg[1:].view(-1))
        loss.backward()
        total += loss.item()
    return total / len(loader)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages be written where nobody minds."""
    monkeypatch.chdir(tmp_path)


def statuses(result: Verification) -> dict[int, tuple[str, ...]]:
    """Return the statuses of the checks on each line."""
    found: dict[int, list[str]] = {}
    for check in result.checks:
        found.setdefault(check.line or 0, []).append(check.status)
    return {line: tuple(own) for line, own in found.items()}


def test_a_loop_whose_data_nobody_makes_is_gone_through_with_what_it_states() -> None:
    result = verified("train.py", TRAIN.format(out=5, out_said=5, flat_said=5))
    assert statuses(result) == dict.fromkeys((10, 11, 14, 16), ("agrees",))
    assert result.calls == (
        "what fails in train, line 7 first, is left out: as it states, where its code cannot run",
    )


@pytest.mark.parametrize(("out", "flat", "line"), [(4, 5, 14), (5, 4, 16)])
def test_what_does_not_follow_from_what_is_stated_does_not_pass(out: int, flat: int, line: int) -> None:
    result = verified("train.py", TRAIN.format(out=5, out_said=out, flat_said=flat))
    assert statuses(result)[line] == ("unchecked",)
    assert statuses(result)[30 - line] == ("agrees",)


def test_what_goes_in_is_not_seen_where_a_shape_fails_behind_it() -> None:
    code = TRAIN.format(out=5, out_said=5, flat_said=5).replace(
        "model = nn.Linear(8,", "model = nn.Linear(9,"
    )
    found = statuses(verified("train.py", code))
    assert found[10] == ("unchecked",)
    assert found[14] == ("unchecked",), "it is only what the document states"


BRANCHES = """\
import torch
def pooled(x, kind="mean"):
    # x: [B, T, C]
    if x.ndim == 4:
        raise ValueError(x.shape)
    if kind == "mean":
        return x.mean(1)  # [B, C]
    if kind == "last":
        y = x[:, -1]  # {last}
    elif kind == "all":
        y = x.flatten(1)  # {all}
    return y
pooled(torch.empty(2, 7, 12))
"""


@pytest.mark.parametrize(
    ("last", "all_", "wanted"),
    [("[B, C]", "[B, T*C]", ("agrees", "agrees")), ("[B, T]", "[B, C]", ("unchecked", "unchecked"))],
)
def test_branches_that_no_call_takes_are_come_to(last: str, all_: str, wanted: tuple[str, str]) -> None:
    found = statuses(verified("pool.py", BRANCHES.format(last=last, all=all_)))
    assert (found[9][0], found[11][0]) == wanted
    assert found[7] == ("agrees",)


def notebook(*cells: tuple[str, str]) -> str:
    """Return a notebook of code cells, each with what it printed."""
    made = [
        {
            "cell_type": "code",
            "source": dedent(code),
            "metadata": {},
            "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": text}] if text else [],
        }
        for code, text in cells
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


LOADED = """\
import torch
from torch import nn
import nowhere_to_be_found
image, label = nowhere_to_be_found.load("cat.png")
print(image.shape)
"""
CONV = """\
y = nn.Conv2d(3, 8, 5)(image.unsqueeze(0))
print("maps:", y.shape)
"""


def test_data_that_is_not_there_has_the_shape_that_the_document_shows() -> None:
    size, maps = "torch.Size([3, 32, 30])\n", "maps: torch.Size([1, 8, 28, 26])\n"
    result = verified("n.ipynb", notebook((LOADED, size), (CONV, maps)))
    assert [(check.at, check.status) for check in result.checks] == [
        ("cell 1 output", "unchecked"),
        ("cell 2 output", "agrees"),
    ]
    assert result.checks[0].hint == "not run: needs nowhere_to_be_found, which is not installed"
    assert result.calls == ("image is taken to be 3x32x30: as it states, since cell 1, line 4 cannot run",)


def test_what_is_printed_of_supposed_data_never_differs_and_all_else_does() -> None:
    other = "z = torch.empty(2, 3)  # [2, 4]\nprint('z', z.shape)\n"
    cells = (LOADED, "torch.Size([3, 32, 30])\n"), (CONV, "maps: torch.Size([1, 8, 28, 27])\n")
    result = verified("n.ipynb", notebook(*cells, (other, "z torch.Size([2, 5])\n")))
    assert [check.status for check in result.checks] == ["unchecked", "unchecked", "differs", "differs"]


DOUBTED = [
    ("n, h, w = image.shape\ny = torch.eye(h)  # [28, 28]\n", "a number of it"),
    (
        "n = int(image.shape[1])\nm = n + 1\nfor i in range(m): y = torch.ones(i + 1, 2)\nz = y.t()  # [2, 30]\n",
        "at third hand",
    ),
    (
        "if image.shape[1] > 31: y = torch.zeros(4, 2)\nelse: y = torch.zeros(5, 2)\nz = y.t()  # [2, 5]\n",
        "a branch",
    ),
    ("net = nn.Linear(image.shape[2], 4)\nw = net.weight.t()  # [28, 4]\n", "a layer"),
    ("def size(): return image.shape[0]\ny = torch.zeros(size(), 2)  # [4, 2]\n", "a function that reads it"),
    (
        "many = []\nmany.append(image.shape[0])\ny = torch.zeros(many[0], 2)  # [4, 2]\n",
        "a list that keeps it",
    ),
    (
        "net = nn.Linear(image.shape[2], 4)\nnet(torch.randn(2, 28))\ny = torch.zeros(3, 2)  # [3, 2]\n",
        "a call of it",
    ),
]


@pytest.mark.parametrize(("code", "why"), DOUBTED, ids=[row[1] for row in DOUBTED])
def test_nothing_differs_that_hangs_on_what_is_supposed(code: str, why: str) -> None:
    cells = (LOADED, "torch.Size([3, 32, 30])\n"), (code, "")
    checks = verified("n.ipynb", notebook(*cells)).checks
    assert [one.status for one in checks if one.status == "differs"] == [], why
    assert len(checks) > 1, why


def test_a_model_that_hangs_on_what_is_supposed_is_printed_in_doubt() -> None:
    shown = "Sequential(\n  (0): Linear(in_features={}, out_features=4, bias=True)\n  (1): ReLU()\n)\n"
    code = "net = nn.Sequential(nn.Linear({}, 4), nn.ReLU())\nprint(net)\n"
    cells = (LOADED, "torch.Size([3, 32, 30])\n"), (code.format("image.shape[2]"), shown.format(28))
    assert "differs" not in [one.status for one in verified("n.ipynb", notebook(*cells)).checks]
    cells = (LOADED, "torch.Size([3, 32, 30])\n"), (code.format(30), shown.format(28))
    assert "differs" in [one.status for one in verified("n.ipynb", notebook(*cells)).checks]


def test_letters_have_one_size_in_a_loop_that_is_gone_through() -> None:
    code = """\
    def f(loader):
        for x, y in loader:
            # x: (B, T, D)
            h = x.transpose(1, 2)  # {}
    """
    code = dedent(code)
    assert statuses(verified("f.py", code.format("(B, D, T)"))) == {3: ("agrees",), 4: ("agrees",)}
    assert statuses(verified("f.py", code.format("(B, T, D)"))) == {3: ("agrees",), 4: ("unchecked",)}


def test_a_variable_that_is_set_again_is_not_what_was_supposed() -> None:
    again = "image = torch.empty(4, 5)\nprint(image.shape)\n"
    cells = (LOADED, "torch.Size([3, 32, 30])\n"), (again, "torch.Size([4, 6])\n")
    assert [one.status for one in verified("n.ipynb", notebook(*cells)).checks] == ["unchecked", "differs"]


def test_what_the_code_asserts_of_what_is_supposed_counts() -> None:
    code = TRAIN.format(out=5, out_said=5, flat_said=5)
    asserted = code.replace(
        "        optimizer.zero_grad()", "        assert src.shape[2] == 7; optimizer.zero_grad()"
    )
    assert asserted != code
    assert statuses(verified("train.py", asserted))[10] == ("unchecked",)


def test_what_a_document_catches_itself_is_not_gone_on_from() -> None:
    code = """\
    import torch
    def load(path):
        try:
            x = torch.zeros(2, 3).view(7)
        except RuntimeError:
            x = torch.zeros(2, 4)
        y = x.t()  # {said}
        return missing(y)
    """
    wanted = {"[4, 2]": "agrees", "[3, 2]": "unchecked"}
    found = {said: statuses(verified("load.py", dedent(code).format(said=said)))[7] for said in wanted}
    assert {said: status for said, (status,) in found.items() if status == "agrees"} == {"[4, 2]": "agrees"}


def test_a_branch_that_hangs_on_values_goes_into_its_body() -> None:
    code = """\
    import torch
    def f(q):
        # q: [B, T, 8]
        if (q > 0).any():
            y = q[:, 0]  # [B, 8]
            return missing(y)
    """
    assert statuses(verified("f.py", dedent(code)))[5] == ("agrees",)


@pytest.mark.parametrize("size", ["99999999999", "9999999999"])
def test_what_nothing_can_hold_is_not_supposed(size: str) -> None:
    code = f"""\
    import torch
    import nowhere_to_be_found
    image = nowhere_to_be_found.load("cat.png")  # [B, {size}, {size}]
    y = torch.zeros(2, 3)  # [2, 3]
    """
    assert statuses(verified("page.py", dedent(code))) == {3: ("unchecked",), 4: ("agrees",)}


PROGRAMS = [
    "def f(n):\n    for i in range(n):\n        if i > 2: break\n    else:\n        i = 'all'\n    return i",
    "def f(n):\n    try:\n        return 1 // n\n    except ZeroDivisionError as error:\n        return str(error)\n",
    "def f(n):\n    while n:\n        n -= 1\n        if n == 2:\n            continue\n    return n",
    "def f(n):\n    i = 'kept'\n    many = [i for i in range(n)]\n    return i, many",
    "def f(n):\n    def inner():\n        nonlocal n\n        n += 1\n        return n\n    return inner(), n",
    "def f(n):\n    return list(g(n))\ndef g(n):\n    for i in range(n):\n        got = yield i\n    return got",
    "def f(n):\n    if n > 2:\n        x = 2\n    elif n:\n        x = 1\n    else:\n        1 / 0\n    return x",
    "def f(n):\n    with open('/nowhere') as file:\n        return file\n",
    "def f(n):\n    a, (b, *c) = n, (1, 2, n)\n    a += b\n    return a, b, c",
    "i = 9\ndef f(n):\n    return [y := i + n, y]",
    "def f(n):\n    assert n, 'none'\n    del n\n    return n",
    "class A:\n    def f(self, n):\n        return super().__repr__() and n\ndef f(n):\n    return A().f(n)",
]


@pytest.mark.parametrize("code", PROGRAMS)
@pytest.mark.parametrize("given", [0, 1, 5])
def test_a_function_that_can_go_on_does_what_it_did(code: str, given: int) -> None:
    functions = frozenset(("f", "g", "A.f", "f.inner"))
    plain, able = ast.parse(code), going_on(ast.parse(code), functions)
    assert ast.dump(plain) != ast.dump(able)
    assert _outcome(plain, given) == _outcome(able, given)


def _outcome(tree: ast.Module, given: int) -> object:
    stated = StatedNames(bind(documents.read("none.py", "")))
    kind = tensors_of(lambda: None, lambda: None)
    namespace: dict[str, Any] = {SUPPOSING: Supposing(stated, kind, torch.device("cpu"), lambda _: {})}
    exec(compile(tree, "<program>", "exec"), namespace)
    try:
        return namespace["f"](given)
    except Exception as error:
        return type(error), str(error)


def test_a_function_of_many_blocks_stays_one_that_python_takes() -> None:
    lines = [f"{'    ' * depth}with nullcontext():" for depth in range(1, 16)]
    code = "\n".join(["from contextlib import nullcontext", "def f(n):", *lines, f"{'    ' * 16}return n"])
    assert _outcome(going_on(ast.parse(code), frozenset(("f",))), 3) == 3


def test_functions_that_nobody_names_stay_as_they_are() -> None:
    code = "def f():\n    x = 1\n    return x\nasync def g():\n    return 2\n"
    assert ast.unparse(going_on(ast.parse(code), frozenset(("g", "other")))) == ast.unparse(ast.parse(code))


def test_what_stands_beside_a_statement_goes_before_what_stands_below_it() -> None:
    code = """\
    def f(x):
        y = g(x)  # torch.Size([2, 3])
        # y: [4, 5]
        y = h(y)
        z = g(y)
        # z: [6, 7]
        y = g(z)
        # y: [8, 9]
    """
    stated = StatedNames(bind(documents.read("page.py", dedent(code))))
    assert stated.of("f", "y", 2, 2) == (2, 3)
    assert stated.of("f", "z", 5, 5) == (6, 7)
    assert stated.of("f", "y", 7, 7) == (8, 9)
    assert stated.of("f", "y", 4, 4) is None, "what is said later is of another value"
    assert stated.latest("f", "y", 6) == (4, 5)
    assert stated.of("g", "y", 2, 2) is None


def _sizes(value: Any) -> Any:
    if isinstance(value, nn.utils.rnn.PackedSequence):
        return tuple(value.data.shape)
    return tuple(value.shape) if isinstance(value, torch.Tensor) else [_sizes(one) for one in value]


MANY: list[dict[str, Any]] = [{}, {"bidirectional": True, "num_layers": 2}, {"batch_first": True}]


@pytest.mark.parametrize("more", [*MANY, {"proj_size": 3, "bidirectional": True}])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_recurrent_layers_give_on_meta_what_they_give(kind: type[nn.Module], more: dict[str, Any]) -> None:
    if "proj_size" in more and kind is not nn.LSTM:
        return
    steps = nn.utils.rnn.pack_padded_sequence(torch.zeros(7, 5, 4), [7, 6, 5, 3, 1]).batch_sizes
    with torch.device("meta"):
        layer, x, y = kind(4, 6, **more), torch.zeros(7, 5, 4), torch.zeros(22, 4)
    given = [x, x[:, 0], nn.utils.rnn.PackedSequence(y, steps)]
    wanted = [_sizes(layer(one)) for one in given]
    with on_device(torch.device("meta")):
        assert [_sizes(layer(one)) for one in given] == wanted


def test_a_loss_goes_back_through_a_recurrent_layer_on_meta() -> None:
    with on_device(torch.device("meta")):
        layer, x = nn.GRU(4, 6, num_layers=2), torch.zeros(7, 5, 4, requires_grad=True)
        layer(x)[0].sum().backward()
    assert x.grad is not None
    assert [one.grad is not None and one.grad.shape == one.shape for one in layer.parameters()] == [True] * 8


def test_a_recurrent_layer_on_meta_refuses_what_it_refuses() -> None:
    with on_device(torch.device("meta")), pytest.raises(RuntimeError, match="Expected 4, got 5"):
        nn.LSTM(4, 6)(torch.zeros(7, 5, 5))
