"""Statement by statement, imports and stand-ins: what runs, what is left out, and what comes of that."""

from __future__ import annotations

import ast
import time
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest
from torch import nn

from archcheck.running.executing import Runner
from archcheck.running.guard import Guard
from archcheck.running.importing import Importer, folders_beside
from archcheck.running.stand_ins import class_builder

pytestmark = pytest.mark.usefixtures("own_modules")


def ran(
    code: str, folder: Path, seconds: float = 60
) -> tuple[Mapping[str, Any], dict[int, tuple[str, bool]]]:
    """Run code in this process; return its variables, and by line why what was left out, and whether it failed."""
    skipped: dict[int, tuple[str, bool]] = {}
    end = time.monotonic() + seconds

    def run_beside(file: Path, module: ModuleType) -> str | None:
        wrong: list[str] = []
        vars(module)["__builtins__"] = importer.namespace
        runner = Runner(vars(module), str(file), end, lambda _, why, __: wrong.append(why), lambda _: None)
        runner.run(ast.parse(file.read_text(encoding="utf-8")))
        return wrong[0] if wrong else None

    importer = Importer(folders_beside(str(folder / "page.md")), Guard(folder, folder, -1), run_beside)
    given = importer.namespace
    given.update(__import__=importer, __build_class__=class_builder(given["__build_class__"]))
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": given}
    runner = Runner(
        namespace,
        "<page>",
        end,
        lambda line, why, failed: skipped.setdefault(line, (why, failed)) and None,
        lambda _: None,
    )
    runner.run(ast.parse(dedent(code)))
    return namespace, skipped


def test_numpy_has_the_names_that_older_documents_use(tmp_path: Path) -> None:
    found, skipped = ran(
        "import numpy as np\na = np.arange(3, dtype=np.float)\nb = np.Inf\nc = np.nothing\n", tmp_path
    )
    assert (found["a"].dtype.name, found["b"]) == ("float64", float("inf"))
    assert list(skipped) == [4]


def test_what_fails_is_left_out_and_the_others_go_on(tmp_path: Path) -> None:
    found, skipped = ran("a = 1\nb = c\nd = b\ne = a + 1\n", tmp_path)
    assert found["e"] == 2
    assert skipped == {
        2: ("NameError: name 'c' is not defined", True),
        3: ("NameError: name 'b' is not defined", True),
    }


def test_an_expression_without_end_is_left_out_alone(tmp_path: Path) -> None:
    found, skipped = ran(f"b = {' + '.join('1' * 900)}\nc = 3\n", tmp_path)
    assert found["c"] == 3
    assert [why.partition(":")[0] for why, _ in skipped.values()] == ["RecursionError"]


BLOCKS = [
    # code                                              what is there after it              why this row
    ("if __name__ == '__main__':\n    a = b\n    c = 1\n", {"c": 1}, "statements of a block fail alone"),
    ("if x:\n    a = 1\nelse:\n    a = 2\nc = 1\n", {"c": 1}, "a condition that fails"),
    ("if 0:\n    a = 1\nelif 1:\n    a = 2\nelse:\n    a = 3\n", {"a": 2}, "the branch that is meant"),
    ("x = 1\nx = y\n", {}, "the old value is not what is meant"),
    ("x = 1\nfor i in range(2):\n    x = 2\n    loss.backward()\n", {}, "nor is it after a loop left out"),
    (
        "loader = [5, 6]\nfor x in loader:\n    a = x\n    break\n",
        {"x": 5, "a": 5},
        "one round of data that is all",
    ),
    ("loader = [5]\nfor x in loader:\n    a = x\n", {"x": 5, "a": 5}, "there is but one round"),
    (
        "a = []\nloader = range(99)\nfor x in loader:\n    a.append(x)\nb = len(a)\n",
        {},
        "of several the rest is not known",
    ),
    (
        "def f(loader):\n    for x in loader: pass\n    return x\na = f(range(99))\nb = f([7])\n",
        {"b": 7},
        "nor in a function",
    ),
    (
        "def f(n):\n    for x in range(n): loss.backward()\n    return n\na = f(3)\nb = f(0)\n",
        {"b": 0},
        "nor where it trains",
    ),
    ("a = {}\na[0] = b\nc = len(a)\n", {}, "what was to be changed is not what is meant"),
    ("try:\n    import nowhere.at.all\n    a = 1\nexcept ImportError:\n    a = 2\n", {"a": 1}, "a stand-in"),
    (
        "from contextlib import nullcontext\nwith nullcontext(3) as a:\n    b = c\n    d = a\n",
        {"a": 3, "d": 3},
        "with",
    ),
    (
        "from contextlib import nullcontext\nwith nullcontext((1, 2)) as (a, b):\n    pass\n",
        {"a": 1, "b": 2},
        "unpacked",
    ),
    ("def f(x: Nothing = 3) -> Less: return x\na = f()\n", {"a": 3}, "annotations need not be there"),
    (
        "def f(x: int): pass\na = f.__annotations__['x'] is int\n",
        {"a": True},
        "those that are there are objects",
    ),
    (
        "class A:\n    x: 'int' = 1\n    y: Nothing = 2\na = A.y\n",
        {"a": 2},
        "those of a class need not be there either",
    ),
    ("a: Nothing = 3\n", {"a": 3}, "nor are those of variables"),
    ("from __future__ import annotations\na = 3\n", {"a": 3}, "a statement for the compiler"),
]


