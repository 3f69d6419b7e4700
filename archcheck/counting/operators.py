"""Every operator that runs while a block runs, counted as it ends; below autograd, functions and modules look alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from archcheck.counting.dispatch import Dispatch, ran
from archcheck.counting.ops import BYTES, OPS, OpCall, touched_bytes
from archcheck.counting.ops.base import ByteRule, OpRule
from archcheck.operations import CountedOp, Operations
from archcheck.tensors import tensors_in


@dataclass(frozen=True, slots=True)
class Operator:
    """What is known of an operator: its name and its rules.

    `composite`: PyTorch has it as a formula of others, which are counted in its place; `view`: it gives its operand
    under another shape, which costs nothing and is not told; `results`: arguments that are written, not read.
    """

    name: str
    rule: OpRule | None
    bytes: ByteRule | None
    composite: bool
    view: bool
    results: frozenset[str]


class Operators(Dispatch):
    """Counts every operator that runs inside of it into the last list of `ops`."""

    def __init__(self, ops: list[list[CountedOp]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ops = ops
        self.known: dict[Any, Operator] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        known = self.known.get(func)
        if known is None:
            known = self.known[func] = operator_of(func)
        if known.composite:  # only in inference mode does one come here whole
            with self:
                return func.decompose(*args, **kwargs)
        gave = ran(func, args, kwargs)
        if not known.view:
            self.ops[-1].append(counted(known, OpCall(args, kwargs, gave)))
        return gave


def operator_of(func: Any) -> Operator:
    """Return what is known of an overload of an operator (`aten::add.Tensor`) or of a higher-order operator."""
    if not isinstance(func, torch._ops.OpOverload):
        name = str(func)
        return Operator(name, OPS.get(name), BYTES.get(name), False, False, frozenset())
    name = op_name(func)
    composite = torch._C._dispatch_has_kernel_for_dispatch_key(str(func._name), "CompositeImplicitAutograd")
    results = frozenset(one.name for one in func._schema.arguments if one.is_out)
    return Operator(name, OPS.get(name), BYTES.get(name), composite, func.is_view, results)


def op_name(func: Any) -> str:
    """Return an operator's name: `add` for `aten::add_.Tensor`; others keep their library, `torchvision::nms`."""
    name: str = func._schema.name.removeprefix("aten::")
    return name.removesuffix("_") if not name.endswith("__") else name


def counted(known: Operator, call: OpCall) -> CountedOp:
    """Return what one call of one operator costs; arithmetic on whole numbers and truth values is not counted."""
    given, gave = tensors_in(call.args), tensors_in(call.out)
    given += [
        one for name, value in call.kwargs.items() if name not in known.results for one in tensors_in(value)
    ]
    shapes = tuple(tuple(one.shape) for one in given), tuple(tuple(one.shape) for one in gave)
    if known.rule is None:
        return CountedOp(known.name, *shapes, None)
    floating = any(one.is_floating_point() or one.is_complex() for one in (*given, *gave))
    arithmetic = known.rule(call) if floating else Operations()
    if arithmetic is None:
        return CountedOp(known.name, *shapes, None)
    moved = sum(map(touched_bytes, given)), sum(map(touched_bytes, gave))
    if known.bytes is not None:
        moved = known.bytes(call, *moved)
    return CountedOp(
        known.name, *shapes, arithmetic + Operations(bytes_read=moved[0], bytes_written=moved[1])
    )
