"""`archcheck report`."""

from __future__ import annotations

from functools import partial

import click

from archcheck import targets
from archcheck.cli import options
from archcheck.cli.work import complain, progress
from archcheck.errors import DIFFERS, OK, UNUSABLE


@click.command(short_help="Write a page a network, and an index.")
@options.targets
@click.option(
    "-o", "--output", default="reports", show_default=True, metavar="FOLDER", help="Where the pages go."
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a page is stale.")
@partial(options.device, default="meta")  # a page is the same wherever it is written
def report(names: tuple[str, ...], output: str, check: bool, device: str) -> int:
    """Write one page a network, verdicts and costs, and an index of them; all of them, or after an error none.

    A folder has the pages of one report: where there are pages of other networks, nothing is written. Exit code 0
    also where claims differ: the pages say so, and `verify` fails.

    Example: archcheck report specs/mine.yaml -o mine
    """
    from archcheck.report import folder

    with progress(targets.find(names)) as (told, _):
        made = folder.make(told, device)
    if complain(made.errors):
        return UNUSABLE
    changed = (folder.stale if check else folder.write_all)(made.files, output)
    for name in changed:
        click.echo(f"{output}/{name}: {'stale' if check else 'written'}", err=check)
    return DIFFERS if check and changed else OK
