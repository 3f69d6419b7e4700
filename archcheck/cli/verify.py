"""`archcheck verify`."""

from __future__ import annotations

import click

from archcheck import api
from archcheck.cli import options
from archcheck.cli.work import each, verdicts


@click.command(short_help="Build, run and compare: documented, inferred, seen.")
@options.targets
@options.device
@options.mutating
@options.every_row
@options.output
def verify(
    names: tuple[str, ...],
    device: str,
    mutate: bool,
    least: float | None,
    every_row: bool,
    style: str,
    output: str,
) -> int:
    """Build each network, run it, and compare: documented, inferred, seen.

    Example: archcheck verify specs/alexnet_half.yaml
    """
    from archcheck import device as devices  # torch is imported from here on

    place, changed = devices.choose(device), mutate or least is not None
    results = each(names, lambda target, say: api.verify(target, device, mutate=changed), output)
    return verdicts(results, devices.describe(place), style, output, every_row, least)