@pytest.mark.parametrize(("code", "wanted", "why"), BLOCKS, ids=[row[2] for row in BLOCKS])
def test_blocks(code: str, wanted: dict[str, object], why: str, tmp_path: Path) -> None:
    found, _ = ran(code, tmp_path)
    assert {name: one for name, one in found.items() if isinstance(one, int)} == wanted


def test_a_report_after_a_statement_that_failed_says_nothing(tmp_path: Path) -> None:
    class Reporter:
        seen: list[object] = []  # noqa: RUF012 - a test's own
        site: int | None = 0

        def value(self, site: int, value: object) -> object:
            self.seen.append(value)
            return value

        def printing(self, site: int | None) -> None:
            Reporter.site = site

    code = """\
        x = 1
        try: __archcheck__.value(1, x)
        except Exception: pass
        __archcheck__.printing(4); x = nothing; __archcheck__.printing(None)
        """
    tree = ast.parse(dedent(code))
    later = ast.parse("try: __archcheck__.value(1, x)\nexcept Exception: pass").body[0]
    ast.copy_location(later, tree.body[-2])
    tree.body.append(later)
    namespace: dict[str, Any] = {"__archcheck__": Reporter()}
    Runner(namespace, "<page>", time.monotonic() + 9, lambda *_: None, lambda _: None).run(tree)
    assert Reporter.seen == [1]
    assert Reporter.site is None


STAND_INS = """\
import torch
from torch import nn
from d2l import torch as d2l
import lightning as pl
from timm.models.layers import DropPath, to_2tuple
from nowhere import *
from torch._six import container_abcs
import os.path as places
"""
USES = [
    # a statement that uses what is not installed        why it is left out                            what it is
    ("x = d2l.load(3)", "needs d2l, which is not installed", "called"),
    ("x = d2l.size + 1", "needs d2l, which is not installed", "reckoned with"),
    ("for x in d2l.layers: pass", "needs d2l, which is not installed", "gone over"),
    ("x = len(d2l.layers)", "needs d2l, which is not installed", "measured"),
    ("x = 1 if d2l.flag else 2", "needs d2l, which is not installed", "asked"),
    ("x = pl.Trainer(3)", "needs lightning, which is not installed", "another library"),
    (
        "x = container_abcs.Iterable()",
        "needs torch._six, which is not in the installed torch",
        "a part that is gone",
    ),
    ("x = d2l.size", None, "named"),
    ("@d2l.add\ndef f(): return 3\nx = f()", None, "decorates"),
    ("@d2l.add(1, to=d2l.Net)\ndef f(): return 3\nx = f()", None, "makes what decorates"),
    ("x = isinstance(3, d2l.Net)", None, "compared with"),
    ("def f(x: d2l.Net[int] | None = None, y=d2l.size): return 3\nx = f()", None, "a default"),
    ("class A(d2l.Net): pass\nx = A()", None, "inherited from"),
    ("class A(d2l.Net, metaclass=d2l.Meta): pass\nx = A()", None, "a metaclass"),
    ("x = to_2tuple(3)", None, "known well enough"),
    ("x = DropPath(0.1)(torch.zeros(3))", None, "what shapes pass through"),
    ("x = places.join('a', 'b')", None, "installed"),
]


