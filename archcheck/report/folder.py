"""The folder of pages: make them, write the ones that changed, or say which are stale.

A folder has the pages of one report, and an index of just these: a page that is left out of it is nowhere in the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

SHOWN = 3
"""Pages in the way that are named; of more, how many is said."""


@dataclass(frozen=True, slots=True)
class Made:
    """The files by name, and what kept a target from having one."""

    pages: tuple[Page, ...]
    files: Mapping[str, str]
    errors: tuple[str, ...]


def make(found: Iterable[Target], device: str) -> Made:
    """Verify every target on `device` and return its page; costs are those of one sample."""
    made: list[Page] = []
    errors: list[str] = []
    taken: dict[str, Target] = {}
    for target in found:
        try:
            spec = api.load(target)
            other = taken.setdefault(spec.name, target)
            if other is not target:
                if _network(other) == _network(target):
                    continue  # it was named twice
                raise _same_name(spec, other.shown)
            result = api.verify(spec, device)
            if result.error is not None:
                errors.append(result.error)
                continue
            one_sample = tuple((1, *tensor.shape) for tensor in spec.inputs)
            made.append(Page(spec, infer(spec, one_sample), result))
        except ArchcheckError as error:
            errors.append(str(error))
    return Made(tuple(made), pages(made), tuple(errors))


def _network(target: Target) -> tuple[Path, str | None]:
    return target.path.resolve(), target.variant


def _same_name(spec: Spec, other: str) -> SpecError:
    return spec.place.error(
        f"the name {spec.name!r} is also that of {other}, and a page has one network; "
        "call one of them something else, or report them one by one, each with a folder of its own (-o)"
    )


def stale(files: Mapping[str, str], where: str) -> list[str]:
    """Return the names of pages that are missing or differ, and of those of ours that `files` has not."""
    there = _there(where)
    missing = {name for name in files if files[name] != there.get(name)}
    return sorted(missing | _left_over(files, there))


def write_all(files: Mapping[str, str], where: str) -> list[str]:
    """Write the pages that are missing or differ, and return their names; what archcheck did not make is left alone.

    Raises `WriteError`, before anything is written, for a file in the way that archcheck did not make, and for pages
    of other networks: the new index would not have them.
    """
    folder, there = Path(where), _there(where)
    others = sorted(_left_over(files, there))
    if others:
        raise WriteError(_other_pages(where, others))
    changed = sorted(name for name in files if files[name] != there.get(name))
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


def _there(where: str) -> dict[str, str]:
    return {path.name: _text(path) for path in Path(where).glob("*.md")}


def _left_over(files: Mapping[str, str], there: Mapping[str, str]) -> set[str]:
    """Return the names of our pages that are no longer to be there, or are of another report."""
    return {name for name, text in there.items() if text.startswith(MADE_BY)} - files.keys()


def _other_pages(where: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    them = "it" if len(names) == 1 else "them"
    return (
        f"{where}: has pages that this report has not: {', '.join(names[:SHOWN])}{more}; "
        f"delete {them}, report those networks too, or name another folder with -o"
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise WriteError(f"{path}: is in the way and cannot be read: {error.strerror}") from None
