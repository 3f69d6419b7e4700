"""PyTorch's functions -> nodes: as archcheck's functions and joins, or as the layer that does the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any

from archcheck.drafting.builder import Builder
from archcheck.drafting.called import Called
from archcheck.drafting.layer_arguments import Unsaid, without_defaults
from archcheck.drafting.moves import MOVES, reshaped, same
from archcheck.drafting.record import Call
from archcheck.drafting.values import Tensor
from archcheck.units import Shape

Handler = Callable[[Called], None]


def _as_layer(
    kind: str, names: Sequence[str], called: Called, fixed: Mapping[str, Any] | None = None
) -> None:
    """Write a function as the layer without parameters that does the same; `names`: its arguments behind the first."""
    given = {name: called.get(place, name, _MISSING) for place, name in enumerate(names, start=1)}
    args = {name: value for name, value in given.items() if value is not _MISSING}
    x = called.builder.value(called.first)
    called.give(kind, without_defaults(kind, {**args, **(fixed or {})}), x)


_MISSING = object()


def _in_place(kind: str, called: Called) -> None:
    _as_layer(kind, (), called, {"inplace": True})


def _elementwise(kind: str, called: Called) -> None:
    one, other = called.get(0, "input"), called.get(1, "other")
    numbers = [value for value in (one, other) if not isinstance(value, Tensor)]
    if numbers:
        _with_number(kind, numbers[0], one if isinstance(one, Tensor) else other, called)
        return
    _without_alpha(called)
    tensors = [_narrowest(one, called), _narrowest(other, called)]
    if _together(*(tensor.shape for tensor in tensors)) != called.call.results[0].shape:
        raise Unsaid("expand, of what no sum or product takes")
    called.give(kind, {}, *map(called.builder.value, tensors), joins=True)


def _without_alpha(called: Called) -> None:
    if called.call.kwargs.get("alpha", 1) != 1:
        raise Unsaid(f"{called.call.type} with alpha")


def _narrowest(tensor: Tensor, called: Called) -> Tensor:
    """Return the tensor that another one is, expanded: a join does that by itself."""
    spread = called.builder.spread
    number = called.builder.resolved(tensor.number)
    return _narrowest(spread[number], called) if number in spread else tensor


def _together(one: Shape, other: Shape) -> Shape:
    """Return the shape that two shapes which fit are broadcast to."""
    axes = zip_longest(reversed(one), reversed(other), fillvalue=1)
    return tuple(second if first == 1 else first for first, second in axes)[::-1]


def _with_number(kind: str, number: Any, tensor: Any, called: Called) -> None:
    if kind == "mul" and isinstance(number, int | float):
        called.give("scaled", {"by": number}, called.builder.value(tensor))
    elif kind == "add" and number == 0:
        called.is_same(tensor)
    else:
        raise Unsaid(f"{called.call.type} of a number")


def _sub(called: Called) -> None:
    one, other = called.get(0, "input"), called.get(1, "other")
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        raise Unsaid("sub of a number")
    _without_alpha(called)
    less = called.give("scaled", {"by": -1}, called.builder.value(other), shape=other.shape)
    called.give("add", {}, called.builder.value(one), less, joins=True)


def _neg(called: Called) -> None:
    called.give("scaled", {"by": -1}, called.builder.value(called.first))


def _div(called: Called) -> None:
    by = called.get(1, "other")
    if not isinstance(by, int | float) or called.get(2, "rounding_mode") is not None:
        raise Unsaid("div by a tensor")
    called.give("scaled", {"by": 1 / by}, called.builder.value(called.first))


def _cat(called: Called) -> None:
    tensors = called.get(0, "tensors")
    values = [called.builder.value(one) for one in tensors]
    if len(values) == 1:
        called.is_same(tensors[0])
        return
    dim = {"dim": called.get(1, "dim", 0)}
    called.give("concat", without_defaults("concat", dim), *values, joins=True)


def _stack(called: Called) -> None:
    """Write a new axis into each tensor, and put them side by side along it."""
    tensors, shape = called.get(0, "tensors"), called.call.results[0].shape
    dim = called.get(1, "dim", 0) % len(shape)
    sheet = (*shape[:dim], 1, *shape[dim + 1 :])
    step = None if len(tensors) == 1 else sheet
    sheets = [reshaped(called, one, sheet, step) for one in tensors]
    if len(sheets) > 1:
        called.give("concat", without_defaults("concat", {"dim": dim}), *sheets, joins=True)


def _matmul(called: Called) -> None:
    one, other = called.get(0, "input"), called.get(1, "other", called.get(1, "mat2"))
    called.give("matmul", {}, called.builder.value(one), called.builder.value(other), joins=True)


def _attention(called: Called) -> None:
    names = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal", "scale", "enable_gqa")
    given = {name: called.get(place, name) for place, name in enumerate(names)}
    tensors = [given[name] for name in names[:4] if given[name] is not None]
    settings = {name: given[name] for name in ("is_causal", "scale", "enable_gqa") if given[name]}
    values = [called.builder.value(one) for one in tensors]
    kind = "scaled_dot_product_attention"
    called.give(kind, without_defaults(kind, settings), *values, joins=True)


def _expand(called: Called) -> None:
    """Write the batch that a parameter gets; any other expanding is left to the join that takes what comes out."""
    given, after = called.first, called.call.results[0].shape
    builder = called.builder
    number = builder.resolved(given.number)
    is_parameter = number in builder.recording.held and number not in builder.made
    is_batch = given.shape[:1] == (1,) and after[1:] == given.shape[1:]
    if is_parameter and is_batch:
        builder.parameter(number, builder.recording.held[number], given.shape, expand=True)
        builder.batched.add(number)
        called.is_same(given)
        return
    if given.shape == after:
        called.is_same(given)
    else:
        builder.spread[called.call.results[0].number] = given


def _repeat(called: Called) -> None:
    """Write what an axis of 1 is repeated to as what it is expanded to."""
    before, after = called.first.shape, called.call.results[0].shape
    if len(before) != len(after) or any(one not in (1, two) for one, two in zip(before, after, strict=True)):
        raise Unsaid("repeat")
    _expand(called)


def _interpolate(called: Called) -> None:
    names = ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias")
    if called.get(6, "antialias"):
        raise Unsaid("interpolate with antialias")
    _as_layer("Upsample", names[:5], called)


def _pad(called: Called) -> None:
    sides, mode, value = (
        called.several(1, "pad"),
        called.get(2, "mode", "constant"),
        called.get(3, "value") or 0,
    )
    if not any(sides):
        called.is_same(called.first)
        return
    word = {"constant": "Constant" if value else "Zero", "reflect": "Reflection", "replicate": "Replication"}
    kind = f"{word.get(mode, 'Circular')}Pad{len(sides) // 2}d"
    if len(sides) > 6:
        raise Unsaid("pad of more than 3 axes")
    args: dict[str, Any] = {"padding": list(sides), **({"value": value} if value else {})}
    called.give(kind, without_defaults(kind, args), called.builder.value(called.first))


def _repeat_interleave(called: Called) -> None:
    if called.get(1, "repeats") != 1:
        raise Unsaid("repeat_interleave")
    called.is_same(called.first)


def _layer_norm(called: Called) -> None:
    eps = {"normalized_shape": called.get(1, "normalized_shape"), "eps": called.get(4, "eps", 1e-5)}
    if called.get(2, "weight") is not None:
        _with_weights("LayerNorm", eps, 2, called)
        return
    args = without_defaults("LayerNorm", {**eps, "elementwise_affine": False})
    called.give("LayerNorm", args, called.builder.value(called.first))


def _linear(called: Called) -> None:
    weight = called.get(1, "weight")
    _with_weights("Linear", {"out_features": weight.shape[0]}, 1, called)


def _convolution(sides: int, called: Called) -> None:
    weight, names = called.get(1, "weight"), ("stride", "padding", "dilation", "groups")
    settings = {name: called.get(place, name, _MISSING) for place, name in enumerate(names, start=3)}
    args = {name: value for name, value in settings.items() if value is not _MISSING}
    sizes = {"out_channels": weight.shape[0], "kernel_size": weight.shape[2:]}
    _with_weights(f"Conv{sides}d", {**sizes, **args}, 1, called)


def _with_weights(kind: str, args: Mapping[str, Any], place: int, called: Called) -> None:
    """Write a function that is given weights as the layer that holds them, by the names that PyTorch's layer has."""
    held, builder = called.builder.recording.held, called.builder
    weight, bias = called.get(place, "weight"), called.get(place + 1, "bias")
    path, _, word = held.get(builder.resolved(weight.number), "").rpartition(".")
    biased = bias is not None and held.get(builder.resolved(bias.number)) == f"{path}.bias"
    if not path or word != "weight" or biased != (bias is not None):
        raise Unsaid(f"{called.call.type} with weights that are not a layer's")
    settings = without_defaults(kind, {**args, "bias": biased})
    called.give_layer(path, kind, settings, builder.value(called.first))


