"""The JSON Schema of the spec format, for editors and for `archcheck schema`.

It is built from the loader's own tables, so that the two cannot drift: which kinds there are, what they take,
which words the format has. It accepts what archcheck accepts, and refuses what a schema can see to be wrong.
Beyond its sight: whether what is named (a block, its parameters, an input) is there, what `${...}` gives, whether all
parameters are given, how deep blocks expand, an `open` block that has claims or no list around it, a key that stands
twice, variants that differ in capitals only, in which order the branches of attention are, `3.0` for 3, a count that is
exact and not whole (`1.2345K`). Where it is earlier than the loader: a missing
argument that no input decides (refused when the layers are inferred), the layers of a block that nothing uses, a
variant that is not asked for, blanks around a dtype.
"""

from __future__ import annotations

from collections.abc import Mapping
from keyword import kwlist

from archcheck.body_schema import body_definitions
from archcheck.claim_schema import claim_definitions, documented
from archcheck.json_schema import (
    DRAFT,
    Json,
    each_described,
    either,
    in_any_case,
    mapping,
    portable,
    record,
    ref,
    whole,
)
from archcheck.kind_schema import argument_definitions, initialiser, optimizer
from archcheck.spec import (
    budget,
    budgets,
    citations,
    load,
    parameters,
    recipes,
    signatures,
    variants,
)
from archcheck.value_schema import value_definitions

MEANINGS: Mapping[str, str] = {
    "name": "What results call the network; left out: the file's name.",
    "title": "What reports call the network.",
    "source": "The document whose claims these are.",
    "sources": "Several documents by name; a claim is of the first, or of the one that its `by:` names.",
    "class_name": "The class that the printed model shows.",
    "params": "Parameters of the whole file, by name, with their defaults; `${name}` is what one of them is.",
    "variants": "The networks of a family, by name: what each gives `params:`, and what is documented of it alone.",
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
OF_A_VARIANT: Mapping[str, str] = {
    "with": "The file's parameters, as this network has them.",
    "documented": "What is documented of this network, beside what the file documents of all.",
}
"""What a variant's keys mean where that is not what the file's own do."""
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

SOURCE: Mapping[str, str] = {
    "title": "What the document is called.",
    "author": "Who wrote it.",
    "year": "The year that it came out.",
    "url": "Where it is to be had.",
    "lines": "What the claims' lines are counted in.",
}
TENSOR: Mapping[str, str] = {
    "shape": "The sizes of one sample, without the batch axis.",
    "dtype": "The type of its elements; float32 where nothing is said.",
    "high": "Of whole numbers: one more than the largest that may come in.",
}
BLOCK: Mapping[str, str] = {
    "params": "The block's parameters, by name, with their defaults; null: must be given.",
    "layers": "What stands in the place of each use of the block.",
}


def spec_schema() -> Json:
    """Return the schema of a spec file, as JSON says it."""
    sections = each_described(MEANINGS, _sections(), load.KEYS)
    return {
        "$schema": DRAFT,
        "title": "archcheck spec",
        "description": "A network's layers, and what a document says of their shapes and costs.",
        **record(sections, required=("input", "layers")),
        "not": either({"required": ["name", "variants"]}, {"required": ["source", "sources"]}),
        "definitions": {
            **value_definitions(),
            **argument_definitions(),
            **claim_definitions(),
            **_sections_inside(),
            **_variants(),
            **body_definitions(),
        },
    }


# The top level


def _sections() -> Json:
    # Text is read without the blanks around it.
    name = rf"\s*{portable(load.NAME.pattern)}\s*"
    taken = whole(rf"\s*{in_any_case(load.TAKEN.pattern)}\s*")
    kinds = {"enum": list(signatures.kinds())}
    return {
        "name": {**whole(name), "not": taken},
        "title": ref("filled"),
        "source": ref("source"),
        "sources": mapping(ref("source"), whole(citations.NAME.pattern), least=1, most=citations.MAX_SOURCES),
        "class_name": ref("class_name"),
        "params": ref("params"),
        "variants": mapping(ref("variant"), ref("variant_name"), least=1, most=variants.MAX_VARIANTS),
        "input": ref("input"),
        "batch": ref("size"),
        "layers": ref("body"),
        "blocks": mapping(ref("block")),
        "init": mapping(mapping(ref("initialiser")), kinds),
        "documented": documented(),
        "training": ref("training"),
        "budget": ref("budget"),
    }


def _variants() -> Json:
    """Return what a variant is and what it may be called, and the sections that it shares with the file."""
    sections = {**_sections(), "with": mapping(ref("parameter"))}
    taken = whole(in_any_case(load.TAKEN.pattern))
    class_name = whole(rf"\s*{load.IDENTIFIER.pattern}\s*")
    return {
        "variant": record(each_described({**MEANINGS, **OF_A_VARIANT}, sections, variants.KEYS)),
        "variant_name": {**whole(portable(load.NAME.pattern)), "not": taken},
        "params": mapping(either({"type": "null"}, ref("parameter")), whole(parameters.NAME.pattern)),
        "class_name": {**class_name, "not": {"enum": kwlist}},
        "training": _training(),
        "budget": {**record(each_described(BUDGET, _limits(), budgets.KEYS)), "minProperties": 1},
    }


def _training() -> Json:
    named = {name: optimizer(name, recipes.NOT_NEGATIVE) for name in signatures.optimizers()}
    with_arguments = {**record(named), "minProperties": 1, "maxProperties": 1}
    parts = {
        "dataset": ref("text"),
        "samples": {"allOf": [ref("exact")], "not": {"const": 0}},
        **dict.fromkeys(("batch", "epochs"), ref("size")),
        "optimizer": either({"enum": list(signatures.optimizers())}, ref("expression"), with_arguments),
        "drop_last": either({"type": "boolean"}, ref("expression")),
        **dict.fromkeys(recipes.STEPS, ref("count_claim")),
    }
    return record(each_described(TRAINING, parts, recipes.KEYS))


def _limits() -> Json:
    ratio = either({"type": "number", "exclusiveMinimum": 0}, ref("expression"))
    counts: Json = {name: ref("exact") for name in budget.COUNTS}
    return {**counts, "memory": ref("bytes"), "latency_ratio": ratio}


def _sections_inside() -> Json:
    dtype = either({"enum": list(load.DTYPES)}, ref("expression"))
    tensor = {"shape": ref("sizes"), "dtype": dtype, "high": ref("size")}
    word = whole(load.IDENTIFIER.pattern)
    named = mapping(either(ref("sizes"), ref("tensor")), word, least=1)
    functions = record({name: initialiser(name) for name in signatures.initialisers()})
    block = {"params": ref("params"), "layers": ref("body")}
    about = {key: ref("size" if key == "year" else "text") for key in citations.KEYS}
    return {
        "source": record(each_described(SOURCE, about, about), required=("title",)),
        "tensor": record(each_described(TENSOR, tensor, tensor), required=("shape",)),
        "input": {
            "type": ["array", "object"],
            "if": {"type": "array"},
            "then": ref("sizes"),
            "else": {"if": {"required": ["shape"]}, "then": ref("tensor"), "else": named},
        },
        "initialiser": {**functions, "minProperties": 1, "maxProperties": 1},
        "block": record(each_described(BLOCK, block, block), required=("layers",)),
    }
