"""What a user names -> specs (a path, a shipped network's name, or nothing for all), documents, and Python models.

A file of several networks is each of its variants; `FILE:VARIANT` is one of them. A file is read once for all of them.
Nothing is imported here: a Python model's code runs when the model is asked for, and only if the user typed its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from archcheck.errors import SpecError, TargetError
from archcheck.spec.layers import Spec
from archcheck.spec.load import SpecFile, read_file, several, spec_of
from archcheck.spec.read import did_you_mean
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
    """A spec file, or an object in Python code, and what messages and results call it; `python`: None of a spec.

    `variant`: which of a file's networks, None where the file is one; `file`: the file as it was read when the target
    was found, None where it was not, or could not be (`error`: why).
    """

    path: Path
    shown: str
    python: PythonName | None = None
    variant: str | None = None
    file: SpecFile | None = field(default=None, repr=False, compare=False)
    error: SpecError | None = field(default=None, repr=False, compare=False)

    @property
    def is_document(self) -> bool:
        """Whether it is a page, a notebook or a Python file, whose shapes stand beside its code."""
        return self.names_a_document and self.there

    @property
    def names_a_document(self) -> bool:
        """Whether its name is that of a document, there or not."""
        return self.python is None and _names_a_document(self.path)

    @property
    def there(self) -> bool:
        """Whether there is such a file."""
        return _exists(self.path)


def shipped() -> dict[str, Path]:
    """Return the specs that come with archcheck, by name: in the wheel, or beside the package in a checkout."""
    package = Path(__file__).parent
    inside = package / "_specs"
    folder = inside if inside.is_dir() else package.parent / "specs"
    return {path.stem: path for path in _specs_in(folder)}


def find(names: Sequence[str]) -> tuple[Target, ...]:
    """Return the targets that `names` say; without any, every spec under `./specs/`, or the shipped ones.

    A file of several networks is a target for each. A path that is not there stays a target: its error must not cost
    the others their results. Raises `TargetError` where there is nothing to check at all.
    """
    if names:
        return tuple(target for name in names for target in expanded(_target(name)))
    here = Path("specs")
    if here.is_dir():
        if not _specs_in(here):
            raise TargetError("specs/: has no .yaml file; name a target, or work from another folder")
        return tuple(one for path in _specs_in(here) for one in expanded(Target(path, path.as_posix())))
    targets = networks()
    if not targets:
        raise TargetError("no target: there is no specs/*.yaml here, and none was installed with archcheck")
    return targets


def networks() -> tuple[Target, ...]:
    """Return every network that comes with archcheck, by its own name: a variant of a family by the variant's."""
    found = (one for name, path in shipped().items() for one in expanded(Target(path, name)))
    return tuple(one if one.variant is None else replace(one, shown=one.variant) for one in found)


def expanded(target: Target) -> tuple[Target, ...]:
    """Return a target for each network of the file that a target names; of one that cannot be read, itself."""
    named = target.python is not None or target.variant is not None
    if named or not target.there or target.is_document:
        return (target,)
    try:
        file = target.file or read_file(target.path, target.shown)
    except SpecError as error:
        return (replace(target, error=error),)
    shown = target.shown
    of_each = (replace(target, shown=f"{shown}:{one}", variant=one, file=file) for one in file.variants)
    return tuple(of_each) or (replace(target, file=file),)


def one(name: str) -> Target:
    """Return the one target that a name says. Raises `TargetError` for a file of several networks."""
    found = find([name])
    if len(found) > 1 and found[0].file is not None:
        raise TargetError(str(several(found[0].file)))
    return found[0]


def shown(target: object) -> str:
    """Return what results and messages call a target, whatever it was named by; a module by its class."""
    if isinstance(target, Spec):
        return target.target
    if isinstance(target, Target):
        return target.shown
    return (
        str(target) if isinstance(target, str | Path) else getattr(target, "__name__", type(target).__name__)
    )


def opened(target: Target) -> str | None:
    """Return the file of a network that comes with archcheck, as one can open it; None where its path was typed."""
    if target.python is not None or not target.there or Path(_file(target)) == target.path:
        return None
    whole, here = target.path.resolve(), Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix()


def _file(target: Target) -> str:
    return target.shown if target.variant is None else target.shown.removesuffix(f":{target.variant}")


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
    if target.error is not None:
        raise target.error
    file = target.file or read_file(target.path, _file(target))
    return spec_of(file, target.shown, target.variant)


def _target(name: str) -> Target:
    target = Target(Path(name), name)
    if target.there:
        return target
    known = shipped()
    return (
        _shipped(name, known)
        or _variant(name, known)
        or _python(name)
        or _shipped_variant(name, known)
        or target
    )