_POOL = ("kernel_size", "stride", "padding")
_LAYERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "relu": ("ReLU", ("inplace",)),
    "relu6": ("ReLU6", ("inplace",)),
    "silu": ("SiLU", ("inplace",)),
    "mish": ("Mish", ("inplace",)),
    "gelu": ("GELU", ("approximate",)),
    "elu": ("ELU", ("alpha", "inplace")),
    "selu": ("SELU", ("inplace",)),
    "celu": ("CELU", ("alpha", "inplace")),
    "leaky_relu": ("LeakyReLU", ("negative_slope", "inplace")),
    "hardswish": ("Hardswish", ("inplace",)),
    "hardsigmoid": ("Hardsigmoid", ("inplace",)),
    "sigmoid": ("Sigmoid", ()),
    "tanh": ("Tanh", ()),
    "logsigmoid": ("LogSigmoid", ()),
    "softplus": ("Softplus", ("beta", "threshold")),
    "softsign": ("Softsign", ()),
    "softmax": ("Softmax", ("dim",)),
    "log_softmax": ("LogSoftmax", ("dim",)),
    "glu": ("GLU", ("dim",)),
    "dropout": ("Dropout", ("p",)),
    "dropout1d": ("Dropout1d", ("p",)),
    "dropout2d": ("Dropout2d", ("p",)),
    "dropout3d": ("Dropout3d", ("p",)),
    "alpha_dropout": ("AlphaDropout", ("p",)),
    "pixel_shuffle": ("PixelShuffle", ("upscale_factor",)),
    "pixel_unshuffle": ("PixelUnshuffle", ("downscale_factor",)),
    "local_response_norm": ("LocalResponseNorm", ("size", "alpha", "beta", "k")),
    **{
        f"max_pool{n}d": (
            f"MaxPool{n}d",
            (*_POOL, "dilation", "ceil_mode", "return_indices"),
        )
        for n in (1, 2, 3)
    },
    **{
        f"avg_pool{n}d": (
            f"AvgPool{n}d",
            (*_POOL, "ceil_mode", "count_include_pad", *(("divisor_override",) if n > 1 else ())),
        )
        for n in (1, 2, 3)
    },
    **{
        f"adaptive_{one}_pool{n}d": (f"Adaptive{one.title()}Pool{n}d", ("output_size",))
        for one in ("avg", "max")
        for n in (1, 2, 3)
    },
}
"""Functions that are a layer without parameters: its kind, and the function's arguments behind the first."""

