"""The folder of pages: make them, write the ones that changed, or say which are stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archcheck import api
from archcheck.errors import ArchcheckError, SpecError, WriteError
from archcheck.infer import infer
from archcheck.report.index import pages
from archcheck.report.pages import MADE_BY, Page
from archcheck.report.write import write
from archcheck.spec.layers import Spec
from archcheck.targets import Target


@dataclass(frozen=True, slots=True)
class Made:
    """The files by name, and what kept a target from having one."""

    pages: tuple[Page, ...]
    files: Mapping[str, str]
    errors: tuple[str, ...]


def make(found: Sequence[Target], device: str) -> Made:
    """Verify every target on `device` and return its page; costs are those of one sample."""
    made: list[Page] = []
    errors: list[str] = []
    taken: dict[str, str] = {}
    for target in found:
        try:
            spec = api.load(target)
            if taken.setdefault(spec.name, spec.target) != spec.target:
                raise _same_name(spec, taken[spec.name])
            result = api.verify(spec, device)
            if result.error is not None:
                errors.append(result.error)
                continue
            one_sample = tuple((1, *tensor.shape) for tensor in spec.inputs)
            made.append(Page(spec, infer(spec, one_sample), result))
        except ArchcheckError as error:
            errors.append(str(error))
    return Made(tuple(made), pages(made), tuple(errors))


def _same_name(spec: Spec, other: str) -> SpecError:
    return spec.place.error(f"the name {spec.name!r} is also that of {other}, and a page has one network")


def stale(files: Mapping[str, str], where: str, *, left_over: bool) -> list[str]:
    """Return the names of pages that are missing or differ; `left_over`: also of ours that `files` has not."""
    there = {path.name: _text(path) for path in Path(where).glob("*.md")}
    missing = {name for name in files if files[name] != there.get(name)}
    ours = {name for name, text in there.items() if text.startswith(MADE_BY)} if left_over else set()
    return sorted(missing | (ours - files.keys()))


def write_all(files: Mapping[str, str], where: str) -> list[str]:
    """Write the pages that are missing or differ, and return their names; others are left alone.

    Raises `WriteError` for a file in the way that archcheck did not make.
    """
    folder = Path(where)
    changed = stale(files, where, left_over=False)
    for name in changed:
        if (folder / name).exists() and not _text(folder / name).startswith(MADE_BY):
            raise WriteError(
                f"{folder / name}: archcheck did not make this file; name another folder with -o"
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{where}: cannot be made: {error.strerror}") from None
    for name in changed:
        write(files[name], str(folder / name))
    return changed


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise WriteError(f"{path}: is in the way and cannot be read: {error.strerror}") from None
