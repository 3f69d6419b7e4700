"""Tables of what the loader refuses, and how it says so."""

from __future__ import annotations

from textwrap import dedent

import pytest

from archcheck.errors import SpecError
from archcheck.spec.load import loads_spec


def refusal(text: str) -> str:
    """Return what the loader says of the text of `x.yaml`."""
    with pytest.raises(SpecError) as caught:
        loads_spec(text, "x.yaml")
    return str(caught.value)


def rows(table: str) -> pytest.MarkDecorator:
    """Return the parameters `text` and `message` of a table like this one, blank lines between its rows:

    # why this row
    the text, in a line or more
    ! LINE:COLUMN: the message, which
      may be broken
    """
    found = [_row(row) for row in dedent(table).strip().split("\n\n")]
    return pytest.mark.parametrize(
        ("text", "message"), [row[1:] for row in found], ids=[row[0] for row in found]
    )


def _row(row: str) -> tuple[str, str, str]:
    why, _, rest = row.partition("\n")
    text, _, message = rest.partition("\n! ")
    assert why.startswith("# "), f"a row begins with its reason: {row}"
    assert message, f"a row ends with its message: {row}"
    return why[2:], text, "x.yaml:" + " ".join(line.strip() for line in message.splitlines())