_SAME = (
    *("contiguous", "clone", "detach", "to", "type", "type_as", "float", "half", "bfloat16", "double"),
    *("cpu", "cuda", "requires_grad_", "alias"),
)

HANDLERS: Mapping[str, Handler] = {
    **MOVES,
    **{name: partial(_as_layer, kind, names) for name, (kind, names) in _LAYERS.items()},
    **{f"{name}_": partial(_in_place, kind) for name, (kind, names) in _LAYERS.items() if "inplace" in names},
    **dict.fromkeys(_SAME, same),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), _expand),
    "repeat": _repeat,
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat),
    "stack": _stack,
    **dict.fromkeys(("add", "__add__", "__radd__", "__iadd__", "add_"), partial(_elementwise, "add")),
    **dict.fromkeys(
        ("mul", "__mul__", "__rmul__", "__imul__", "mul_", "multiply"), partial(_elementwise, "mul")
    ),
    **dict.fromkeys(("sub", "subtract", "__sub__", "sub_", "__isub__"), _sub),
    **dict.fromkeys(("div", "true_divide", "__truediv__", "div_", "divide", "__itruediv__"), _div),
    **dict.fromkeys(("neg", "negative"), _neg),
    **dict.fromkeys(("matmul", "__matmul__", "bmm", "mm"), _matmul),
    "scaled_dot_product_attention": _attention,
    "interpolate": _interpolate,
    "pad": _pad,
    "layer_norm": _layer_norm,
    "linear": _linear,
    **{f"conv{sides}d": partial(_convolution, sides) for sides in (1, 2, 3)},
    "repeat_interleave": _repeat_interleave,
}
"""What to write for a function, by its name; one that is not here cannot be said."""


def write(builder: Builder, call: Call) -> None:
    """Make the nodes of a function's call. Raises `Unsaid`."""
    handler = HANDLERS.get(call.type)
    if handler is None:
        raise Unsaid(call.type)
    handler(Called(builder, call))
