"""Discrete Fourier transforms, as the radix-2 algorithm makes them: 5 * n * log2(n) for n complex numbers.

n / 2 butterflies in each of log2(n) rounds, of a complex product (4 multiplications, 2 additions) and two complex
sums (4 additions). Between real numbers and complex ones it is half; lengths that are no power of two count by the
same formula, rounded. https://www.fftw.org/speed/method.html. A normalisation multiplies every number that is given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch

from archcheck.counting.ops.base import OpCall, OpRule, size
from archcheck.operations import Operations


def _transform(of: torch.Tensor, call: OpCall, parts: int) -> Operations:
    rounds = size(of) * math.log2(max(math.prod(of.shape[dim] for dim in call.args[1]), 1)) / parts
    scaled = (call.args[2] != 0) * size(call.gave) * (1 + call.gave.is_complex())
    return Operations(multiplies=round(2 * rounds) + scaled, adds=round(3 * rounds))


def complex_to_complex(call: OpCall) -> Operations:
    """Count (input, dims, normalization, forward)."""
    return _transform(call.given, call, 1)


def real_to_complex(call: OpCall) -> Operations:
    """Count (input, dims, normalization, onesided): the input is real."""
    return _transform(call.given, call, 2)


def complex_to_real(call: OpCall) -> Operations:
    """Count (input, dims, normalization, last_dim_size): the output is real."""
    return _transform(call.gave, call, 2)


OPS: Mapping[str, OpRule] = {
    "_fft_c2c": complex_to_complex,
    "_fft_r2c": real_to_complex,
    "_fft_c2r": complex_to_real,
}
"""Fourier transforms, by name."""
