"""What `torch.nn` and archcheck's own functions take: arguments, defaults and types, without importing it.

The tables of `torch.nn`, `torch.nn.init` and `torch.optim` are generated from PyTorch itself (`torch_nn.json`); they
are read once, when the first question is asked. A type is one of a few words:

bool        true or false
int         a whole number
float       a number, whole or not
choice      one of `choices`
size        a whole number, or a list with one a side; with `choices`, one of these words as well
free size   the same, and a side in a list may be null: as the input has it
ratio       a number, or a list with one a side
ints        a list of whole numbers
floats      a list of numbers, `sides` of them
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any, Literal

from archcheck.spec.arithmetic import MAX_VALUE

TypeWord = Literal["bool", "int", "float", "choice", "size", "free size", "ratio", "ints", "floats"]

_ANY_NUMBERS = ("float", "ratio", "floats")
TABLE = Path(__file__).with_name("torch_nn.json")
NEAR = 0.6
"""How alike two words must be for the one to be suggested: the share of characters in common."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a layer, a function, an initialiser or an optimiser, by PyTorch's own name.

    `default`: what PyTorch takes where it is left out, None where it is `required`; `nullable`: null is a
    value; `sides`: how many numbers a list has (size, free size, ratio, floats), None for one or more; `choices`: the
    words that it may be.
    """

    name: str
    type: TypeWord
    default: bool | int | float | str | None = None
    required: bool = False
    nullable: bool = False
    sides: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """Everything that one kind of layer, function, initialiser or optimiser takes, in PyTorch's order."""

    kind: str
    arguments: tuple[Argument, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments' names."""
        return tuple(argument.name for argument in self.arguments)

    def get(self, name: str) -> Argument | None:
        """Return the argument of that name, None if there is none."""
        return next((argument for argument in self.arguments if argument.name == name), None)


FUNCTIONS: Mapping[str, Signature] = {
    signature.kind: signature
    for signature in (
        Signature("flatten", (Argument("start_dim", "int", 1), Argument("end_dim", "int", -1))),
        Signature("reshape", (Argument("shape", "ints", required=True),)),
        Signature("permute", (Argument("dims", "ints", required=True),)),
        Signature(
            "transpose", (Argument("dim0", "int", required=True), Argument("dim1", "int", required=True))
        ),
        Signature(
            "unflatten", (Argument("dim", "int", required=True), Argument("sizes", "ints", required=True))
        ),
        Signature("select", (Argument("dim", "int", required=True), Argument("index", "int", required=True))),
        Signature(
            "narrow",
            (
                Argument("dim", "int", required=True),
                Argument("start", "int", required=True),
                Argument("length", "int", required=True),
            ),
        ),
        Signature(
            "roll", (Argument("shifts", "ints", required=True), Argument("dims", "ints", required=True))
        ),
        Signature("mean", (Argument("dim", "size", required=True), Argument("keepdim", "bool", False))),
        Signature("scaled", (Argument("by", "float", required=True),)),
        Signature("parameter", (Argument("size", "ints", required=True), Argument("expand", "bool", False))),
        Signature("rotary", (Argument("base", "float", 10000.0),)),
        Signature("relative_position_bias", (Argument("window", "size", required=True, sides=2),)),
        Signature(
            "shifted_window_mask",
            (
                Argument("size", "size", required=True, sides=2),
                Argument("window", "size", required=True, sides=2),
                Argument("shift", "size", required=True, sides=2),
            ),
        ),
    )
}
"""archcheck's own functions: the lower-case kinds."""

JOINS: Mapping[str, Signature] = {
    signature.kind: signature
    for signature in (
        Signature("add", ()),
        Signature("concat", (Argument("dim", "int", 1),)),
        Signature("mul", ()),
        Signature("matmul", ()),
        Signature(
            "scaled_dot_product_attention",
            (
                Argument("is_causal", "bool", False),
                Argument("enable_gqa", "bool", False),
                Argument("scale", "float", None, nullable=True),
            ),
        ),
    )
}
"""What is made of the results of several branches, and what it takes beside them."""

BRANCHES: Mapping[str, tuple[int, int]] = {"matmul": (2, 2), "scaled_dot_product_attention": (3, 4)}
"""How many branches a join has, at least and at most, where that is not two or more."""
PARTS: Mapping[str, tuple[str, ...]] = {"scaled_dot_product_attention": ("query", "key", "value", "mask")}
"""What the branches of a join are, in their order, where they are not alike."""


def kinds() -> tuple[str, ...]:
    """Return the names of the `torch.nn` modules that a spec may use, sorted."""
    return tuple(_table()["layers"])


def initialisers() -> tuple[str, ...]:
    """Return the names of the `torch.nn.init` functions that a spec may use, sorted."""
    return tuple(_table()["initialisers"])


def optimizers() -> tuple[str, ...]:
    """Return the names of the `torch.optim` optimisers that a spec may use, sorted."""
    return tuple(_table()["optimizers"])


@cache
def module_names() -> frozenset[str]:
    """Return the names that `nn.Module`, `nn.Sequential` and archcheck's own bodies have already."""
    return frozenset(_table()["module_names"])


def signature(kind: str) -> Signature | None:
    """Return what the `torch.nn` module, the function or the join `kind` takes, None if there is no such kind."""
    return FUNCTIONS.get(kind) or JOINS.get(kind) or _signatures("layers").get(kind)


def initialiser(name: str) -> Signature | None:
    """Return what `torch.nn.init.NAME` takes beside the tensor, None if a spec cannot name it."""
    return _signatures("initialisers").get(name)


def optimizer(name: str) -> Signature | None:
    """Return what `torch.optim.NAME` takes beside the parameters, None if a spec cannot name it."""
    return _signatures("optimizers").get(name)


def problem(argument: Argument, value: object) -> str | None:
    """Return what is wrong with a plain value for `argument`, None if nothing is.

    >>> problem(Argument("kernel_size", "size", required=True, sides=2), [3, 3, 3])
    'needs 2 whole numbers or one, given [3, 3, 3]'
    """
    if _beyond(value):
        return "is beyond 2^63 - 1, the largest whole number that PyTorch takes"
    if _fits(argument, value):
        return None
    near = closest(value, argument.choices) if isinstance(value, str) else None
    suggestion = f"; did you mean {near!r}?" if near else ""
    return f"needs {needs(argument)}, given {shown(value)}{suggestion}"


def needs(argument: Argument) -> str:
    """Return what `argument` needs, as people say it.

    >>> needs(Argument("padding", "size", 0, sides=2, choices=("valid", "same")))
    '2 whole numbers or one, or one of valid, same'
    """
    words = f"one of {', '.join(argument.choices)}"
    if argument.type != "choice":
        words = _plain_needs(argument) + (f", or {words}" if argument.choices else "")
    comma = "," if " or " in words else ""
    return f"{words}{comma} or null" if argument.nullable else words


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of `words` that is most like `word`, upper and lower case alike; None if none is near.

    >>> closest("Flaten", kinds())
    'Flatten'
    """
    matcher = SequenceMatcher(None, b=word.lower())
    best, best_ratio = None, NEAR
    for candidate in words:
        matcher.set_seq1(candidate.lower())
        # The two bounds are quick, and spare most candidates the full comparison.
        if matcher.real_quick_ratio() < best_ratio or matcher.quick_ratio() < best_ratio:
            continue
        if (ratio := matcher.ratio()) > best_ratio or (best is None and ratio == best_ratio):
            best, best_ratio = candidate, ratio
    return best


def shown(value: object) -> str:
    """Return a value as YAML writes it, cut to the length of a message.

    >>> shown((True, None, "three"))
    "[true, null, 'three']"
    """
    return _Shown().repr(value)


@cache
def _table() -> Any:
    return json.loads(TABLE.read_text(encoding="utf-8"))


@cache
def _signatures(key: str) -> Mapping[str, Signature]:
    table = _table()[key]
    return {kind: Signature(kind, tuple(map(_argument, arguments))) for kind, arguments in table.items()}


def _argument(record: Mapping[str, Any]) -> Argument:
    return Argument(**{**record, "choices": tuple(record.get("choices", ()))})


def _plain_needs(argument: Argument) -> str:
    number = "number" if argument.type in _ANY_NUMBERS else "whole number"
    free = " (null: as the input has it)" if argument.type == "free size" else ""
    match argument.type, argument.sides:
        case "bool", _:
            return "true or false"
        case "int" | "float", _:
            return f"a {number}"
        case "ints", _:
            return f"a list of {number}s"
        case "floats", _:
            return f"a list of {argument.sides} {number}s"
        case _, None:
            return f"a {number} or a list of {number}s{free}"
        case _, 1:
            return f"a {number} or a list of one{free}"
    return f"{argument.sides} {number}s{free} or one"


def _fits(argument: Argument, value: object) -> bool:
    if value is None:
        return argument.nullable
    if isinstance(value, str):
        return value in argument.choices
    if argument.type == "bool":
        return isinstance(value, bool)
    if isinstance(value, list | tuple):
        return _fits_list(argument, value)
    return argument.type not in ("choice", "ints", "floats") and _is_number(argument, value)


def _fits_list(argument: Argument, values: list[object] | tuple[object, ...]) -> bool:
    if argument.type not in ("size", "free size", "ratio", "ints", "floats"):
        return False
    if not values or argument.sides not in (None, len(values)):
        return False
    free = argument.type == "free size"
    return all(_is_number(argument, item) or (free and item is None) for item in values)


def _is_number(argument: Argument, value: object) -> bool:
    """Say whether `value` is the kind of number that `argument` is made of; true and false are none."""
    whole = argument.type not in _ANY_NUMBERS
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool)


def _beyond(value: object) -> bool:
    items = value if isinstance(value, list | tuple) else (value,)
    return any(isinstance(item, int) and abs(item) > MAX_VALUE for item in items)


class _Shown(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxlist, self.maxstring = 3, 8, 60

    def repr_NoneType(self, value: None, level: int) -> str:  # noqa: N802 - reprlib calls by the type's name
        return "null"

    def repr_bool(self, value: bool, level: int) -> str:
        return "true" if value else "false"

    def repr_int(self, value: int, level: int) -> str:
        # Python refuses to print a number of more than 4,300 digits.
        return "a huge number" if abs(value) > MAX_VALUE else str(value)

    def repr_tuple(self, value: tuple[Any, ...], level: int) -> str:
        return self.repr_list(list(value), level)
