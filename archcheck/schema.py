"""The JSON Schema of the spec format, for editors and for `archcheck schema`.

It is built from the loader's own tables, so that the two cannot drift: which kinds there are, what they take,
which words the format has. It accepts what archcheck accepts, and refuses what a schema can see to be wrong.
Beyond its sight: whether a block, its parameters or an expression's names are there, a key that stands twice,
`3.0` for 3. Where it is earlier than the loader: a missing argument that no input decides (refused when the
layers are inferred), and the layers of a block that nothing uses.

Draft 7, because that is what editors' YAML servers know best; none of it is read differently by later drafts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from archcheck import units
from archcheck.rules import RULES
from archcheck.spec import arithmetic, bodies, claims, load, read, signatures
from archcheck.spec.signatures import Argument, Signature

Json = dict[str, Any]
"""A JSON object: a schema, or a part of one."""

DRAFT = "http://json-schema.org/draft-07/schema#"
DOCS = "https://docs.pytorch.org/docs/stable/generated/torch."
WIDTH = 110

MEANINGS: Mapping[str, str] = {
    "name": "What results call the network; left out: the file's name.",
    "title": "What reports call the network.",
    "source": "The document whose claims these are.",
    "class_name": "The class that the printed model shows.",
    "input": "The size of one sample, without the batch axis; or {shape, dtype, high}; or named inputs.",
    "batch": "How many samples the document runs at once; 1 where it says nothing.",
    "layers": "The network: a list (children 0, 1, 2 ...) or a mapping of named children, in order.",
    "blocks": "Bodies with parameters, to be used by name: `block: NAME` with `with: {...}`.",
    "init": "How the document initialises weights: {KIND: {PARAMETER: {FUNCTION: {arguments}}}}.",
    "documented": "What the document says of the whole network.",
}
CLAIMED: Mapping[str, str] = {
    "input": "The shape that the document says comes in; the batch axis may be left out.",
    "output": "The shape that the document says goes out; the batch axis may be left out.",
    "params": "The number of parameters that the document says: 1000 is exact, 16.6M is as precise as written.",
    "macs": "The multiply-accumulates that the document says one sample needs.",
    "flops": "The floating-point operations that the document says one sample needs.",
    "sizes": "The sides in the order they change: [224, 55, 27].",
    "layers": "How many layers of a kind, or of several (`Conv2d + Linear`).",
    "runs": "Further inputs that the document says work, batch axis included.",
    "repr": "The printed model.",
    "init": "A statistic of initial weights: KIND.PARAMETER.STATISTIC.",
    "unchecked": "Statements that no check is possible of, and why.",
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
    about = "A network's layers, and what a document says of their shapes and costs."
    return {
        "$schema": DRAFT,
        "title": "archcheck spec",
        "description": about,
        **_record(_described(MEANINGS, _sections(), load.KEYS), required=("input", "layers")),
        "definitions": {**_scalars(), **_lists(), **_claims(), **_inputs(), **_bodies()},
    }


def as_text(schema: Json) -> str:
    """Return a schema as text: an object that fits is one line, so that a change of a layer reads as one."""
    return _text(schema, "") + "\n"


def _text(value: object, indent: str) -> str:
    line = json.dumps(value, ensure_ascii=False)
    deeper = indent + " "
    if len(indent) + len(line) <= WIDTH or not isinstance(value, dict):
        return line
    parts = (f"{deeper}{json.dumps(key)}: {_text(item, deeper)}" for key, item in value.items())
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


# The grammar of this module: a schema is put together of these.


def _ref(name: str) -> Json:
    return {"$ref": f"#/definitions/{name}"}


def _either(*parts: Json) -> Json:
    return {"anyOf": list(parts)}


def _all_of(items: Json, least: int = 0) -> Json:
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def _record(properties: Json, required: Iterable[str] = ()) -> Json:
    needed = list(required)
    needs = {"required": needed} if needed else {}
    return {"type": "object", "properties": properties, **needs, "additionalProperties": False}


def _mapping(values: Json, names: str | None = None, least: int = 0) -> Json:
    limits: Json = {"propertyNames": {"pattern": names}} if names else {}
    limits |= {"minProperties": least} if least else {}
    return {"type": "object", "additionalProperties": values, **limits}


def _whole(least: int, most: int = read.MAX_SIZE) -> Json:
    return _either({"type": "integer", "minimum": least, "maximum": most}, _ref("expression"))


def _described(meanings: Mapping[str, str], parts: Mapping[str, Json], keys: Iterable[str]) -> Json:
    """Return a property for each of the loader's `keys`; one without its part or its meaning is a KeyError."""
    return {key: {"description": meanings[key], **_wrapped(parts[key])} for key in keys}


