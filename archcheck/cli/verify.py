"""`archcheck verify`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from archcheck import api, targets
from archcheck.cli import options
from archcheck.cli.further import further, write_further
from archcheck.cli.printing import Printing
from archcheck.cli.work import each, verdicts
from archcheck.errors import UsageError
from archcheck.results import Plain


@click.command(short_help="Build, run and compare: documented, inferred, seen.")
@options.targets
@options.device
@options.document
@options.mending
@options.mutating
@options.every_row
@options.quiet
@options.verdict_output
def verify(
    names: tuple[str, ...],
    device: str,
    inputs: tuple[str, ...],
    seconds: float,
    fix: bool,
    diff: bool,
    mutate: bool,
    least: float | None,
    every_row: bool,
    quiet: bool,
    style: str,
    output: str,
    also: tuple[str, ...],
) -> int:
    """Build each network, run it, and compare: documented, inferred, seen.

    A document (.md, .rst, .py, .ipynb, .txt) is checked where it states shapes beside its code. That runs the code, as
    doctest does, in a process of its own: on meta, which computes nothing, unless it needs values or --device names
    another. A spec runs none. --fix rewrites the shapes in a document that are not so, where what is so is known to the
    last size, and not another byte; what is left wrong then decides the exit code.

    Example: archcheck verify specs/alexnet_half.yaml docs/tutorial.md
    """
    changed = mutate or least is not None
    printing = Printing(style, output, every_row, quiet)
    if fix or diff:
        from archcheck.cli.mending import Shown, fixed  # for those who mend documents

        if changed:
            raise UsageError("--mutate and --mutate-min are for specs; --fix and --diff are for documents")
        if also:
            raise UsageError("--also: is for a check alone; --fix and --diff have --format and -o")
        shown = Shown(fix, diff, printing)
        return fixed(names, lambda one: api.fix(one, device, inputs=inputs, seconds=seconds), shown)
    found = targets.find(names)
    _refuse_idle_options(found, inputs, changed)
    environment = _environment(device, found)
    more = further(names, also, style, output, changed)
    results = each(
        names,
        lambda target, say: api.verify(target, device, mutate=changed, inputs=inputs, seconds=seconds),
        output,
    )
    write_further(results, environment, more)
    return verdicts(results, environment, printing, least)


def _refuse_idle_options(found: Sequence[targets.Target], inputs: Sequence[str], changed: bool) -> None:
    """Raise `UsageError` for an option that no target can use: a gate that is never asked must not pass."""
    document = next((target.shown for target in found if target.is_document), None)
    if changed and document is not None:
        raise UsageError(
            f"{document}: --mutate and --mutate-min are for specs; name documents in a call of their own"
        )
    if inputs and document is None:
        raise UsageError("--input: no target is a document; a spec says itself what it is given")


def _environment(device: str, found: Sequence[targets.Target]) -> dict[str, Plain]:
    """Return what the results must be read with; documents alone need no torch here, and say where they ran."""
    if all(target.is_document for target in found):
        return {}
    from archcheck import device as devices  # torch is imported from here on

    return devices.describe(devices.choose(device))
