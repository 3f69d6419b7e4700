"""What stands under `layers:`, as a JSON Schema: bodies, layers, joins and their branches, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping

from archcheck.claim_schema import CLAIMED, claim
from archcheck.json_schema import (
    Json,
    array,
    described,
    each_described,
    either,
    mapping,
    one_of,
    portable,
    record,
    ref,
    whole,
)
from archcheck.kind_schema import kind, needed, value_of, words
from archcheck.spec import bodies, claims, leaves, naming, read, signatures
from archcheck.value_schema import ARITHMETIC, number

WORDS: Mapping[str, str] = {
    "add": "Branches that all receive the same; their results are added. An empty one passes it on.",
    "concat": "Branches that all receive the same; their results are joined along `dim`.",
    "mul": "Branches that all receive the same; their results are multiplied, element by element.",
    "matmul": "Two branches that receive the same; their results are multiplied as matrices.",
    "scaled_dot_product_attention": "Branches for query, key, value and, where there is one, mask.",
    "dim": "The axis along which `concat` joins, the batch axis being 0; 1 where nothing is said.",
    "is_causal": "Whether each query sees the keys up to its own place only.",
    "enable_gqa": "Whether fewer heads of keys and values are each shared by several heads of queries.",
    "scale": "What scores are multiplied by; left out: 1 / sqrt(width).",
    "from": "What an earlier node, or an input of the network, gave: its name, looked up from here outwards.",
    "aside": "A body that runs on what comes in, which then goes on as it came.",
    "share": "The earlier layer whose weight is this layer's weight too.",
    "block": "The name of a body under `blocks:`.",
    "with": "The block's parameters.",
    "repeat": "How often the block stands here, one after the other.",
    "open": "In a list: the block's children are the list's own, whose numbers go on.",
}
"""The words of the format beside those of the kinds and of the claims."""


def body_definitions() -> Json:
    """Return the definitions of bodies, and of what stands in them."""
    # No `if` beside it: editors complete what `anyOf` offers, and do not look behind an `if`. The words
    # come first: where nothing fits, it is what the first takes that is told.
    alone = ({"enum": [word for word in words() if not needed(word)]}, ref("expression"))
    # What is called `block` is a child where a body stands there, and a kind where a text does.
    lower = [word for word in (*signatures.FUNCTIONS, *naming.NODES) if word != "block"]
    kind_key = {"pattern": rf"^(?:[A-Z][^.]*|{one_of(lower)})$"}
    named = {"propertyNames": {"not": kind_key}, "properties": {"block": {"type": ["array", "object"]}}}
    taken = {"enum": sorted({*naming.WORDS, *signatures.module_names()} - {"block"})}
    several = whole(rf"{portable(naming.STEM)}{naming.NUMBER}[.][.](?:{naming.NUMBER}|\$\{{{ARITHMETIC}\}})")
    placed = {"device": number(0, bodies.MAX_DEVICE), "layers": ref("body")}
    name = portable(read.CHILD_NAME.pattern)
    path = whole(rf"[.]?{name}(?:[.]{name})+")
    modules = rf"(?:^|[.]){one_of(sorted(signatures.module_names()))}(?:[.]|$)"
    return {
        "body": {
            "type": ["array", "object", "string"],
            # Behind `allOf`: an editor that looks for a default in the items of items of items finds an end here.
            "items": {"allOf": [ref("body")]},
            "allOf": [
                either(*alone, {"type": ["array", "object"]}),
                {"if": named, "then": ref("children"), "else": ref("layer")},
            ],
        },
        # These two say nothing of lists and text, which `body` has seen to.
        "children": {
            "propertyNames": either(ref("child_name"), several),
            "additionalProperties": ref("body"),
        },
        "layer": _layer(),
        "branch": {
            "if": {"type": "object", "required": ["device"]},
            "then": record(placed, required=("device", "layers")),
            "else": ref("body"),
        },
        "branch_name": either(
            {**whole(name), "not": either(taken, kind_key)},
            {**whole(f"[.]{name}"), "not": {"pattern": modules}},
        ),
        "child_name": either(ref("branch_name"), {**path, "not": {"pattern": modules}}),
    }


def _layer() -> Json:
    """Return what a mapping with a kind among its keys is: that kind, what belongs to it, and claims."""
    word = {"allOf": [ref("text")], "not": {"pattern": r"\$\{"}}
    joined = {
        argument.name: argument for join in naming.JOINS for argument in signatures.JOINS[join].arguments
    }
    parts = {
        **{join: _branches(join) for join in naming.JOINS},
        **{name: value_of(argument) for name, argument in joined.items()},
        **dict.fromkeys(("from", "share", "block"), either(word, ref("expression"))),
        "aside": ref("body"),
        "with": mapping(ref("parameter")),
        "repeat": number(0, bodies.MAX_LAYERS),
        "open": {"const": True},
    }
    properties = {
        **{word: kind(word) for word in words()},
        **each_described(WORDS, parts, tuple(parts)),
        **{name: described(CLAIMED[name], claim(name)) for name in claims.LAYER_CLAIMS},
    }
    own = {join: signatures.JOINS[join].names for join in naming.JOINS}
    own |= {"block": ("with", "repeat", "open"), **dict.fromkeys(leaves.SHARING, ("share",))}
    together = {
        word: {"propertyNames": {"enum": [word, *own.get(word, ()), *claims.LAYER_CLAIMS]}}
        for word in (*words(), *naming.JOINS, "block", "aside")
    }
    alone: Json = {"from": {"propertyNames": {"const": "from"}}}
    return {"properties": properties, "additionalProperties": False, "dependencies": {**together, **alone}}


def _branches(join: str) -> Json:
    least, most = signatures.BRANCHES.get(join, (2, None))
    return either(array(ref("branch"), least, most), mapping(ref("branch"), ref("branch_name"), least, most))
