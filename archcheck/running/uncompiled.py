"""PyTorch without its compiler: nothing is compiled here, and importing it takes half as long as importing PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import CellType, FunctionType
from typing import Any

import torch
from torch._compile import _disable_dynamo
from torch._decomp import global_decomposition_table


def leave_compiler() -> None:
    """Let the functions that the compiler is to leave alone run without asking it.

    Such a function, as most that work out shapes on the meta device, imports the compiler when it is first called,
    only to hear that it runs as it is, and keeps the answer. Here it has the answer; what else needs the compiler
    imports it as ever.
    """
    asks = _disable_dynamo(lambda: None).__code__
    todo, seen = list(_functions()), set[FunctionType]()
    while todo:
        function = todo.pop()
        if function in seen:
            continue
        seen.add(function)
        inside = [one for one in map(_held, function.__closure__ or ()) if isinstance(one, FunctionType)]
        if function.__code__ is asks:
            for one in inside:
                vars(one).setdefault("__dynamo_disable", one)
        todo += inside


def _functions() -> Iterator[FunctionType]:
    """Yield the functions of the meta device and the methods of optimizers."""
    owners: list[Mapping[Any, Any]] = [*global_decomposition_table.values(), vars(torch.optim.Optimizer)]
    for owner in owners:
        yield from (one for one in owner.values() if isinstance(one, FunctionType))


def _held(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return None
