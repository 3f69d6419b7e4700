"""The house: every module has a room in the README's list, and uses only the rooms above its own."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "archcheck"
ROOMS = re.findall(
    r"^\| `(\w+)(?:\.py|/)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE
)
TORCH_FREE = ROOMS[: ROOMS.index("device")]


def modules() -> dict[str, Path]:
    """Return every module's dotted name and file; the two doors, to `import` and to `python -m`, are in no room."""
    doors = (PACKAGE / "__init__.py", PACKAGE / "__main__.py")
    files = (path for path in PACKAGE.rglob("*.py") if path not in doors)
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files}


def imports(text: str) -> Iterator[str]:
    """Yield the modules that a module imports, anywhere in it but under `if TYPE_CHECKING:`."""
    todo: list[ast.AST] = [ast.parse(text)]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            todo += node.orelse
            continue
        todo += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    return module.split(".")[1]


def wrong_way(module: str, text: str) -> list[str]:
    """Return the imports of a module that point to a room below its own."""
    own = ROOMS.index(room(module))
    inside = (name for name in imports(text) if name.startswith("archcheck.") and room(name) in ROOMS)
    return [name for name in inside if ROOMS.index(room(name)) > own]


def test_every_module_has_a_room_and_every_room_a_module() -> None:
    assert len(ROOMS) == len(set(ROOMS))
    assert {room(module) for module in modules()} == set(ROOMS)


@pytest.mark.parametrize("module", modules())
def test_imports_point_up(module: str) -> None:
    assert wrong_way(module, modules()[module].read_text(encoding="utf-8")) == []


def test_an_import_that_points_down_is_found() -> None:
    assert wrong_way("archcheck.spec.load", "def f():\n    from archcheck.model import build") == [
        "archcheck.model.build"
    ]


def test_there_is_no_circle() -> None:
    known = modules()
    uses = {}
    for module, path in known.items():
        names = [*imports(path.read_text(encoding="utf-8"))]
        uses[module] = {*names, *(name.rpartition(".")[0] for name in names)} & known.keys() - {module}
    assert set(TopologicalSorter(uses).static_order()) >= known.keys()


@pytest.mark.parametrize("heavy", ["torch", "pandas", "fvcore", "torchinfo"])
def test_what_is_above_the_device_does_without(heavy: str) -> None:
    names = [module for module in modules() if room(module) in TORCH_FREE]
    code = f"import sys, importlib; [importlib.import_module(n) for n in {names!r}]; print({heavy!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_top_level_is_what_it_should_be() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: what is tracked cannot be asked")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    named = {"archcheck", "specs", "reports", "tests", "pyproject.toml", "README.md", "LICENSE"}
    assert {name for name in top if not name.startswith(".")} == named


@pytest.mark.parametrize("path", [*PACKAGE.rglob("*.py")], ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350
