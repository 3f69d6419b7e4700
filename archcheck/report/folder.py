"""The folder of pages: make them, write the ones that changed, or say which are stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archcheck import api
from archcheck.errors import ArchcheckError, WriteError
from archcheck.infer import infer
from archcheck.report.pages import Page, pages
from archcheck.report.write import write
from archcheck.targets import Target


@dataclass(frozen=True, slots=True)
class Made:
    """The files by name, and what kept a target from having one."""

    pages: tuple[Page, ...]
    files: Mapping[str, str]
    errors: tuple[str, ...]


def make(found: Sequence[Target], device: str) -> Made:
    """Verify every target on `device` and return its page; costs are those of one sample."""
    made, errors = [], []
    for target in found:
        try:
            spec = api.load(target)
            result = api.verify(spec, device)
            if result.error is not None:
                errors.append(result.error)
                continue
            one_sample = tuple((1, *tensor.shape) for tensor in spec.inputs)
            made.append(Page(spec, infer(spec, one_sample), result))
        except ArchcheckError as error:
            errors.append(str(error))
    return Made(tuple(made), pages(made), tuple(errors))


def stale(files: Mapping[str, str], where: str) -> list[str]:
    """Return the names of pages that are missing, differ, or are left over."""
    folder = Path(where)
    there = (
        {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
        if folder.is_dir()
        else {}
    )
    return sorted(name for name in {*files, *there} if files.get(name) != there.get(name))


def write_all(files: Mapping[str, str], where: str) -> list[str]:
    """Write the pages that are missing or differ, and return their names; others are left alone."""
    folder = Path(where)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{where}: cannot be made: {error.strerror}") from None
    changed = [name for name in stale(files, where) if name in files]
    for name in changed:
        write(files[name], str(folder / name))
    return changed