def _shipped(name: str, known: Mapping[str, Path]) -> Target | None:
    """Return the shipped file of this name, with its ending or without."""
    stem = name.removesuffix(SUFFIXES[0])
    return Target(known[stem], name) if stem in known else None


def _variant(name: str, known: Mapping[str, Path]) -> Target | None:
    """Return what `FILE:VARIANT` names, FILE being a path that ends as a spec does, or a shipped file's name."""
    file, colon, variant = name.rpartition(":")
    if not colon or variant.startswith(("/", "\\")):
        return None
    if file.endswith(SUFFIXES):
        found = Target(Path(file), file)
        return _of_file(found if found.there else _shipped(file, known) or found, name, variant)
    if file not in known:
        return None
    target = _of_file(Target(known[file], file), name, variant)
    there = target.file is not None and variant in target.file.variants
    return target if there or not _is_code(file) else None


def _of_file(found: Target, name: str, variant: str) -> Target:
    """Return one variant of a file, which is read now, to know what is in it."""
    try:
        file = read_file(found.path, found.shown) if found.there else None
    except SpecError as error:
        return Target(found.path, name, variant=variant, error=error)
    return Target(found.path, name, variant=variant, file=file)


def _is_code(module: str) -> bool:
    """Return whether Python code of this name is here: then `MODULE:OBJECT` is meant, and no slip of a variant."""
    return Path(f"{module}.py").exists() or Path(module).is_dir()


def _shipped_variant(name: str, known: Mapping[str, Path]) -> Target | None:
    """Return the shipped network that is called `name` in its family; only files with that word in them are read."""
    for stem, path in known.items():
        if _has(path, name):
            found = _of_file(Target(path, stem), name, name)
            if found.file is not None and name in found.file.variants:
                return found
    return None


def _exists(path: Path) -> bool:
    """Return whether a file or folder is there; a name that none can have (too long, a NUL in it) is of none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _has(path: Path, word: str) -> bool:
    try:
        return word.encode() in path.read_bytes()
    except (OSError, UnicodeEncodeError):
        return False


def _names_a_document(path: Path) -> bool:
    if path.suffix in ("", *SUFFIXES):
        return False
    from archcheck.documents import is_document  # its readers' modules are for those who read documents

    return is_document(path.name)


def _python(name: str) -> Target | None:
    python = _python_name(name)
    return None if python is None else Target(Path(python.module), name, python)


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
        return _not_a_spec(target) or _no_variant(target)
    if target.names_a_document:
        return missing_document(target)
    there = {one.shown: one.shown for one in networks()} | {name: name for name in shipped()}
    there |= {path.stem: path.as_posix() for path in _specs_in(target.path.parent)}
    near = closest(target.path.stem, there)
    hint = f"did you mean {there[near]!r}?" if near else "`archcheck list --shipped` names them"
    return one_line(f"{target.shown}: no such file, and no shipped network of that name; {hint}")


def missing_document(target: Target) -> str:
    """Return what to say of a document that is not there."""
    folder = target.path.parent
    if not _exists(folder):
        return one_line(f"{target.shown}: no such file: there is no folder {folder.as_posix()}")
    beside = {path.name: path.as_posix() for path in sorted(folder.glob("*")) if _names_a_document(path)}
    near = closest(target.path.name, beside)
    return one_line(f"{target.shown}: no such file{f'; did you mean {beside[near]!r}?' if near else ''}")


def _missing_python(target: Target, name: PythonName) -> str | None:
    if not all(part.isidentifier() for part in name.object.split(".")):
        return one_line(f"{target.shown}: after the colon stands the name of a model, a class or a function")
    if name.is_file:
        return None if target.there else one_line(f"{target.shown}: no such file as {name.module}")
    if "/" in name.module:
        return one_line(f"{target.shown}: a file is named whole: {name.module}.py:{name.object}")
    return None


def _no_variant(target: Target) -> str | None:
    """Return what to say of a variant that its file has not; a file that cannot be read says so when it is loaded."""
    file, variant = target.file, target.variant
    if file is None or variant is None or variant in file.variants:
        return None
    if not file.variants:
        return one_line(f"{target.shown}: {file.shown} has no variants; name the file alone, {file.shown}")
    hint = did_you_mean(variant, file.variants) or f"; there are: {', '.join(file.variants)}"
    return one_line(f"{target.shown}: no variant {variant!r} in {file.shown}{hint}")


def _not_a_spec(target: Target) -> str | None:
    if not target.is_document:
        return None
    verify = f"`archcheck verify {target.shown}` checks the shapes that it states"
    if target.path.suffix == ".py":
        return one_line(f"{target.shown}: Python code; name the model in it, {target.shown}:MODEL; {verify}")
    return one_line(f"{target.shown}: a document; {verify}")


def _specs_in(folder: Path) -> list[Path]:
    return sorted(path for suffix in SUFFIXES for path in folder.glob(f"*{suffix}"))
