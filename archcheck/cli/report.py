"""`archcheck report`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import click

from archcheck import api, targets
from archcheck.cli import options
from archcheck.cli.work import complain, keep, progress, write
from archcheck.errors import DIFFERS, OK, UNUSABLE, UsageError
from archcheck.targets import Target

WHERE = {"markdown": "reports", "html": "archcheck.html"}


@click.command(short_help="Write a page a network and an index, or one page to look at.")
@options.targets
@click.option("--format", "style", type=click.Choice([*WHERE]), default="markdown", show_default=True)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="Where the pages go: a folder (reports), of html a file (archcheck.html).",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a page is stale. Not of html.")
@partial(options.quiet, text="Name no page that was written; with --check, those that are stale are.")
@partial(options.device, default="meta")  # a page is the same wherever it is written
def report(
    names: tuple[str, ...], style: str, output: str | None, check: bool, quiet: bool, device: str
) -> int:
    """Write one page a network, verdicts and costs, and an index of them; all of them, or after an error none.

    A folder has the pages of one report: where there are pages of other networks, nothing is written. Exit code 0
    also where claims differ: the pages say so, and `verify` fails.

    --format html writes one file that any browser opens, also without a network: verdicts, layers and charts. Times
    are in it where the networks are run: --device cpu, cuda or auto.

    Example: archcheck report specs/mine.yaml --format html -o mine.html
    """
    where = output or WHERE[style]
    found = targets.find(names)
    if style == "html":
        if check:
            raise UsageError("--check: is for pages of markdown; one of html has times, which vary")
        keep(found, where)
        return _html(found, where, device, quiet=quiet)
    from archcheck.report import folder

    with progress(found) as (told, _):
        made = folder.make(told, device)
    if complain(made.errors):
        return UNUSABLE
    changed = (folder.stale if check else folder.write_all)(made.files, where)
    for name in () if quiet and not check else changed:
        click.echo(f"{where}/{name}: {'stale' if check else 'written'}", err=check)
    return DIFFERS if check and changed else OK


def _html(found: Iterable[Target], where: str, device: str, *, quiet: bool) -> int:
    """Write the page, if every network has its place in it."""
    from archcheck.profiling.settings import Settings
    from archcheck.report import folder
    from archcheck.webpage.data import Shown
    from archcheck.webpage.page import html

    with progress([*found]) as (told, say):
        made = folder.make(told, device)
        if complain(made.errors):
            return UNUSABLE
        settings = Settings(witnesses=False)
        costs = [api.profile(page.spec, device, settings, say) for page in made.pages]
    if complain(cost.error for cost in costs):
        return UNUSABLE
    write(html([Shown(page, cost) for page, cost in zip(made.pages, costs, strict=True)]), where)
    if where != "-" and not quiet:
        click.echo(f"{where}: written")
    return OK
