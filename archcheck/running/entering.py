"""Parameters that go straight into a layer, which says what it takes: `self.embed(words)`, `self.query(x)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from archcheck.arguments import Argument
from archcheck.running.beside import beside, is_of_whole_numbers
from archcheck.running.first_layer import First, Likely, Ours, first_of
from archcheck.running.letters import PRIMES, Letters
from archcheck.running.stated_inputs import Said
from archcheck.units import Shape

MOST_WAYS = 3
"""Shapes of one layer that are tried."""


def entered(model: nn.Module, needed: Sequence[str], said: Said) -> Mapping[str, First]:
    """Return the layers that parameters go into first, of those that have sizes of their own."""
    found: dict[str, First] = {}
    for name in needed:
        parts = (getattr(model, attr, None) for attr in said.enters.get(name, ()))
        firsts = (first_of(one) for one in parts if isinstance(one, nn.Module))
        first = next((one for one in firsts if one is not None), None)
        if first is not None:
            found[name] = first
    return found


def entering_calls(
    layers: Mapping[str, First], needed: Sequence[str], said: Said, names: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    """Yield calls with what the layers take, of one number of axes after the other, those first that claims have."""
    any_layer = next(iter(layers.values()))
    axes = dict.fromkeys((*said.axes, *(len(shape) for one in layers.values() for shape in one.shapes)))
    for count in [*axes][:MOST_WAYS]:
        letters = Letters(names, any_layer, PRIMES)
        shapes = {name: _shape(name, layers.get(name), count, said, letters) for name in needed}
        known = {name: shape for name, shape in shapes.items() if shape is not None}
        call: dict[str, Any] = {}
        for name in needed:
            one, layer = known.get(name) or beside(name, known, letters), layers.get(name)
            if not isinstance(one, tuple):
                call[name] = one
            elif layer is not None:
                call[name] = layer.argument(one)
            else:
                call[name] = Argument(
                    one, "int64" if is_of_whole_numbers(name) and len(one) < 3 else "float32"
                )
        yield call


def _shape(name: str, layer: First | None, count: int, said: Said, letters: Letters) -> Shape | None:
    """Return the shape of a parameter: as it is known, with as many channels as its layer takes."""
    sizes = said.known.get(name) if name not in said.least else None
    if layer is None:
        return letters.shape(sizes) if sizes is not None else None
    if sizes is None:
        shape = min(layer.shapes, key=lambda one: (len(one) != count, len(one) < said.least.get(name, 0)))
        sized: Shape = tuple(Ours(size) for size in shape)
    else:
        sized = letters.shape(sizes)
    at = layer.axis % len(sized) if sized else 0
    is_free = sizes is None or not isinstance(sizes[at], int)
    if layer.channels is None or not sized or not is_free:
        return sized
    return (*sized[:at], Likely(layer.channels), *sized[at + 1 :])
