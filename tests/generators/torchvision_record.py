"""`tests/published/torchvision_*.json`: what torchvision's models hold, what their weights say, how long the code is.

    python -m tests.generators.torchvision_record

Not one of the generators of `tests.generate`, and run by no test: it needs torchvision, which archcheck does not. Run
it in an environment that has torchvision, from the root of the repository; it writes all files. `tests.published` reads
them.
"""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "published"

DOCS = "https://docs.pytorch.org/vision/stable/models/generated/torchvision.models.{}.html"

MODELS = (
    "alexnet",
    "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn",
    "googlenet", "inception_v3",
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d",
    "densenet121", "densenet169",
    "squeezenet1_0", "squeezenet1_1",
    "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small",
    "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0", "mnasnet1_0",
    "efficientnet_b0", "regnet_y_400mf", "convnext_tiny", "vit_b_16", "swin_t",
)  # fmt: skip

WITH_AUXILIARY_HEADS: dict[str, dict[str, bool]] = {
    "googlenet": {"aux_logits": True, "init_weights": False},  # the published weights hold both heads
    "inception_v3": {"init_weights": False},
}


PAGES = (
    *(
        "vgg",
        "googlenet",
        "inception",
        "resnet",
        "densenet",
        "squeezenet",
        "mobilenetv2",
        "mobilenetv3",
        "shufflenetv2",
    ),
    *("mnasnet", "efficientnet", "regnet", "convnext", "swin_transformer", "vision_transformer"),
)
"""The files of torchvision's code; each makes all sizes of one family."""
METADATA = ("__all__", "_COMMON_META", "_COMMON_SWAG_META", "_COMMON_PROCESSING_ARGS")
"""What is said there of the published weights."""


def state_dict_lines(models: Any, name: str) -> list[str]:
    """Return what a model of torchvision holds, as `lines_of` has it."""
    return lines_of(models.get_model(name, **WITH_AUXILIARY_HEADS.get(name, {})).state_dict())


def lines_of(state: Mapping[str, Any]) -> list[str]:
    """Return a line a module that holds tensors, in `state_dict` order: `PATH NAME=SIZExSIZE NAME=...`.

    A tensor without axes has nothing behind its `=`; the network itself is written `.`.
    """
    named = [(*_parted(key), "x".join(map(str, tensor.shape))) for key, tensor in state.items()]
    return [
        " ".join([path or ".", *(f"{tensor}={shape}" for _, tensor, shape in tensors)])
        for path, tensors in groupby(named, key=lambda entry: entry[0])
    ]


def card(models: Any, name: str) -> dict[str, Any]:
    """Return what the first weights of a model state; `gmacs` is what their pages print as GFLOPS."""
    weights = next(iter(models.get_model_weights(name)))
    return {
        "weights": weights.name,
        "num_params": weights.meta["num_params"],
        "gmacs": weights.meta["_ops"],
        "input": [3, *weights.transforms().crop_size * 2],
        "url": DOCS.format(name),
    }


def code_lines(source: str) -> int:
    """Return how many lines the classes and functions of a page take, as they are written.

    Left out are blank lines, comments, docstrings, imports, and what is said of the published weights.
    """
    tree = ast.parse(source)
    text = {line for node in ast.walk(tree) if _is_text(node) for line in _span(node)}
    found = {line for node in tree.body if not _is_about_weights(node) for line in _span(node)} - text
    stripped = source.splitlines()
    return sum(
        1
        for line in found
        if stripped[line - 1].strip()
        and not stripped[line - 1].strip().startswith(("#", "_log_api_usage_once"))
    )


def _span(node: ast.AST) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)  # type: ignore[attr-defined]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_about_weights(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef):
        return any(ast.unparse(base) == "WeightsEnum" for base in node.bases)
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) in METADATA
    return isinstance(node, (ast.Import, ast.ImportFrom))


def main() -> None:
    """Write the files."""
    torchvision = importlib.import_module("torchvision")
    models = torchvision.models
    version = torchvision.__version__.partition("+")[0]
    states = {name: state_dict_lines(models, name) for name in MODELS}
    cards = {name: card(models, name) for name in MODELS}
    write_record("torchvision_state_dicts.json", ("torchvision", version), states, indent=0)
    write_record("torchvision_models.json", ("torchvision", version), cards)
    folder = Path(models.__file__).parent
    lines = {page: code_lines((folder / f"{page}.py").read_text(encoding="utf-8")) for page in PAGES}
    write_record("torchvision_code_lines.json", ("torchvision", version), lines)


def _parted(key: str) -> tuple[str, str]:
    path, _, name = key.rpartition(".")
    return path, name


def write_record(
    file: str, library: tuple[str, str], models: dict[str, Any], indent: int | None = None
) -> None:
    """Write a file of `tests/published`: the library, its version, and an entry a model."""
    entries = ",\n".join(
        f"{json.dumps(key)}: {json.dumps(value, indent=indent)}" for key, value in models.items()
    )
    text = f'{{"{library[0]}": "{library[1]}", "models": {{\n{entries}\n}}}}\n'
    (FOLDER / file).write_bytes(text.encode())


if __name__ == "__main__":
    main()
