"""What the Tab key completes beside commands, options and formats: targets and devices, without torch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from archcheck import targets
from archcheck.errors import ArchcheckError

DEVICES = ("auto", "cpu", "cuda", "mps", "meta")
_OF_FILES = "file"
"""The kind of an item at which a shell completes files itself."""


def complete_target(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the networks that begin so, the variants of `FILE:`, and that files may stand there."""
    before = context.params.get(parameter.name or "") or ()
    before = (before,) if isinstance(before, str) else tuple(before)
    if (
        incomplete == ":" and before
    ):  # bash takes a colon for a word of its own, and completes what is behind it
        return _items(_variants(before[-1]), "")
    if len(before) > 1 and before[-1] == ":":
        return _items(_variants(before[-2]), incomplete)
    file, colon, _ = incomplete.rpartition(":")
    if colon:
        return _items((f"{file}:{one}" for one in _variants(file)), incomplete)
    networks = _items(_networks(), incomplete)
    # Asked for files, bash shows nothing else: where networks begin so too, the files here are named beside them.
    return [*networks, *_files(incomplete)] if networks else [CompletionItem(incomplete, type=_OF_FILES)]


def complete_device(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the devices that begin so; which of them are there, only torch knows."""
    return _items(DEVICES, incomplete)


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in dict.fromkeys(names) if name.startswith(incomplete)]


def _files(incomplete: str) -> list[CompletionItem]:
    """Return the files and folders here that begin so, hidden ones only where a dot is typed."""
    here = (path for path in sorted(Path().iterdir()) if incomplete[:1] == "." or path.name[0] != ".")
    return _items((f"{path.name}/" if path.is_dir() else path.name for path in here), incomplete)


def _networks() -> list[str]:
    return sorted({*targets.shipped(), *(one.shown for one in targets.networks())})


def _variants(name: str) -> tuple[str, ...]:
    """Return the variants of a file or a family; none of what cannot be read, of which the command itself tells."""
    try:
        found = targets.find([name])
    except ArchcheckError:
        return ()
    return tuple(one.variant for one in found if one.variant is not None)
