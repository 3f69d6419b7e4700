"""The JSON Schema of what each kind of layer, each initialiser and each optimiser takes.

Every argument has its type, its words and its default from `archcheck.spec.signatures`; which of them the layer's
input decides, so that a spec may leave them out, is what the rules say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial

from archcheck import meanings
from archcheck.json_schema import Json, array, beside, described, either, record, ref
from archcheck.rules import RULES
from archcheck.spec import read, signatures
from archcheck.spec.signatures import Argument, Signature

DOCS = "https://docs.pytorch.org/docs/stable"
OWN: Mapping[str, str] = {
    "scaled": "Each element times `by`.",
    "parameter": "A tensor that the network learns, whatever comes in; `expand`: its axis of 1 in front as the batch.",
    "rotary": "Rotary positions of (..., T, F): features i and i + F / 2 turned by T / base^(2i / F).",
    "relative_position_bias": "A table of (2h - 1)(2w - 1) rows, a column a head, as each pair of places needs it.",
    "shifted_window_mask": "-100 between places of a window that only the shift has brought together, else 0.",
}
"""The functions that PyTorch has no page on."""


def argument_definitions() -> Json:
    """Return a definition for each sort of argument that layers have."""
    taken = (argument for word in words() for argument in _signature(word).arguments)
    sorts = {_sort(argument): argument for argument in taken if not argument.choices}
    return {sort: either(*_allowed(sorts[sort]), ref("argument_claim")) for sort in sorted(sorts)}


def _sort(argument: Argument) -> str:
    sides = "" if argument.sides is None else f"_{argument.sides}"
    null = "_or_null" if argument.nullable else ""
    return f"argument_{argument.type.replace(' ', '_')}{sides}{null}"


def _allowed(argument: Argument) -> Iterator[Json]:
    """Yield what an argument may be."""
    match argument.type:
        case "bool":
            yield {"type": "boolean"}
            yield ref("expression")
        case "choice":
            yield ref("expression")
        case "int" | "size" | "free size":
            yield ref("integer")
        case "float" | "ratio":
            yield ref("number")
    if argument.type in ("size", "free size", "ratio", "ints", "floats"):
        one = ref("number" if argument.type in ("ratio", "floats") else "integer")
        item = either(one, {"type": "null"}) if argument.type == "free size" else one
        yield array(item, argument.sides or 1, argument.sides or read.MAX_AXES)
    if argument.choices:
        yield {"enum": list(argument.choices)}
    if argument.nullable:
        yield {"type": "null"}


def _takes(properties: Json, required: list[str]) -> Json:
    """Return the arguments of one kind; where it needs none, null stands for none."""
    return {**record(properties, required), "type": "object" if required else ["object", "null"]}


def kind(word: str) -> Json:
    """Return what one kind of layer takes, each argument as its value or as a claim."""
    given = ", ".join(decided(word))
    inferred = f"The input decides {given}. " if given else ""
    properties = {}
    for argument in _signature(word).arguments:
        own = either(*_allowed(argument), ref("argument_claim"))
        part = _with_default(argument, own if argument.choices else ref(_sort(argument)))
        properties[argument.name] = _told(meanings.of_layer(word, argument.name), argument, part)
    return described(f"{inferred}{_about(word)}", _takes(properties, needed(word)))


def _about(word: str) -> str:
    """Return the page that PyTorch has on a kind, or what one of our own functions gives."""
    name = f"nn.{word}" if word in signatures.kinds() else word
    return OWN.get(word) or f"{DOCS}/generated/torch.{name}.html"


def initialiser(name: str) -> Json:
    """Return what one function of `torch.nn.init` takes beside the tensor."""
    return described(
        f"{DOCS}/nn.init.html",
        _call(_known(signatures.initialiser(name)), partial(meanings.of_initialiser, name)),
    )


def optimizer(name: str, not_negative: Collection[str]) -> Json:
    """Return what one optimiser of `torch.optim` takes beside the parameters; some of it is at least nought."""
    part = _call(_known(signatures.optimizer(name)), meanings.of_optimizer)
    for argument in not_negative:
        if argument in part["properties"]:
            part["properties"][argument]["minimum"] = 0
    return described(f"{DOCS}/generated/torch.optim.{name}.html", part)


def value_of(argument: Argument) -> Json:
    """Return what one argument may be, and its default."""
    return _with_default(argument, either(*_allowed(argument)))


def _call(signature: Signature, meaning: Callable[[str], str]) -> Json:
    """Return what a function takes, each argument as its value alone."""
    properties = {one.name: _told(meaning(one.name), one, value_of(one)) for one in signature.arguments}
    return _takes(properties, [one.name for one in signature.arguments if one.required])


def _with_default(argument: Argument, part: Json) -> Json:
    return part if argument.required else {"default": argument.default, **beside(part)}


def _told(meaning: str, argument: Argument, part: Json) -> Json:
    return described(meanings.told(meaning, argument), part)


def words() -> tuple[str, ...]:
    """Return every kind's name: the modules of `torch.nn`, and archcheck's functions."""
    return (*signatures.kinds(), *signatures.FUNCTIONS)


def names(word: str) -> tuple[str, ...]:
    """Return the names of a kind's arguments."""
    return _signature(word).names


def _signature(word: str) -> Signature:
    return _known(signatures.signature(word))


def _known(signature: Signature | None) -> Signature:
    assert signature is not None, "the tables list their own names"
    return signature


def decided(word: str) -> tuple[str, ...]:
    """Return the arguments that the layer's input decides: a spec may leave them out."""
    rule = RULES.get(word)
    return tuple(rule.fills) if rule else ()


def needed(word: str) -> list[str]:
    """Return the arguments that only the spec can give."""
    given = decided(word)
    return [one.name for one in _signature(word).arguments if one.required and one.name not in given]
