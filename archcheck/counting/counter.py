"""One pass through a network in which every operator is counted, in the row of the module or function that ran it.

Operators are seen below autograd, where functions, modules and raw weights look alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from archcheck.built import Built
from archcheck.counting.memo import Memo, Replay
from archcheck.counting.operators import Operators
from archcheck.operations import CallKind, Count, CountedCall, CountedOp, Operations, Work, summed
from archcheck.rows import Row, observed
from archcheck.tensors import shapes_of, tensors_in
from archcheck.units import Shape


def count(
    built: Built, args: tuple[Any, ...], kwargs: Mapping[str, Any], made_on: torch.device | None = None
) -> Count:
    """Run the network once on tensors and return what every call in it costs.

    The network and its tensors lie on one device; on `meta` nothing is computed. Equal leaves that are given equal
    shapes are run once. `made_on`: where the network makes what it makes without saying where. Whatever the network
    raises comes through; modules are as before then too.
    """
    counter = _Counter(built)
    with ExitStack() as undo:
        if made_on is not None:
            undo.enter_context(made_on)
        undo.enter_context(observed(built, counter))
        undo.enter_context(Operators(counter.ops))
        given = built.model(*args, **kwargs)
    device = next((tensor.device.type for tensor in tensors_in((args, kwargs))), "meta")
    calls = counter.calls()
    return Count(calls, sum(call.params for call in calls), shapes_of(given), device)


@dataclass(frozen=True, slots=True)
class _Ended:
    path: str
    type: str
    kind: CallKind
    work: Work
    origin: str = ""


class _Counter:
    """The observer of one pass; `ops`: the operators of each row that has begun, the innermost last."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.others, self.memo = built.around_others, Memo()
        leaves = (path for path in built.kinds if path not in self.others)
        self.leaves = {path: self.memo.of(built.nodes[path]) for path in leaves}
        self.ops: list[list[CountedOp]] = [[]]
        self.ended: list[_Ended] = []
        self.described: dict[int, _Described] = {}

    def around(self, row: Row, run: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Count one call; an equal one of an equal leaf is not made again."""

        def made() -> tuple[Any, Work]:
            self.ops.append([])
            try:
                gave = run()
            finally:
                ops = self.ops.pop()
            return gave, _work(ops, (args, kwargs), gave)

        module = row.kind == "module"
        replay = self._replay(row.path) if module else self.memo.of_function(row.type, row.origin)
        gave, work = made() if replay is None else replay.run(made, args, kwargs)
        if row.kind == "module" or work.operations != Operations():
            self.ended.append(_Ended(row.path, row.type, row.kind, work, row.origin))
        return gave

    def _replay(self, path: str) -> Replay | None:
        leaf = self.leaves.get(path)
        return None if leaf is None else leaf.replay

    def calls(self) -> tuple[CountedCall, ...]:
        """Return the rows; parameters that no call has shown come last."""
        counted: set[int] = set()
        rows = [self._row(one, counted) for one in (*self.ended, *self._loose())]
        ran = {one.path for one in self.ended if one.kind == "module"}
        for path, kind in self.built.kinds.items():
            if path not in ran:
                rows.append(self._row(_Ended(path, kind, "not run", Work((), (), (), Operations())), counted))
        held = (path for path in self.built.nodes if path not in self.built.kinds)
        for path in held:
            kind = type(self.built.nodes[path]).__name__
            row = self._row(_Ended(path, kind, "parameters", Work((), (), (), Operations())), counted)
            rows += [row] if row.params else []
        return tuple(rows)

    def _loose(self) -> list[_Ended]:
        """Return a row for operators that ran outside any module or function, if there were any."""
        work = _work(self.ops[0], (), ())
        return [_Ended("", "operators", "function", work)] if work.operations != Operations() else []

    def _row(self, one: _Ended, counted: set[int]) -> CountedCall:
        if one.kind == "function":
            origin = _of_pytorch(self.built.nodes[one.path])[0] if one.path in self.built.nodes else ""
            return CountedCall(one.path, one.type, one.kind, one.work, origin=origin or one.origin)
        module = self.built.nodes[one.path]
        says_itself = type(module).named_parameters is not nn.Module.named_parameters
        if module._modules or says_itself:
            inside = one.kind != "parameters" and one.path not in self.others
            named = tuple(module.named_parameters(recurse=inside))
        else:  # the same, in a tenth of the time: most rows are leaves
            named = tuple((name, held) for name, held in module._parameters.items() if held is not None)
        new = {id(held): held.numel() for _, held in named if id(held) not in counted}
        counted.update(new)
        said = self._describe(one.path, module, named)
        return CountedCall(one.path, one.type, one.kind, one.work, sum(new.values()), *said)

    def _describe(
        self, path: str, module: nn.Module, named: tuple[tuple[str, nn.Parameter], ...]
    ) -> _Described:
        """Return the weights, origin and arguments of a row: the same for all equal leaves."""
        replay = self._replay(path)
        known = self.described.get(id(replay)) if replay is not None else None
        if known is None:
            weights = tuple((name, tuple(held.shape)) for name, held in named)
            known = (weights, *_of_pytorch(module))
            if replay is not None:
                self.described[id(replay)] = known
        return known


_Described = tuple[tuple[tuple[str, Shape], ...], str, tuple[tuple[str, object], ...]]

_ATOMS = (int, str, float, bool, type(None))


def _of_pytorch(module: nn.Module) -> tuple[str, tuple[tuple[str, object], ...]]:
    """Return whether a module is PyTorch's own (`nn`), and then the arguments that it keeps: `kernel_size` ..."""
    if not type(module).__module__.startswith("torch.nn.modules."):
        return "", ()
    held = ((name, value) for name, value in vars(module).items() if name[0] != "_" and name != "training")
    return "nn", tuple((name, value) for name, value in held if _is_plain(value))


def _is_plain(value: object) -> bool:
    return all(map(_is_plain, value)) if isinstance(value, tuple) else isinstance(value, _ATOMS)


def _work(ops: list[CountedOp], given: Any, gave: Any) -> Work:
    """Return what one call did."""
    return Work(shapes_of(given), shapes_of(gave), tuple(ops), summed(op.operations for op in ops))
