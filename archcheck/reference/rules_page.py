"""`archcheck help rules`: how a new layer kind gets its rule."""

from __future__ import annotations

import inspect

from archcheck import rules
from archcheck.reference.layout import code, paragraph, sections
from archcheck.rules.base import Effect

EXAMPLE = """
    from archcheck.rules.base import Effect, Kind, Shape, numel


    def scaled_tanh(x: Shape, *, scale: float = 1.0) -> Effect:
        \"\"\"Give `scale * tanh(x)`: the shape that came in, no parameters, no MACs.

        Flops: 2 an element, one for the function and one for the product.
        \"\"\"
        return Effect((x,), flops=2 * numel(x))


    KINDS = {"ScaledTanh": Kind(scaled_tanh)}
"""
"""A family's page with one rule."""


def text() -> str:
    """Return the page."""
    how = inspect.getdoc(rules) or ""
    return sections(
        *(paragraph(part) for part in how.split("\n\n")),
        code(EXAMPLE),
        ("What a rule returns", code(f"{inspect.signature(Effect)}\n\n{inspect.getdoc(Effect)}")),
        paragraph(
            "Shapes have the batch axis. A rule raises RefusedInput where PyTorch would refuse the shape, and "
            "BadArgument where an argument is wrong whatever comes in."
        ),
    )
