"""One pass through a network in which every operator is counted, in the row of the module or function that ran it.

Operators are seen below autograd, where functions, modules and raw weights look alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from archcheck.built import Built
from archcheck.counting.memo import Memo
from archcheck.counting.ops import OPS, OpCall
from archcheck.operations import CallKind, Count, CountedCall, CountedOp, Operations, Work, summed
from archcheck.rows import Row, observed
from archcheck.units import Shape


def count(built: Built, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Count:
    """Run the network once on tensors and return what every call in it costs.

    The network and its tensors lie on one device; on `meta` nothing is computed. Equal leaves that are given equal
    shapes are run once. Whatever the network raises comes through; modules are as before then too.
    """
    counter = _Counter(built)
    with ExitStack() as undo:
        undo.enter_context(observed(built, counter))
        undo.enter_context(_Operators(counter.ops))
        given = built.model(*args, **kwargs)
    device = next((tensor.device.type for tensor in _tensors((args, kwargs))), "meta")
    params = sum(math.prod(parameter.shape) for parameter in built.model.parameters())
    return Count(counter.calls(), params, shapes_of(given), device)


@dataclass(frozen=True, slots=True)
class _Ended:
    path: str
    type: str
    kind: CallKind
    work: Work


class _Counter:
    """The observer of one pass; `ops`: the operators of each row that has begun, the innermost last."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.others, memo = built.around_others, Memo()
        self.replays = {path: memo.of(built.nodes[path]) for path in built.kinds if path not in self.others}
        self.ops: list[list[CountedOp]] = [[]]
        self.ended: list[_Ended] = []

    def around(self, row: Row, run: Callable[[], Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Count one call; an equal one of an equal leaf is not made again."""

        def made() -> tuple[Any, Work]:
            self.ops.append([])
            try:
                gave = run()
            finally:
                ops = self.ops.pop()
            return gave, _work(ops, (args, kwargs), gave)

        replay = self.replays.get(row.path) if row.kind == "module" else None
        gave, work = made() if replay is None else replay.run(made, args, kwargs)
        if row.kind == "module" or work.operations != Operations():
            self.ended.append(_Ended(row.path, row.type, row.kind, work))
        return gave

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
            return CountedCall(one.path, one.type, one.kind, one.work)
        inside = one.kind != "parameters" and one.path not in self.others
        named = tuple(self.built.nodes[one.path].named_parameters(recurse=inside))
        new = {id(one): math.prod(one.shape) for _, one in named if id(one) not in counted}
        counted.update(new)
        weights = tuple((name, tuple(parameter.shape)) for name, parameter in named)
        return CountedCall(one.path, one.type, one.kind, one.work, sum(new.values()), weights)


class _Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    supports_higher_order_operators = True

    def __init__(self, ops: list[list[CountedOp]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ops = ops

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Say that the compiler need not be kept out of here: to keep it out, PyTorch would import it."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = op_name(func)
        if name not in OPS and hasattr(func, "decompose"):
            with self:
                gave = func.decompose(*args, **kwargs)
            if gave is not NotImplemented:
                return gave
        gave = func(*args, **kwargs)
        if not getattr(func, "is_view", False):
            self.ops[-1].append(counted(name, OpCall(args, kwargs, gave)))
        return gave


def op_name(func: Any) -> str:
    """Return an operator's name: `add` for `aten::add_.Tensor`; others keep their library, `torchvision::nms`."""
    name = str(func._schema.name) if hasattr(func, "_schema") else str(func)
    name = name.removeprefix("aten::")
    return name.removesuffix("_") if not name.endswith("__") else name


def counted(name: str, call: OpCall) -> CountedOp:
    """Return what one call of one operator costs."""
    rule = OPS.get(name)
    given, gave = _tensors((call.args, call.kwargs)), _tensors(call.out)
    shapes = tuple(tuple(one.shape) for one in given), tuple(tuple(one.shape) for one in gave)
    if rule is None:
        return CountedOp(name, *shapes, None)
    read = sum(touched_bytes(one) for one in given)
    written = sum(touched_bytes(one) for one in gave)
    floating = any(one.is_floating_point() or one.is_complex() for one in (*given, *gave))
    arithmetic = rule(call) if floating else Operations()
    return CountedOp(name, *shapes, arithmetic + Operations(bytes_read=read, bytes_written=written))


def touched_bytes(tensor: torch.Tensor) -> int:
    """Return the bytes of the elements that a tensor has; what is expanded from one element counts once."""
    sizes = (size for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if stride or not size)
    return math.prod(sizes) * tensor.itemsize


def _work(ops: list[CountedOp], given: Any, gave: Any) -> Work:
    """Return what one call did."""
    return Work(shapes_of(given), shapes_of(gave), tuple(ops), summed(op.operations for op in ops))


def shapes_of(value: Any) -> tuple[Shape, ...]:
    """Return the shape of every tensor in a value, in order."""
    return tuple(tuple(tensor.shape) for tensor in _tensors(value))


def _tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, tuple | list):
        return []
    return [tensor for one in value for tensor in _tensors(one)]
