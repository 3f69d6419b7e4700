"""`archcheck list`."""

from __future__ import annotations

import click

from archcheck import api, targets
from archcheck.errors import OK


@click.command("list", short_help="List the networks that come with archcheck.")
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
