"""A spec file -> a `Spec`: the top level of the format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import Path

from archcheck.spec import budgets, claims, read, recipes, signatures
from archcheck.spec.bodies import Block, BodyReader
from archcheck.spec.calls import INITIALISERS, call
from archcheck.spec.layers import Initialiser, Input, Source, Spec
from archcheck.spec.source import Items, Node, Pairs, Scalar, count_nodes, parse, read_text

KEYS = (
    "name", "title", "source", "class_name", "input", "batch", "layers", "blocks", "init", "documented",
    "training", "budget",
)  # fmt: skip
SOURCE_KEYS = ("title", "url", "author", "year", "lines")
DTYPES = ("float32", "int64", "bool")

NAME_RULE = "write at most 60 letters, digits, '_', '-', '+' and '.', the last three not in front"

NAME = re.compile(r"\w[\w.+-]{0,59}")
TAKEN = re.compile(r"(README|CON|PRN|AUX|NUL|(COM|LPT)[0-9])(\..*)?", re.IGNORECASE)
"""Names that the index of a folder of reports has, and those that Windows keeps for devices."""
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def load_spec(path: str | Path, target: str | None = None) -> Spec:
    """Read a spec file; `target` is what messages and results call it. Raises `SpecError`."""
    shown = target or str(path)
    return loads_spec(read_text(Path(path), shown), shown)


def loads_spec(text: str, target: str) -> Spec:
    """Read a spec from its text. Raises `SpecError`, whose text has the place, the value and a way out."""
    root = parse(text, target)
    top = read.pairs(root, "a spec")
    read.only_keys(top, KEYS, "a spec")
    layers = read.needed(top, "layers", "a spec")
    reader = BodyReader(_blocks(top.get("blocks")))
    title, documented = top.get("title"), top.get("documented")
    training, budget = top.get("training"), top.get("budget")
    name = _name(top, target)
    batch = top.get("batch")
    given = read.needed(top, "input", "a spec")
    samples = 1 if batch is None else read.whole(batch, "batch")
    inputs = tuple(_inputs(given))
    for tensor in inputs:
        read.bounded((samples, *tensor.shape), given, tensor.name)
    return Spec(
        target=target,
        name=name,
        title=name if title is None else read.text(title, "title"),
        source=_source(top.get("source")),
        class_name=_class_name(top.get("class_name")),
        inputs=inputs,
        batch=samples,
        body=reader.body(layers, read.TOP),
        init=tuple(_init(top.get("init"))),
        claims=(
            *(() if documented is None else claims.documented(documented, [one.name for one in inputs])),
            *(() if training is None else recipes.step_claims(training)),
        ),
        place=top.place,
        training=None if training is None else recipes.recipe(training),
        budget=None if budget is None else budgets.budget(budget),
    )


def _name(top: Pairs, target: str) -> str:
    """Return the name, which is a file's name in a folder of reports."""
    node = top.get("name")
    name = _file_name(target) if node is None else read.text(node, "name")
    if not NAME.fullmatch(name) or TAKEN.fullmatch(name):
        place = top.place if node is None else node.place
        raise place.error(f"name {name!r} cannot be a file's name; {NAME_RULE}")
    return name


def _file_name(target: str) -> str:
    return re.sub(r"[^\w.+-]+|^\W+", "_", Path(target).stem)[:60]


def _source(node: Node | None) -> Source | None:
    if node is None:
        return None
    mapping = read.pairs(node, "source")
    read.only_keys(mapping, SOURCE_KEYS, "source")
    words = {key: value for key in SOURCE_KEYS if key != "year" and (value := mapping.get(key)) is not None}
    texts = {key: read.text(value, f"source: {key}") for key, value in words.items()}
    read.needed(mapping, "title", "source")
    year = mapping.get("year")
    return Source(
        title=texts["title"],
        url=texts.get("url"),
        author=texts.get("author"),
        year=None if year is None else read.whole(year, "source: year"),
        lines=texts.get("lines"),
    )


def _class_name(node: Node | None) -> str | None:
    if node is None:
        return None
    name = read.text(node, "class_name")
    if not IDENTIFIER.fullmatch(name) or iskeyword(name):
        raise node.place.error(f"class_name needs a Python name, given {name!r}")
    return name


def _inputs(node: Node) -> Iterator[Input]:
    if isinstance(node, Items) or (isinstance(node, Pairs) and node.get("shape") is not None):
        yield _input("input", node)
        return
    if isinstance(node, Scalar):
        raise node.place.error(f"input needs a list of sizes such as [3, 224, 224], given {read.shown(node)}")
    if not node.pairs:
        raise node.place.error("input needs at least one tensor, given none")
    for key, value in node.pairs:
        name = str(key.value)
        if not IDENTIFIER.fullmatch(name):
            raise key.place.error(f"an input's name is a word, given {name!r}")
        yield _input(name, value)


def _input(name: str, node: Node) -> Input:
    if isinstance(node, Items):
        return Input(name, read.shape(node, name))
    mapping = read.pairs(node, f"{name} (or a list of sizes)")
    read.only_keys(mapping, ("shape", "dtype", "high"), name)
    dtype, high = mapping.get("dtype"), mapping.get("high")
    word = None if dtype is None else read.text(dtype, f"{name}: dtype")
    if dtype is not None and word not in DTYPES:
        raise dtype.place.error(f"{name}: dtype needs one of {', '.join(DTYPES)}, given {word!r}")
    return Input(
        name,
        read.shape(read.needed(mapping, "shape", name), f"{name}: shape"),
        word,
        None if high is None else read.whole(high, f"{name}: high"),
    )


def _blocks(node: Node | None) -> dict[str, Block]:
    if node is None:
        return {}
    return {str(key.value): _block(str(key.value), value) for key, value in read.pairs(node, "blocks").pairs}


def _block(name: str, node: Node) -> Block:
    mapping = read.pairs(node, f"block {name!r}")
    read.only_keys(mapping, ("params", "layers"), f"block {name!r}")
    params: dict[str, int | None] = {}
    given = mapping.get("params")
    for key, value in () if given is None else read.pairs(given, "params").pairs:
        word = str(key.value)
        if not IDENTIFIER.fullmatch(word):
            raise key.place.error(f"block {name!r}: a parameter's name is a word, given {word!r}")
        must_be_given = isinstance(value, Scalar) and value.value is None
        params[word] = None if must_be_given else read.whole(value, word, least=-read.MAX_SIZE)
    layers = read.needed(mapping, "layers", f"block {name!r}")
    return Block(name, params, layers, count_nodes(layers))


def _init(node: Node | None) -> Iterator[Initialiser]:
    if node is None:
        return
    for kind, parameters in read.pairs(node, "init").pairs:
        word = str(kind.value)
        if word not in signatures.kinds():
            raise kind.place.error(f"init: {read.no_module(word, signatures.kinds())}")
        for parameter, value in read.pairs(parameters, f"init: {word}").pairs:
            yield _initialiser(word, str(parameter.value), value)


def _initialiser(kind: str, parameter: str, node: Node) -> Initialiser:
    made = call(node, f"init: {kind}.{parameter}", INITIALISERS)
    return Initialiser(kind, parameter, made.name, made.args, made.place)
