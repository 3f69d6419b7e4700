"""The command line run in this process, ended as a process of its own would end."""

from __future__ import annotations

import signal

import click
from click.testing import CliRunner, Result

from archcheck import cli


def run(*words: str) -> Result:
    """Run `archcheck WORDS` as `main` does, with its errors as exit codes."""

    @click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def entry(arguments: tuple[str, ...]) -> None:
        cli.main(arguments)

    return CliRunner().invoke(entry, list(words))


def may_be_interrupted() -> None:
    """Let an interrupt reach a new process, also where a shell keeps it away from what it runs in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
