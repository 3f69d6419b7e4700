"""What `archcheck profile` holds: each spec's own budget, and the baseline of `--baseline`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from archcheck import targets
from archcheck.cli.printing import Command
from archcheck.cli.work import complain
from archcheck.comparing.gate import Finding, baseline_of, changes, over_budget
from archcheck.costs import Profile
from archcheck.errors import DIFFERS, OK, UNUSABLE, ArchcheckError
from archcheck.spec.budget import Budget


def baseline(command: Command) -> Command:
    """Take `--baseline FILE`, as `baseline`."""
    text = "A profile saved as JSON; exit 1 where counts, shapes or predicted memory differ from it."
    return click.option("--baseline", metavar="FILE", help=text)(command)


def read_baseline(file: str | None) -> tuple[Profile, ...]:
    """Return the profiles of a baseline, before any work is done. Raises `TargetError`."""
    from archcheck.report.from_json import load_profiles

    return () if file is None else load_profiles(Path(file), file)


def gate(results: Sequence[Profile], saved: Sequence[Profile], file: str | None) -> int:
    """Print on stderr what is over its budget or unlike its baseline, and return the exit code.

    A network that the baseline cannot be held against is an error of its own, beside the others' verdicts.
    """
    from archcheck.report.findings import findings_text

    found: list[Finding] = []
    errors: list[str] = []
    for result in results:
        if result.error is None:
            before = None
            try:
                before = None if file is None else baseline_of(result, saved, file)
                found += changes(result, before, file) if before is not None and file is not None else ()
            except ArchcheckError as error:
                errors.append(str(error))
            budget = _budget(result)
            found += over_budget(result, budget, before) if budget else ()
    if found:
        click.echo(findings_text(found), err=True)
    return UNUSABLE if complain(errors) else DIFFERS if found else OK


def _budget(result: Profile) -> Budget | None:
    """Return the budget of the spec that a profile is of; a Python model has none."""
    (target,) = targets.find([result.target])
    return None if target.python else targets.load(target).budget
