"""The JSON Schema of the spec format, for editors and for `archcheck schema`.

It is built from the loader's own tables, so that the two cannot drift: which kinds there are, what they take,
which words the format has. It accepts what archcheck accepts, and refuses what a schema can see to be wrong.
Beyond its sight: whether what is named (a block, its parameters, an input) is there, how deep blocks expand, a key
that stands twice, `3.0` for 3, a count that is exact and not whole (`1.2345K`). Where it is earlier than the loader:
a missing argument that no input decides (refused when the layers are inferred), the layers of a block that nothing
uses, blanks around a dtype.
"""

from __future__ import annotations

from collections.abc import Mapping
from keyword import kwlist

from archcheck import units
from archcheck.json_schema import (
    DRAFT,
    Json,
    array,
    described,
    either,
    in_any_case,
    mapping,
    one_of,
    portable,
    record,
    ref,
    whole,
)
from archcheck.kind_schema import argument_definitions, initialiser, kind, needed, optimizer, words
from archcheck.spec import (
    arithmetic,
    bodies,
    budget,
    budgets,
    claims,
    load,
    read,
    recipes,
    signatures,
    source,
)

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
    "training": "The recipe that the document trains the network by; what it does not say is left out.",
    "budget": "What the network may cost at most.",
}
"""The keys of a spec."""
TRAINING: Mapping[str, str] = {
    "dataset": "The data set's name.",
    "samples": "Samples of one epoch.",
    "batch": "Samples of one step.",
    "epochs": "How often all samples are gone through.",
    "optimizer": "An optimiser of torch.optim with its own arguments: {SGD: {lr: 0.01}}.",
    "drop_last": "Whether an epoch ends before a batch that is not full; false where nothing is said.",
    "steps_per_epoch": "The steps of an epoch that the document states.",
    "steps": "The steps of the whole training that the document states.",
}
BUDGET: Mapping[str, str] = {
    "params": "At most so many parameters: 5M is 5,000,000 and not one more.",
    "macs": "At most so many multiply-accumulates of one sample.",
    "flops": "At most so many floating-point operations of one sample.",
    "memory": "At most so many bytes at one time: 200MB, 1.5GiB.",
    "latency_ratio": "At most so many times as slow as the network that it is compared with in the same run.",
}
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
        "definitions": {
            **_values(),
            **argument_definitions(),
            **_claims(),
            **_sections_inside(),
            **_bodies(),
        },
    }


def _described(meanings: Mapping[str, str], parts: Mapping[str, Json], keys: tuple[str, ...]) -> Json:
    """Return a property for each of the loader's `keys`; one that has no part or meaning here is a KeyError."""
    return {key: described(meanings[key], parts[key]) for key in keys}


# Values


def _values() -> Json:
    return {
        "text": {"type": "string", "pattern": r"\S", "not": {"pattern": read.CONTROL.pattern}},
        "expression": described(
            "Integer arithmetic on a block's parameters: + - * // % and parentheses.",
            whole(rf"\s*\$\{{{_ARITHMETIC}\}}\s*"),
        ),
        "size": _number(1),
        "integer": _number(-arithmetic.MAX_VALUE, arithmetic.MAX_VALUE),
        "number": either({"type": "number"}, ref("expression")),
        "axes": array(either(ref("size"), whole(read.LETTER.pattern)), most=read.MAX_AXES),
        "sizes": array(ref("size"), most=read.MAX_AXES),
        "batched": array(ref("size"), 1, read.MAX_AXES),
        "sides": array(either(ref("size"), ref("sizes"))),
        "count": either(
            {"type": "integer", "minimum": 0},
            whole(units.STATED.pattern) | {"maxLength": source.MAX_DIGITS},
            ref("expression"),
        ),
        "exact": either(
            {"type": "integer", "minimum": 0, "maximum": read.MAX_SIZE},
            whole(units.STATED.pattern) | {"maxLength": source.MAX_DIGITS},
        ),
        "bytes": either(
            {"type": "integer", "minimum": 0, "maximum": read.MAX_SIZE},
            whole(units.STATED_BYTES.pattern) | {"maxLength": source.MAX_DIGITS},
        ),
        "how_many": either(ref("count"), {"const": claims.SOME.text}),
        "statistic": {"type": "number"},
        "place": either({"type": "integer", "minimum": 1, "maximum": read.MAX_SIZE}, ref("text")),
    }


_ARITHMETIC = r"(?:[A-Za-z0-9_ +\-%()]|//|\*(?!\*))*"
"""The characters of integer arithmetic: `/` in twos, `*` alone."""


def _number(least: int, most: int = read.MAX_SIZE) -> Json:
    return either({"type": "integer", "minimum": least, "maximum": most}, ref("expression"))


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
    given = either(ref("batched"), mapping(ref("batched"), least=1))
    run = {"input": given, "output": ref("axes"), **remarks}
    unchecked = {"says": ref("text"), "why": ref("text"), "at": ref("place")}
    module = one_of(signatures.kinds())
    statistic = rf"{module}\.[^.]*\.{one_of(claims.STATISTICS)}"
    parts = {
        **{quantity: _claim(quantity) for quantity in CLAIM_VALUES},
        "layers": mapping(ref("how_many_claim"), whole(rf"(?:(?:^|\+)\s*{module}\s*)+")),
        "runs": array(record(run, required=("input",))),
        "init": mapping(ref("statistic_claim"), whole(statistic)),
        "unchecked": array(record(unchecked, required=("says", "why"))),
    }
    return record(_described(CLAIMED, parts, claims.DOCUMENTED))