def _wrapped(part: Json) -> Json:
    # Draft 7 reads nothing that stands beside a $ref, so a reference with a description goes into an allOf.
    return {"allOf": [part]} if "$ref" in part else part


def _full(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _any_of_words(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, words))})"


# Values


def _scalars() -> Json:
    return {
        "text": {"type": "string", "pattern": r"\S"},
        "expression": {
            "description": "Integer arithmetic on a block's parameters: + - * // % and parentheses.",
            "type": "string",
            "pattern": _full(rf"\s*\$\{{{_ARITHMETIC}(?:#[^{{}}]*)?\}}\s*"),
        },
        "size": _whole(1),
        "integer": _whole(-arithmetic.MAX_VALUE),
        "number": _either({"type": "number"}, _ref("expression")),
        "letter": {"type": "string", "pattern": _full(read._LETTER.pattern)},
        "axes": _all_of(_either(_ref("size"), _ref("letter"))),
        "sizes": _all_of(_ref("size")),
        "sides": _all_of(_either(_ref("size"), _ref("sizes"))),
        "count": _either(
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": _full(units._STATED.pattern)},
            _ref("expression"),
        ),
        "statistic": {"type": "number"},
        "place": _either({"type": "integer"}, _ref("text")),
    }


_ARITHMETIC = r"""(?:[^{}!"#$&',./:;<=>?@\[\]^`|~*]|//|\*(?!\*))*"""
"""No ASCII punctuation but that of the arithmetic: `/` comes in twos, `*` alone."""


def _lists() -> Json:
    """Return a definition for every argument type that is one number or a list of them."""
    found = {}
    for argument in _all_arguments():
        if argument.type in ("size", "free size", "ratio", "ints"):
            found[_list_name(argument)] = _list(argument)
    return dict(sorted(found.items()))


def _all_arguments() -> Iterable[Argument]:
    names = ((signatures.signature, _layer_words()), (signatures.initialiser, signatures.initialisers()))
    for look_up, words in names:
        for word in words:
            yield from _known(look_up(word)).arguments


def _layer_words() -> tuple[str, ...]:
    return (*signatures.kinds(), *signatures.FUNCTIONS)


def _known(signature: Signature | None) -> Signature:
    assert signature is not None, "the tables list their own names"
    return signature


def _list_name(argument: Argument) -> str:
    sides = "" if argument.sides is None else f"_{argument.sides}"
    return f"argument_{argument.type.replace(' ', '_')}{sides}"


def _list(argument: Argument) -> Json:
    one = _ref("number" if argument.type == "ratio" else "integer")
    item = _either(one, {"type": "null"}) if argument.type == "free size" else one
    most = {} if argument.sides is None else {"maxItems": argument.sides}
    several = {**_all_of(item, argument.sides or 1), **most}
    return several if argument.type == "ints" else _either(one, several)


def _values(argument: Argument) -> list[Json]:
    """Return what an argument may be, null and its words included."""
    plain: Mapping[str, list[Json]] = {
        "bool": [{"type": "boolean"}],
        "int": [_ref("integer")],
        "float": [_ref("number")],
        "choice": [],
    }
    words = [{"enum": list(argument.choices)}] if argument.choices else []
    null: list[Json] = [{"type": "null"}] if argument.nullable else []
    return [*plain.get(argument.type, [_ref(_list_name(argument))]), *words, *null]


