"""A layer of `torch.nn` -> its arguments as a spec writes them: without defaults and what its input decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import torch
from torch import nn

from archcheck.rules import RULES
from archcheck.spec import signatures
from archcheck.spec.signatures import Argument


class Unsaid(Exception):  # noqa: N818 - becomes one line of the error that names all of them
    """What the format cannot say, in words that stand behind the layer's path."""


class UnsaidHere(Unsaid):
    """The same of one line of the model's code, which is worth naming; `advice`: what to write there instead."""

    def __init__(self, why: str, advice: str) -> None:
        super().__init__(why)
        self.advice = advice

    def told(self, place: str | None) -> str:
        """Return why, where (`net.py:12`) and what to do."""
        where = "" if place is None else f", at {place}"
        return f"{self}{where}" + (f"; {self.advice}" if self.advice else "")


def arguments_of(kind: str, module: nn.Module) -> dict[str, Any]:
    """Return what a spec must state of a layer. Raises `Unsaid` for a value that no spec can hold."""
    signature = signatures.signature(kind)
    assert signature is not None, "only what is in the table is a layer"
    rule = RULES.get(kind)
    filled = set(rule.fills) if rule else set()
    told = [argument for argument in signature.arguments if argument.name not in filled]
    return without_defaults(kind, {argument.name: _value(kind, module, argument) for argument in told})


def without_defaults(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a kind's arguments without those that are as PyTorch has them anyway. Raises `Unsaid`."""
    signature = signatures.signature(kind)
    assert signature is not None, "the tables of functions name only known kinds"
    found: dict[str, Any] = {}
    for argument in signature.arguments:
        if argument.name in given:
            value = plain(argument, given[argument.name])
            if not _is_default(kind, found, argument, value):
                problem = signatures.problem(argument, value)
                if problem:
                    raise Unsaid(f"{kind}: {argument.name} {problem}")
                found[argument.name] = value
    return found


def plain(argument: Argument, value: Any) -> Any:
    """Return a value as YAML writes it: a tuple as a list, equal sides as one number."""
    if isinstance(value, torch.Tensor | torch.device | torch.dtype):
        raise Unsaid(f"{argument.name} is a {type(value).__name__}")
    if isinstance(value, tuple | list):
        values = [plain(argument, one) for one in value]
        one_size = argument.type in ("size", "free size", "ratio")
        if (
            one_size
            and len(values) in (1, argument.sides)
            and len(set(values)) == 1
            and values[0] is not None
        ):
            return values[0]
        return values
    if (
        isinstance(value, float)
        and argument.type != "float"
        and argument.type != "ratio"
        and value.is_integer()
    ):
        return int(value)
    return value


def _is_default(kind: str, found: Mapping[str, Any], argument: Argument, value: Any) -> bool:
    if argument.required:
        return False
    if argument.name == "stride" and argument.default is None and value == found.get("kernel_size"):
        return True  # a pooling's default
    return bool(value == argument.default and (value is None) == (argument.default is None))


def _value(kind: str, module: nn.Module, argument: Argument) -> Any:
    name = argument.name
    special = _SPECIAL.get((kind, name)) or _SPECIAL.get(("", name))
    if special is not None:
        return special(module)
    try:
        return getattr(module, name)
    except AttributeError:
        pass
    raise Unsaid(f"{kind}: it does not say with which {name} it was made")


def _has(*names: str) -> Callable[[Any], bool]:
    """Return whether a module has one of these tensors."""
    return lambda module: any(getattr(module, name, None) is not None for name in names)


def _bias(module: Any) -> bool:
    if getattr(module, "affine", True) is False or getattr(module, "elementwise_affine", True) is False:
        return True  # a norm without parameters has none, whatever it was told
    bias = getattr(module, "bias", None)
    return bias if isinstance(bias, bool) else bias is not None


def _first_layer(get: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what a whole transformer was made with, by what its first layer was."""
    return lambda transformer: get(transformer.encoder.layers[0])


_ACTIVATIONS = {torch.nn.functional.relu: "relu", torch.nn.functional.gelu: "gelu"}
_TRANSFORMER: dict[str, Callable[[Any], Any]] = {
    "d_model": attrgetter("self_attn.embed_dim"),
    "nhead": attrgetter("self_attn.num_heads"),
    "dim_feedforward": attrgetter("linear1.out_features"),
    "dropout": attrgetter("dropout.p"),
    "activation": lambda layer: _ACTIVATIONS.get(layer.activation),
    "layer_norm_eps": attrgetter("norm1.eps"),
    "batch_first": attrgetter("self_attn.batch_first"),
    "bias": lambda layer: layer.linear1.bias is not None,
    "norm_first": attrgetter("norm_first"),
}
"""What a layer of a transformer was made with."""

_SPECIAL: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("", "bias"): _bias,
    ("MultiheadAttention", "bias"): _has("in_proj_bias"),
    ("MultiheadAttention", "add_bias_kv"): _has("bias_k"),
    ("Hardtanh", "min_value"): lambda module: module.min_val,
    ("Hardtanh", "max_value"): lambda module: module.max_val,
    ("PairwiseDistance", "p"): lambda module: module.norm,
    ("Transformer", "num_encoder_layers"): lambda module: module.encoder.num_layers,
    ("Transformer", "num_decoder_layers"): lambda module: module.decoder.num_layers,
    **{
        (kind, name): get
        for kind in ("TransformerEncoderLayer", "TransformerDecoderLayer")
        for name, get in _TRANSFORMER.items()
    },
    **{("Transformer", name): _first_layer(get) for name, get in _TRANSFORMER.items()},
}
"""Arguments that PyTorch's modules do not keep under their own name, by kind (any: an empty text) and argument."""
