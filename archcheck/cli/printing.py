"""How results are printed: in which format, how much of them, and as the terminal there is shows them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from archcheck.errors import UsageError

Command = Callable[..., Any]


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
    """Return a text as it is printed: as the terminal shows it, if it goes to one; else as it is.

    Colours that are asked for are in a pipe too, where tables are whole.
    """
    is_terminal, colour = sys.stdout.isatty(), click.get_current_context().color
    if output != "-" or style not in ("table", "diff") or not (is_terminal or colour):
        return text
    from archcheck.report.screen import Screen, diff_on_screen, on_screen

    width = shutil.get_terminal_size().columns if is_terminal else sys.maxsize
    screen = Screen(width, colour is not False)
    return (diff_on_screen if style == "diff" else on_screen)(text, screen)


def colour(command: Command) -> Command:
    """Take `--color`, which click keeps in its context, and what it prints with."""
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        expose_value=False,
        callback=_coloured,
        help="Colours; auto: on a terminal, and as NO_COLOR and FORCE_COLOR say.",
    )(command)


def _coloured(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    """Set whether there are colours; a command's own word counts, or else the program's, or else the environment's."""
    if value in ("always", "never"):
        context.color = value == "always"
    elif value == "auto" or context.parent is None:
        context.color = _of_environment()


def _of_environment() -> bool | None:
    """Return whether the environment asks for colours; None where that is up to the terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return False if os.environ.get("TERM") == "dumb" else None
