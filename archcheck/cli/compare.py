"""`archcheck compare`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click

from archcheck import __version__, api, targets
from archcheck.cli import options
from archcheck.cli.completing import complete_target
from archcheck.cli.printing import Printing
from archcheck.cli.work import complain, for_models, keep, write
from archcheck.comparing.comparison import QUANTITIES, Comparison, Quantity, Side
from archcheck.comparing.gate import Finding, findings
from archcheck.costs import Profile
from archcheck.errors import DIFFERS, OK, UNUSABLE, ArchcheckError, TargetError, UsageError
from archcheck.profiling.settings import Settings


@click.command(short_help="Put networks side by side, layer by layer.")
@click.argument("names", metavar="A B [C]...", nargs=-1, shell_complete=complete_target)
@options.python_model
@click.option(
    "--by", type=click.Choice(QUANTITIES), default="macs", show_default=True, help="What layers show."
)
@click.option("--top", type=click.IntRange(1), metavar="N", help="Only the N layers that differ most.")
@click.option("--batch", type=click.IntRange(1), help="Samples in one pass; as given if left out.")
@click.option("--dtype", default="float32", show_default=True, metavar="DTYPE", help="Of weights and inputs.")
@click.option("--time", is_flag=True, help="Time them too: all in one run, in turn.")
@click.option("--repeat", type=click.IntRange(1), help="Rounds, instead of as many as fit.")
@options.device
@partial(options.quiet, text=options.GATES_ALONE)
@options.output
def compare(
    names: tuple[str, ...],
    inputs: tuple[str, ...],
    args: tuple[str, ...],
    by: Quantity,
    top: int | None,
    batch: int | None,
    dtype: str,
    time: bool,
    repeat: int | None,
    device: str,
    quiet: bool,
    style: str,
    output: str,
) -> int:
    """Put networks side by side: totals, and layer by layer; the first is what the others are compared with.

    A, B, C: specs, Python models (MODULE:OBJECT), and files that `archcheck profile --format json` wrote. They are
    counted without weights; only --time runs them. Exit code 1: one is over the budget that its own spec has.

    Example: archcheck compare alexnet_half alexnet_full --top 5
    """
    printing = Printing(style, output, quiet=quiet)
    settings = Settings(batch=batch, dtype=dtype, repeat=repeat)
    keep(targets.find(names) if names else (), output)
    for_models(names, inputs, args)
    compared = [one for name in names for one in _compared(name)]
    comparison = api.compare(compared, settings, device if time else None, inputs=inputs, args=args)
    found: Sequence[Finding] = ()
    if len(comparison.sides) > 1:
        found = findings(comparison)
        if not printing.quiet:
            write(_text(comparison, style, by, top, found), output, style)
    return _end(comparison, found)


def _compared(name: str) -> list[targets.Target | Side]:
    """Return what a name stands for: a spec or a model, or all profiles in a file."""
    from archcheck.report.from_json import SUFFIX, load_profiles

    if not name.endswith(SUFFIX):
        return list(targets.find([name]))
    try:
        profiles = load_profiles(Path(name), name)
        if not profiles:
            raise TargetError(
                f"{name}: holds no profile; save one with archcheck profile --format json -o FILE"
            )
        return [Side(profile, name) for profile in profiles]
    except ArchcheckError as error:
        return [Side(Profile(name, name, None, error=str(error)), name)]


def _text(comparison: Comparison, style: str, by: Quantity, top: int | None, found: Sequence[Finding]) -> str:
    from archcheck.report import compare_data, compare_text

    rows = comparison.rows if top is None else comparison.biggest(by, top)
    environment = {"archcheck": __version__, **comparison.environment}
    makers: dict[str, Callable[[], str]] = {
        "json": lambda: compare_data.comparison_json(comparison, rows, found, environment),
        "csv": lambda: compare_data.comparison_csv(comparison, rows),
    }
    return makers.get(style, lambda: compare_text.comparison_text(comparison, style, by, top))()


def _end(comparison: Comparison, found: Sequence[Finding]) -> int:
    """Print what is wrong on stderr, and return the exit code."""
    from archcheck.report.findings import findings_text

    if found:
        click.echo(findings_text(found), err=True)
    complain(error for _, error in comparison.errors)
    if len(comparison.sides) < 2:
        usable = "1 usable target" if comparison.sides else "0 usable targets"
        raise UsageError(f"nothing to compare: {usable}; name two or more")
    return UNUSABLE if comparison.errors else DIFFERS if found else OK
