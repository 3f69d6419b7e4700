"""The one writer: a file is whole or absent, and `-` is standard output."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from pathlib import Path

import click

from archcheck.errors import WriteError


def write(text: str, where: str) -> None:
    """Write `text` to the file `where`, or to standard output for `-`.

    Raises `WriteError`; what stood there before is then untouched.
    """
    whole = text if text.endswith("\n") else text + "\n"
    if where == "-":
        _print(whole)
    else:
        put(whole.encode(), where)


def put(data: bytes, where: str) -> None:
    """Write `data` to the file `where`, and not a byte more.

    A file is replaced in one step: a reader, or a crash, never meets half of it. What is no plain file (a
    device, a pipe) is written to. Raises `WriteError`; what stood there before is then untouched.
    """
    path = Path(where)
    try:
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "it is read-only")
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        raise WriteError(f"{where}: cannot be written: {error.strerror}") from None


def check(where: str) -> None:
    """Raise `WriteError`, before any work is done, if it is clear that the file `where` cannot be written."""
    path = Path(where)
    if where == "-" or (path.exists() and not path.is_dir()):
        return
    if path.is_dir():
        problem = errno.EISDIR
    elif not path.resolve().parent.is_dir():
        problem = errno.ENOENT
    else:
        return
    raise WriteError(f"{where}: cannot be written: {os.strerror(problem)}")


def _print(text: str) -> None:
    """Write to standard output; a reader who has seen enough (`| head`) is no error, a full disk is."""
    try:
        click.echo(text, nl=False)
        sys.stdout.flush()
    except OSError as error:
        # What is still buffered would fail again, with a traceback, when the interpreter ends.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno != errno.EPIPE:
            raise WriteError(f"standard output: cannot be written: {error.strerror}") from None


def _replace(path: Path, data: bytes) -> None:
    """Put a new file in the place of `path`, with the old one's mode, or the one that new files have."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        Path(name).replace(path)
    finally:  # where it did not get its place, for an error or an interrupt, nothing of it stays
        Path(name).unlink(missing_ok=True)


def _umask() -> int:
    """Return what this process takes from the mode of new files; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
