"""Small specs for tests, from text."""

from __future__ import annotations

from textwrap import dedent

import torch

from archcheck.infer import infer
from archcheck.model import Compiled, compile_spec
from archcheck.spec.layers import Spec
from archcheck.spec.load import loads_spec

CPU = torch.device("cpu")


def spec(text: str) -> Spec:
    """Return the spec of an indented text."""
    return loads_spec(dedent(text), "test.yaml")


def compiled(text: str, *, initialise: bool = False, device: torch.device = CPU) -> Compiled:
    """Return the built network of an indented text."""
    made = spec(text)
    return compile_spec(made, infer(made), device, initialise=initialise)
