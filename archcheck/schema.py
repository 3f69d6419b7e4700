"""The JSON Schema of the spec format, for editors and for `archcheck schema`.

It is built from the loader's own tables, so that the two cannot drift: which kinds there are, what they take,
which words the format has. It accepts what archcheck accepts, and refuses what a schema can see to be wrong.
Beyond its sight: whether a block, its parameters or an expression's names are there, a key that stands twice,
`3.0` for 3. Where it is earlier than the loader: a missing argument that no input decides (refused when the
layers are inferred), and the layers of a block that nothing uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcheck import units
from archcheck.json_schema import (
    DRAFT,
    Json,
    array,
    beside,
    described,
    either,
    mapping,
    one_of,
    record,
    ref,
    whole,
)
from archcheck.rules import RULES
from archcheck.spec import arithmetic, bodies, claims, load, read, signatures
from archcheck.spec.signatures import Argument, Signature

DOCS = "https://docs.pytorch.org/docs/stable"

MEANINGS: Mapping[str, str] = {
    "name": "What results call the network; left out: the file's name.",
    "title": "What reports call the network.",
    "source": "The document whose claims these are.",
    "class_name": "The class that the printed model shows.",
    "input": "The sizes of one sample, without the batch axis; or {shape, dtype, high}; or named inputs.",
    "batch": "How many samples the document runs at once; 1 where it says nothing.",
    "layers": "The network: a list (children 0, 1, 2 ...) or a mapping of named children, in order.",
    "blocks": "Bodies with parameters, to be used by name: `block: NAME` with `with: {...}`.",
    "init": "How the document initialises weights: {KIND: {PARAMETER: {FUNCTION: {arguments}}}}.",
    "documented": "What the document says of the whole network.",
}
"""The keys of a spec."""
CLAIMED: Mapping[str, str] = {
    "input": "The shape that the document says comes in; the batch axis may be left out.",
    "output": "The shape that the document says goes out; the batch axis may be left out.",
    "params": "The documented number of parameters: 1000 is exact, 16.6M as precise as written.",
    "macs": "The multiply-accumulates that the document says one sample needs.",
    "flops": "The floating-point operations that the document says one sample needs.",
    "sizes": "The sides in the order they change: [224, 55, 27].",
    "layers": "How many layers of a kind, or of several (`Conv2d + Linear`), there are; `some`: at least one.",
    "runs": "Further inputs that the document says work, batch axis included.",
    "repr": "The printed model.",
    "init": "Statistics of the initial weights: {KIND.PARAMETER.STATISTIC: number}.",
    "unchecked": "Statements that no check is possible of, and why.",
}
"""What a document may say of a layer or of the network."""
STATED: Mapping[str, str] = {
    "documented": "What the document says.",
    "wrong": "Why that is known to be wrong.",
    "at": "Where in the document it stands: a line, or words.",
}
WORDS: Mapping[str, str] = {
    "add": "Branches that all receive the same; their results are added. An empty one passes it on.",
    "concat": "Branches that all receive the same; their results are joined along `dim`.",
    "dim": "The axis along which `concat` joins, the batch axis being 0; 1 where nothing is said.",
    "block": "The name of a body under `blocks:`.",
    "with": "The block's parameters.",
    "repeat": "How often the block stands here, one after the other.",
}
CLAIM_VALUES: Mapping[str, str] = {
    **dict.fromkeys(("input", "output"), "axes"),
    **dict.fromkeys(("params", "macs", "flops"), "count"),
    "sizes": "sides",
    "repr": "text",
}
"""What a claim's value is, by the name of its definition."""


def spec_schema() -> Json:
    """Return the schema of a spec file, as JSON says it."""
    sections = _described(MEANINGS, _sections(), load.KEYS)
    return {
        "$schema": DRAFT,
        "title": "archcheck spec",
        "description": "A network's layers, and what a document says of their shapes and costs.",
        **record(sections, required=("input", "layers")),
        "definitions": {**_values(), **_arguments(), **_claims(), **_sections_inside(), **_bodies()},
    }


def _described(meanings: Mapping[str, str], parts: Mapping[str, Json], keys: tuple[str, ...]) -> Json:
    """Return a property for each of the loader's `keys`; one that has no part or meaning here is a KeyError."""
    return {key: described(meanings[key], parts[key]) for key in keys}


# Values


def _values() -> Json:
    return {
        "text": {"type": "string", "pattern": r"\S"},
        "expression": described(
            "Integer arithmetic on a block's parameters: + - * // % and parentheses.",
            whole(rf"\s*\$\{{{_ARITHMETIC}(?:#[^{{}}]*)?\}}\s*"),
        ),
        "size": _number(1),
        "integer": _number(-arithmetic.MAX_VALUE, arithmetic.MAX_VALUE),
        "number": either({"type": "number"}, ref("expression")),
        "axes": array(either(ref("size"), whole(read._LETTER.pattern))),
        "sizes": array(ref("size")),
        "sides": array(either(ref("size"), ref("sizes"))),
        "count": either({"type": "integer", "minimum": 0}, whole(units._STATED.pattern), ref("expression")),
        "how_many": either(ref("count"), {"const": claims.SOME.text}),
        "statistic": {"type": "number"},
        "place": either({"type": "integer"}, ref("text")),
    }


