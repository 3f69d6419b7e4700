"""The program: its commands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import click

from archcheck import __version__
from archcheck.cli.annotate import annotate
from archcheck.cli.compare import compare
from archcheck.cli.completion import completion
from archcheck.cli.draw import draw
from archcheck.cli.explain import explain
from archcheck.cli.help_page import help_page
from archcheck.cli.init import init
from archcheck.cli.lint import lint
from archcheck.cli.list_targets import list_targets
from archcheck.cli.printing import colour
from archcheck.cli.profile import profile
from archcheck.cli.report import report
from archcheck.cli.schema import schema
from archcheck.cli.verify import verify
from archcheck.errors import OK, UNUSABLE, ArchcheckError


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line (default: this process's own); the one place where an error becomes an exit code."""
    try:
        code = cli.main(words, prog_name="archcheck", standalone_mode=False)
    except ArchcheckError as error:
        click.echo(f"archcheck: {error}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = UNUSABLE
    except SystemExit:  # click ends so where the reader of a help left; that is no verdict, and no error
        code = OK
    except click.Abort:
        click.echo("archcheck: interrupted", err=True)
        code = 130
    except Exception:  # whatever is our own bug: it is shown whole, and is no verdict
        traceback.print_exc()
        click.echo(
            "archcheck: that is a bug of archcheck's, not of what it was given; please report it", err=True
        )
        code = UNUSABLE  # Python's own exit code for this says that a claim differs
    sys.exit(code if isinstance(code, int) else OK)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, package_name="archcheck", message="archcheck %(version)s")
@colour
def cli() -> None:
    """Check what documents say of a network's layers against the real network.

    A TARGET is a spec file, or the name of a shipped network or family (`archcheck list --shipped`); without one,
    every spec under specs/ in this folder, or else every shipped one. `verify` also takes a document whose code states
    shapes (.md, .rst, .py, .ipynb, .txt), and runs that code; `profile`, `explain` and `compare` also take a Python
    model, MODULE:OBJECT.
    Exit code 0: every claim holds; 1: something differs; 2: a spec, usage or device error.
    """


for command in (
    annotate,
    compare,
    completion,
    draw,
    explain,
    help_page,
    init,
    lint,
    list_targets,
    profile,
    report,
    schema,
    verify,
):
    cli.add_command(command)
