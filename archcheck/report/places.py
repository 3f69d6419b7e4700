"""Where a result stands, for programs that show it there: a file below a root, a line, and what is to be said."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from archcheck.report.values import check_text, file_and_variant
from archcheck.results import FAILING, Check, Verification

_PLACED = re.compile(r"(?P<line>\d+)(?::(?P<column>\d+))?: (?P<said>.+)", flags=re.DOTALL)
"""What stands behind the file's name in an error that has a place."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: `path` below the root with forward slashes, whole where the file lies elsewhere.

    `line` and `column` count from 1, None where there is none, as in a notebook, whose lines are those of `cell`.
    """

    path: str
    line: int | None = None
    column: int | None = None
    cell: str | None = None


def place_of_check(result: Verification, check: Check, root: Path) -> Place:
    """Return where a check's claim stands."""
    path = below(result.path or file_and_variant(result.target)[0], root)
    if path.endswith(".ipynb"):
        return Place(path, cell=check.at and f"{check.at}, line {check.line}")
    return Place(path, check.line)


def place_of_error(result: Verification, root: Path) -> tuple[Place, str]:
    """Return where the error of a target stands, and what it says without that."""
    file = file_and_variant(result.target)[0]
    error = result.error or ""
    placed = _PLACED.fullmatch(error.removeprefix(f"{file}:"))
    if not error.startswith(f"{file}:") or placed is None:
        return Place(below(file, root)), error
    column = placed["column"] and int(placed["column"])
    return Place(below(file, root), int(placed["line"]) or None, column or None), placed["said"]


def below(file: str, root: Path) -> str:
    """Return a file's path as seen from `root`, with forward slashes; its whole path where it lies elsewhere."""
    path = Path(os.path.abspath(file))  # noqa: PTH100 - resolve() would follow a link out of the repository
    top = Path(os.path.abspath(root))  # noqa: PTH100
    return (path.relative_to(top) if path.is_relative_to(top) else path).as_posix()


def shown(result: Verification) -> Iterator[Check]:
    """Yield the checks that are of interest one by one: what is claimed, and what fails though nothing is claimed."""
    return (check for check in result.checks if check.claimed or check.status in FAILING)


def text_of(result: Verification, check: Check) -> str:
    """Return all that there is to say of a check but its place: which variant, the values, the reason, the hint."""
    of_code = check.quantity == "code"
    variant = file_and_variant(result.target)[1]
    said = [f"{variant}: " if variant else "", (check.hint or check.layer) if of_code else check_text(check)]
    notes = [] if of_code else [note for note in (check.wrong, check.hint) if note]
    return "\n".join(["".join(said), *notes])


def unchecked(result: Verification) -> Iterator[tuple[str, Sequence[Check]]]:
    """Yield each reason for which claims were not checked, and these claims."""
    checks = [check for check in result.checks if check.status == "unchecked" and check.claimed]
    reasons = list(dict.fromkeys(_reason(check) for check in checks))
    checks.sort(key=lambda check: reasons.index(_reason(check)))
    for reason, same in groupby(checks, _reason):
        yield reason, list(same)


def unchecked_text(reason: str, checks: Sequence[Check]) -> str:
    """Return in a line how many claims one reason leaves unchecked."""
    return f"{len(checks)} claim{'' if len(checks) == 1 else 's'} unchecked: {reason}"


def _reason(check: Check) -> str:
    return check.hint or "no reason is known"


def encodable(text: str) -> str:
    """Return a text that UTF-8 can say: the bytes of a file's name that are no text stand as `\\udc80`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
