"""GitHub's workflow commands: an annotation on the line of each claim that there is something to say of.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from archcheck.report.places import (
    Place,
    encodable,
    place_of_check,
    place_of_error,
    shown,
    text_of,
    unchecked,
    unchecked_text,
)
from archcheck.results import FAILING, Check, Verification

Level = Literal["error", "warning", "notice"]
ORDER: tuple[Level, ...] = ("error", "warning", "notice")
"""GitHub keeps the first ten of each level a step: what fails comes first."""
_Annotation = tuple[Level, Place, str, str]
"""Level, place, title and message."""


def verify_github(results: Sequence[Verification], root: Path) -> str:
    """Return an annotation a line and place, those that fail first, then a line that counts; paths are below `root`.

    What several networks of one file have on one line is one annotation.
    """
    same: dict[tuple[Level, Place, str], list[str]] = {}
    for result in results:
        for level, place, title, message in _annotations(result, root):
            same.setdefault((level, place, title), []).append(message)
    lines = [
        _command(level, place, title, "\n".join(dict.fromkeys(messages)))
        for (level, place, title), messages in sorted(same.items(), key=lambda one: ORDER.index(one[0][0]))
    ]
    return "\n".join([*lines, _counts(results)]) + "\n"


def _annotations(result: Verification, root: Path) -> Iterator[_Annotation]:
    if result.error is not None:
        place, said = place_of_error(result, root)
        yield "error", place, "archcheck: cannot be checked", said
    for check in shown(result):
        if check.status in FAILING or check.status == "known wrong":
            level: Level = "error" if check.status in FAILING else "notice"
            place = place_of_check(result, check, root)
            yield level, place, _title(check), _with_cell(place, text_of(result, check))
    for reason, checks in unchecked(result):
        place = place_of_check(result, checks[0], root)
        yield "notice", place, "archcheck: unchecked", _with_cell(place, unchecked_text(reason, checks))


def _title(check: Check) -> str:
    return f"archcheck: {check.quantity} {check.status}"


def _with_cell(place: Place, text: str) -> str:
    return f"{place.cell}: {text}" if place.cell else text


def _command(level: Level, place: Place, title: str, message: str) -> str:
    given = {"file": place.path, "line": place.line, "col": place.column, "title": title}
    properties = ",".join(
        f"{name}={_property(str(value))}" for name, value in given.items() if value is not None
    )
    return f"::{level} {properties}::{_data(message)}"


def _data(text: str) -> str:
    """Return a message as a command's data."""
    return encodable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Return a value as that of a command's property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _counts(results: Sequence[Verification]) -> str:
    """Return how it went in a line that is no command, and has nothing in it that is the user's."""
    failing = sum(check.status in FAILING for result in results for check in result.checks)
    known = sum(result.count("known wrong") for result in results)
    amounts = (
        (len(results), "target"),
        (sum(result.error is not None for result in results), "error"),
        (sum(result.claims for result in results), "claim"),
    )
    counted = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in amounts]
    return f"archcheck: {', '.join(counted)}, {failing} failing, {known} known wrong"
