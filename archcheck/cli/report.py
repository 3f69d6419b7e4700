"""`archcheck report`."""

from __future__ import annotations

from functools import partial

import click

from archcheck import targets
from archcheck.cli import options
from archcheck.cli.work import complain
from archcheck.errors import DIFFERS, OK, UNUSABLE


@click.command(short_help="Write a page a network, and an index.")
@options.targets
@click.option(
    "-o", "--output", default="reports", show_default=True, metavar="FOLDER", help="Where the pages go."
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a page is stale.")
@partial(options.device, default="meta")  # a page is the same wherever it is written
def report(names: tuple[str, ...], output: str, check: bool, device: str) -> int:
    """Write one page a network, verdicts and costs, and an index of them.

    Example: archcheck report -o reports
    """
    from archcheck.report import folder

    made = folder.make(targets.find(names), device)
    stale = (
        folder.stale(made.files, output, left_over=not names)
        if check
        else folder.write_all(made.files, output)
    )
    for name in stale:
        click.echo(f"{output}/{name}: {'stale' if check else 'written'}", err=check)
    return UNUSABLE if complain(made.errors) else DIFFERS if check and stale else OK
