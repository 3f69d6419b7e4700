"""What a user names -> specs (a path, a shipped network's name, or nothing for all) and Python models (MODULE:OBJECT).

Nothing is imported here: a Python model's code runs when the model is asked for, and only if the user typed its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archcheck.errors import TargetError
from archcheck.spec.layers import Spec
from archcheck.spec.load import load_spec
from archcheck.spec.signatures import closest
from archcheck.spec.source import one_line

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class PythonName:
    """An object in Python code: `module` is a dotted name or the path of a file, `object` a dotted name in it."""

    module: str
    object: str

    @property
    def is_file(self) -> bool:
        """Whether the code is named by its file."""
        return self.module.endswith(".py")


@dataclass(frozen=True, slots=True)
class Target:
    """A spec file, or an object in Python code, and what messages and results call it; `python`: None of a spec."""

    path: Path
    shown: str
    python: PythonName | None = None

    @property
    def there(self) -> bool:
        """Whether there is such a file; a name that no file can have (too long, a NUL in it) is none."""
        try:
            return self.path.exists()
        except (OSError, ValueError):
            return False


def shipped() -> dict[str, Path]:
    """Return the specs that come with archcheck, by name: in the wheel, or beside the package in a checkout."""
    package = Path(__file__).parent
    inside = package / "_specs"
    folder = inside if inside.is_dir() else package.parent / "specs"
    return {path.stem: path for path in _specs_in(folder)}


def find(names: Sequence[str]) -> tuple[Target, ...]:
    """Return the targets that `names` say; without any, every spec under `./specs/`, or the shipped ones.

    A path that is not there stays a target: its error must not cost the others their results. Raises
    `TargetError` where there is nothing to check at all.
    """
    if names:
        return tuple(_target(name) for name in names)
    here = Path("specs")
    if here.is_dir():
        if not _specs_in(here):
            raise TargetError("specs/: has no .yaml file; name a target, or work from another folder")
        return tuple(Target(path, path.as_posix()) for path in _specs_in(here))
    targets = tuple(Target(path, name) for name, path in shipped().items())
    if not targets:
        raise TargetError("no target: there is no specs/*.yaml here, and none was installed with archcheck")
    return targets


def shown(target: object) -> str:
    """Return what results and messages call a target, whatever it was named by; a module by its class."""
    if isinstance(target, Spec):
        return target.target
    if isinstance(target, Target):
        return target.shown
    return (
        str(target) if isinstance(target, str | Path) else getattr(target, "__name__", type(target).__name__)
    )


def load(target: Target) -> Spec:
    """Return the spec of a target. Raises `SpecError` or `TargetError` with the place and a way out."""
    absent = missing(target)
    if absent is not None:
        raise TargetError(absent)
    if target.python is not None:
        raise TargetError(
            f"{target.shown}: a Python model has no document to check; "
            f"`archcheck profile {target.shown} --input SHAPE` tells what it costs"
        )
    return load_spec(target.path, target.shown)


def _target(name: str) -> Target:
    target = Target(Path(name), name)
    python = None if target.there else _python_name(name)
    if python is not None:
        return Target(Path(python.module), name, python)
    if not target.there and name in (known := shipped()):
        return Target(known[name], name)
    return target


def _python_name(name: str) -> PythonName | None:
    """Return what `MODULE:OBJECT` names; None for what is a path (`C:\\specs\\x.yaml`) or a name."""
    module, colon, inside = name.rpartition(":")
    if not colon or module.endswith(SUFFIXES) or inside.startswith(("/", "\\")):
        return None
    dotted = all(part.isidentifier() for part in module.split("."))
    return PythonName(module, inside) if dotted or module.endswith(".py") or "/" in module else None


def missing(target: Target) -> str | None:
    """Return what to say of a target that is not there, None if it is; whether a module is there, importing tells."""
    if target.python is not None:
        return _missing_python(target, target.python)
    if target.there:
        return _not_a_spec(target)
    known = shipped()
    there = {name: name for name in known}
    there |= {path.stem: path.as_posix() for path in _specs_in(target.path.parent)}
    near = closest(target.path.stem, there)
    hint = f"did you mean {there[near]!r}?" if near else f"shipped networks: {', '.join(known)}"
    return one_line(f"{target.shown}: no such file, and no shipped network of that name; {hint}")


def _missing_python(target: Target, name: PythonName) -> str | None:
    if not all(part.isidentifier() for part in name.object.split(".")):
        return one_line(f"{target.shown}: after the colon stands the name of a model, a class or a function")
    if name.is_file:
        return None if target.there else one_line(f"{target.shown}: no such file as {name.module}")
    if "/" in name.module:
        return one_line(f"{target.shown}: a file is named whole: {name.module}.py:{name.object}")
    return None


def _not_a_spec(target: Target) -> str | None:
    if target.path.suffix != ".py":
        return None
    return one_line(f"{target.shown}: Python code; name the model in it, {target.shown}:MODEL")


def _specs_in(folder: Path) -> list[Path]:
    return sorted(path for suffix in SUFFIXES for path in folder.glob(f"*{suffix}"))
