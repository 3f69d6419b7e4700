"""What commands share: a result a target, progress, errors on stderr, one text to write."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from archcheck import __version__, targets
from archcheck.cli.printing import Printing, for_terminal
from archcheck.errors import DIFFERS, OK, UNUSABLE, UsageError
from archcheck.results import Plain, Verification

if TYPE_CHECKING:
    from tqdm import tqdm

Result = TypeVar("Result")
Say = Callable[[str], None]
_OF_VARIANT = re.compile(r"(?P<place>.+?:\d+:\d+): \w[\w.+-]*: (?P<said>.+)")
"""An error in a family: its place, the variant and what is said of it."""
_LAYER = re.compile(r"layer '[^']*'")
"""What a layer is called, which may differ from variant to variant."""
SELDOM = 100_000
"""New objects after which Python looks for garbage in cycles, where it is left to do so seldom; else after 700."""


def each(names: Sequence[str], work: Callable[[targets.Target, Say], Result], output: str) -> list[Result]:
    """Return each target's result; an output that would replace a target is refused before any work."""
    found = targets.find(names)
    keep(found, output)
    with progress(found) as (told, say):
        return [work(target, say) for target in told]


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let Python look for garbage in cycles seldom: a lint makes records, in which there is none, and lives shortly."""
    before = gc.get_threshold()
    gc.set_threshold(SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def keep(found: Sequence[targets.Target], output: str, option: str = "-o") -> None:
    """Raise `UsageError` where the output would replace a target, `WriteError` where it cannot be written."""
    from archcheck.report.write import check

    check(output)
    if any(target.there and Path(output).resolve() == target.path.resolve() for target in found):
        raise UsageError(f"{option} {output}: that is a target; the output would replace it")


def for_models(
    names: Sequence[str], inputs: Sequence[str], args: Sequence[str]
) -> Callable[[targets.Target], dict[str, Sequence[str]]]:
    """Return what `--input` and `--arg` are for each target: a spec has its own, a Python model these.

    Raises `UsageError` where they are given and no target is a Python model.
    """
    if (inputs or args) and not any(target.python for target in targets.find(names)):
        given = "--input" if inputs else "--arg"
        raise UsageError(
            f"{given}: no target is a Python model, MODULE:OBJECT; a spec says itself what it is given"
        )
    return lambda target: {"inputs": inputs, "args": args} if target.python else {}


@contextmanager
def progress(found: Sequence[targets.Target]) -> Iterator[tuple[Iterable[targets.Target], Say]]:
    """Show on stderr how far long work is, at which network and what it is about, if that is a terminal."""
    if not sys.stderr.isatty():
        yield found, lambda stage: None
        return
    from tqdm import tqdm

    with tqdm(found, unit="network", leave=False, file=sys.stderr) as bar:
        yield _named(bar), bar.set_postfix_str


def _named(bar: tqdm[targets.Target]) -> Iterator[targets.Target]:
    for target in bar:
        bar.set_description_str(target.shown)
        yield target


def verdicts(
    results: Sequence[Verification],
    environment: Mapping[str, Plain],
    printing: Printing,
    least: float | None = None,
    more: str = "",
) -> int:
    """Print verifications, and return the exit code.

    `least`: the share of changes that claims must catch; `more`: what stands below the tables of a text.
    """
    write(verdict_text(results, environment, printing, more), printing.output, printing.style)
    if complain(result.error for result in results):
        return UNUSABLE
    weak = complain(_too_weak(result, least) for result in results)
    return OK if all(result.ok for result in results) and not weak else DIFFERS


def verdict_text(
    results: Sequence[Verification],
    environment: Mapping[str, Plain],
    printing: Printing,
    more: str = "",
) -> str:
    """Return verifications in a format."""
    style = printing.style
    if style in ("table", "markdown"):
        return _text(results, printing, more)
    if style in ("json", "csv"):
        return _json(results, environment) if style == "json" else _csv(results)
    from archcheck.cli.servers import server_text

    return server_text(style, results, environment)


def _json(results: Sequence[Verification], environment: Mapping[str, Plain]) -> str:
    from archcheck.report.to_json import verify_json

    return verify_json(results, {"archcheck": __version__, **environment})


def _csv(results: Sequence[Verification]) -> str:
    from archcheck.report.to_csv import mutation_csv, verify_csv

    return (mutation_csv if any(result.mutation for result in results) else verify_csv)(results)


def _text(results: Sequence[Verification], printing: Printing, more: str) -> str:
    from archcheck.report import mutation_text, next_text, to_text

    style, every_row = printing.style, printing.every_row
    if printing.quiet:
        return to_text.failing_text(results)
    parts = (
        to_text.verify_text(results, style, every_row=every_row),
        mutation_text.mutation_text(results, style, every_row=every_row),
        more,
        next_text.next_text(results, mended=bool(more)),
    )
    return "\n".join(part for part in parts if part)


def _too_weak(result: Verification, least: float | None) -> str | None:
    found = result.mutation
    if found is None or least is None or found.strength >= least:
        return None
    caught, unseen = found.count("caught"), found.count("unseen")
    return (
        f"{result.target}: claims catch {caught} of {caught + unseen} changes, less than --mutate-min {least:g}; "
        f"add the claims that are proposed"
    )


def complain(errors: Iterable[str | None]) -> bool:
    """Print errors on stderr, a line each, and return whether there is one; None is none."""
    found = [error for error in errors if error is not None]
    for error in folded(found):
        click.echo(f"archcheck: {error}", err=True)
    return bool(found)


def folded(errors: Sequence[str]) -> list[str]:
    """Return errors with those made one that are of one place, in several variants of a family: the first of them.

    >>> folded(["v.yaml:9:3: a: no word 'x'", "v.yaml:9:3: b: no word 'x'"])
    ["v.yaml:9:3: a: no word 'x' (and so in 1 variant more)"]
    """
    same: dict[tuple[str, ...], list[str]] = {}
    for error in dict.fromkeys(errors):
        placed = _OF_VARIANT.fullmatch(error)
        key = (error,) if placed is None else (placed["place"], _LAYER.sub("layer", placed["said"]))
        same.setdefault(key, []).append(error)
    return [f"{first}{_more(len(others))}" for first, *others in same.values()]


def _more(count: int) -> str:
    return f" (and so in {count} variant{'' if count == 1 else 's'} more)" if count else ""


def write(text: str, output: str, style: str = "") -> None:
    """Write a text to a file, whole or not at all, or to the terminal (`-`), which shows tables as it can."""
    from archcheck.report.write import write as write_whole

    if text:
        write_whole(for_terminal(text, style, output), output)
