"""`archcheck profile`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from archcheck import __version__, api
from archcheck.cli import gates, options
from archcheck.cli.measuring import measuring
from archcheck.cli.printing import Printing
from archcheck.cli.sweep import batches, settings_of
from archcheck.cli.work import Say, complain, each, for_models, write
from archcheck.costs import Profile
from archcheck.errors import OK, UNUSABLE
from archcheck.targets import Target


@click.command(short_help="Measure parameters, operations, memory and time.")
@options.targets
@options.python_model
@options.device
@measuring
@gates.baseline
@options.every_row
@partial(options.quiet, text=options.GATES_ALONE)
@options.output
def profile(
    names: tuple[str, ...],
    inputs: tuple[str, ...],
    args: tuple[str, ...],
    device: str,
    batch: str | None,
    baseline: str | None,
    every_row: bool,
    quiet: bool,
    style: str,
    output: str,
    **settings: Any,
) -> int:
    """Measure each network layer by layer: parameters, operations, memory, time, and what other tools say.

    Example: archcheck profile alexnet_half --device cpu --batch 1,4,16
    """
    from archcheck import device as devices
    from archcheck.profiling.settings import Settings
    from archcheck.report import profile_text, to_csv, to_json

    printing = Printing(style, output, every_row, quiet)
    sweep = tuple(settings_of(Settings(**settings), batches(batch)))
    place = devices.choose(device)  # before any work
    sweep[0].fit(str(place))
    saved = gates.read_baseline(baseline)
    given = for_models(names, inputs, args)

    def measured(target: Target, say: Say) -> list[Profile]:
        return [api.profile(target, device, chosen, say, **given(target)) for chosen in sweep]

    results = [result for made in each(names, measured, output) for result in made]
    makers: dict[str, Callable[[], str]] = {
        "json": lambda: to_json.profile_json(results, {"archcheck": __version__, **devices.describe(place)}),
        "csv": lambda: to_csv.profile_csv(results),
    }
    if not printing.quiet:
        write(
            makers.get(style, lambda: profile_text.profile_text(results, style, every_column=every_row))(),
            output,
            style,
        )
    broken = complain(result.error for result in results)
    return max(UNUSABLE if broken else OK, gates.gate(results, saved, baseline))
