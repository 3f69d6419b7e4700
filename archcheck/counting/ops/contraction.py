"""Products of matrices and convolutions: the multiply-accumulates, by PyTorch's own formulas where it has one.

Half of what `torch.utils.flop_counter` says is the multiply-accumulates: it counts two operations for each. What
PyTorch adds besides (a bias) is counted here. A multiply-accumulate of complex numbers is four of real ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch.utils.flop_counter import flop_registry

from archcheck.counting.ops.base import OpCall, OpRule, size
from archcheck.operations import Operations

aten = torch.ops.aten


def _mul_adds(formula: Any, call: OpCall) -> Operations:
    known = {name: value for name, value in call.kwargs.items() if name != "dtype"}
    flops = formula(*call.args, **known, out_val=call.out)
    return Operations(mul_adds=int(flops) // 2 * (4 if call.gave.is_complex() else 1))


def _with_bias(formula: Any, place: int, call: OpCall) -> Operations:
    """Add the bias at `place`, an addition for every element given."""
    biased = call.argument(place, "bias") is not None
    return _mul_adds(formula, call) + Operations(adds=biased).times(_numbers(call.gave))


def _added(formula: Any, call: OpCall) -> Operations:
    """Add the first argument, an addition for every element given; `beta` and `alpha` other than 1 multiply."""
    return _mul_adds(formula, call) + _sum_beside(call)


def _sum_beside(call: OpCall) -> Operations:
    scaled = sum(call.kwargs.get(name, 1) not in (0, 1) for name in ("beta", "alpha"))
    adds = call.kwargs.get("beta", 1) != 0
    return Operations(adds=1 * adds, multiplies=scaled).times(_numbers(call.gave))


def _numbers(tensor: torch.Tensor) -> int:
    """Return how many real numbers a tensor has: a complex one is two."""
    return size(tensor) * (1 + tensor.is_complex())


def _activated(call: OpCall) -> Operations:
    """Count `addmm` with an activation: ReLU, or the GELU of 9 with `use_gelu`."""
    gelu = Operations(multiplies=6, adds=2, exponentials=1)
    activation = gelu if call.kwargs.get("use_gelu") else Operations(comparisons=1)
    return _added(flop_registry[aten.addmm], call) + activation.times(size(call.gave))


def _vector(call: OpCall) -> Operations:
    """Count a matrix or vector by a vector: as many multiply-accumulates as the first has elements."""
    return Operations(mul_adds=size(call.given) * (4 if call.given.is_complex() else 1))


def _added_vector(call: OpCall) -> Operations:
    """Count `addmv`: (input, matrix, vector)."""
    return _vector(OpCall(call.args[1:], {}, call.out)) + _sum_beside(call)


def _summed_batch(call: OpCall) -> Operations:
    """Count `addbmm`, the sum of a batch of products: (input, batch1, batch2)."""
    return Operations(mul_adds=size(call.args[1]) * call.args[2].shape[-1]) + _sum_beside(call)


def _bilinear(call: OpCall) -> Operations:
    """Count `x1^T A x2`, the product that `Bilinear` makes of (x1, A, x2): in1 * in2 + in2 an element given.

    `x1^T A` is in1 multiply-accumulates for each of in2 numbers, and these are in2 with `x2`:
    the rule of `archcheck.rules.linear.bilinear`.
    """
    inner = call.args[0].shape[-1] + 1
    return Operations(mul_adds=inner * call.args[2].shape[-1] * size(call.gave))


def _convolution_backward(call: OpCall) -> Operations:
    """Count the gradients that `output_mask` asks for; a bias's is the sum of what comes back for each channel.

    (grad_output, input, weight, bias_sizes, stride, padding, dilation, transposed, output_padding, groups,
    output_mask). Every product of the forward pass, of a number with a weight, comes back twice: as the gradient by the
    weight for the number's, and by the number for the weight's. PyTorch 2.13's own formula counts the second `groups`
    times: https://github.com/pytorch/pytorch/pull/183405
    """
    back, given, weight, transposed, wanted = *call.args[:3], call.args[7], call.args[10]
    places = (given if transposed else back).shape[2:]
    forward = given.shape[0] * math.prod(places) * size(weight)
    complexes = 4 if back.is_complex() else 1
    adds = (size(back) - back.shape[1]) * wanted[2]
    return Operations(mul_adds=forward * (wanted[0] + wanted[1]) * complexes, adds=adds)


def _distance(call: OpCall) -> Operations:
    """Count the distances of P rows from R, D numbers each: differences, powers, sums and roots: (x1, x2, p)."""
    pairs, width = size(call.gave), call.given.shape[-1]
    square = call.args[2] == 2
    power = Operations(multiplies=width) if square else Operations(exponentials=width)
    return (power + Operations(adds=2 * width - 1, exponentials=1)).times(pairs)


def _distance_by_product(call: OpCall) -> Operations:
    """Count Euclidean distances made by one product, `sqrt(max(0, |x|^2 + |y|^2 - 2 x.y))`: (x1, x2).

    The squares of all rows and their sums; a product of D + 2 columns; a comparison and a root a pair.
    """
    pairs, width = size(call.gave), call.given.shape[-1]
    numbers = size(call.args[0]) + size(call.args[1])
    squares = Operations(multiplies=numbers, adds=numbers - numbers // width) if width else Operations()
    return squares + Operations(mul_adds=width + 2, comparisons=1, exponentials=1).times(pairs)


def _time_first(call: OpCall) -> Operations:
    """Count `conv_tbc`, a convolution of (T, N, C): (input, weight of (kernel, in, out), bias)."""
    kernel, channels, _ = call.args[1].shape
    return Operations(mul_adds=kernel * channels, adds=1).times(size(call.gave))


def _library_convolution(bias_place: int | None, call: OpCall) -> Operations:
    """Count a convolution of the CPU's or the GPU's own library: (input, weight, ...), its bias at a place, or none."""
    weight = call.args[1]
    biased = bias_place is not None and call.argument(bias_place, "bias") is not None
    positions = size(call.gave) // weight.shape[0]
    return Operations(mul_adds=positions * size(weight), adds=size(call.gave) * biased)


def _scaled(call: OpCall) -> Operations:
    """Count a product of 8-bit floats, scaled, and a bias: (a, b, scale_a, scale_b, bias, scale_result).

    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_mm.html
    """
    scales = 2 + (call.argument(5, "scale_result") is not None)
    beside = Operations(multiplies=scales, adds=call.argument(4, "bias") is not None)
    return Operations(mul_adds=size(call.given) * call.args[1].shape[1]) + beside.times(size(call.gave))


def _grouped(call: OpCall) -> Operations:
    """Count one product for each group of rows, as a mixture of experts has: (a, b, offsets, bias).

    Where one operand is a matrix, its rows or columns are shared out among the groups; two batches are `bmm`'s. As all
    of the operand is taken to belong to a group, no product depends on how it is shared out.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grouped_mm.html
    """
    one, other = call.args[:2]
    groups = one.shape[0] if one.dim() == other.dim() == 3 else 1
    biased = call.argument(3, "bias") is not None
    products = groups * one.shape[-2] * one.shape[-1] * other.shape[-1]
    return Operations(mul_adds=products, adds=size(call.gave) * biased)


OPS: Mapping[str, OpRule] = {
    **{name: partial(_mul_adds, flop_registry[getattr(aten, name)]) for name in ("mm", "bmm")},
    **{
        name: partial(_with_bias, flop_registry[getattr(aten, name)], 2)
        for name in ("convolution", "_convolution", "convolution_overrideable")
    },
    "mkldnn_convolution": partial(_library_convolution, 2),
    "cudnn_convolution": partial(_library_convolution, None),
    "_slow_conv2d_forward": partial(_library_convolution, 3),
    "convolution_backward": _convolution_backward,
    **{name: partial(_added, flop_registry[getattr(aten, name)]) for name in ("addmm", "baddbmm")},
    "_addmm_activation": _activated,
    "_scaled_mm": _scaled,
    "_grouped_mm": _grouped,
    **dict.fromkeys(("mv", "dot", "vdot"), _vector),
    "addmv": _added_vector,
    "addbmm": _summed_batch,
    "_trilinear": _bilinear,
    "_cdist_forward": _distance,
    "_euclidean_dist": _distance_by_product,
    "conv_tbc": _time_first,
}
"""The operators that multiply and add up, by name.

Not every operator of PyTorch's registry: it counts products alone, and a rule says all of an operator's work. Products
of whole numbers (`_int_mm`, `quantized::linear`) have none: they are a quantised network's work, and not nothing.
"""
