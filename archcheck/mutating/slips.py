"""How a hyper-parameter slips: one more, one less, turned over, the other word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from archcheck.leaf import complete
from archcheck.rules import RULES
from archcheck.spec.layers import Value
from archcheck.spec.signatures import Argument, signature

Args = Mapping[str, Value]
Slip = Callable[[Value, Args], Value]
"""From a value, and all arguments of its layer, to the value that is meant for it; None: there is none."""

DECIDED = (
    "kernel_size", "stride", "padding", "dilation", "groups", "bias", "ceil_mode", "p", "bidirectional",
)  # fmt: skip
"""The arguments that are changed where they are left out, too: leaving them out is how a document decides them."""

NO_DECISION = ("inplace", "return_indices", "device", "dtype", "sparse", "scale_grad_by_freq", "need_weights")
"""The arguments that no value in the network depends on."""

WITH_BIAS = ("Conv", "Linear", "Bilinear", "RNN", "GRU", "LSTM")
"""What the kinds begin with whose bias is decided by leaving it out: who normalises does not think of it."""


def slips(kind: str, stated: Args) -> Iterator[tuple[str, Slip]]:
    """Yield each argument that a slip can change, and how, in PyTorch's order.

    What a layer's input decides (`in_channels`) is a claim, and no decision.
    """
    known, rule = signature(kind), RULES.get(kind)
    fills = rule.fills if rule is not None else {}
    for argument in known.arguments if known is not None else ():
        name = argument.name
        if name in fills or name in NO_DECISION or not (name in stated or _decided(kind, name)):
            continue
        for slip in (*_BY_NAME.get(name, _by_type(argument)), *_SIDES.get(argument.type, ())):
            yield name, slip


def slipped(kind: str, stated: Args, name: str, slip: Slip) -> tuple[Value, Value] | None:
    """Return an argument's value and the changed one; None where this layer has no such slip."""
    args = complete(kind, stated)
    value = args["kernel_size"] if name == "stride" and args[name] is None else args[name]
    changed = None if value is None else slip(value, args)
    return None if changed is None or changed == value else (value, changed)


def _decided(kind: str, name: str) -> bool:
    return name in DECIDED and (name != "bias" or kind.startswith(WITH_BIAS))


def _moved(value: Value, args: Args, *, by: int, least: int | None = None) -> Value:
    """Return a whole number, or each number of a list, moved; what would fall below `least` stays as it is."""
    if isinstance(value, tuple):
        return tuple(None if one is None else _bounded(one, by, least) for one in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _bounded(value, by, least)
    return None


def _bounded(number: int | float, by: int, least: int | None) -> int | float:
    return number if least is not None and number + by < least else number + by


def _group_more(value: Value, args: Args) -> Value:
    """One channel more in each group: one alone would not divide into them."""
    groups = args.get("groups")
    return value + (groups if isinstance(groups, int) else 1) if isinstance(value, int) else None


def _other_groups(value: Value, args: Args) -> Value:
    return 2 if value == 1 else 1


def _halved(value: Value, args: Args) -> Value:
    """Half as many heads or groups, which divide what the whole do; one becomes two."""
    if not isinstance(value, int):
        return None
    return value // 2 if value % 2 == 0 else 1 if value > 1 else 2


def _half(value: Value, args: Args) -> Value:
    return (value / 2 if value else 0.1) if isinstance(value, int | float) else None


def _turned(value: Value, args: Args) -> Value:
    return not value if isinstance(value, bool) else None


def _reversed(value: Value, args: Args) -> Value:
    return value[::-1] if isinstance(value, tuple) else None


def _last_swapped(value: Value, args: Args) -> Value:
    return (*value[:-2], *value[:-3:-1]) if isinstance(value, tuple) and len(value) > 1 else None


def _next_word(value: Value, args: Args, *, words: tuple[str, ...]) -> Value:
    return words[(words.index(value) + 1) % len(words)] if isinstance(value, str) and value in words else None


_UP = partial(_moved, by=1)
_DOWN = partial(_moved, by=-1, least=1)
_LOWER = partial(_moved, by=-1, least=0)
_SOME_MORE: tuple[Slip, ...] = (_group_more,)

_BY_NAME: Mapping[str, tuple[Slip, ...]] = {
    "padding": (_UP, _LOWER, partial(_next_word, words=("same", "valid"))),
    "output_padding": (_UP, _LOWER),
    "start": (_UP, _LOWER),
    "groups": (_other_groups,),
    "num_groups": (_halved,),
    "num_heads": (_halved,),
    "nhead": (_halved,),
    **dict.fromkeys(("out_channels", "out_features", "hidden_size", "proj_size"), _SOME_MORE),
    **dict.fromkeys(("num_embeddings", "embedding_dim", "dim_feedforward"), _SOME_MORE),
}
_DIMENSIONS = (_UP, partial(_moved, by=-1))
"""An axis counts from either end, so it may be below 0."""

_SIDES: Mapping[str, tuple[Slip, ...]] = {"size": (_reversed,), "free size": (_reversed,)}
"""By type of argument: height and width in the wrong order."""


def _by_type(argument: Argument) -> tuple[Slip, ...]:
    match argument.type:
        case "bool":
            return (_turned,)
        case "choice":
            return (partial(_next_word, words=argument.choices),)
        case "float":
            return (_half,)
        case "ints":
            return (_last_swapped,)
        case "ratio":
            return (_UP,)
        case "int" | "size" | "free size":
            return _DIMENSIONS if "dim" in argument.name or argument.name == "index" else (_UP, _DOWN)
    return ()
