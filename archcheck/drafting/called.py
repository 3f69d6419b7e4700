"""A function's call, as what writes its nodes sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archcheck.drafting.builder import Builder
from archcheck.drafting.layer_arguments import Unsaid
from archcheck.drafting.record import Call
from archcheck.drafting.values import Node, Tensor, parent
from archcheck.units import Shape


@dataclass(frozen=True, slots=True)
class Called:
    """A function's call, and the builder that its nodes go to."""

    builder: Builder
    call: Call

    @property
    def owner(self) -> str:
        """The path of the module in whose body it stands."""
        path = self.call.path
        while path in self.builder.lifted:
            path = parent(path)
        return path

    def get(self, place: int, name: str, default: Any = None) -> Any:
        """Return an argument, given by its place or by its name."""
        args = self.call.args
        return args[place] if place < len(args) else self.call.kwargs.get(name, default)

    @property
    def first(self) -> Tensor:
        """The first argument, a tensor."""
        found = self.get(0, "input")
        if not isinstance(found, Tensor):
            raise Unsaid(f"{self.call.type} of a number")
        return found

    def several(self, place: int, name: str) -> tuple[int, ...]:
        """Return whole numbers that are given as a list, or as all further arguments."""
        given = self.get(place, name)
        if isinstance(given, int):
            given = self.call.args[place:] or (given,)
        return tuple(int(one) for one in given)

    def give(
        self,
        kind: str,
        args: Mapping[str, Any],
        *inputs: int,
        result: Tensor | None = None,
        shape: Shape | None = None,
        joins: bool = False,
    ) -> int:
        """Add a node that gives one of the call's results (default: the first), or with `shape` a step on the way."""
        made = result or self.call.results[0]
        number = made.number if shape is None else self.builder.fresh()
        if any(one in self.builder.batched for one in inputs):
            self.builder.batched.add(number)
        return self.builder.add(
            Node(self.owner, None, kind, dict(args), inputs, number, shape or made.shape, joins=joins)
        )

    def give_layer(self, path: str, kind: str, args: Mapping[str, Any], x: int) -> None:
        """Add the layer at `path`, whose weights the function is given. Raises `Unsaid` where it ran before."""
        builder, result = self.builder, self.call.results[0]
        builder.ran(path, kind)
        name = path.rpartition(".")[2]
        node = Node(parent(path), name, kind, args, (x,), result.number, result.shape, keeps=True, path=path)
        builder.add(node)

    def is_same(self, tensor: Tensor) -> None:
        """Say that the call's first result is one of its arguments."""
        self.builder.same[self.call.results[0].number] = self.builder.resolved(tensor.number)
