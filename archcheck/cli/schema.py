"""`archcheck schema`."""

from __future__ import annotations

import click

from archcheck.cli.work import write
from archcheck.errors import OK


@click.command(short_help="Print a JSON Schema: of specs, or of the JSON output.")
@click.argument(
    "which", type=click.Choice(["spec", "verify", "profile", "compare", "explain", "list"]), default="spec"
)
@click.option("-o", "--output", default="-", metavar="FILE", help="Write there; - is the terminal.")
def schema(which: str, output: str) -> int:
    """Print the JSON Schema of the spec format, or of the JSON that these commands write.

    Example: archcheck schema spec -o spec.schema.json
    """
    from archcheck.json_schema import as_text
    from archcheck.report.contract import schema_of
    from archcheck.schema import spec_schema

    write(as_text(spec_schema() if which == "spec" else schema_of(which)), output)
    return OK
