"""`archcheck lint`."""

from __future__ import annotations

from functools import partial

import click

from archcheck import api
from archcheck.cli import options
from archcheck.cli.further import further, write_further
from archcheck.cli.work import collecting_seldom, each, verdicts


@click.command(short_help="Compare documented with inferred, without torch.")
@options.targets
@options.mutating
@partial(
    options.every_row, text="The table of each target, where there are several; with --mutate every change."
)
@options.verdict_output
def lint(
    names: tuple[str, ...],
    mutate: bool,
    least: float | None,
    every_row: bool,
    style: str,
    output: str,
    also: tuple[str, ...],
) -> int:
    """Compare documented with inferred: the same without running anything, in milliseconds.

    Example: archcheck lint specs/*.yaml
    """
    changed = mutate or least is not None
    more = further(names, also, style, output, changed)
    with collecting_seldom():
        results = each(names, lambda target, say: api.lint(target, mutate=changed), output)
    write_further(results, {}, more)
    return verdicts(results, {}, style, output, every_row, least)
