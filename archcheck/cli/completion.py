"""`archcheck completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from archcheck.cli.work import write
from archcheck.errors import OK, UsageError

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_ARCHCHECK_COMPLETE"
"""By this variable of the environment a shell's script asks, as click has it."""


@click.command(short_help="Print the script with which a shell completes.")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print the script by which a shell completes commands, options, networks and files at the Tab key.

    bash: put `eval "$(archcheck completion bash)"` into ~/.bashrc; zsh: the same with zsh into ~/.zshrc, below
    compinit; fish: archcheck completion fish > ~/.config/fish/completions/archcheck.fish

    Example: archcheck completion bash
    """
    found = get_completion_class(shell)
    if found is None:
        raise UsageError(f"completion: click knows no shell {shell}")
    write(found(click.get_current_context().find_root().command, {}, "archcheck", VARIABLE).source(), "-")
    return OK
