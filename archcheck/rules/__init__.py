"""Rules: what every layer kind gives and costs, as arithmetic on shapes and arguments, without PyTorch.

To add a layer kind: write its rule, a pure function of input shapes (batch axis included) and of the layer's
own arguments that returns an `Effect`, in the module of its family; state the formula, its source and what
`flops` counts in the docstring; enter a `Kind` under the layer's name in the module's `KINDS`; give the
family's test a hand-worked row and a property that holds it against PyTorch itself. A new family is one
more line in `RULES`.

What is no module of `torch.nn` has two entries more, what it takes in `archcheck.spec.signatures` and what it computes
in `archcheck.functions`: a function beside its `Kind` in `FUNCTIONS`, a join beside its rule in `JOINS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.rules import (
    activation,
    attention,
    convolution,
    linear,
    normalisation,
    pooling,
    positions,
    recurrent,
    resampling,
    reshaping,
)
from archcheck.rules.base import Effect, Kind, Shape

__all__ = ["RULES", "Effect", "Kind", "Shape"]

RULES: Mapping[str, Kind] = {
    **convolution.KINDS,
    **pooling.KINDS,
    **resampling.KINDS,
    **activation.KINDS,
    **normalisation.KINDS,
    **linear.KINDS,
    **recurrent.KINDS,
    **attention.KINDS,
    **reshaping.KINDS,
    **reshaping.FUNCTIONS,
    **positions.FUNCTIONS,
}
"""Every layer kind that a spec can name: the modules of `torch.nn`, and archcheck's lower-case functions."""
