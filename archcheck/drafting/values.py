"""What flows while a model is drafted: values by number, and the nodes that make them; no module, no tensor in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archcheck.units import Shape


def parent(path: str) -> str:
    """Return the path of the module around another."""
    return path.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor at one time of the pass: its number, and its shape with the batch axis."""

    number: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Node:
    """One layer, function or join of the draft.

    `owner`: the path of the module whose body it stands in; `name`: the child's own name, None where nothing names it
    (a function); `kind`, `args`: as the format spells them; `inputs`: the values that it receives, of a join one a
    branch; `output`, `shape`: the value that it gives, and its shape with the batch axis; `joins`: whether each
    input is a branch; `keeps`: whether it has parameters or buffers, so that its path must be as it is; `path`:
    the layer in the model, where it is one.
    """

    owner: str
    name: str | None
    kind: str
    args: Mapping[str, Any]
    inputs: tuple[int, ...]
    output: int
    shape: Shape
    joins: bool = False
    keeps: bool = False
    path: str | None = None


def tensors_of(value: Any) -> list[Tensor]:
    """Return every tensor in an argument, in order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, tuple):
        return [one for part in value for one in tensors_of(part)]
    if isinstance(value, Mapping):
        return [one for part in value.values() for one in tensors_of(part)]
    return []
