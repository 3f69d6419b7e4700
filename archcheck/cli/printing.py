"""How results are printed: in which format, how much of them, and as the terminal there is shows them."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

from archcheck.errors import UsageError


@dataclass(frozen=True, slots=True)
class Printing:
    """What `--format`, `-o`, `-v` and `-q` say. Raises `UsageError` where they contradict each other."""

    style: str
    output: str
    every_row: bool = False
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.quiet and self.every_row:
            raise UsageError("-q and -v: one shows less and one more; leave one of them out")
        if self.quiet and self.style not in ("table", "markdown"):
            raise UsageError(f"-q: is for what people read; --format {self.style} has all there is")


def for_terminal(text: str, style: str, output: str) -> str:
    """Return a text as it is printed: as the terminal shows it, if it goes to one; else as it is."""
    if output != "-" or style not in ("table", "diff") or not sys.stdout.isatty():
        return text
    from archcheck.report.screen import Screen, diff_on_screen, on_screen

    screen = Screen(shutil.get_terminal_size().columns, _has_colours())
    return (diff_on_screen if style == "diff" else on_screen)(text, screen)


def _has_colours() -> bool:
    """Return whether the terminal is to show colours: not where `NO_COLOR` is set, or the terminal is a dumb one."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