def _takes(signature: Signature, optional: Iterable[str], also: Iterable[Json]) -> Json:
    """Return the schema of all arguments; `also`: what each may be beside its values."""
    needed = [one.name for one in signature.arguments if one.required and one.name not in optional]
    properties = {
        one.name: _either(*_values(one), *also) | ({} if one.required else {"default": one.default})
        for one in signature.arguments
    }
    types = {"type": "object" if needed else ["object", "null"]}
    return {**_record(properties, needed), **types}


# Claims


def _claims() -> Json:
    values = dict.fromkeys([*CLAIM_VALUES.values(), "statistic"])
    statements = {f"{value}_statement": _statement(value) for value in [*values, "size"]}
    made = {f"{value}_claim": _either(_ref(value), *_stated(value)) for value in values}
    # An argument that only a statement stands for: the document's number is not what the network has.
    return {**statements, **made, "argument_claim": _either(*_stated("size"))}


def _stated(value: str) -> tuple[Json, Json]:
    statement = _ref(f"{value}_statement")
    return statement, _all_of(statement, least=1)


def _statement(value: str) -> Json:
    parts = {"documented": _ref(value), "wrong": _ref("text"), "at": _ref("place")}
    meanings = {
        "documented": "What the document says.",
        "wrong": "Why that is known to be wrong.",
        "at": "Where in the document it stands: a line, or words.",
    }
    return _record(_described(meanings, parts, claims.STATEMENT), required=("documented",))


def _claim(quantity: str) -> Json:
    return _ref(f"{CLAIM_VALUES[quantity]}_claim")


def _documented() -> Json:
    run = {
        "input": _either(_ref("sizes"), _mapping(_ref("sizes"))),
        "output": _ref("axes"),
        "wrong": _ref("text"),
        "at": _ref("place"),
    }
    remark = {"says": _ref("text"), "why": _ref("text"), "at": _ref("place")}
    one = rf"\s*{_any_of_words(signatures.kinds())}\s*"
    parts = {
        **{quantity: _claim(quantity) for quantity in claims.DOCUMENTED if quantity in CLAIM_VALUES},
        "layers": _mapping(_ref("count_claim"), rf"^(?:(?:^|\+){one})+$"),
        "runs": _all_of(_record(run, required=("input",))),
        "init": _mapping(_ref("statistic_claim"), rf"^[^.]*\.[^.]*\.{_any_of_words(claims.STATISTICS)}$"),
        "unchecked": _all_of(_record(remark, required=("says", "why"))),
    }
    return _record(_described(CLAIMED, parts, claims.DOCUMENTED))


# The top level


def _sections() -> Json:
    source = {key: _ref("size" if key == "year" else "text") for key in load.SOURCE_KEYS}
    return {
        "name": _ref("text"),
        "title": _ref("text"),
        "source": _record(source, required=("title",)),
        "class_name": {"type": "string", "pattern": _full(load._IDENTIFIER.pattern)},
        "input": _ref("input"),
        "batch": _ref("size"),
        "layers": _ref("body"),
        "blocks": _mapping(_ref("block")),
        "init": _record({kind: _mapping(_ref("initialiser")) for kind in signatures.kinds()}),
        "documented": _documented(),
    }


def _inputs() -> Json:
    tensor = {"shape": _ref("sizes"), "dtype": {"enum": list(load.DTYPES)}, "high": _ref("size")}
    named = _mapping(_either(_ref("sizes"), _ref("tensor")), least=1)
    functions = {name: _takes(_known(signatures.initialiser(name)), (), ()) for name in signatures.initialisers()}
    parameters = _mapping(_either({"type": "null"}, _whole(-read.MAX_SIZE)), _full(load._IDENTIFIER.pattern))
    return {
        "tensor": _record(tensor, required=("shape",)),
        "input": {
            "type": ["array", "object"],
            "if": {"type": "array"},
            "then": _ref("sizes"),
            "else": {"if": {"required": ["shape"]}, "then": _ref("tensor"), "else": named},
        },
        "initialiser": {**_record(functions), "minProperties": 1, "maxProperties": 1},
        "block": _record({"params": parameters, "layers": _ref("body")}, required=("layers",)),
    }


