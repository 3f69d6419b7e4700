"""What a user names -> spec files: a path, a shipped network's name, or nothing for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archcheck.errors import TargetError
from archcheck.spec.signatures import closest
from archcheck.spec.source import one_line

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Target:
    """A spec file and what messages and results call it."""

    path: Path
    shown: str

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


def _target(name: str) -> Target:
    target = Target(Path(name), name)
    if not target.there and name in (known := shipped()):
        return Target(known[name], name)
    return target


def missing(target: Target) -> str | None:
    """Return what to say of a target that is not there, None if it is."""
    if target.there:
        return None
    known = shipped()
    there = {name: name for name in known}
    there |= {path.stem: path.as_posix() for path in _specs_in(target.path.parent)}
    near = closest(target.path.stem, there)
    hint = f"did you mean {there[near]!r}?" if near else f"shipped networks: {', '.join(known)}"
    return one_line(f"{target.shown}: no such file, and no shipped network of that name; {hint}")


def _specs_in(folder: Path) -> list[Path]:
    return sorted(path for suffix in SUFFIXES for path in folder.glob(f"*{suffix}"))
