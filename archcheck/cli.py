"""The command line: parse, call, print. `--help`, `lint`, `list` and `schema` never import torch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from archcheck import __version__, api, targets
from archcheck.costs import Profile
from archcheck.errors import DIFFERS, OK, UNUSABLE, ArchcheckError, UsageError
from archcheck.results import Plain, Verification

FORMATS = ("table", "markdown", "csv", "json")

Result = TypeVar("Result", Verification, Profile)
Command = Callable[..., Any]
Say = Callable[[str], None]


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
    except click.Abort:
        click.echo("archcheck: interrupted", err=True)
        code = 130
    sys.exit(code if isinstance(code, int) else OK)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, package_name="archcheck", message="archcheck %(version)s")
def cli() -> None:
    """Check what documents say of a network's layers against the real network.

    A TARGET is a spec file or the name of a shipped network (`archcheck list`); without one, every spec under
    specs/ in this folder, or else every shipped one. Exit code 0: every claim holds; 1: something differs;
    2: a spec, usage or device error.
    """


def _targets(command: Command) -> Command:
    return click.argument("names", metavar="[TARGET]...", nargs=-1)(command)


def _output(command: Command) -> Command:
    command = click.option(
        "-o", "--output", default="-", metavar="FILE", help="Write there; - is the terminal."
    )(command)
    choice = click.Choice(FORMATS)
    return click.option("--format", "style", type=choice, default="table", show_default=True)(command)


def _device(command: Command) -> Command:
    text = "auto, cpu, cuda, cuda:N, mps or meta; auto is the accelerator if there is one, else the CPU."
    return click.option("--device", default="auto", show_default=True, metavar="DEVICE", help=text)(command)


def _every_row(command: Command) -> Command:
    text = "Show every row, also where the document is silent."
    return click.option("-v", "--verbose", "every_row", is_flag=True, help=text)(command)


@cli.command(short_help="Build, run and compare: documented, inferred, seen.")
@_targets
@_device
@_every_row
@_output
def verify(names: tuple[str, ...], device: str, every_row: bool, style: str, output: str) -> int:
    """Build each network, run it, and compare: documented, inferred, seen.

    Example: archcheck verify specs/alexnet_half.yaml
    """
    from archcheck import device as devices  # torch is imported from here on

    place = devices.choose(device)
    results = _each(names, lambda target, say: api.verify(target, device), output)
    return _verdicts(results, devices.describe(place), style, output, every_row)


@cli.command(short_help="Compare documented with inferred, without torch.")
@_targets
@_every_row
@_output
def lint(names: tuple[str, ...], every_row: bool, style: str, output: str) -> int:
    """Compare documented with inferred: the same without running anything, in milliseconds.

    Example: archcheck lint specs/*.yaml
    """
    results = _each(names, lambda target, say: api.lint(target), output)
    return _verdicts(results, {}, style, output, every_row)


@cli.command(short_help="Measure parameters, MACs, FLOPs and latency.")
@_targets
@_device
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True, help="Samples in one pass.")
@click.option(
    "--dtype",
    default="float32",
    show_default=True,
    metavar="DTYPE",
    help="float32, float64, float16 or bfloat16.",
)
@click.option("--threads", type=click.IntRange(1), help="CPU threads; PyTorch's own choice if left out.")
@click.option("--warmup", type=click.IntRange(0), default=3, show_default=True, help="Passes before timing.")
@click.option("--repeat", type=click.IntRange(1), default=20, show_default=True, help="Timed passes.")
@click.option(
    "--witnesses/--no-witnesses", default=True, help="Ask fvcore, torchinfo and PyTorch's counter too."
)
@_output
def profile(names: tuple[str, ...], device: str, style: str, output: str, **settings: Any) -> int:
    """Measure each network layer by layer: parameters, MACs, FLOPs, latency, and what other tools say.

    Example: archcheck profile alexnet_half --device cpu --batch 16
    """
    from archcheck import device as devices
    from archcheck.profiling.settings import Settings
    from archcheck.report import to_csv, to_json, to_text

    chosen = Settings(**settings)
    place = devices.choose(device)  # before any work
    results = _each(names, lambda target, say: api.profile(target, device, chosen, say), output)
    makers: dict[str, Callable[[], str]] = {
        "json": lambda: to_json.profile_json(results, {"archcheck": __version__, **devices.describe(place)}),
        "csv": lambda: to_csv.profile_csv(results),
    }
    _write(makers.get(style, lambda: to_text.profile_text(results, style))(), output)
    return UNUSABLE if _complain(results) else OK


@cli.command("list", short_help="List the networks that come with archcheck.")
def list_targets() -> int:
    """List the networks that come with archcheck.

    Example: archcheck list
    """
    from archcheck.report.to_text import table

    headers = ("name", "claims", "known wrong", "network", "document")
    rows = []
    for name, path in targets.shipped().items():
        result = api.lint(targets.Target(path, name))
        rows.append((name, result.claims, result.count("known wrong"), result.title, result.source))
    click.echo(table(headers, rows, "table", right=headers[1:3]))
    return OK


@cli.command(short_help="Print a JSON Schema: of specs, or of the JSON output.")
@click.argument("which", type=click.Choice(["spec", "verify", "profile"]), default="spec")
@click.option("-o", "--output", default="-", metavar="FILE", help="Write there; - is the terminal.")
def schema(which: str, output: str) -> int:
    """Print the JSON Schema of the spec format, or of the JSON that verify and profile write.

    Example: archcheck schema spec -o spec.schema.json
    """
    from archcheck.json_schema import as_text
    from archcheck.report.contract import schema_of
    from archcheck.schema import spec_schema

    _write(as_text(spec_schema() if which == "spec" else schema_of(which)), output)
    return OK


@cli.command(short_help="Write a page a network, and an index.")
@_targets
@click.option(
    "-o", "--output", default="reports", show_default=True, metavar="FOLDER", help="Where the pages go."
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a page is stale.")
@_device
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
    for error in made.errors:
        click.echo(f"archcheck: {error}", err=True)
    return UNUSABLE if made.errors else DIFFERS if check and stale else OK


def _each(names: Sequence[str], work: Callable[[targets.Target, Say], Result], output: str) -> list[Result]:
    """Return each target's result; an output that would replace a target is refused before any work."""
    found = targets.find(names)
    if any(target.there and Path(output).resolve() == target.path.resolve() for target in found):
        raise UsageError(f"-o {output}: that is a target; the output would replace it")
    with _progress(found) as (told, say):
        return [work(target, say) for target in told]


@contextmanager
def _progress(found: Sequence[targets.Target]) -> Iterator[tuple[Iterable[targets.Target], Say]]:
    """Show on stderr how far long work is and what it is about, if that is a terminal."""
    if not sys.stderr.isatty():
        yield found, lambda stage: None
        return
    from tqdm import tqdm

    with tqdm(found, unit="network", leave=False, file=sys.stderr) as bar:
        yield bar, bar.set_postfix_str


def _verdicts(
    results: Sequence[Verification], environment: dict[str, Plain], style: str, output: str, every_row: bool
) -> int:
    from archcheck.report import to_csv, to_json, to_text

    makers: dict[str, Callable[[], str]] = {
        "json": lambda: to_json.verify_json(results, {"archcheck": __version__, **environment}),
        "csv": lambda: to_csv.verify_csv(results),
    }
    _write(makers.get(style, lambda: to_text.verify_text(results, style, every_row=every_row))(), output)
    if _complain(results):
        return UNUSABLE
    return OK if all(result.ok for result in results) else DIFFERS


def _complain(results: Sequence[Verification] | Sequence[Profile]) -> bool:
    errors = [result.error for result in results if result.error is not None]
    for error in errors:
        click.echo(f"archcheck: {error}", err=True)
    return bool(errors)


def _write(text: str, output: str) -> None:
    from archcheck.report.write import write

    if text:
        write(text, output)


if __name__ == "__main__":
    main()
