"""Each convention against the real tool: one process a tool, all models in it, every number the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache

import pytest
import torch

from archcheck.asking.apart import TOOLS, installed
from archcheck.built import of_module
from archcheck.conventions import told
from archcheck.counting.passes import count_built
from tests.told_models import MODELS

CHILD = """
import json, sys, torch
from archcheck.asking.apart import answer
from tests.told_models import MODELS

said = {}
for name, (make, shapes, _) in MODELS.items():
    tensors = tuple(torch.ones(shape) for shape in shapes)
    found = answer(sys.argv[1], make().eval(), (tensors, {}))
    said[name] = [found.amount, found.error]
json.dump(said, sys.stdout)
"""


@cache
def said_by(tool: str) -> dict[str, tuple[int | None, str | None]]:
    """Return what a tool says of every model, or skip where it is not installed."""
    done = subprocess.run([sys.executable, "-c", CHILD, tool], capture_output=True, text=True, check=True)
    found: dict[str, tuple[int | None, str | None]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("tool", TOOLS)
def test_the_convention_says_what_the_tool_says(tool: str, name: str) -> None:
    if not installed(tool):
        pytest.skip(f"{tool} is not installed")
    amount, error = said_by(tool)[name]
    assert error is None
    make, shapes, why = MODELS[name]
    tensors = tuple(torch.empty(shape, device="meta") for shape in shapes)
    assert told(count_built(of_module(make().eval()), (tensors, {})), tool).amount == amount, why


def test_a_tool_that_fails_says_why() -> None:
    code = (
        "import torch; from torch import nn; from archcheck.asking.apart import answer; "
        "print(answer('fvcore', nn.Linear(3, 4), ((torch.zeros(2, 5),), {})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    why = "RuntimeError: (addmm: )?mat1 and mat2 shapes cannot be multiplied"
    assert re.match(rf"Answer\(amount=None, error='{why}", done.stdout)
