"""`archcheck/spec/torch_nn.json`: what `torch.nn` modules, `torch.nn.init` functions and `torch.optim` optimisers take.

PyTorch's annotations and defaults decide; where they say nothing, too much or too little, `OVERRIDES` says
what does and why. What nothing decides is an error, so a new PyTorch cannot slip an argument in unread.
"""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from inspect import Parameter
from typing import Any, Literal, Union

import torch
from torch import nn

from archcheck.parts import Kept, SpecBody, SpecJoin

PATH = "archcheck/spec/torch_nn.json"

Record = dict[str, Any]
"""One argument, as the fields of `archcheck.spec.signatures.Argument` that differ from their defaults."""

WORDS = {bool: "bool", int: "int", float: "float", str: "choice"}

KINDS_LEFT_OUT = {
    "Lazy*": "archcheck infers what they would",
    "*Loss": "a loss is no layer of a network",
    "NLLLoss2d": "a loss",
    "Sequential": "a spec's body",
    "DataParallel": "takes a module",
    "TransformerEncoder": "takes a module",
    "TransformerDecoder": "takes a module",
}
ARGUMENTS_LEFT_OUT = {
    "device": "the command line's choice, not the spec's",
    "dtype": "the same",
    "custom_encoder": "only a module could fill it",
    "custom_decoder": "only a module could fill it",
    "process_group": "only a torch.distributed group could fill it",
    "tensor": "of an initialiser: the parameter itself",
    "generator": "of an initialiser: a Python object",
    "params": "of an optimiser: the network's own",
    "capturable": "of an optimiser: the run's choice, not the document's",
    "differentiable": "of an optimiser: for a gradient of the step itself, which no training of a network takes",
}
OPTIMIZERS_LEFT_OUT = {
    "Optimizer": "the base of all",
    "LBFGS": "its step runs the network again, as often as it likes",
    "SparseAdam": "takes sparse gradients alone",
    "Muon": "takes matrices alone",
}
TABLES = ("layers", "initialisers", "optimizers")
INITIALISERS = (
    "constant_", "dirac_", "eye_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_", "orthogonal_",
    "sparse_", "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Override:
    """What an argument of some kinds is, and why PyTorch's signature cannot say it.

    `kinds`, `arguments`: patterns of their names; `fields`: what takes the place of what was read.
    """

    kinds: str
    arguments: str
    reason: str
    fields: Mapping[str, Any]

    def decides(self, kind: str, argument: str) -> bool:
        """Say whether this is about that argument of that kind."""
        return bool(re.fullmatch(self.kinds, kind) and re.fullmatch(self.arguments, argument))


RELU_OR_GELU = {"type": "choice", "choices": ["relu", "gelu"], "default": "relu"}
MODES = ["nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact"]

OVERRIDES = (
    Override("Conv.d", "padding", "the docs name two words", {"choices": ["valid", "same"]}),
    Override("ConvTranspose.d", "padding_mode", "any other ends in ValueError", {"choices": ["zeros"]}),
    Override("RNN|RNNCell", "nonlinearity", "the docs name two", {"choices": ["tanh", "relu"]}),
    Override("GELU", "approximate", "the docs name two", {"choices": ["none", "tanh"]}),
    Override("EmbeddingBag", "mode", "the docs name three", {"choices": ["sum", "mean", "max"]}),
    Override("Upsample", "mode", "interpolate's, less lanczos: no antialias here", {"choices": MODES}),
    Override("Transformer.*", "activation", "a function by default: F.relu", RELU_OR_GELU),
    Override("MultiheadAttention", "embed_dim|num_heads|kdim|vdim", "not annotated", {"type": "int"}),
    Override(
        "LPPool1d", "kernel_size", "a list ends in TypeError: it is a factor", {"type": "int", "sides": 0}
    ),
    Override("Adaptive.*1d", "output_size", "null ends in TypeError", {"type": "size", "nullable": False}),
    Override("Adaptive.*[23]d", "output_size", "null alone ends in TypeError", {"nullable": False}),
    Override("Fold|Unfold", ".*", "annotated as any number of sides, runs on two", {"sides": 2}),
)


def files() -> dict[str, str]:
    """Return the generated file."""
    layers = {kind: _arguments(kind, _constructor(kind)) for kind in layer_kinds()}
    initialisers = {name: _arguments(name, getattr(nn.init, name)) for name in INITIALISERS}
    optimizers = {name: _arguments(name, getattr(torch.optim, name).__init__) for name in optimizer_names()}
    taken = (*layers.items(), *optimizers.items())
    decided = [(kind, argument["name"]) for kind, arguments in taken for argument in arguments]
    for override in OVERRIDES:
        if not any(override.decides(*pair) for pair in decided):
            raise ValueError(f"nothing needs {override}")
    return {PATH: _text(layers, initialisers, optimizers)}


def optimizer_names() -> list[str]:
    """Return every optimiser of `torch.optim`, sorted, but for those left out."""
    found = (name for name, value in sorted(vars(torch.optim).items()) if isinstance(value, type))
    named = [name for name in found if issubclass(getattr(torch.optim, name), torch.optim.Optimizer)]
    return [name for name in named if name not in OPTIMIZERS_LEFT_OUT]


def module_names() -> list[str]:
    """Return what the modules of a built network have by these names already: `add_module` refuses them."""
    modules = (nn.Module(), nn.Sequential(), SpecBody(()), SpecJoin("add", {}, (), Kept()))
    return sorted({name for module in modules for name in dir(module) if not name.startswith("__")})


def layer_kinds() -> list[str]:
    """Return every public `torch.nn` module that can run, sorted, but for those left out."""
    return [name for name in sorted(dir(nn)) if _is_layer(name, getattr(nn, name))]


def _is_layer(name: str, value: object) -> bool:
    if name.startswith("_") or not (isinstance(value, type) and issubclass(value, nn.Module)):
        return False
    # The containers and the base classes of the recurrent layers have no forward of their own.
    if value.forward is nn.Module.forward:
        return False
    return not any(fnmatchcase(name, pattern) for pattern in KINDS_LEFT_OUT)


def _constructor(kind: str) -> Callable[..., Any]:
    constructor = getattr(nn, kind).__init__
    # RNN, LSTM and GRU take *args; their first overload says what is meant.
    overloads = typing.get_overloads(constructor)
    return overloads[0] if overloads else typing.cast("Callable[..., Any]", constructor)


def _arguments(kind: str, function: Callable[..., Any]) -> list[Record]:
    return [_argument(kind, parameter) for parameter in _parameters(kind, function)]


def _parameters(kind: str, function: Callable[..., Any]) -> Iterator[Parameter]:
    # Sigmoid and its like have Module's own constructor, which takes nothing; Identity ignores what it takes.
    takes_nothing = function is nn.Module.__init__ or kind == "Identity"
    for parameter in inspect.signature(function).parameters.values():
        name = parameter.name
        if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            if not takes_nothing:
                raise ValueError(f"{kind} takes *{name}, and no overload says what that is")
        elif name != "self" and not name.startswith("_") and name not in ARGUMENTS_LEFT_OUT:
            yield parameter


def _argument(kind: str, parameter: Parameter) -> Record:
    record = _read(kind, parameter)
    for override in OVERRIDES:
        if override.decides(kind, parameter.name):
            record |= override.fields
    if "type" not in record or (record["type"] == "choice" and "choices" not in record):
        raise ValueError(f"{kind}: `{parameter}` says too little; it needs an override")
    order = ("name", "type", "sides", "choices", "nullable", "required")
    kept = {name: record[name] for name in order if record.get(name)}
    return kept if record.get("required") else kept | {"default": record["default"]}


def _read(kind: str, parameter: Parameter) -> Record:
    """Return what the signature alone says; `type` is missing where it says nothing."""
    missing = parameter.default is Parameter.empty
    record: Record = {"name": parameter.name}
    record |= {"required": True} if missing else {"default": parameter.default}
    if parameter.annotation is not Parameter.empty:
        record |= _read_annotation(kind, parameter.annotation)
    elif not missing and parameter.default is not None:
        record |= _read_annotation(kind, type(parameter.default))
    if parameter.default is None:
        record["nullable"] = True
    return record


def _read_annotation(kind: str, annotation: Any) -> Record:
    parts = _parts(annotation)
    record: Record = {"nullable": True} if type(None) in parts else {}
    lists = [part for part in parts if part is torch.Size or typing.get_origin(part) in (tuple, list)]
    literals = [part for part in parts if typing.get_origin(part) is Literal]
    if lists:
        return record | _read_list(kind, lists[0], alone=int not in parts and float not in parts)
    if literals:
        return record | {"type": "choice", "choices": list(typing.get_args(literals[0]))}
    words = [word for plain, word in WORDS.items() if plain in parts]
    return record | ({"type": words[0]} if len(words) == 1 else {})


def _read_list(kind: str, annotation: Any, *, alone: bool) -> Record:
    """Read `tuple[int, int]` and its like; `alone` says that one number will not do."""
    items = [item for item in typing.get_args(annotation) if item is not Ellipsis] or [int]
    inside = _parts(items[0])
    if alone:
        return {"type": "floats", "sides": len(items)} if float in inside else {"type": "ints"}
    word = "ratio" if float in inside else "free size" if type(None) in inside else "size"
    any_length = annotation is torch.Size or typing.get_origin(annotation) is list
    if not any_length and Ellipsis not in typing.get_args(annotation):
        return {"type": word, "sides": len(items)}
    # MaxPool2d is annotated as any number of sides; its name and its kernels say 2.
    named = re.search(r"[123](?=d$)", kind)
    return {"type": word, "sides": int(named.group())} if named else {"type": word}


def _parts(annotation: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(annotation) in (Union, types.UnionType)
    return typing.get_args(annotation) if is_union else (annotation,)


def _text(*tables: Mapping[str, list[Record]]) -> str:
    """Return the JSON with one argument a line, so that a change of PyTorch reads as one."""
    parts = (
        *(f'"{name}": {_block(table)}' for name, table in zip(TABLES, tables, strict=True)),
        f'"module_names": {json.dumps(module_names())}',
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _block(signatures: Mapping[str, list[Record]]) -> str:
    blocks = ",\n".join(f'"{kind}": {_lines(arguments)}' for kind, arguments in signatures.items())
    return f"{{\n{blocks}\n}}"


def _lines(arguments: list[Record]) -> str:
    lines = ",\n".join(f"  {json.dumps(argument, allow_nan=False)}" for argument in arguments)
    return f"[\n{lines}\n]" if arguments else "[]"
