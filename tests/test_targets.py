"""What a user names: specs and Python models, told apart without importing anything."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from archcheck import api, targets
from archcheck.errors import TargetError
from archcheck.targets import PythonName

PYTHON = [
    ("torchvision.models:resnet18", PythonName("torchvision.models", "resnet18"), "a module"),
    ("nets:Outer.inner", PythonName("nets", "Outer.inner"), "an object in an object"),
    ("nets.py:Net", PythonName("nets.py", "Net"), "a file"),
    ("a/b/nets.py:Net", PythonName("a/b/nets.py", "Net"), "a file in a folder"),
    ("C:\\code\\nets.py:Net", PythonName("C:\\code\\nets.py", "Net"), "a file on a drive"),
    ("a/b/nets:Net", PythonName("a/b/nets", "Net"), "a file without its ending: refused later, by name"),
    ("C:\\specs\\net.yaml", None, "a spec on a drive"),
    ("net.yaml:Net", None, "a spec has no objects"),
    ("alexnet_half", None, "a name"),
    ("specs/net.yaml", None, "a path"),
]


@pytest.mark.parametrize(("name", "python", "why"), PYTHON, ids=[row[0] for row in PYTHON])
def test_both_kinds_are_told_apart(name: str, python: PythonName | None, why: str) -> None:
    (found,) = targets.find([name])
    assert (found.python, found.shown) == (python, name), why


def test_a_name_has_a_file_and_a_path_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = targets.shipped()["vgg"].resolve()
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_bytes(spec.read_bytes())
    Path("nets.py").write_text("", encoding="utf-8")

    def opened(name: str) -> set[str | None]:
        return {targets.opened(target) for target in targets.find([name])}

    for name in ("vgg", "vgg.yaml", "vgg:vgg16", "vgg16"):
        assert opened(name) == {spec.as_posix()}
    for name in (
        "net.yaml",
        "./net.yaml",
        "net.yaml:vgg16",
        str(tmp_path / "net.yaml"),
        "nets.py:Net",
        "none",
    ):
        assert opened(name) == {None}, name
    monkeypatch.chdir(spec.parent.parent)
    assert opened("vgg16") == {f"{spec.parent.name}/vgg.yaml"}


def test_a_file_whose_name_has_a_colon_is_a_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a:b").write_text("input: [1]\nlayers: [flatten]\n", encoding="utf-8")
    (found,) = targets.find(["a:b"])
    assert found.python is None


def test_finding_and_refusing_imports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loud_nets.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    for name in ("loud_nets:Net", "loud_nets.py:Net"):
        (found,) = targets.find([name])
        use = f"`archcheck profile {name} --input SHAPE` tells what it costs"
        text = f"{name}: a Python model has no document to check; {use}"
        assert api.lint(found).error == api.verify(name, "cpu").error == text
        with pytest.raises(TargetError) as caught:
            api.load(found)
        assert str(caught.value) == text
    assert "loud_nets" not in sys.modules


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nope.py:Net", "nope.py:Net: no such file as nope.py"),
        ("there.py:", "there.py:: after the colon stands the name of a model, a class or a function"),
        ("nets:3", "nets:3: after the colon stands the name of a model, a class or a function"),
        ("a/b/nets:Net", "a/b/nets:Net: a file is named whole: a/b/nets.py:Net"),
        (
            "there.py",
            "there.py: Python code; name the model in it, there.py:MODEL; `archcheck verify there.py` checks the "
            "shapes that it states",
        ),
        ("page.md", "page.md: no such file"),
        ("theer.py", "theer.py: no such file; did you mean 'there.py'?"),
        ("no/page.md", "no/page.md: no such file: there is no folder no"),
        (f"{'x' * 5000}/page.md", f"{'x' * 5000}/page.md: no such file: there is no folder {'x' * 5000}"),
        (f"{'x' * 5000}.py:Net", f"{'x' * 5000}.py:Net: no such file as {'x' * 5000}.py"),
    ],
    ids=lambda text: text[:20],
)
def test_what_names_no_python_model(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.py").write_text("", encoding="utf-8")
    (found,) = targets.find([name])
    with pytest.raises(TargetError) as caught:
        targets.load(found)
    assert str(caught.value) == message
