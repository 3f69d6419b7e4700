"""A terminal of some width, and what archcheck shows in it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Shown:
    """What a terminal received, with colours; and how the program ended."""

    text: str
    code: int

    @property
    def plain(self) -> str:
        """The text without its colours."""
        return click.unstyle(self.text)


def shown(*words: str, width: int = 80, environment: Mapping[str, str] | None = None) -> Shown:
    """Run `archcheck WORDS` with a terminal as its standard output; standard error is none."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    known = {
        name: value
        for name, value in os.environ.items()
        if name not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")
    }
    done = subprocess.Popen(
        [sys.executable, "-m", "archcheck", *words],
        stdout=theirs, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        env={**known, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **(environment or {})},
    )  # fmt: skip
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 65536):
            text += part
    except OSError:  # the other end was closed: all has been read
        pass
    os.close(ours)
    return Shown(text.decode().replace("\r\n", "\n"), done.wait())
