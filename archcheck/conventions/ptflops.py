"""As ptflops tells it with its default backend (`pytorch`): hooks on modules, and functions that it replaces.

A module that calls a replaced function (`nn.ReLU` calls `F.relu`) is counted by both. Version 0.7.5,
`ptflops/pytorch_ops.py` (`MODULES_MAPPING`) and `ptflops/pytorch_engine.py` (`patch_functional`, `patch_tensor_ops`):
https://github.com/sovrasov/flops-counter.pytorch/tree/master/ptflops
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from archcheck.conventions.base import NOTHING, Call, Convention, Share, Telling, elements, not_counted, share
from archcheck.conventions.products import (
    BATCH_NORMS,
    CELLS,
    CONVOLUTIONS,
    INSTANCE_NORMS,
    RECURRENT,
    TRANSPOSED,
    attention_macs,
    convolution_macs,
    has_bias,
    linear_macs,
    projection_macs,
    returns_weights,
)

REPLACED = frozenset({"relu", "prelu", "elu", "relu6", "gelu", "silu", "softmax"})
"""The elementwise functions of `torch.nn.functional` that are replaced: 1 an element."""

POOLS = frozenset(
    f"{which}_pool{sides}d" for which in ("avg", "max", "adaptive_avg", "adaptive_max") for sides in (1, 2, 3)
)
"""The pooling functions that are replaced: 1 an element of the input."""

HIDDEN = frozenset(
    {"relu", "gelu", "elu", "silu", "_softmax", "_prelu_kernel"}
    | {f"avg_pool{sides}d" for sides in (2, 3)}
    | {f"max_pool{sides}d_with_indices" for sides in (2, 3)}
    | {f"_adaptive_avg_pool{sides}d" for sides in (2, 3)}
)
"""The operators that a replaced function would run: in a module's own code nobody can tell who called them."""


def tell(call: Call) -> Telling:
    """Return what ptflops counts in one call."""
    if call.row.kind == "function":
        return _function(call)
    rule = _MODULES.get(call.type) if call.is_module else None
    if rule is not None:
        return rule(call)
    if not call.is_module and any(op.name in HIDDEN for op in call.row.work.ops):
        return Telling(
            unknown=f"ptflops counts some functions in {call.type}'s own code, and they are not seen"
        )
    return NOTHING if call.macs == 0 else not_counted(f"{call.type} (a class without a rule)")


def _convolution(call: Call) -> Telling:
    return Telling(convolution_macs(call), "", _biases(call))


def _linear(call: Call) -> Telling:
    return Telling(linear_macs(call), "", _biases(call))


def _biases(call: Call) -> tuple[Share, ...]:
    return share(call.elements_out if has_bias(call) else 0, "bias")


def _norm(call: Call) -> Telling:
    each = 2 if call.argument("affine") else 1
    return elements(each * call.elements_in, f"{call.type}, {each} an element")


def _activation(call: Call) -> Telling:
    return elements(call.elements_out, f"{call.type}, 1 an element")


def _activation_twice(call: Call) -> Telling:
    return elements(2 * call.elements_out, f"{call.type}, 1 an element for the module and 1 for its function")


def _pool(call: Call) -> Telling:
    why = f"{call.type}, 1 an element of its input for the module and 1 for its function"
    return elements(2 * call.elements_in, why)


def _upsample(call: Call) -> Telling:
    hook = math.prod(call.gave[1:])
    return elements(
        hook + _interpolated(call), "Upsample, 1 an element for the module and 1 for its function"
    )


def _interpolate(call: Call) -> Telling:
    return elements(_interpolated(call), f"{call.type}, 1 an element")


def _interpolated(call: Call) -> int:
    """The output's elements, or the input's times the scale, of which nothing is rounded."""
    scale = call.argument("scale_factor")
    if isinstance(scale, tuple):
        return call.elements_in * int(math.prod(scale))
    if isinstance(scale, int | float):
        return int(call.elements_in * scale ** (len(call.given) - 2))
    return call.elements_out


def _local_response(call: Call) -> Telling:
    """A square, a pooling window over the channels with its padding, a product and a sum: each is replaced."""
    channels = call.given[1]
    padded = call.elements_in // channels * (channels + call.number("size") - 1)
    return elements(3 * call.elements_in + padded, "local response norm, by the functions it is made of")


def _power_pool(call: Call) -> Telling:
    if abs(float(str(call.argument("norm_type")))) == math.inf:
        return elements(call.elements_in, f"{call.type}, by the functions it is made of")
    return elements(call.elements_in + 2 * call.elements_out, f"{call.type}, by the functions it is made of")


