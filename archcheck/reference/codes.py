"""`archcheck help exit-codes`: how commands end, and which errors there are."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

from archcheck.errors import DIFFERS, OK, UNUSABLE, ArchcheckError
from archcheck.reference.layout import listing, paragraph, sections

CODES: Mapping[int, str] = {
    OK: "Every claim holds. What is known to be wrong, or unchecked, is listed and passes.",
    DIFFERS: "Something differs, or was not reached; a budget is exceeded; a generated page is stale.",
    UNUSABLE: "A spec, usage or device error: of that target there is no verdict. Others are checked all the same.",
    130: "Ctrl-C.",
}
"""What each code means."""


def text() -> str:
    """Return the page."""
    errors = ((one.__name__, " ".join((inspect.getdoc(one) or "").split())) for one in every(ArchcheckError))
    return sections(
        listing((str(code), meaning) for code, meaning in CODES.items()),
        paragraph(
            "An error is one line on stderr: where, who, what with its values, what to do. `list` and `report` show "
            "what differs and end with 0; `report --check` and `explain --claim` end with 1 where something is "
            "stale, or not right as it is stated."
        ),
        ("Errors, as Python raises them from archcheck.errors", listing(errors)),
    )


def every(error: type[ArchcheckError]) -> Iterator[type[ArchcheckError]]:
    """Yield the errors that are made of one."""
    for one in error.__subclasses__():
        yield one
        yield from every(one)
