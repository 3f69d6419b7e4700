"""What a network is called with: the tensors of one call by shape, and by name where the network wants names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from archcheck.units import Shape

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Argument:
    """One tensor: its shape, batch axis included, its type by PyTorch's name, the bound `high` of whole numbers."""

    shape: Shape
    dtype: str = "float32"
    high: int | None = None


Tree = Argument | tuple["Tree", ...] | Mapping[str, "Tree"]
"""A tensor, or tensors in a tuple or a mapping, as one argument of a network."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call, by place and by name."""

    by_place: tuple[Tree, ...]
    by_name: Mapping[str, Tree] = field(default_factory=dict)

    @property
    def tensors(self) -> tuple[Argument, ...]:
        """Every tensor, in order."""
        return tuple(_leaves((self.by_place, dict(self.by_name))))

    @property
    def batch(self) -> int:
        """The first axis of the first tensor; 1 where there is none."""
        return next((one.shape[0] for one in self.tensors if one.shape), 1)

    def with_batch(self, batch: int) -> Arguments:
        """Return the same call with `batch` samples: in every tensor that has today's batch as its first axis."""
        now = self.batch

        def resized(one: Argument) -> Argument:
            return replace(one, shape=(batch, *one.shape[1:])) if one.shape[:1] == (now,) else one

        return Arguments(*self.made(resized))  # type: ignore[arg-type]

    def with_batch_axis(self) -> Arguments:
        """Return the same call with an axis of 1 in front of every tensor's."""
        return Arguments(*self.made(lambda one: replace(one, shape=(1, *one.shape))))  # type: ignore[arg-type]

    def made(self, make: Callable[[Argument], Value]) -> tuple[tuple[object, ...], dict[str, object]]:
        """Return the arguments as Python calls them, `make(tensor)` in each tensor's place."""
        by_place = tuple(_mapped(tree, make) for tree in self.by_place)
        return by_place, {name: _mapped(tree, make) for name, tree in self.by_name.items()}


def _leaves(tree: object) -> Iterator[Argument]:
    if isinstance(tree, Argument):
        yield tree
    elif isinstance(tree, Mapping):
        for one in tree.values():
            yield from _leaves(one)
    elif isinstance(tree, tuple):
        for one in tree:
            yield from _leaves(one)


def _mapped(tree: Tree, make: Callable[[Argument], object]) -> object:
    if isinstance(tree, Argument):
        return make(tree)
    if isinstance(tree, Mapping):
        return {name: _mapped(one, make) for name, one in tree.items()}
    return tuple(_mapped(one, make) for one in tree)
