"""`archcheck list`."""

from __future__ import annotations

from collections.abc import Callable

import click

from archcheck import __version__, api, targets
from archcheck.cli import options
from archcheck.cli.work import collecting_seldom, complain, keep, write
from archcheck.errors import OK, UNUSABLE, UsageError


@click.command("list", short_help="The claim ledger: networks, their documents, what is wrong.")
@options.targets
@click.option("--shipped", is_flag=True, help="The networks that come with archcheck, though specs/ is here.")
@click.option("-v", "--verbose", is_flag=True, help="Each document's counts, and every finding.")
@options.output
def list_targets(names: tuple[str, ...], shipped: bool, verbose: bool, style: str, output: str) -> int:
    """List networks: their documents, how many claims hold, how many are wrong.

    Without a TARGET: every spec under specs/ in this folder, or else those that come with archcheck. With one, or
    -v: the counts of each document, and every finding. The counts are those of `lint`, which takes no torch; what
    only a run can tell, such as the printed model, stands under "to run", and `verify` tells it. Exit code 0 also
    where claims differ: that is a finding here, and `lint` fails.

    Example: archcheck list alexnet_half
    """
    from archcheck.report import ledger_data, ledger_text

    if shipped and names:
        raise UsageError("--shipped: is all that come with archcheck; leave it out, or the targets")
    found = targets.networks() if shipped else targets.find(names)
    keep(found, output)
    with collecting_seldom():
        ledgers = [api.ledger(target) for target in found]
    full = verbose or bool(names)
    makers: dict[str, Callable[[], str]] = {
        "json": lambda: ledger_data.list_json(ledgers, {"archcheck": __version__}),
        "csv": lambda: (ledger_data.findings_csv if full else ledger_data.list_csv)(ledgers),
    }
    text = ledger_text.findings_text if full else ledger_text.list_text
    write(makers.get(style, lambda: text(ledgers, style))(), output, style)
    return UNUSABLE if complain(ledger.error for ledger in ledgers) else OK
