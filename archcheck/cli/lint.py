"""`archcheck lint`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import click

from archcheck import api
from archcheck.cli import options
from archcheck.cli.further import further, write_further
from archcheck.cli.printing import Printing
from archcheck.cli.work import collecting_seldom, each, verdicts
from archcheck.errors import OK, UsageError


@click.command(short_help="Compare documented with inferred, without torch.")
@options.targets
@options.mutating
@partial(
    options.every_row, text="The table of each target, where there are several; with --mutate every change."
)
@options.quiet
@click.option("--watch", is_flag=True, help="Stay, and check again what a save changes; Ctrl-C ends it.")
@options.verdict_output
def lint(
    names: tuple[str, ...],
    mutate: bool,
    least: float | None,
    every_row: bool,
    quiet: bool,
    watch: bool,
    style: str,
    output: str,
    also: tuple[str, ...],
) -> int:
    """Compare documented with inferred: the same without running anything, in milliseconds.

    Example: archcheck lint specs/*.yaml
    """
    changed = mutate or least is not None
    printing = Printing(style, output, every_row, quiet)
    more = further(names, also, style, output, changed)

    def check(some: Sequence[str]) -> int:
        with collecting_seldom():
            results = each(some, lambda target, say: api.lint(target, mutate=changed), output)
        write_further(results, {}, more)
        return verdicts(results, {}, printing, least)

    if not watch:
        return check(names)
    if changed or also or output != "-":
        raise UsageError(
            "--watch: shows verdicts as files are saved; not with --mutate, --mutate-min, --also or -o"
        )
    from archcheck.cli.watch import watching

    watching(names, check)
    return OK
