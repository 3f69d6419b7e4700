"""`archcheck explain`."""

from __future__ import annotations

from collections.abc import Callable

import click

from archcheck import __version__
from archcheck.cli import options
from archcheck.cli.work import each, write
from archcheck.conventions import CONVENTIONS
from archcheck.errors import DIFFERS, OK, UNUSABLE
from archcheck.readings import read_claim


@click.command(short_help="Say why another tool's number, or a claimed one, differs.")
@options.targets
@options.python_model
@click.option(
    "--against",
    type=click.Choice([*CONVENTIONS, "all"]),
    help="Whose number is explained; all, if nothing else is asked, in one table.",
)
@click.option("--claim", metavar="NUMBER", help="What is this number? 0.714GFLOPs, 60M parameters, 240MB ...")
@click.option(
    "--ask", is_flag=True, help="Run the real tool too, in a process of its own, if it is installed."
)
@options.output
def explain(
    names: tuple[str, ...],
    inputs: tuple[str, ...],
    args: tuple[str, ...],
    against: str | None,
    claim: str | None,
    ask: bool,
    style: str,
    output: str,
) -> int:
    """Say line by line why another tool's number differs from ours, or what a claimed number really is.

    With --claim the exit code is 0 where the claim is right as it is stated, 1 where it is not.

    Example: archcheck explain alexnet_torchvision --against fvcore
    """
    claimed = None if claim is None else read_claim(claim)
    from archcheck.explaining import explain as explained  # torch is imported from here on
    from archcheck.report import explain_data, explain_text

    chosen = tuple(CONVENTIONS) if against == "all" or (against is None and claim is None) else (against,)
    conventions = tuple(name for name in chosen if name is not None)
    results = each(
        names,
        lambda target, say: explained(target, conventions, claimed, inputs=inputs, args=args, asked=ask),
        output,
    )
    makers: dict[str, Callable[[], str]] = {
        "json": lambda: explain_data.explain_json(results, {"archcheck": __version__}),
        "csv": lambda: explain_data.explain_csv(results),
    }
    write(makers.get(style, lambda: explain_text.explain_text(results, style))(), output)
    errors = [result.error for result in results if result.error is not None]
    for error in errors:
        click.echo(f"archcheck: {error}", err=True)
    if errors:
        return UNUSABLE
    return OK if all(result.claim is None or result.claim.right for result in results) else DIFFERS
