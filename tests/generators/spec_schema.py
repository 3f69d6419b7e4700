"""`archcheck/spec/spec.schema.json`: what editors check a spec with; its first line names it."""

from __future__ import annotations

from archcheck.json_schema import as_text
from archcheck.schema import spec_schema

PATH = "archcheck/spec/spec.schema.json"


def files() -> dict[str, str]:
    """Return the generated file."""
    return {PATH: as_text(spec_schema())}