_ARITHMETIC = r"""(?:[^{}!"#$&',./:;<=>?@\[\]^`|~*]|//|\*(?!\*))*"""
"""No ASCII punctuation but that of the arithmetic: `/` in twos, `*` alone."""


def _number(least: int, most: int = read.MAX_SIZE) -> Json:
    return either({"type": "integer", "minimum": least, "maximum": most}, ref("expression"))


# Arguments


def _arguments() -> Json:
    """Return a definition for each sort of argument that layers have."""
    taken = [argument for word in _kinds() for argument in _signature(word).arguments]
    made = {
        _sort(argument): either(*_allowed(argument), ref("argument_claim"))
        for argument in taken
        if not argument.choices
    }
    return dict(sorted(made.items()))


def _sort(argument: Argument) -> str:
    sides = "" if argument.sides is None else f"_{argument.sides}"
    null = "_or_null" if argument.nullable else ""
    return f"argument_{argument.type.replace(' ', '_')}{sides}{null}"


def _allowed(argument: Argument) -> Iterator[Json]:
    """Yield what an argument may be."""
    match argument.type:
        case "bool":
            yield {"type": "boolean"}
        case "int" | "size" | "free size":
            yield ref("integer")
        case "float" | "ratio":
            yield ref("number")
    if argument.type in ("size", "free size", "ratio", "ints"):
        one = ref("number" if argument.type == "ratio" else "integer")
        item = either(one, {"type": "null"}) if argument.type == "free size" else one
        yield array(item, argument.sides or 1, argument.sides)
    if argument.choices:
        yield {"enum": list(argument.choices)}
    if argument.nullable:
        yield {"type": "null"}


def _takes(properties: Json, needed: list[str]) -> Json:
    """Return the arguments of one kind; where it needs none, null stands for none."""
    return {**record(properties, needed), "type": "object" if needed else ["object", "null"]}


def _kind(word: str) -> Json:
    """Return what one kind of layer takes, each argument as its value or as a claim."""
    name = f"nn.{word}" if word in signatures.kinds() else word
    decided = _decided(word)
    inferred = f"The input decides {', '.join(decided)}. " if decided else ""
    properties = {}
    for argument in _signature(word).arguments:
        words = either(*_allowed(argument), ref("argument_claim"))
        properties[argument.name] = _with_default(
            argument, words if argument.choices else ref(_sort(argument))
        )
    about = f"{inferred}{DOCS}/generated/torch.{name}.html"
    return described(about, _takes(properties, _needed(word)))


def _initialiser(name: str) -> Json:
    signature = _known(signatures.initialiser(name))
    properties = {one.name: _with_default(one, either(*_allowed(one))) for one in signature.arguments}
    needed = [one.name for one in signature.arguments if one.required]
    return described(f"{DOCS}/nn.init.html", _takes(properties, needed))


def _with_default(argument: Argument, part: Json) -> Json:
    return part if argument.required else {"default": argument.default, **beside(part)}


def _kinds() -> tuple[str, ...]:
    return (*signatures.kinds(), *signatures.FUNCTIONS)


def _signature(word: str) -> Signature:
    return _known(signatures.signature(word))


def _known(signature: Signature | None) -> Signature:
    assert signature is not None, "the tables list their own names"
    return signature


def _decided(word: str) -> tuple[str, ...]:
    """Return the arguments that the layer's input decides: a spec may leave them out."""
    kind = RULES.get(word)
    return tuple(kind.fills) if kind else ()


def _needed(word: str) -> list[str]:
    decided = _decided(word)
    return [one.name for one in _signature(word).arguments if one.required and one.name not in decided]


# Claims


def _claims() -> Json:
    values = tuple(dict.fromkeys([*CLAIM_VALUES.values(), "how_many", "statistic"]))
    statements = {f"{value}_statement": _statement(value) for value in (*values, "size")}
    made = {f"{value}_claim": either(ref(value), *_statements(value)) for value in values}
    return {**statements, **made, "argument_claim": either(*_statements("size"))}


def _statements(value: str) -> tuple[Json, Json]:
    statement = ref(f"{value}_statement")
    return statement, array(statement, least=1)


def _statement(value: str) -> Json:
    parts = {"documented": ref(value), "wrong": ref("text"), "at": ref("place")}
    return record(_described(STATED, parts, claims.STATEMENT), required=("documented",))


def _claim(quantity: str) -> Json:
    return ref(f"{CLAIM_VALUES[quantity]}_claim")