# Bodies


def _bodies() -> Json:
    joins = (*bodies.BRANCHING, "block")
    kind_key = rf"^(?:[A-Z]|{_any_of_words([*signatures.FUNCTIONS, *joins])}$)"
    placed = {"device": _whole(0, bodies.MAX_DEVICE), "layers": _ref("body")}
    return {
        "body": {
            "type": ["array", "object", "string"],
            "items": _ref("body"),
            "allOf": [
                {"if": {"type": "string"}, "then": {"enum": [word for word in _layer_words() if _bare(word)]}},
                {
                    "if": {"propertyNames": {"not": {"pattern": kind_key}}},
                    "then": _ref("children"),
                    "else": _ref("layer"),
                },
            ],
        },
        # No "type" in these two: what is no mapping has been through `body` already.
        "children": {
            "propertyNames": {"pattern": _CHILD_NAME, "not": {"enum": list(bodies.WORDS)}},
            "additionalProperties": _ref("body"),
        },
        "layer": _layer(),
        "branch": {
            "if": {"type": "object", "required": ["device"]},
            "then": _record(placed, required=("device", "layers")),
            "else": _ref("body"),
        },
    }


_CHILD_NAME = r"^[-_]*[^\s!-/:-@\[-`{-~][^\s!-,./:-@\[-^`{-~]*$"
"""Letters of any language, digits, `_` and `-`, told by the ASCII characters that are none of these."""


def _bare(word: str) -> bool:
    return all(argument.name in _decided(word) or not argument.required for argument in _arguments(word))


def _arguments(word: str) -> tuple[Argument, ...]:
    return _known(signatures.signature(word)).arguments


def _decided(word: str) -> tuple[str, ...]:
    """Return the arguments that the layer's input decides, and a spec may leave out."""
    kind = RULES.get(word)
    return tuple(kind.fills) if kind else ()


def _layer() -> Json:
    """A mapping that has a kind among its keys: that kind, what belongs to it, and claims."""
    words = _layer_words()
    properties = {
        **{word: _kind(word) for word in words},
        **_words(),
        **_described(CLAIMED, {name: _claim(name) for name in claims.LAYER_CLAIMS}, claims.LAYER_CLAIMS),
    }
    beside = {"concat": ("dim",), "block": ("with", "repeat")}
    alone = {
        word: {"propertyNames": {"enum": [word, *beside.get(word, ()), *claims.LAYER_CLAIMS]}}
        for word in (*words, *bodies.BRANCHING, "block")
    }
    return {"properties": properties, "additionalProperties": False, "dependencies": alone}


def _kind(word: str) -> Json:
    page = f"{DOCS}nn.{word}.html" if word in signatures.kinds() else f"{DOCS}{word}.html"
    decided = _decided(word)
    inferred = f" Its input decides {', '.join(decided)}." if decided else ""
    arguments = _takes(_known(signatures.signature(word)), decided, (_ref("argument_claim"),))
    return {"description": page + inferred, **arguments}


def _words() -> Json:
    branches = _either(_all_of(_ref("branch"), least=2), _mapping(_ref("branch"), least=2))
    parts = {
        **dict.fromkeys(bodies.BRANCHING, branches),
        "dim": _whole(-8, 8),
        "block": _ref("text"),
        "with": _mapping(_ref("integer")),
        "repeat": _whole(0, bodies.MAX_LAYERS),
    }
    meanings = {
        "add": "Branches that all receive the same; their results are added. An empty one passes it on.",
        "concat": "Branches that all receive the same; their results are joined along `dim`.",
        "dim": "The axis along which `concat` joins, batch axis counted; 1 where nothing is said.",
        "block": "The name of a body under `blocks:`.",
        "with": "The block's parameters.",
        "repeat": "How often the block stands here, one after the other.",
    }
    return _described(meanings, parts, parts)
