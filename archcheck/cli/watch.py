"""`archcheck lint --watch`: what a save has changed is linted again, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from archcheck import targets
from archcheck.errors import ArchcheckError, UsageError

Stamps = dict[Path, tuple[int, int, int]]
"""When each file was changed, its size, and which file it is: a save by renaming makes another one."""


def watching(names: Sequence[str], check: Callable[[Sequence[str]], object]) -> None:
    """Check what `names` say, then again whatever a save has changed; Ctrl-C ends it.

    `check` gets the targets to lint; its errors are shown, and the watch goes on. Raises `UsageError` where
    the library that watches is not installed, or nothing of the targets is a file here.
    """
    changes = _changes(names)
    before = _stamps(names)
    check(names)
    click.echo("archcheck: watching; Ctrl-C ends it", err=True)
    for _ in changes:
        after = _stamps(names)
        changed = [path for path, stamp in after.items() if before.get(path) != stamp]
        for path in sorted(before.keys() - after.keys()):
            click.echo(f"archcheck: {_shown(path)}: is gone", err=True)
        before = after
        if changed:
            _checked(check, [*dict.fromkeys(_asked(names, path) for path in sorted(changed))])


def _changes(names: Sequence[str]) -> Iterator[object]:
    """Return what yields as something changes in the folders of the targets, and twice a second where nothing does."""
    try:
        from watchfiles import watch
    except ImportError:
        raise UsageError("--watch: needs watchfiles; install it by `pip install watchfiles`") from None
    folders = sorted({path.parent for path in _files(names)})
    if not folders:
        raise UsageError("--watch: no target is a file here; name the specs to watch")
    # It begins to look when it is first asked: what is saved before that, the first idle round finds.
    return watch(
        *folders,
        watch_filter=None,
        debounce=200,
        step=20,
        rust_timeout=500,
        yield_on_timeout=True,
        recursive=False,
    )


def _files(names: Sequence[str]) -> list[Path]:
    """Return the files that targets are of, those to come in `specs/` included."""
    if names:
        return [Path(_path(name)).absolute() for name in names if Path(_path(name)).parent.is_dir()]
    here = Path("specs")
    if not here.is_dir():
        raise UsageError("--watch: there is no specs/ here; name the specs to watch")
    found = [path for suffix in targets.SUFFIXES for path in here.glob(f"*{suffix}")]
    return [path.absolute() for path in found] or [(here / "x.yaml").absolute()]


def _path(name: str) -> str:
    """Return the file of a target: `FILE:VARIANT` is one network of FILE."""
    file, colon, _ = name.rpartition(":")
    return file if colon and file.endswith(targets.SUFFIXES) else name


def _stamps(names: Sequence[str]) -> Stamps:
    found: Stamps = {}
    for path in _files(names):
        try:
            stat = path.stat()
        except OSError:  # gone since it was listed, or not there yet
            continue
        found[path] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found


def _asked(names: Sequence[str], path: Path) -> str:
    """Return a file as the user names it."""
    same = [name for name in names if Path(_path(name)).absolute() == path]
    return same[0] if same else _shown(path)


def _shown(path: Path) -> str:
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def _checked(check: Callable[[Sequence[str]], object], names: Sequence[str]) -> None:
    try:
        check(names)
    except ArchcheckError as error:
        click.echo(f"archcheck: {error}", err=True)
