"""`archcheck explain`."""

from __future__ import annotations

from collections.abc import Callable

import click

from archcheck import __version__, api
from archcheck.cli import options
from archcheck.cli.work import Say, complain, each, for_models, write
from archcheck.conventions import CONVENTIONS
from archcheck.errors import DIFFERS, OK, UNUSABLE
from archcheck.explanation import Explanation
from archcheck.targets import Target


@click.command(short_help="Say why another tool's number, or a claimed one, differs.")
@options.targets
@options.python_model
@click.option(
    "--against",
    type=click.Choice([*CONVENTIONS, "all"]),
    help="Whose number is explained, line by line; all of them in one table: if left out, without --claim.",
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

    With --claim the exit code is 0 where the claim is right as it is stated, 1 where it is not. FLOPs are right
    as every operation, and as the multiply-accumulates at two each.

    Example: archcheck explain alexnet_torchvision --against fvcore
    """
    from archcheck import device as devices  # torch is imported from here on
    from archcheck.report import explain_data, explain_text

    given = for_models(names, inputs, args)

    def explained(target: Target, say: Say) -> Explanation:
        return api.explain(target, against or (), claim, ask=ask, **given(target))

    results = each(names, explained, output)
    makers: dict[str, Callable[[], str]] = {
        "json": lambda: explain_data.explain_json(
            results, {"archcheck": __version__, **devices.describe(devices.choose("meta"))}
        ),
        "csv": lambda: explain_data.explain_csv(results),
    }
    write(makers.get(style, lambda: explain_text.explain_text(results, style))(), output, style)
    if complain(result.error for result in results):
        return UNUSABLE
    return OK if all(result.claim is None or result.claim.right for result in results) else DIFFERS
