"""Records of what others publish, to test against without what wrote them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Shapes = dict[str, tuple[int, ...]]
"""What a `state_dict` holds, in its order: the shape of the tensor under each key."""


def torchvision_models() -> dict[str, dict[str, Any]]:
    """Return what the weights of each model state: `num_params`, `gmacs`, `input`, `weights` (their name), `url`.

    `num_params` of `googlenet` leaves out the two auxiliary heads, that of `inception_v3` has its one.
    """
    return _models("torchvision_models.json")


def torchvision_code_lines() -> dict[str, int]:
    """Return how many lines of code each page of torchvision's models has, without text and imports."""
    return _models("torchvision_code_lines.json")


def torchvision_state_dicts() -> dict[str, Shapes]:
    """Return the keys and shapes of each model, auxiliary heads included."""
    return {name: _shapes(lines) for name, lines in _models("torchvision_state_dicts.json").items()}


def transformers_state_dicts() -> dict[str, Shapes]:
    """Return the keys and shapes of `BertModel`, `GPT2LMHeadModel` and `LlamaForCausalLM`, as they come."""
    return {name: _shapes(lines) for name, lines in _models("transformers_state_dicts.json").items()}


def _models(name: str) -> dict[str, Any]:
    content = json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return content["models"]  # type: ignore[no-any-return]


def _shapes(lines: list[str]) -> Shapes:
    shapes = {}
    for path, *tensors in map(str.split, lines):
        for tensor in tensors:
            name, _, sizes = tensor.partition("=")
            shapes[name if path == "." else f"{path}.{name}"] = (
                tuple(map(int, sizes.split("x"))) if sizes else ()
            )
    return shapes
