"""The arguments and options that commands share, each as a decorator."""

from __future__ import annotations

from collections.abc import Sequence

import click

from archcheck.api import SECONDS
from archcheck.cli.completing import complete_device, complete_target
from archcheck.cli.printing import Command, colour

FORMATS = ("table", "markdown", "csv", "json")
VERDICT_FORMATS = (*FORMATS, "github", "junit", "sarif")
"""Those of `verify` and `lint`, which CI servers read too."""
GATES_ALONE = "Show no table: only what is over a budget or unlike a baseline, and errors."
"""What `--quiet` is where numbers are shown, and no verdicts."""


def targets(command: Command) -> Command:
    """Take any number of targets, as `names`."""
    return click.argument("names", metavar="[TARGET]...", nargs=-1, shell_complete=complete_target)(command)


def output(command: Command, formats: Sequence[str] = FORMATS) -> Command:
    """Take `--format` as `style` and `-o FILE` as `output`."""
    command = click.option(
        "-o", "--output", default="-", metavar="FILE", help="Write there; - is the terminal."
    )(command)
    choice = click.Choice(formats)
    command = click.option("--format", "style", type=choice, default="table", show_default=True)(command)
    return colour(command)


def verdict_output(command: Command) -> Command:
    """Take `--format` with what CI servers read, `-o FILE`, and `--also FORMAT=FILE` as `also`."""
    text = "Write the same results in another format too, as --also sarif=archcheck.sarif; repeatable."
    command = click.option("--also", multiple=True, metavar="FORMAT=FILE", help=text)(command)
    return output(command, VERDICT_FORMATS)


def device(command: Command, default: str = "auto") -> Command:
    """Take `--device`."""
    text = (
        "auto, cpu, cuda, cuda:N, mps or meta; auto is the accelerator if there is one, else the CPU, "
        "and meta for a network that is too large for it."
    )
    return click.option(
        "--device",
        default=default,
        show_default=True,
        metavar="DEVICE",
        help=text,
        shell_complete=complete_device,
    )(command)


def document(command: Command) -> Command:
    """Take what a document's model is called with, `--input` as `inputs`, and `--timeout` as `seconds`."""
    called = "What a document's model is called with where the document does not: 1,3,224,224, batch axis included."
    return click.option("--input", "inputs", multiple=True, metavar="SHAPE", help=called)(timeout(command))


def timeout(command: Command) -> Command:
    """Take `--timeout` as `seconds`."""
    limit = "How long a document's code may run, in seconds; --fix and annotate run it several times."
    kind = click.FloatRange(min=0, min_open=True)
    return click.option(
        "--timeout", "seconds", type=kind, metavar="SECONDS", default=SECONDS, show_default=True, help=limit
    )(command)


def mending(command: Command) -> Command:
    """Take `--fix` and `--diff`."""
    shown = "Show what --fix would rewrite as a unified diff, and write nothing; with --fix, write it, too."
    command = click.option("--diff", is_flag=True, help=shown)(command)
    text = "Rewrite in a document the shapes that are not so, as they are."
    return click.option("--fix", is_flag=True, help=text)(command)


def every_row(command: Command, text: str = "Show every row, also where the document is silent.") -> Command:
    """Take `--verbose` as `every_row`."""
    return click.option("-v", "--verbose", "every_row", is_flag=True, help=text)(command)


def quiet(command: Command, text: str = "Show only what fails; nothing where all is well.") -> Command:
    """Take `--quiet`."""
    return click.option("-q", "--quiet", is_flag=True, help=text)(command)


def mutating(command: Command) -> Command:
    """Take `--mutate` and `--mutate-min` as `mutate` and `least`."""
    share = "Exit with 1 where the claims catch a smaller share of the changes that matter (0 to 1)."
    command = click.option("--mutate-min", "least", type=click.FloatRange(0, 1), metavar="SHARE", help=share)(
        command
    )
    text = "Change every hyper-parameter in turn, and list the changes that no claim sees."
    return click.option("--mutate", is_flag=True, help=text)(command)


def python_model(command: Command) -> Command:
    """Take what a Python model is called with, `--input` as `inputs`, and made with, `--arg` as `args`: texts."""
    called = (
        "What a Python model is called with: 1,3,224,224, batch axis included, or 'ids=1,128:int64<30522', "
        "'{image: 1x3x64x64}', '[1x3x4, 1x5]'; again for the next argument."
    )
    made = "What a Python class or function is called with to make the model, as num_classes=10; repeatable."
    command = click.option("--arg", "args", multiple=True, metavar="NAME=VALUE", help=made)(command)
    return click.option("--input", "inputs", multiple=True, metavar="SHAPE", help=called)(command)
