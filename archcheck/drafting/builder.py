"""Calls -> nodes, one by one: what a layer is in the format, and what a function's handler asks for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from archcheck.drafting.layer_arguments import Unsaid, UnsaidHere, arguments_of
from archcheck.drafting.record import Call, Recording, own_kind
from archcheck.drafting.values import Node, Tensor, parent, tensors_of
from archcheck.rules import RULES
from archcheck.units import Shape

RECURRENT = ("RNN", "GRU", "LSTM")
LAST_STEP = (
    "of one direction the last state h[-1] is the last step of the first tensor: take that, as in out[:, -1]"
)
OWN = ("linear", "layer_norm", "conv1d", "conv2d", "conv3d")
"""Functions that are given the weights of a layer."""


@dataclass(slots=True)
class Builder:
    """Makes nodes of calls, one by one.

    `function`: makes the nodes of a function's call; `same`: values that are another's; `spread`: those that are
    another's in a larger shape, which only a join gives it; `lost`: values that nothing can give, and why (an empty
    text: said already); `further`: those of a layer behind its first, and whose; `made`: values that a node gives;
    `batched`: values that hang on the network's input, so that their first axis may have the batch in it; `lifted`:
    modules that stand for the layer that their class is made from.
    """

    recording: Recording
    function: Callable[[Builder, Call], None]
    nodes: list[Node] = field(default_factory=list)
    same: dict[int, int] = field(default_factory=dict)
    spread: dict[int, Tensor] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    further: dict[int, str] = field(default_factory=dict)
    made: set[int] = field(default_factory=set)
    batched: set[int] = field(default_factory=set)
    unsaid: list[tuple[str, str]] = field(default_factory=list)
    makers: dict[int, Call] = field(default_factory=dict)
    wanted: set[int] = field(default_factory=set)
    lifted: set[str] = field(default_factory=set)
    runs: Counter[str] = field(default_factory=Counter)
    numbers: int = 0

    def __post_init__(self) -> None:
        """Note who makes each value, and which modules stand for the layer that their class is made from."""
        calls = self.recording.calls
        self.makers = {result.number: call for call in calls for result in call.results}
        self.lifted = {one.path for one in calls if one.module is not None and own_kind(one.module) is None}
        self.lifted |= {
            one.path
            for one in calls
            if one.module is None
            and one.path
            and one.type in OWN
            and self.weight_of(one) == f"{one.path}.weight"
        }
        self.made = {tensor.number for tensor in self.recording.inputs.values()}
        self.batched = set(self.made)
        self.numbers = max([*self.makers, *self.made, *self.recording.held, 0])

    def weight_of(self, call: Call) -> str | None:
        """Return the path of the second tensor that a function is given, where the model holds it."""
        tensors = tensors_of((call.args, call.kwargs))
        return self.recording.held.get(tensors[1].number) if len(tensors) > 1 else None

    def needed(self) -> list[Call]:
        """Return the calls that what the network gives, or a layer with parameters, is made of."""
        self.wanted = {tensor.number for tensor in self.recording.outputs}
        found = []
        for call in reversed(self.recording.calls):
            keeps = call.module is not None and _keeps(call.module)
            if keeps or any(result.number in self.wanted for result in call.results):
                found.append(call)
                self.wanted |= {tensor.number for tensor in tensors_of((call.args, call.kwargs))}
        return found[::-1]

    def take(self, call: Call) -> None:
        """Make the nodes of one call. Raises `Unsaid`."""
        given = [tensor.number for tensor in tensors_of((call.args, call.kwargs))]
        if any(self.resolved(number) in self.batched for number in given):
            self.batched |= {result.number for result in call.results}
        if call.module is not None:
            self.module(call, call.module)
            return
        if not any(self.is_live(number) for number in given):
            self.lost |= {
                result.number: f"a tensor that its code makes by itself ({call.type})"
                for result in call.results
            }
            return
        self.function(self, call)

    def give_up(self, call: Call) -> None:
        """Take a call's results as said to be unsayable, so that what is made of them is not named too."""
        self.lost |= {result.number: "" for result in call.results}

    def refuse(self, path: str, why: str) -> None:
        """Note what cannot be said of a layer; nothing where it comes from what was noted before."""
        if why:
            self.unsaid.append((path, why))

    def resolved(self, number: int) -> int:
        """Return the value that a value is the same as."""
        while number in self.same:
            number = self.same[number]
        return number

    def is_live(self, number: int) -> bool:
        """Return whether a value comes from the network's input or from what it holds."""
        number = self.resolved(number)
        known = (self.made, self.recording.held, self.spread, self.further)
        return any(number in one for one in known) or self.lost.get(number) == ""

    def value(self, tensor: Tensor) -> int:
        """Return the value that a node gives; a parameter's node is made here. Raises `Unsaid`."""
        number = self.resolved(tensor.number)
        if number in self.made:
            return number
        path = self.recording.held.get(number)
        if number in self.further:
            raise UnsaidHere(f"takes {self.further[number]}", LAST_STEP if self._is_state(number) else "")
        if path is None:
            raise Unsaid(self._why_not(number))
        self.parameter(number, path, tensor.shape)
        return number

    def _is_state(self, number: int) -> bool:
        return self.further[number].startswith(tuple(f"what {kind} " for kind in RECURRENT))

    def _why_not(self, number: int) -> str:
        """Return why no node gives a value; nothing where that was said already."""
        if number in self.spread:
            return "expand, of what no sum or product takes"
        if number in self.recording.changed:
            return "takes a tensor that was changed in place, by another name or a part of it"
        why = self.lost.get(number, "a tensor that no call gave")
        return why and f"takes {why}"

    def parameter(self, number: int, path: str, shape: Shape, *, expand: bool = False) -> None:
        """Make the node of a parameter that a function takes. Raises `Unsaid` for a buffer."""
        if path not in dict(self.recording.model.named_parameters()):
            raise Unsaid(f"takes the buffer '{path}'")
        size = {"size": list(shape), **({"expand": True} if expand else {})}
        self.add(
            Node(parent(path), path.rpartition(".")[2], "parameter", size, (), number, shape, keeps=True)
        )

    def add(self, node: Node) -> int:
        """Take a node, and return its value."""
        self.nodes.append(node)
        self.made.add(node.output)
        return node.output

    def fresh(self) -> int:
        """Return the number of a new value, between two nodes of one call."""
        self.numbers += 1
        return self.numbers

    def module(self, call: Call, module: Any) -> None:
        """Make the node of a layer. Raises `Unsaid` for one that runs twice, or takes or gives what cannot be said."""
        kind = call.type if own_kind(module) is None else type(module).__name__
        keeps = _keeps(module)
        again = self.ran(call.path, kind, keeps=keeps)
        if not call.path:
            raise Unsaid(f"the model is a single {kind}; put it into an nn.Sequential")
        if kind == "Embedding" and self.places(call, module):
            return
        inputs = self._received(kind, tensors_of((call.args, call.kwargs)))
        for extra in call.results[1:]:
            self.further[extra.number] = f"what {kind} gives beside its first tensor ('{call.path}')"
        name = call.path.rpartition(".")[2]
        node = Node(
            owner=parent(call.path),
            name=None if again else name,
            kind=kind,
            args=arguments_of(kind, module),
            inputs=inputs,
            output=call.results[0].number,
            shape=call.results[0].shape,
            keeps=keeps,
            path=call.path,
        )
        self.add(node)

    def ran(self, path: str, kind: str, *, keeps: bool = True) -> bool:
        """Return whether a layer ran before this time. Raises `Unsaid` for one that has parameters."""
        self.runs[path] += 1
        if keeps and self.runs[path] > 1:
            raise Unsaid(f"{kind} runs again: a layer with parameters runs once")
        return self.runs[path] > 1

    def _received(self, kind: str, tensors: list[Tensor]) -> tuple[int, ...]:
        rule = RULES.get(kind)
        values = [self.value(tensor) for tensor in tensors]
        if len(values) == 1:
            return tuple(values)
        if (
            rule is not None
            and rule.repeats_input
            and len(values) == min(rule.inputs)
            and len(set(values)) == 1
        ):
            return (values[0],)
        if values == [tensor.number for tensor in self.recording.inputs.values()]:
            return tuple(values)
        raise Unsaid(f"{kind} is given {len(values)} tensors; a layer receives one")

    def places(self, call: Call, table: Any) -> bool:
        """Write an embedding of the places 0, 1, 2 ... as its table, and return whether it is one.

        The table is a parameter of the same name (`places.weight`), for nothing that the network is given goes in.
        """
        count = self._counts_up(call)
        if count is None or count > table.num_embeddings:
            return False
        size = (table.num_embeddings, table.embedding_dim)
        result = call.results[0]
        steps: list[tuple[str, dict[str, Any], Shape]] = [("parameter", {"size": list(size)}, size)]
        if count < size[0]:
            steps.append(("narrow", {"dim": 0, "start": 0, "length": count}, (count, size[1])))
        if len(result.shape) > 2:
            steps.append(("reshape", {"shape": list(result.shape)}, result.shape))
        before: tuple[int, ...] = ()
        for number, (kind, args, shape) in enumerate(steps, start=1):
            made = result.number if number == len(steps) else self.fresh()
            name = "weight" if kind == "parameter" else None
            before = (
                self.add(Node(call.path, name, kind, args, before, made, shape, keeps=name is not None)),
            )
        return True

    def _counts_up(self, call: Call) -> int | None:
        """Return how many numbers from 0 on a call is given, None where it is given anything else."""
        tensors = tensors_of((call.args, call.kwargs))
        maker = self.makers.get(tensors[0].number) if len(tensors) == 1 else None
        while maker is not None and maker.type in ("unsqueeze", "__getitem__", "to", "long", "view"):
            before = tensors_of(maker.args)
            maker = self.makers.get(before[0].number) if len(before) == 1 else None
        if maker is None or maker.type != "arange" or tensors_of(maker.args):
            return None
        numbers = [one for one in maker.args if isinstance(one, int)]
        counts = len(numbers) == 1 or (len(numbers) == 2 and numbers[0] == 0)
        return math.prod(tensors[0].shape) if counts else None


def _keeps(module: Any) -> bool:
    return next(module.parameters(), None) is not None or next(module.buffers(), None) is not None
