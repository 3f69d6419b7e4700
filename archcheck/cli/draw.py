"""`archcheck draw`."""

from __future__ import annotations

from functools import partial

import click

from archcheck import api, targets
from archcheck.cli import options
from archcheck.cli.completing import complete_target
from archcheck.cli.work import complain, keep, write
from archcheck.errors import OK, UNUSABLE, UsageError


@click.command(short_help="Draw a network with its sizes and what its document says of them.")
@click.argument("name", metavar="TARGET", shell_complete=complete_target)
@click.option("--format", "style", type=click.Choice(["svg", "mermaid"]), default="svg", show_default=True)
@click.option(
    "--depth",
    type=click.IntRange(0),
    help="So many levels of blocks are opened, instead of as many as one can still read.",
)
@click.option("-o", "--output", default="-", metavar="FILE", help="Write there; - is the terminal.")
@partial(options.device, default="meta")  # a drawing is the same wherever it is made
def draw(name: str, style: str, depth: int | None, output: str, device: str) -> int:
    """Draw a network as papers do: volumes in proportion with their sizes, branches as branches.

    A documented size is green where it is so, amber where it is known to be wrong and red where it differs, with the
    documented one beside the seen one. Exit code 0 also where claims differ: the drawing says so, and `verify` fails.

    Example: archcheck draw alexnet -o alexnet.svg
    """
    target = targets.one(name)
    if target.python is not None or target.is_document:
        raise UsageError(f"{name}: only specs are drawn; `archcheck init {name} -o net.yaml` makes one of it")
    keep([target], output)
    spec = api.load(target)
    result = api.verify(target, device)
    if complain([result.error]):
        return UNUSABLE
    from archcheck.drawing.plan import figure
    from archcheck.drawing.to_mermaid import mermaid
    from archcheck.drawing.to_svg import svg
    from archcheck.infer import infer

    drawn = figure(spec, infer(spec), result, depth)
    write((svg if style == "svg" else mermaid)(drawn), output)
    return OK
