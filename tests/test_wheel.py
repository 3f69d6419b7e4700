"""What is released: a wheel, made from the source archive, that has all it needs and works without the test extras."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import archcheck
from archcheck import targets

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PROGRAM = """\
import archcheck

result: archcheck.Verification = archcheck.lint("lenet5")
print(result.ok + "")
"""

SETTINGS = "[mypy]\n[mypy-torch.*]\nfollow_imports = skip\n"
"""PyTorch's own types take long to read, and no word of the program is of them."""


def ran(*words: str | Path, cwd: Path) -> str:
    """Run a program to its end, with nothing of this checkout on its path; return what it prints."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [*map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source archive, and from that alone the wheel."""
    folder = tmp_path_factory.mktemp("built")
    ran(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    source = folder / archive.name.removesuffix(".tar.gz")
    ran(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel beside what it depends on, and nothing else; return the environment's folder of programs."""
    folder = tmp_path_factory.mktemp("environment")
    ran(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    ran(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in closure():
        for one in tops(distribution(name)):
            if not (site / one.name).exists():
                (site / one.name).symlink_to(one)
    return folder / "bin"


def closure() -> set[str]:
    """Return the distributions that archcheck needs, and those that these need."""
    todo, found = [*PROJECT["dependencies"]], set()
    while todo:
        wanted = Requirement(todo.pop())
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name not in found and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            try:
                needs = distribution(name).requires or []
            except (
                ModuleNotFoundError
            ):  # PyTorch's build for the CPU names libraries of CUDA that it does not need
                continue
            found.add(name)
            todo += needs
    return found


def tops(one: Distribution) -> Iterator[Path]:
    """Yield the files and folders of a distribution that stand in site-packages itself."""
    names = {path.parts[0] for path in one.files or () if path.parts[0] not in ("..", "__pycache__")}
    yield from (Path(str(one.locate_file(name))) for name in sorted(names))


def test_the_wheel_has_all_that_the_package_has_and_no_more(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = {str(path.relative_to(ROOT)) for path in (ROOT / "archcheck").rglob("*") if path.is_file()}
    specs = {f"archcheck/_specs/{path.name}" for path in (ROOT / "specs").iterdir()}
    assert held == {name for name in package if "__pycache__" not in name and "/_specs/" not in name} | specs
    assert "archcheck/py.typed" in held


def test_the_version_is_that_of_the_package(wheel: Path) -> None:
    assert wheel.name.startswith(f"archcheck-{archcheck.__version__}-py3")
    assert "version" in PROJECT["dynamic"]


def test_the_licence_goes_with_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith("licenses/LICENSE")]
        assert opened.read(name) == (ROOT / "LICENSE").read_bytes()


def test_what_only_tests_need_is_not_needed(installed: Path, tmp_path: Path) -> None:
    names = "{'pytest', 'hypothesis', 'jsonschema', 'xdist', 'mypy', 'selenium', 'lxml'}"
    code = f"import importlib.util as u; print([n for n in {names} if u.find_spec(n)])"
    assert ran(installed / "python", "-c", code, cwd=tmp_path) == "[]\n"
    code = "import archcheck; print(archcheck.__file__)"
    assert ran(installed / "python", "-c", code, cwd=tmp_path).startswith(str(installed.parent))


COMMANDS = [
    (("--version",), f"archcheck {archcheck.__version__}"),
    (("lint", "lenet5"), "32 -> 28 -> 14 -> 10 -> 5 -> 1"),
    (("help", "claims"), "known wrong"),
    (("schema", "spec"), '"$schema"'),
    (("verify", "lenet5", "--device", "cpu"), "6x28x28"),
    (("report", "lenet5", "-o", "pages"), "pages/lenet5.md: written"),
    (("report", "lenet5", "--format", "html"), "archcheck.html: written"),
    (("completion", "bash"), "complete"),
]


@pytest.mark.parametrize(("words", "said"), COMMANDS, ids=[" ".join(words) for words, _ in COMMANDS])
def test_commands_work_from_an_empty_folder(
    words: tuple[str, ...], said: str, installed: Path, tmp_path: Path
) -> None:
    told = ran(installed / "archcheck", *words, cwd=tmp_path)
    assert said in told


def test_every_shipped_spec_is_there(installed: Path, tmp_path: Path) -> None:
    told = json.loads(ran(installed / "archcheck", "list", "--format", "json", cwd=tmp_path))
    here = targets.find([str(path) for path in (ROOT / "specs").glob("*.yaml")])
    shipped = {targets.load(target).name for target in here}
    assert {one["name"] for one in told["results"]} == shipped
    assert all(one["error"] is None for one in told["results"])


def test_the_lowest_pytorch_is_the_one_that_is_tested_on() -> None:
    (lowest,) = (
        word.removeprefix("torch>=") for word in PROJECT["dependencies"] if word.startswith("torch>=")
    )
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["suite"]["strategy"]["matrix"]["torch"][0] == f"{lowest}.0"
    assert f"${{TORCH:-{lowest}.0}}" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_types_go_with_it(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(SETTINGS, encoding="utf-8")
    words = ("--strict", "--python-executable", installed / "python", "user.py")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *map(str, words)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    (error, _) = done.stdout.splitlines()
    assert error == 'user.py:4: error: Unsupported operand types for + ("bool" and "str")  [operator]'
