"""What stands for torchinfo and torchsummary, installed or not: the model is called, and a table is printed.

The rows, their order and their counts are those of the tools (torchinfo 1.8, torchsummary 1.5.1): a table of another
model, or of other sizes, differs from them. The columns are those that a document can be held against.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn

from archcheck.tensors import tensors_in

_RULE = "=" * 80
_CONTAINERS = (nn.Sequential, nn.ModuleList)
"""What torchsummary has no row of."""
_OPTIONS = ("cache_forward_pass", "col_names", "col_width", "device", "row_settings")
"""Of torchinfo's, what no `forward` takes and no number hangs on."""


@dataclass(slots=True)
class _Call:
    """One call of a module; `again`: it ran before."""

    module: nn.Module
    depth: int
    received: Any = None
    given: Any = None
    again: bool = False


@dataclass(slots=True)
class _Calls:
    """The calls of modules in one call of a model, as they begin and as they end."""

    begun: list[_Call] = field(default_factory=list)
    ended: list[_Call] = field(default_factory=list)
    _open: list[_Call] = field(default_factory=list)
    _ran: set[nn.Module] = field(default_factory=set)

    def watch(self, model: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Call a model, and note every call of a module."""
        depths = {module: _depth(name) for name, module in model.named_modules()}
        with ExitStack() as undo, torch.no_grad():
            for module, depth in depths.items():
                undo.callback(module.register_forward_pre_hook(partial(self._begins, depth)).remove)
                undo.callback(module.register_forward_hook(self._ends).remove)
            model(*args, **kwargs)

    def _begins(self, depth: int, module: nn.Module, received: Any) -> None:
        self._open.append(_Call(module, depth, received, again=module in self._ran))
        self.begun.append(self._open[-1])
        self._ran.add(module)

    def _ends(self, _: nn.Module, __: Any, given: Any) -> None:
        self._open[-1].given = given
        self.ended.append(self._open.pop())


def torchsummary(model: nn.Module, input_size: Any, batch_size: int = -1, *_: Any, **more: Any) -> None:
    """Print what torchsummary does, and the table of the newer library that is imported by the same name."""
    many = input_size if isinstance(input_size[0], tuple | list) else [input_size]
    calls = _Calls()
    calls.watch(model, [torch.rand(2, *size) for size in many], {})
    print(_flat_table(calls.ended, batch_size))
    print(_tree_table(model, calls.begun, more.get("depth", 3), batch_size))


class Statistics:
    """What torchinfo gives back; printed, it is the table."""

    def __init__(self, model: nn.Module, table: str) -> None:
        """Keep the table, and the counts that documents ask for."""
        self.total_params, self.trainable_params = _count(model), _count(model, trainable=True)
        self._table = table

    def __repr__(self) -> str:
        """Return the table."""
        return self._table


def torchinfo(
    model: nn.Module,
    input_size: Any = None,
    input_data: Any = None,
    batch_dim: int | None = None,
    *_: Any,
    depth: int = 3,
    dtypes: Sequence[torch.dtype] | None = None,
    verbose: int | None = None,
    mode: str = "eval",
    **more: Any,
) -> Statistics:
    """Print what torchinfo does, and return it."""
    calls = _Calls()
    if input_size is None and input_data is None:
        calls.begun += [_Call(one, _depth(name)) for name, one in model.named_modules()]
    else:
        args, kwargs = _arguments(input_size, input_data, batch_dim, dtypes)
        kwargs |= {name: one for name, one in more.items() if name not in _OPTIONS}
        with _in_mode(model, mode):
            calls.watch(model, args, kwargs)
    made = Statistics(model, _tree_table(model, calls.begun, depth))
    if verbose != 0:
        print(made)
    return made


def _arguments(
    input_size: Any, input_data: Any, batch_dim: int | None, dtypes: Sequence[torch.dtype] | None
) -> tuple[list[Any], dict[str, Any]]:
    if isinstance(input_data, dict):
        return [], dict(input_data)
    if input_data is not None:
        return (list(input_data) if isinstance(input_data, tuple | list) else [input_data]), {}
    many = [input_size] if isinstance(input_size[0], int) else list(input_size)
    if batch_dim is not None:
        many = [(*size[:batch_dim], 1, *size[batch_dim:]) for size in many]
    kinds = list(dtypes or [torch.float32] * len(many))
    return [torch.ones(tuple(size), dtype=kind) for size, kind in zip(many, kinds, strict=True)], {}


@contextmanager
def _in_mode(model: nn.Module, mode: object) -> Iterator[None]:
    before = {module: module.training for module in model.modules()}
    if str(mode).lower().endswith("eval"):
        model.eval()
    try:
        yield
    finally:
        for module, training in before.items():
            module.training = training


def _depth(name: str) -> int:
    return name.count(".") + 1 if name else 0


def _count(model: nn.Module, *, trainable: bool = False) -> int:
    return sum(one.numel() for one in model.parameters() if one.requires_grad or not trainable)


def _flat_table(calls: Sequence[_Call], batch: int) -> str:
    """Return torchsummary's table: a row a call that ended, with the weight and the bias of its own."""
    shown = [call for call in calls if not isinstance(call.module, _CONTAINERS)]
    rows, total, trainable = [], 0, 0
    for number, call in enumerate(shown, 1):
        own = [getattr(call.module, name, None) for name in ("weight", "bias")]
        count = sum(one.numel() for one in own if isinstance(one, torch.Tensor))
        total += count
        trainable += count if getattr(own[0], "requires_grad", False) else 0
        name = f"{type(call.module).__name__}-{number}"
        rows.append(f"{name:>40} {_size(call.given, batch):>30} {count:>20,}")
    head = f"{'Layer (type)':>40} {'Output Shape':>30} {'Param #':>20}"
    return "\n".join((_RULE, head, _RULE, *rows, _RULE, *_totals(total, trainable), _RULE))


def _tree_table(model: nn.Module, calls: Sequence[_Call], most: int, batch: int | None = None) -> str:
    """Return torchinfo's table: a row a call that began, what is in it below it, as deep as is asked for."""
    called = {call.module for call in calls}
    numbers: Counter[int] = Counter()
    rows = [("Layer (type:depth-idx)", "Input Shape", "Output Shape", "Param #")]
    for call in calls:
        if call.depth <= most:
            numbers[call.depth] += 1
            name = "|    " * (call.depth - 1) + ("+ " if call.depth else "") + type(call.module).__name__
            index = f": {call.depth}-{numbers[call.depth]}" if call.depth else ""
            received, given = (_size(_first(one), batch) for one in (call.received, call.given))
            rows.append((name + index, received, given, _params(call, called, most)))
    widths = [max(len(row[place]) for row in rows) + 2 for place in range(4)]
    lines = ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    totals = _totals(_count(model), _count(model, trainable=True))
    return "\n".join((_RULE, lines[0], _RULE, *lines[1:], _RULE, *totals, _RULE))


def _params(call: _Call, called: set[nn.Module], most: int) -> str:
    """Return the count that torchinfo prints: of a layer, of a module whose insides are not shown, or what is left."""
    module, count = call.module, _count(call.module)
    if call.again and count:
        return "(recursive)"
    if call.depth < most and any(True for _ in module.children()):
        inside = (one for one in module.modules() if one is not module and one in called)
        counted = {id(parameter) for one in inside for parameter in one.parameters()}
        count = sum(one.numel() for one in module.parameters() if id(one) not in counted)
    return f"{count:,}" if count else "--"


def _totals(total: int, trainable: int) -> tuple[str, str, str]:
    left = total - trainable
    return f"Total params: {total:,}", f"Trainable params: {trainable:,}", f"Non-trainable params: {left:,}"


def _first(value: Any) -> Any:
    """Return the tensor that torchinfo tells the shape of: of a mapping the last, else the first."""
    found = list(tensors_in(value))
    return found[-1 if isinstance(value, dict) else 0] if found else None


def _size(value: Any, batch: int | None) -> str:
    """Return shapes as the tools print them; `batch`: what stands there for the batch axis, None for itself."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(_size(one, batch) for one in value)}]"
    if not isinstance(value, torch.Tensor):
        return "--"
    sizes = list(value.shape)
    return str(sizes if batch is None else [batch, *sizes[1:]])