def _documented() -> Json:
    remarks = {"wrong": ref("text"), "at": ref("place")}
    run = {"input": either(ref("sizes"), mapping(ref("sizes"))), "output": ref("axes"), **remarks}
    unchecked = {"says": ref("text"), "why": ref("text"), "at": ref("place")}
    kind = rf"\s*{one_of(signatures.kinds())}\s*"
    statistic = rf"[^.]*\.[^.]*\.{one_of(claims.STATISTICS)}"
    parts = {
        **{quantity: _claim(quantity) for quantity in CLAIM_VALUES},
        "layers": mapping(ref("how_many_claim"), whole(rf"(?:(?:^|\+){kind})+")),
        "runs": array(record(run, required=("input",))),
        "init": mapping(ref("statistic_claim"), whole(statistic)),
        "unchecked": array(record(unchecked, required=("says", "why"))),
    }
    return record(_described(CLAIMED, parts, claims.DOCUMENTED))


# The top level


def _sections() -> Json:
    source = {key: ref("size" if key == "year" else "text") for key in load.SOURCE_KEYS}
    kinds = {"enum": list(signatures.kinds())}
    return {
        "name": ref("text"),
        "title": ref("text"),
        "source": record(source, required=("title",)),
        "class_name": whole(load._IDENTIFIER.pattern),
        "input": ref("input"),
        "batch": ref("size"),
        "layers": ref("body"),
        "blocks": mapping(ref("block")),
        "init": mapping(mapping(ref("initialiser")), kinds),
        "documented": _documented(),
    }


def _sections_inside() -> Json:
    tensor = {"shape": ref("sizes"), "dtype": {"enum": list(load.DTYPES)}, "high": ref("size")}
    named = mapping(either(ref("sizes"), ref("tensor")), least=1)
    functions = record({name: _initialiser(name) for name in signatures.initialisers()})
    parameter = either({"type": "null"}, ref("integer"))
    parameters = mapping(parameter, whole(load._IDENTIFIER.pattern))
    return {
        "tensor": record(tensor, required=("shape",)),
        "input": {
            "type": ["array", "object"],
            "if": {"type": "array"},
            "then": ref("sizes"),
            "else": {"if": {"required": ["shape"]}, "then": ref("tensor"), "else": named},
        },
        "initialiser": {**functions, "minProperties": 1, "maxProperties": 1},
        "block": record({"params": parameters, "layers": ref("body")}, required=("layers",)),
    }


# Bodies


def _bodies() -> Json:
    alone = {"enum": [word for word in _kinds() if not _needed(word)]}
    kind_key = rf"^(?:[A-Z]|{one_of([*signatures.FUNCTIONS, *bodies.BRANCHING, 'block'])}$)"
    no_kind = {"propertyNames": {"not": {"pattern": kind_key}}}
    placed = {"device": _number(0, bodies.MAX_DEVICE), "layers": ref("body")}
    return {
        "body": {
            "type": ["array", "object", "string"],
            "items": ref("body"),
            "allOf": [
                {"if": {"type": "string"}, "then": alone},
                {"if": no_kind, "then": ref("children"), "else": ref("layer")},
            ],
        },
        # These two say nothing of lists and text, which `body` has seen to.
        "children": {
            "propertyNames": {"pattern": _CHILD_NAME, "not": {"enum": list(bodies.WORDS)}},
            "additionalProperties": ref("body"),
        },
        "layer": _layer(),
        "branch": {
            "if": {"type": "object", "required": ["device"]},
            "then": record(placed, required=("device", "layers")),
            "else": ref("body"),
        },
    }


_CHILD_NAME = r"^[-_]*[^\s!-/:-@\[-`{-~][^\s!-,./:-@\[-^`{-~]*$"
"""Letters of any language, digits, `_` and `-`, told by the ASCII characters that are none of these."""


def _layer() -> Json:
    """Return what a mapping with a kind among its keys is: that kind, what belongs to it, and claims."""
    branches = either(array(ref("branch"), least=2), mapping(ref("branch"), least=2))
    words = {
        **dict.fromkeys(bodies.BRANCHING, branches),
        "dim": _number(-8, 8),
        "block": ref("text"),
        "with": mapping(ref("integer")),
        "repeat": _number(0, bodies.MAX_LAYERS),
    }
    properties = {
        **{word: _kind(word) for word in _kinds()},
        **_described(WORDS, words, tuple(words)),
        **{name: described(CLAIMED[name], _claim(name)) for name in claims.LAYER_CLAIMS},
    }
    own = {"concat": ["dim"], "block": ["with", "repeat"]}
    together = {
        word: {"propertyNames": {"enum": [word, *own.get(word, []), *claims.LAYER_CLAIMS]}}
        for word in (*_kinds(), *bodies.BRANCHING, "block")
    }
    return {"properties": properties, "additionalProperties": False, "dependencies": together}
