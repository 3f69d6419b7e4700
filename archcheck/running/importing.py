"""The imports of a document's code: what is installed, what lies beside the document, or a stand-in."""

from __future__ import annotations

import builtins
import contextlib
import importlib
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from archcheck.running.data_sets import SETS
from archcheck.running.guard import Guard, Refused
from archcheck.running.stand_ins import ALWAYS, Patched, StandInModule

_REAL = builtins.__import__
_BESIDES = 5
"""Folders above the document's that may belong to its package, or be where its project begins."""
_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
"""What lies where a project begins."""
CUSTOMARY: Mapping[str, str] = {
    **{"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "optim": "torch.optim"},
    **{"np": "numpy", "math": "math"},
}
"""What everybody calls these modules: pages show code without its imports."""

OLD_NUMPY: Mapping[str, object] = {
    **{"float": float, "int": int, "object": object, "complex": complex, "str": str, "bool": bool},
    **{"Inf": math.inf, "NaN": math.nan},
}
"""Names that older documents have from numpy, which took them out: this is no checker of numpy's versions.

https://numpy.org/doc/stable/release/1.24.0-notes.html#expired-deprecations, and of the last two 2.0.0-notes.html
"""


def folders_beside(path: str) -> tuple[Path, ...]:
    """Return the folders that a document's imports may mean: its own, and those above as far as it is in a package."""
    here = Path(path).resolve().parent
    found = [here]
    while (here / "__init__.py").is_file() and len(found) <= _BESIDES:
        here = here.parent
        found.append(here)
    return tuple(found)


def project_of(path: str) -> Path | None:
    """Return the folder where the project begins that a document is in: it may mean that project's own packages."""
    above = list(Path(path).resolve().parents)[: _BESIDES + 1]
    return next((one for one in above if any((one / name).exists() for name in _PROJECT)), None)


class Importer:
    """`__import__` for a document: nothing raises for want of a library.

    `run`: runs a file beside the document in the namespace of its module, and returns what went wrong first, or None.
    `project`: where the document's project begins, of which packages are taken that are not installed.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        guard: Guard,
        run: Callable[[Path, ModuleType], str | None],
        project: Path | None = None,
    ) -> None:
        self._folders, self._guard, self._run = tuple(folders), guard, run
        self._sources = () if project is None else (project, project / "src")
        self._builtins = ModuleType("builtins")
        vars(self._builtins).update(_customary())
        vars(self._builtins).update(vars(builtins))
        self._beside: dict[Path, ModuleType] = {}

    @property
    def namespace(self) -> dict[str, Any]:
        """The built-in names as the document sees them: its own copy, which it may spoil."""
        return vars(self._builtins)

    def __call__(
        self,
        name: str,
        given: Mapping[str, Any] | None = None,
        local: object = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        """Return a module as `__import__` does: the first of a dotted name, or the last where names are taken."""
        names = tuple(fromlist or ())
        if level:
            return self._relative(name, given or {}, names, level)
        if name == "builtins":
            return self._builtins
        top = name.partition(".")[0]
        for folder in self._folders_of(top):
            if (found := self._file(folder / top)) is not None:
                return self._dotted(name, found, folder, names)
        return self._installed(name, names)

    def _folders_of(self, top: str) -> tuple[Path, ...]:
        """Return where a module may lie; the project's own only if it was found there: what is installed is first."""
        if top in sys.stdlib_module_names or top in ("torch", "numpy", "archcheck"):
            return ()
        known = sys.modules.get(top)
        if known is None:
            return self._folders
        return (*self._folders, *self._sources) if known in self._beside.values() else ()

    @staticmethod
    def _file(place: Path) -> Path | None:
        """Return the file of a module, the folder of a package without one, or None."""
        for one in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
            if one.is_file():
                return one
        return place if place.is_dir() and any(place.glob("*.py")) else None

    def _relative(self, name: str, given: Mapping[str, Any], names: Sequence[str], level: int) -> Any:
        here = Path(given["__file__"]).parent if given.get("__file__") else self._folders[0]
        for _ in range(level - 1):
            here = here.parent
        shown = "." * level + name
        if not any(here.is_relative_to(one) for one in (*self._folders, *self._sources)):
            return StandInModule(shown, _needs(shown))
        place = here.joinpath(*name.split(".")) if name else here
        found = (self._file(place) if name else here) if place != here or not name else None
        if found is None:
            return StandInModule(shown, f"needs {shown}, which is not beside the document")
        module = self._load(found, name or here.name)
        self._take(module, place, names)
        return module

    def _dotted(self, name: str, found: Path, folder: Path, names: Sequence[str]) -> Any:
        parts = name.split(".")
        first = module = self._load(found, parts[0])
        place = folder / parts[0]
        for depth, part in enumerate(parts[1:], 2):
            place = place / part
            file = self._file(place)
            shown = ".".join(parts[:depth])
            child = StandInModule(shown, _needs(shown)) if file is None else self._load(file, shown)
            vars(module)[part] = child
            module = child
        self._take(module, place, names)
        return module if names else first

    def _take(self, module: ModuleType, place: Path, names: Sequence[str]) -> None:
        """Load the files of a package that an import takes by name."""
        for name in names:
            if name not in vars(module) and (file := self._file(place / name)) is not None:
                vars(module)[name] = self._load(file, f"{module.__name__}.{name}")

    def _load(self, file: Path, name: str) -> ModuleType:
        if file in self._beside:
            return self._beside[file]
        module = Patched(ModuleType(name), f"needs what {file.name} lacks")
        self._beside[file] = module
        sys.modules.setdefault(name, module)  # dataclasses look for it there
        if file.is_file():
            vars(module)["__file__"] = str(file)
            if (wrong := self._run(file, module)) is not None:
                vars(module)["_why"] = f"needs what {file.name} lacks: {wrong}"
        return module

    def _installed(self, name: str, names: Sequence[str]) -> Any:
        why = _needs(name)
        if name.partition(".")[0] in ALWAYS:
            return StandInModule(name if names else name.partition(".")[0], why)
        try:
            with self._guard.importing():
                module = _REAL(name, None, None, names)
        except Refused:
            raise
        except ImportError as error:
            return self._missing(name, error, names)
        except Exception as error:  # a library that cannot start here
            return StandInModule(name if names else name.partition(".")[0], f"{why}: {error}")
        if (sets := sys.modules.get("torchvision.datasets")) is not None:
            vars(sets).update(SETS)  # this process is the document's alone
        if (numpy := sys.modules.get("numpy")) is not None:
            vars(numpy).update({one: kind for one, kind in OLD_NUMPY.items() if one not in vars(numpy)})
        lacks = [one for one in names if one != "*" and not hasattr(module, one)]
        return Patched(module, why) if lacks and not _is_torch(name) else module

    def _missing(self, name: str, error: ImportError, names: Sequence[str]) -> Any:
        top = name.partition(".")[0]
        shown = name if names else top
        missing = error.name if isinstance(error, ModuleNotFoundError) and error.name else name
        for folder in self._sources if missing == top else ():
            if (found := self._file(folder / top)) is not None:
                return self._dotted(name, found, folder, names)
        if missing.partition(".")[0] == top and sys.modules.get(top) is not None and "." in name:
            return StandInModule(shown, f"needs {name}, which is not in the installed {top}")
        return StandInModule(shown, _needs(missing.partition(".")[0]))


class Tabs:
    """What notebooks of books in several frameworks know as `tab`: of these PyTorch's is meant."""

    @staticmethod
    def selected(*names: str) -> bool:
        """Return whether PyTorch is among those that some code is for."""
        return "pytorch" in names

    @staticmethod
    def interact_select(*_: object) -> None:
        """Offer nothing to choose."""


def _customary() -> dict[str, Any]:
    """Return what is known by customary names, as far as it is there."""
    found: dict[str, Any] = {"tab": Tabs}
    for name, module in CUSTOMARY.items():
        with contextlib.suppress(ImportError):
            found[name] = importlib.import_module(module)
    return found


def _is_torch(name: str) -> bool:
    """Return whether a name is PyTorch's or Python's own: what they lack is the document's error."""
    top = name.partition(".")[0]
    return top == "torch" or top in sys.stdlib_module_names


def _needs(name: str) -> str:
    return f"needs {name.partition('.')[0] or name}, which is not installed"
