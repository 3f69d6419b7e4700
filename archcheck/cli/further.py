"""`--also FORMAT=FILE`: the same results in another format too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from archcheck import targets
from archcheck.cli.options import FORMATS, VERDICT_FORMATS
from archcheck.cli.printing import Printing
from archcheck.cli.work import keep, verdict_text, write
from archcheck.errors import UsageError
from archcheck.results import Plain, Verification

Also = Sequence[tuple[str, str]]
"""Formats, and the file that each is written to."""


def further(names: Sequence[str], also: Sequence[str], style: str, output: str, mutated: bool) -> Also:
    """Return what `--also` says, before any work is done.

    Raises `UsageError` for a format or a file that cannot be meant, `WriteError` for one that cannot be written.
    """
    pairs = [_pair(text) for text in also]
    for format_, option in [(style, "--format"), *((one, "--also") for one, _ in pairs)]:
        if mutated and format_ not in FORMATS:
            raise UsageError(
                f"{option} {format_}: has verdicts and no changes; --mutate has {', '.join(FORMATS)}"
            )
    files = [Path(file).resolve() for file in (output, *(file for _, file in pairs)) if file != "-"]
    twice = next((file for file in files if files.count(file) > 1), None)
    if twice is not None:
        raise UsageError(f"--also: {twice.name} would be written twice")
    found = targets.find(names) if pairs else ()
    for _, file in pairs:
        keep(found, file, "--also")
    return pairs


def _pair(text: str) -> tuple[str, str]:
    style, equals, file = text.partition("=")
    if style not in VERDICT_FORMATS or not equals or file in ("", "-"):
        raise UsageError(
            f"--also {text}: needs a format and a file, as in junit=archcheck.xml; "
            f"formats are {', '.join(VERDICT_FORMATS)}"
        )
    return style, file


def write_further(results: Sequence[Verification], environment: Mapping[str, Plain], also: Also) -> None:
    """Write the results in each format that `--also` says."""
    for style, file in also:
        write(verdict_text(results, environment, Printing(style, file)), file)
