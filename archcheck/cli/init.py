"""`archcheck init`."""

from __future__ import annotations

import re
from pathlib import Path

import click

from archcheck import targets
from archcheck.cli import options
from archcheck.cli.work import write
from archcheck.errors import OK, TargetError, UsageError


@click.command("init", short_help="Write a spec from a Python model, or from a document.")
@click.argument("model", metavar="MODULE:OBJECT|DOCUMENT[:MODEL]", type=click.Path())
@options.python_model
@options.timeout
@click.option(
    "--claims",
    type=click.Choice(["layers", "stages", "none"]),
    default="layers",
    show_default=True,
    help="Which layers' output shapes the spec claims.",
)
@click.option("-o", "--output", default="-", metavar="FILE", help="Write there; - is the terminal.")
def init(
    model: str, inputs: tuple[str, ...], args: tuple[str, ...], seconds: float, claims: str, output: str
) -> int:
    """Write a spec from a Python model: one pass of it is watched, and what ran is written as layers.

    The spec's claims are what the model gives; put in their place what a document says. A layer or function that
    no spec can say is named, and nothing is written. A file that is there already is never replaced.

    Of a document (.md, .rst, .ipynb, .txt, .py without :OBJECT) it is the network that its code calls, or MODEL, and
    the claims are what the document says beside its code, right or wrong, each with its line. That runs the code, as
    `archcheck verify` does.

    Example: archcheck init net.py:Net --input 1,3,224,224 -o specs/net.yaml
    """
    document = _document(model)
    if document is not None:
        _free(output)
        return _of_document(*document, inputs, args, seconds, output)
    target = _target(model, output)
    from archcheck.drafting.drafts import CLAIMS, draft  # torch is imported from here on
    from archcheck.resolve import subject_of

    subject = subject_of(target, inputs, args)
    name = Path(output).stem if output != "-" else subject.name.lower()
    made = draft(subject, name, claims=next(one for one in CLAIMS if one == claims), schema=_schema(output))
    write(made.text, output)
    for note in made.notes:
        click.echo(f"archcheck: {target.shown}: {note}", err=True)
    if output != "-":
        if made.apart is not None:
            click.echo(
                f"archcheck: {target.shown}: a 'repr:' of the model would differ: {made.apart}", err=True
            )
        click.echo(f"{output}: {made.summary}; `archcheck verify {output}` runs it")
    return OK


def _target(model: str, output: str) -> targets.Target:
    """Return the Python model that is named, if a file may be written for it. Raises `UsageError` or `WriteError`."""
    (target,) = targets.find([model])
    if target.python is None:
        if target.names_a_document:  # it is not there, or it would have been read
            raise TargetError(targets.missing_document(target))
        raise UsageError(
            f"{model}: is no Python model and no document; write MODULE:OBJECT, FILE.py:OBJECT or FILE.md"
        )
    _free(output)
    return target


def _free(output: str) -> None:
    """Raise `UsageError` or `WriteError` where no file may be written."""
    from archcheck.report.write import check

    check(output)
    if output != "-" and Path(output).exists():
        raise UsageError(f"-o {output}: is there already, and a spec is not replaced; name another file")


def _document(model: str) -> tuple[Path, str | None] | None:
    """Return the document that is named, and which model of it; None where it is none."""
    if targets.Target(Path(model), model).is_document:
        return Path(model), None
    file, colon, name = model.rpartition(":")
    is_document = colon and not file.endswith(".py") and targets.Target(Path(file), file).is_document
    return (Path(file), name) if is_document else None


def _of_document(
    path: Path,
    model: str | None,
    inputs: tuple[str, ...],
    args: tuple[str, ...],
    seconds: float,
    output: str,
) -> int:
    """Write the spec of a document's network."""
    from archcheck.document_spec import spec_of_document  # its readers are for those who read documents
    from archcheck.documented import Asked

    if args:
        raise UsageError(
            f"{path}: --arg is for a class or a function of Python; a document makes its models itself"
        )
    name = re.sub(r"\W+", "_", Path(output).stem if output != "-" else path.stem.lower()).strip("_")
    asked = Asked("auto", inputs, seconds)
    made = spec_of_document(path, str(path), model, name, _schema(output), asked)
    write(made.text, output)
    for note in made.notes:
        click.echo(f"archcheck: {path}: {note}", err=True)
    if output != "-":
        click.echo(f"{output}: {made.summary}; `archcheck verify {output}` runs it")
    return OK


def _schema(output: str) -> str:
    """Return where the JSON Schema is, as the spec names it: from its own folder in a checkout, else whole."""
    package = Path(__file__).resolve().parent.parent
    schema = package / "spec" / "spec.schema.json"
    folder = Path.cwd() if output == "-" else Path(output).resolve().parent
    if package.parent not in (folder, *folder.parents):
        return schema.as_posix()
    up = len(folder.relative_to(package.parent).parts)
    return f"{'../' * up}archcheck/spec/{schema.name}"
