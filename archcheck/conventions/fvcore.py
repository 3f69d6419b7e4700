"""As fvcore tells it: a flop is one multiply-accumulate, of the operators that it has a handle for, in a trace.

Version 0.1.5.post20221221, `fvcore/nn/flop_count.py` (`_DEFAULT_SUPPORTED_OPS`) and `fvcore/nn/jit_handles.py`:
https://github.com/facebookresearch/fvcore/tree/main/fvcore/nn
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from archcheck.conventions.base import NOTHING, Call, Convention, Telling, elements, not_counted, share
from archcheck.conventions.products import (
    BATCH_NORMS,
    INSTANCE_NORMS,
    RECURRENT,
    attention_macs,
    convolution_macs,
    is_convolution,
    is_linear,
    linear_macs,
    projection_macs,
    returns_weights,
)
from archcheck.operations import CountedOp

PRODUCTS = frozenset({"addmm", "bmm", "mm", "convolution"})
"""The products that have a handle, as they stand in a module's own code."""

NORMS = frozenset({"native_layer_norm", "native_group_norm"})
"""The norms that have a handle, as they stand there."""


def tell(call: Call) -> Telling:
    """Return what fvcore's handles count in one call."""
    if is_convolution(call):
        return _convolution(call)
    if is_linear(call):
        return Telling(linear_macs(call))
    rule = (_MODULES if call.is_module else _FUNCTIONS).get(call.type)
    return rule(call) if rule else _by_operator(call)


def _convolution(call: Call) -> Telling:
    if isinstance(call.argument("padding"), str):
        return not_counted("convolutions whose padding is a word (`aten::_convolution_mode` has no handle)")
    return Telling(convolution_macs(call))


def _by_operator(call: Call) -> Telling:
    """Other code is traced too: its products and norms are seen whoever calls them, fused attention is not."""
    ops = call.row.work.ops
    fused = {near for at, op in enumerate(ops) if op.name == "_safe_softmax" for near in _around(ops, at)}
    products = (op.operations for at, op in enumerate(ops) if op.name in PRODUCTS and at not in fused)
    seen = sum(operations.mul_adds for operations in products if operations is not None)
    norms = sum((5 if len(op.inputs) > 1 else 4) * math.prod(op.inputs[0]) for op in ops if op.name in NORMS)
    shares = share(norms, "norms in a module's own code, 5 an element (4 without weights)")
    return Telling(seen, "" if seen == call.macs else f"not counted: {call.type}", shares)


def _around(ops: tuple[CountedOp, ...], at: int) -> tuple[int, ...]:
    """Return where the products of fused attention stand: before and after its softmax."""
    before = [place for place in range(at) if ops[place].name == "bmm"][-1:]
    after = [place for place in range(at, len(ops)) if ops[place].name == "bmm"][:1]
    return (*before, *after)


def _norm(an_element: Callable[[Call], int], what: str) -> Callable[[Call], Telling]:
    def rule(call: Call) -> Telling:
        each = an_element(call)
        return elements(call.elements_in * each, f"{what}, {each} an element")

    return rule


def _affine(call: Call) -> bool:
    """Return whether a norm has weights: a function's are among its tensors."""
    return call.weight("weight") is not None if call.is_module else len(call.row.work.inputs) > 1


def _batch_norm(call: Call) -> int:
    """Two an element with weights, one without, in evaluation mode; a batch's own statistics make it 5 or 4."""
    affine = call.weight("weight") is not None if call.is_module else len(call.row.work.inputs) > 3
    own = call.is_module and call.argument("track_running_stats") is False
    return (5 if affine else 4) if own else (2 if affine else 1)


def _other_norm(call: Call) -> int:
    return 5 if _affine(call) else 4


def _adaptive_pool(call: Call) -> Telling:
    return elements(call.elements_in, "adaptive average pooling, 1 an element of the input")


def _upsample(call: Call) -> Telling:
    names = {op.name for op in call.row.work.ops}
    if "upsample_nearest2d" in names:
        return elements(call.elements_out, "nearest upsampling, 1 an element")
    if "upsample_bilinear2d" in names:
        return elements(4 * call.elements_out, "bilinear upsampling, 4 an element")
    return NOTHING


def _attention(call: Call) -> Telling:
    if returns_weights(call) and not any(op.name == "baddbmm" for op in call.row.work.ops):
        return Telling(projection_macs(call) + attention_macs(call))
    return Telling(
        projection_macs(call),
        "not counted: attention between the projections (`scaled_dot_product_attention`)",
    )


def _einsum(call: Call) -> Telling:
    """Two forms are exact; of all others fvcore reads NumPy's report, which has four digits."""
    exact = call.op_macs(PRODUCTS)
    left, right = (*call.row.work.inputs, (), ())[:2]
    if len(left) == len(right) == 3 and call.gave in (
        (left[0], left[2], right[2]),
        (left[0], right[1], left[1]),
    ):
        return Telling(exact)
    rounded = math.floor(float(f"{2 * exact:.3e}") / 2)
    return Telling(rounded, "" if rounded == exact else "einsum: fvcore reads a report of four digits")


def _matmul(call: Call) -> Telling:
    """The left matrix's elements x the columns of the right one: a right side with more matrices is not seen."""
    left, right = (*call.row.work.inputs, (), ())[:2]
    if len(right) < 2:
        return Telling(unknown="fvcore fails on a product with a vector")
    counted = math.prod(left) * right[-1]
    return Telling(counted, "" if counted == call.macs else "a product's left matrices alone are counted")


def _nothing(what: str) -> Callable[[Call], Telling]:
    return lambda call: not_counted(what)


_NORMS: Mapping[str, Callable[[Call], Telling]] = {
    **dict.fromkeys(BATCH_NORMS, _norm(_batch_norm, "batch norm")),
    **dict.fromkeys(INSTANCE_NORMS, _norm(_other_norm, "instance norm")),
    "GroupNorm": _norm(_other_norm, "group norm"),
    "LayerNorm": _norm(_other_norm, "layer norm"),
}

_MODULES: Mapping[str, Callable[[Call], Telling]] = {
    **_NORMS,
    **dict.fromkeys(RECURRENT, _nothing("recurrent layers (`aten::lstm` and the like have no handle)")),
    "AdaptiveAvgPool2d": _adaptive_pool,
    **dict.fromkeys(("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"), _upsample),
    "MultiheadAttention": _attention,
    "Bilinear": _nothing("Bilinear (`aten::bilinear` has no handle)"),
}
"""By the class of a module of PyTorch's own."""

_FUNCTIONS: Mapping[str, Callable[[Call], Telling]] = {
    "batch_norm": _norm(_batch_norm, "batch norm"),
    "group_norm": _norm(_other_norm, "group norm"),
    "layer_norm": _norm(_other_norm, "layer norm"),
    "adaptive_avg_pool2d": _adaptive_pool,
    "interpolate": _upsample,
    "upsample": _upsample,
    "grid_sample": lambda call: elements(4 * call.elements_out, "grid sampling, 4 an element"),
    "einsum": _einsum,
    "matmul": _matmul,
    "__matmul__": _matmul,
    "scaled_dot_product_attention": _nothing(
        "attention between the projections (`scaled_dot_product_attention`)"
    ),
    "baddbmm": _nothing("baddbmm (it has no handle)"),
    "bilinear": _nothing("bilinear (it has no handle)"),
}
"""By the name of a function that a module's code calls."""

CONVENTION = Convention(
    "fvcore",
    "fvcore",
    "flops",
    "a flop is a MAC there",
    tell,
    "fvcore 0.1.5.post20221221, fvcore/nn/jit_handles.py",
)
