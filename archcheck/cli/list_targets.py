"""`archcheck list`."""

from __future__ import annotations

from collections.abc import Callable

import click

from archcheck import __version__, api, targets
from archcheck.cli import options
from archcheck.cli.work import collecting_seldom, complain, keep, write
from archcheck.errors import OK, UNUSABLE


@click.command("list", short_help="The claim ledger: networks, their documents, what is wrong.")
@options.targets
@click.option("-v", "--verbose", is_flag=True, help="Each document's counts, and every finding.")
@options.output
def list_targets(names: tuple[str, ...], verbose: bool, style: str, output: str) -> int:
    """List the networks that come with archcheck: their documents, how many claims hold, how many are wrong.

    With a TARGET, or -v: the counts of each document, and every finding. The counts are those of `lint`, which takes
    no torch; what only a run can tell, such as the printed model, stands under "to run", and `verify` tells it.

    Example: archcheck list alexnet_half
    """
    from archcheck.report import ledger_data, ledger_text

    found = targets.find(names) if names else targets.networks()
    keep(found, output)
    with collecting_seldom():
        ledgers = [api.ledger(target) for target in found]
    full = verbose or bool(names)
    makers: dict[str, Callable[[], str]] = {
        "json": lambda: ledger_data.list_json(ledgers, {"archcheck": __version__}),
        "csv": lambda: (ledger_data.findings_csv if full else ledger_data.list_csv)(ledgers),
    }
    text = ledger_text.findings_text if full else ledger_text.list_text
    write(makers.get(style, lambda: text(ledgers, style))(), output)
    return UNUSABLE if complain(ledger.error for ledger in ledgers) else OK
