"""`archcheck help conventions`: what each tool, or custom, counts as an operation."""

from __future__ import annotations

import inspect
import sys

from archcheck.conventions import CONVENTIONS
from archcheck.reference.layout import code, listing, paragraph, sections


def text() -> str:
    """Return the page."""
    ours = [
        (
            "macs",
            "multiply-accumulates of convolutions, linear layers and matrix products, of one sample, no bias",
        ),
        (
            "flops",
            "every floating-point operation: two a MAC, and bias, activations, pooling, norms by their formulas",
        ),
        ("params", "exact; a shared tensor counts once"),
    ]
    theirs = [(name, f"{one.title}: {one.means} ({one.unit})") for name, one in CONVENTIONS.items()]
    return sections(
        paragraph("One network has one cost and many numbers, for tools do not count the same."),
        ("archcheck's own", listing(ours)),
        ("Others, for `archcheck explain --against NAME`", listing(theirs)),
        paragraph("`archcheck help NAME` says what one of them counts, and from which source that is known."),
    )


def convention_text(name: str) -> str:
    """Return what one convention counts. Raises KeyError for a name that is none."""
    one = CONVENTIONS[name]
    page = sys.modules[one.tell.__module__]
    return sections(f"{name}: {one.title}, {one.unit}", code(inspect.getdoc(page) or ""))
