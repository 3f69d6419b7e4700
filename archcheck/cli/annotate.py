"""`archcheck annotate`."""

from __future__ import annotations

from pathlib import Path

import click

from archcheck import api, targets
from archcheck.cli import options
from archcheck.cli.work import write
from archcheck.errors import OK, UsageError


@click.command(short_help="Write shapes behind the lines of a document's code.")
@click.argument("name", metavar="DOCUMENT", type=click.Path())
@options.device
@options.document
@click.option("--diff", is_flag=True, help="Show what would be written as a unified diff, and write nothing.")
@click.option("-o", "--output", metavar="FILE", help="Write there; - is the terminal. [default: DOCUMENT]")
def annotate(
    name: str, device: str, inputs: tuple[str, ...], seconds: float, diff: bool, output: str | None
) -> int:
    """Write shapes behind the lines of a document's code that have no comment.

    These are what a forward sets and returns, and the layers of a Sequential. The code is run, as doctest does, in a
    process of its own. B is the batch; T, H and W are what an input of any size has; a number is always so, or with the
    input that somebody says: --input is then written into the document. Only what agrees when the code is run again is
    written; code and comments stay as they are.

    Example: archcheck annotate model.py --input 1,3,224,224 --diff
    """
    from archcheck.cli.mending import documents, write_back  # for those who mend documents
    from archcheck.report.mended_text import annotated_line
    from archcheck.report.to_diff import unified_diff
    from archcheck.report.write import put

    (target,) = documents([name], "annotate")
    _keep(target, output, diff)
    made = api.annotate(target, device, inputs=inputs, seconds=seconds)
    if diff:
        write(unified_diff(target.shown, made.document.text, made.text), output or "-", "diff")
    elif output is None:
        write_back(target.path, made.document, made.text)
    elif output == "-":
        write(made.text, output)
    else:
        put(made.text.encode(made.document.encoding), output)
    click.echo(annotated_line(made, written=not diff), err=True)
    return OK


def _keep(target: targets.Target, output: str | None, diff: bool) -> None:
    """Raise `UsageError` where a diff would replace the document, `WriteError` where no output can be written."""
    from archcheck.report.write import check

    check(output or "-")
    same = output is not None and Path(output).resolve() == target.path.resolve()
    if same and diff:
        raise UsageError(f"-o {output}: that is the document; the diff would replace it")
