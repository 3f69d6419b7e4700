"""The one writer: a file is whole or absent, and `-` is standard output."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import click

from archcheck.errors import WriteError


def write(text: str, where: str) -> None:
    """Write `text` to the file `where`, or to standard output for `-`.

    The file is replaced in one step: a reader, or a crash, never meets half of it. Raises `WriteError`.
    """
    if where == "-":
        click.echo(text, nl=not text.endswith("\n"))
        return
    path = Path(where)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise WriteError(f"{where}: cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text if text.endswith("\n") else text + "\n")
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise WriteError(f"{where}: cannot be written: {error.strerror}") from None