def _attention(call: Call) -> Telling:
    """The hook's own formula; where weights are returned, the module's products are seen a second time."""
    query, key, value = (*call.row.work.inputs, (), (), ())[:3]
    batch, rows, heads = _batch(call, query), _rows(call, query), call.number("num_heads")
    keys, width = _rows(call, key), query[-1]
    biased = call.weight("in_proj_bias") is not None
    scores = batch * heads * rows * keys
    extras = [
        Share(batch * rows * width, "attention: the query's scale"),
        Share(scores, "attention: softmax, 1 an element"),
        Share(batch * width * (biased * (rows + 2 * keys) + rows), "attention: biases"),
    ]
    inside = batch * heads * rows * keys * (width // heads + value[-1] // heads)
    if returns_weights(call):
        masked = any(op.name == "baddbmm" for op in call.row.work.ops)
        extras.append(Share(attention_macs(call), "attention: its matrix products a second time"))
        extras.append(Share((1 + masked) * scores, "attention: softmax a second time"))
    widths = (query[-1], key[-1], value[-1])
    projected = batch * (
        rows * widths[0] ** 2 + keys * (widths[1] ** 2 + widths[2] ** 2) + rows * widths[2] ** 2
    )
    usual = projected == projection_macs(call) and inside == attention_macs(call)
    why = "" if usual else "attention: as if every width were its own output"
    return Telling(projected + inside, why, tuple(extras))


def _batch(call: Call, shape: tuple[int, ...]) -> int:
    return shape[0] if call.argument("batch_first") else shape[1]


def _rows(call: Call, shape: tuple[int, ...]) -> int:
    return shape[1] if call.argument("batch_first") else shape[0]


def _gates(kind: str, hidden: int) -> int:
    return {"RNN": 1, "GRU": 7, "LSTM": 10}[kind] * hidden


def _recurrent(call: Call) -> Telling:
    """The forward weights of each layer; twice those where it runs both ways, for every step of every sample."""
    often = math.prod(call.given[:2]) * (2 if call.argument("bidirectional") else 1)
    layers = range(call.number("num_layers"))
    products = often * sum(_elements(call, f"weight_{of}_l{n}") for n in layers for of in ("ih", "hh"))
    biases = often * sum(_elements(call, f"bias_{of}_l{n}") for n in layers for of in ("ih", "hh"))
    gates = often * len(layers) * _gates(call.type, call.number("hidden_size"))
    why = "" if products == call.macs else "recurrent layers: forward weights alone, without a projection"
    return Telling(products, why, (*share(biases, "bias"), Share(gates, _GATES)))


def _cell(call: Call) -> Telling:
    rows = call.given[0]
    products = rows * sum(_elements(call, f"weight_{of}") for of in ("ih", "hh"))
    biases = rows * sum(_elements(call, f"bias_{of}") for of in ("ih", "hh"))
    gates = rows * _gates(call.type.removesuffix("Cell"), call.number("hidden_size"))
    return Telling(products, "", (*share(biases, "bias"), Share(gates, _GATES)))


def _elements(call: Call, name: str) -> int:
    shape = call.weight(name)
    return 0 if shape is None else math.prod(shape)


_GATES = "recurrent layers: what the gates add and multiply"


def _function(call: Call) -> Telling:
    """Those of `torch.nn.functional` are replaced, and some of torch and of tensors."""
    if call.type in REPLACED:
        seen = call.row.origin == "functional" or call.type == "prelu"
        return elements(call.elements_in, f"{call.type} as a function, 1 an element") if seen else NOTHING
    if call.type in POOLS:
        return elements(call.elements_in, f"{call.type} as a function, 1 an element of the input")
    if call.type in ("interpolate", "upsample"):
        return _interpolate(call)
    if call.type in ("mul", "add"):
        seen = call.row.origin in ("torch", "method")
        return elements(call.elements_out, f"{call.type} as a function, 1 an element") if seen else NOTHING
    return _product(call)


def _product(call: Call) -> Telling:
    """`torch.matmul` and a tensor's `matmul` are replaced, `@` is not."""
    replaced = call.type == "matmul" and call.row.origin in ("torch", "method")
    called = call.type in ("mm", "bmm", "addmm") or replaced
    if not called and not (call.type == "baddbmm" and call.row.origin == "torch"):
        return NOTHING if call.macs == 0 else not_counted(f"{call.type} as a function (or as an operator)")
    inputs = call.row.work.inputs
    added = inputs[0] if call.type in ("addmm", "baddbmm") else None
    left, right = inputs[-2:]
    counted = math.prod(left) * right[-1]
    why = "" if counted == call.macs else "a product's left matrices alone are counted"
    return Telling(counted, why, () if added is None else (Share(math.prod(added), "bias"),))


_MODULES: Mapping[str, Callable[[Call], Telling]] = {
    **dict.fromkeys(CONVOLUTIONS | TRANSPOSED, _convolution),
    "Linear": _linear,
    **dict.fromkeys((BATCH_NORMS - {"SyncBatchNorm"}) | INSTANCE_NORMS | {"GroupNorm", "LayerNorm"}, _norm),
    **dict.fromkeys(("ReLU", "PReLU", "ELU", "GELU"), _activation_twice),
    **dict.fromkeys(("ReLU6", "LeakyReLU", "SiLU", "Softmax", "Softmax2d"), _activation),
    **{
        f"{which}Pool{sides}d": _pool
        for which in ("Avg", "Max", "AdaptiveAvg", "AdaptiveMax")
        for sides in (1, 2, 3)
    },
    "Upsample": _upsample,
    **dict.fromkeys(("UpsamplingNearest2d", "UpsamplingBilinear2d"), _interpolate),
    "LocalResponseNorm": _local_response,
    **dict.fromkeys(("LPPool1d", "LPPool2d", "LPPool3d"), _power_pool),
    **dict.fromkeys(RECURRENT, _recurrent),
    **dict.fromkeys(CELLS, _cell),
    "MultiheadAttention": _attention,
}
"""By class: what a hook counts, and what the functions count that the class's own code calls."""

CONVENTION = Convention(
    "ptflops",
    "ptflops",
    "MACs",
    "its default backend; bias, activations, pooling and norms counted too",
    tell,
    "ptflops 0.7.5, ptflops/pytorch_ops.py and pytorch_engine.py",
    "how it is called: samples given by place divide what its hooks count, and what its functions count they do not",
)
