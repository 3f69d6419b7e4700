"""What would make a shape that a document states of a layer true: the hint of a spec's claim, for a layer that ran."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod

from archcheck.checks.hints import output_hint
from archcheck.dialects.stated import StatedShape
from archcheck.errors import ArchcheckError
from archcheck.judging.sightings import Sighting
from archcheck.leaf import Leaf
from archcheck.results import Plain
from archcheck.rules import RULES
from archcheck.spec.layers import Layer, Pattern
from archcheck.spec.source import Place
from archcheck.units import Shape

_CALLS_LAYER = re.compile(r"\bself\.[\w.]+(?:\[\w+\])?\(")
"""In an expression: `F.relu(self.conv1(x))`."""
NOWHERE = Place("", 1, 1)


def sighting_hint(
    sighting: Sighting, text: str, given: Sequence[Shape], gave: Shape, stated: StatedShape
) -> str | None:
    """Return the hint of the layer that ran, or that made a value right before; `text`: the expression's."""
    if sighting.kind and given:
        return layer_hint(sighting.kind, sighting.arguments, given[0], gave, stated)
    made = sighting.made
    if made is None or not (made.itself or _CALLS_LAYER.search(text)):
        return None
    why = layer_hint(made.kind, made.arguments, made.received, gave, stated)
    return None if why is None else f"{made.kind}: {why}"


def layer_hint(
    kind: str, arguments: Mapping[str, Plain], given: Shape, gave: Shape, stated: StatedShape
) -> str | None:
    """Return what would make a stated output true of a layer that received `given` and gave `gave`, batch included.

    None where there is nothing to say: a layer without a rule, or one that the rule sees otherwise than it ran.
    """
    pattern = _pattern(stated, gave)
    if pattern is None or kind not in RULES:
        return None
    node = Layer(kind, dict(arguments), NOWHERE)  # type: ignore[arg-type]
    try:
        layer = Leaf("", node, None).given((given,), strict=False)
    except ArchcheckError:  # arguments that a spec could not have
        return None
    if layer.effect is None or layer.effect.output != gave or not gave:
        return None
    return output_hint(layer, pattern, gave[0])


def product_hint(stated: StatedShape) -> str | None:
    """Return what the numbers of a product come to: `16*6*5 is 480`; None where a letter is among them."""
    sizes = [size.value for size in stated.sizes if isinstance(size.value, int)]
    return f"{'*'.join(map(str, sizes))} is {prod(sizes)}" if len(sizes) == len(stated.sizes) else None


def _pattern(stated: StatedShape, gave: Shape) -> Pattern | None:
    """Return a stated shape as one sample's, channels first; None where its axes are not those of the layer."""
    values = tuple(size.value for size in stated.sizes)
    count = len(values)
    if stated.layout == "sides" and count < len(gave):
        values = (*gave[1 : len(gave) - count], *values)
    elif stated.layout == "volume" and count == 3 == len(gave) - 1 and values[2] == gave[1] != values[0]:
        values = (values[2], values[0], values[1])
    elif count == len(gave):
        values = values[1:]
    if len(values) != len(gave) - 1 or not all(_is_plain(value) for value in values):
        return None
    return values  # type: ignore[return-value]


def _is_plain(value: int | str | None) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and value.isidentifier())
