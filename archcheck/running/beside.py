"""What a parameter is given beside those of which something is known, and of which type: by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archcheck.arguments import Argument
from archcheck.running.first_layer import BATCH, First
from archcheck.running.letters import BATCHES, LENGTHS, Letters
from archcheck.units import Shape

LEFT_TO_ITSELF = ("mask", "hidden", "state", "h0", "c0", "cache", "weights", "return", "target", "label")
"""In the names of parameters that a first call does without."""


def with_labels(given: Mapping[str, Shape | float | None]) -> dict[str, Shape | float | None]:
    """Return arguments with a label for each thing, where nothing says what they are."""
    first = next((one[:1] for one in given.values() if isinstance(one, tuple) and one), None)
    return {
        name: first if one is None and not _LABELS.isdisjoint(name.lower().split("_")) else one
        for name, one in given.items()
    }


_LABELS = frozenset(("label", "labels", "target", "targets"))


def beside(name: str, shapes: Mapping[str, Shape], letters: Letters) -> Shape | float | None:
    """Return what a parameter is given of which nothing is known: a number by its name, or what the first one has."""
    if name in letters.found:
        return letters.found[name]
    if not _FRACTIONS.isdisjoint(name.lower().split("_")):
        return 0.5
    for alike in (BATCHES, LENGTHS):
        if name.lower() in alike:
            return next((size for one, size in letters.found.items() if one.lower() in alike), BATCH)
    if any(word in name.lower() for word in LEFT_TO_ITSELF):
        return None
    return next(iter(shapes.values()))


_FRACTIONS = frozenset(
    (
        "ratio",
        "rate",
        "threshold",
        "thresh",
        "prob",
        "probability",
        "temperature",
        "scale",
        "eps",
        "alpha",
        "beta",
    )
)
"""Words in the names of what is no tensor."""


def typed(given: Mapping[str, Shape | float | None], layer: First) -> Iterator[dict[str, Any]]:
    """Yield arguments with tensors of whole numbers where the first layer takes these, then by their names alone."""
    for by_layer in (True, False) if layer.dtype != "float32" else (False,):
        call: dict[str, Any] = {}
        for name, one in given.items():
            is_whole = by_layer or is_of_whole_numbers(name)
            if not isinstance(one, tuple):
                call[name] = one
            elif is_whole and len(one) < 3:
                call[name] = Argument(one, "int64", layer.high)
            else:
                call[name] = Argument(one)
        yield call


_WHOLE = _LABELS | frozenset(
    ("ids", "id", "idx", "tokens", "token", "index", "indices", "positions", "lens", "src", "trg")
)
"""Words in the names of tensors of whole numbers."""


def is_of_whole_numbers(name: str) -> bool:
    """Return whether a tensor is of whole numbers by its name."""
    return not _WHOLE.isdisjoint(name.lower().split("_"))