# The top level


def _sections() -> Json:
    about = {key: ref("size" if key == "year" else "text") for key in load.SOURCE_KEYS}
    # Text is read without the blanks around it.
    name = rf"\s*{portable(load.NAME.pattern)}\s*"
    taken = whole(rf"\s*{in_any_case(load.TAKEN.pattern)}\s*")
    class_name = whole(rf"\s*{load.IDENTIFIER.pattern}\s*")
    kinds = {"enum": list(signatures.kinds())}
    return {
        "name": {**whole(name), "not": taken},
        "title": ref("text"),
        "source": record(about, required=("title",)),
        "class_name": {**class_name, "not": {"enum": kwlist}},
        "input": ref("input"),
        "batch": ref("size"),
        "layers": ref("body"),
        "blocks": mapping(ref("block")),
        "init": mapping(mapping(ref("initialiser")), kinds),
        "documented": _documented(),
        "training": _training(),
        "budget": {**record(_described(BUDGET, _limits(), budgets.KEYS)), "minProperties": 1},
    }


def _training() -> Json:
    named = {name: optimizer(name, recipes.NOT_NEGATIVE) for name in signatures.optimizers()}
    with_arguments = {**record(named), "minProperties": 1, "maxProperties": 1}
    parts = {
        "dataset": ref("text"),
        "samples": {"allOf": [ref("exact")], "not": {"const": 0}},
        **dict.fromkeys(("batch", "epochs"), ref("size")),
        "optimizer": either({"enum": list(signatures.optimizers())}, with_arguments),
        "drop_last": {"type": "boolean"},
        **dict.fromkeys(recipes.STEPS, ref("count_claim")),
    }
    return record(_described(TRAINING, parts, recipes.KEYS))


def _limits() -> Json:
    ratio = {"type": "number", "exclusiveMinimum": 0}
    counts: Json = {name: ref("exact") for name in budget.COUNTS}
    return {**counts, "memory": ref("bytes"), "latency_ratio": ratio}


def _sections_inside() -> Json:
    tensor = {"shape": ref("sizes"), "dtype": {"enum": list(load.DTYPES)}, "high": ref("size")}
    word = whole(load.IDENTIFIER.pattern)
    named = mapping(either(ref("sizes"), ref("tensor")), word, least=1)
    functions = record({name: initialiser(name) for name in signatures.initialisers()})
    parameter = either({"type": "null"}, ref("integer"))
    parameters = mapping(parameter, word)
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
    alone = {"enum": [word for word in words() if not needed(word)]}
    kind_key = {"pattern": rf"^(?:[A-Z]|{one_of([*signatures.FUNCTIONS, *bodies.BRANCHING, 'block'])}$)"}
    taken = {"enum": [*bodies.WORDS, *sorted(signatures.module_names())]}
    placed = {"device": _number(0, bodies.MAX_DEVICE), "layers": ref("body")}
    return {
        "body": {
            "type": ["array", "object", "string"],
            "items": ref("body"),
            "allOf": [
                {"if": {"type": "string"}, "then": alone},
                {"if": {"propertyNames": {"not": kind_key}}, "then": ref("children"), "else": ref("layer")},
            ],
        },
        # These two say nothing of lists and text, which `body` has seen to.
        "children": {"propertyNames": ref("child_name"), "additionalProperties": ref("body")},
        "layer": _layer(),
        "branch": {
            "if": {"type": "object", "required": ["device"]},
            "then": record(placed, required=("device", "layers")),
            "else": ref("body"),
        },
        "child_name": {**whole(portable(read.CHILD_NAME.pattern)), "not": either(taken, kind_key)},
    }


def _layer() -> Json:
    """Return what a mapping with a kind among its keys is: that kind, what belongs to it, and claims."""
    branches = either(array(ref("branch"), 2), mapping(ref("branch"), ref("child_name"), least=2))
    parts = {
        **dict.fromkeys(bodies.BRANCHING, branches),
        "dim": _number(-8, 8),
        "block": ref("text"),
        "with": mapping(ref("integer")),
        "repeat": _number(0, bodies.MAX_LAYERS),
    }
    properties = {
        **{word: kind(word) for word in words()},
        **_described(WORDS, parts, tuple(parts)),
        **{name: described(CLAIMED[name], _claim(name)) for name in claims.LAYER_CLAIMS},
    }
    own = {"concat": ["dim"], "block": ["with", "repeat"]}
    together = {
        word: {"propertyNames": {"enum": [word, *own.get(word, []), *claims.LAYER_CLAIMS]}}
        for word in (*words(), *bodies.BRANCHING, "block")
    }
    return {"properties": properties, "additionalProperties": False, "dependencies": together}