@pytest.mark.parametrize(("statement", "why", "what"), USES, ids=[row[2] for row in USES])
def test_a_stand_in(statement: str, why: str | None, what: str, tmp_path: Path) -> None:
    found, skipped = ran(STAND_INS + statement, tmp_path)
    line = STAND_INS.count("\n") + 1
    assert skipped == ({} if why is None else {line: (why, False)})
    assert ("x" in found) == (why is None)


CLASSES = [
    ("class A(pl.LightningModule): pass", True, "known by its name"),
    ("class A(d2l.Thing):\n    def forward(self, x): return x", True, "has a forward"),
    ("class A(d2l.Thing): pass", False, "nothing says so"),
    ("class A(nn.Module, d2l.Mixin): pass", True, "another base is one"),
    ("class A(d2l.Mixin, dict): pass", False, "another base is none"),
]


@pytest.mark.parametrize(("code", "is_module", "why"), CLASSES, ids=[row[2] for row in CLASSES])
def test_a_stand_in_as_a_base(code: str, is_module: bool, why: str, tmp_path: Path) -> None:
    found, skipped = ran(STAND_INS + code, tmp_path)
    assert skipped == {}
    assert issubclass(found["A"], nn.Module) == is_module


def test_a_module_of_a_library_runs_what_it_holds(tmp_path: Path) -> None:
    code = """\
    class Net(d2l.Classifier):
        def __init__(self, width=4, lr=0.1):
            super().__init__()
            self.save_hyperparameters()
            self.net = nn.Linear(3, self.width)
    x = Net(5)(torch.zeros(2, 3))
    """
    found, skipped = ran(STAND_INS + dedent(code), tmp_path)
    assert skipped == {}
    assert found["x"].shape == (2, 5)


def test_what_lies_beside_the_document_is_imported(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("from blocks.conv import width\nclass Net: size = width\n")
    (tmp_path / "broken.py").write_text("a = 1\nb = nothing\n")
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "conv.py").write_text("from .deep import width\n")
    (tmp_path / "blocks" / "deep.py").write_text("width = 64\n")
    (tmp_path / "blocks" / "__init__.py").write_text("")
    code = """\
    from model import Net
    from .model import Net as Same
    from blocks import deep
    import blocks.conv
    from broken import a, b
    from .nowhere import c
    x = Net.size, deep.width, blocks.conv.width, a
    b + 1
    c + 1
    """
    found, skipped = ran(code, tmp_path)
    assert found["x"] == (64, 64, 64, 1)
    assert found["Net"] is found["Same"]
    assert skipped == {
        8: ("needs what broken.py lacks: NameError: name 'nothing' is not defined", False),
        9: ("needs .nowhere, which is not beside the document", False),
    }


def test_pages_that_show_no_imports_have_the_customary_ones(tmp_path: Path) -> None:
    found, skipped = ran(
        "x = F.relu(nn.Linear(3, math.isqrt(25))(torch.ones(np.int64(2), 3))).shape\n", tmp_path
    )
    assert (found["x"], skipped) == ((2, 5), {})
    found, skipped = ran("nn = 3\nx = nn\ndel nn\ny = plt\n", tmp_path)
    assert (found["x"], skipped) == (3, {4: ("NameError: name 'plt' is not defined", True)})


def test_a_default_that_needs_a_library_is_needed_where_it_is_used(tmp_path: Path) -> None:
    code = """\
    from nowhere import name
    def f(x, act=name("relu"), *, norm=name("batch")):
        return x + 1
    def g(x, act=name("relu")):
        return act + x
    def h(x, act=nothing):
        return x
    a = f(2)
    b = g(2)
    """
    found, skipped = ran(code, tmp_path)
    needs = ("needs nowhere, which is not installed", False)
    assert (found["a"], skipped) == (3, {6: ("NameError: name 'nothing' is not defined", True), 9: needs})


def test_a_file_beside_never_hides_what_is_python_s(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("dumps = 3\n")
    (tmp_path / "torch.py").write_text("zeros = 3\n")
    found, _ = ran("import json, torch\nx = json.dumps, torch.zeros\n", tmp_path)
    assert 3 not in found["x"]


def test_folders_beside_go_up_as_far_as_the_package(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "__init__.py").write_text("")
    assert folders_beside(str(inner / "net.py")) == (inner, tmp_path / "a")
