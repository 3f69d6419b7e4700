"""A spec file -> a `Spec`: the top level of the format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from keyword import iskeyword
from pathlib import Path

from archcheck.errors import SpecError
from archcheck.spec import budgets, citations, claims, parameters, read, recipes, signatures, variants
from archcheck.spec.arithmetic import Parameter
from archcheck.spec.bodies import Block, BodyReader
from archcheck.spec.calls import INITIALISERS, call
from archcheck.spec.layers import Claim, Initialiser, Input, Spec
from archcheck.spec.read import Scope
from archcheck.spec.source import Items, Node, Pairs, Place, Scalar, count_nodes, one_line, parse, read_text

KEYS = (
    "name", "title", "source", "sources", "class_name", "params", "variants", "input", "batch", "layers", "blocks",
    "init", "documented", "training", "budget",
)  # fmt: skip
DTYPES = ("float32", "int64", "bool")

NAME_RULE = "write at most 60 letters, digits, '_', '-', '+' and '.', the last three not in front"

NAME = re.compile(r"\w[\w.+-]{0,59}")
TAKEN = re.compile(r"(README|CON|PRN|AUX|NUL|(COM|LPT)[0-9])(\..*)?", re.IGNORECASE)
"""Names that the index of a folder of reports has, and those that Windows keeps for devices."""
SHOWN = 12
"""Variants that a message names."""
FILLED = ("input", "batch", "init", "documented", "training", "budget")
"""Sections in which any value may be `${...}`; the layers' own readers work it out for themselves."""
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A file that was read once: its tree, what messages call it, and the names of its variants (one network: none)."""

    root: Node
    shown: str

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of its variants, in the file's order."""
        return variants.names(self.root)


def read_file(path: str | Path, shown: str) -> SpecFile:
    """Read a file as far as YAML goes; `shown` is what messages call it. Raises `SpecError`."""
    return SpecFile(parse(read_text(Path(path), shown), shown), shown)


def load_spec(path: str | Path, target: str | None = None) -> Spec:
    """Read a spec file; `target` is what messages and results call it. Raises `SpecError`."""
    shown = target or str(path)
    return spec_of(read_file(path, shown), shown)


def loads_spec(text: str, target: str, variant: str | None = None) -> Spec:
    """Read a spec from its text. Raises `SpecError`, whose text has the place, the value and a way out."""
    shown = target if variant is None else f"{target}:{variant}"
    return spec_of(SpecFile(parse(text, target), target), shown, variant)


def spec_of(file: SpecFile, target: str, variant: str | None = None) -> Spec:
    """Return one network of a file: itself, or one of its variants. Raises `SpecError`."""
    top = read.pairs(file.root, "a spec")
    if variant is not None:
        top = variants.told(top, variant)
    read.only_keys(top, KEYS, "a spec")
    of, params = variants.variants(top), parameters.declared(top.get("params"), "")
    if of is None or variant is None:
        if of is not None:
            raise several(file)
        return _spec(top, None, parameters.values(params), target, _name(top, file.shown))
    read.needed(top, "input", "a spec")
    key, said = variants.variant(of, variant)
    names = parameters.values(params, said.get("with"), f"variant {variant!r}", key.place)
    name = _file_safe(variant, key.place)
    top = variants.merged(top, said)
    spec = _spec(top, said.get("documented"), names, target, name, networks=len(of.pairs))
    return replace(spec, family=_file_name(file.shown))


def several(file: SpecFile) -> SpecError:
    """Return the error of a family where one network is wanted."""
    there = file.variants
    some = ", ".join(there[:SHOWN]) + (" ..." if len(there) > SHOWN else "")
    ways = f"{len(there)} variants: {some}" if len(there) > 1 else f"the variant {some}"
    return SpecError(one_line(f"{file.shown}: has {ways}; name one, {file.shown}:{there[0]}"))


def _spec(
    top: Pairs,
    more: Node | None,
    names: Mapping[str, Parameter],
    target: str,
    name: str,
    networks: int = 1,
) -> Spec:
    """Return a network of the parameters `names`.

    `more`: what is documented of this variant alone; `networks`: how many the file has.
    """
    scope = Scope("", names)
    filled = {key: parameters.filled(node, scope) for key in FILLED if (node := top.get(key)) is not None}
    layers, title = read.needed(top, "layers", "a spec"), top.get("title")
    given = read.needed(top, "input", "a spec")
    batch = filled.get("batch")
    samples = 1 if batch is None else read.whole(batch, "batch")
    inputs = tuple(_inputs(filled["input"]))
    for tensor in inputs:
        read.bounded((samples, *tensor.shape), given, tensor.name)
    stated = [filled.get("documented"), None if more is None else parameters.filled(more, scope)]
    training, budget = filled.get("training"), filled.get("budget")
    bodies = BodyReader(_blocks(top.get("blocks")), names, tuple(one.name for one in inputs), networks)
    spec = Spec(
        target=target,
        name=name,
        title=name if title is None else read.text(read.filled(title, scope), "title"),
        sources=citations.sources(top),
        class_name=_class_name(top.get("class_name")),
        inputs=inputs,
        batch=samples,
        body=bodies.body(layers, scope),
        init=tuple(_init(filled.get("init"))),
        claims=(
            *(one for node in stated if node is not None for one in _documented(node, inputs)),
            *(() if training is None else recipes.step_claims(training)),
        ),
        place=top.place,
        training=None if training is None else recipes.recipe(training),
        budget=None if budget is None else budgets.budget(budget),
    )
    return citations.check(spec)


def _documented(node: Node, inputs: Sequence[Input]) -> tuple[Claim, ...]:
    return claims.documented(node, [one.name for one in inputs])


def _name(top: Pairs, target: str) -> str:
    """Return the name, which is a file's name in a folder of reports."""
    node = top.get("name")
    name = _file_name(target) if node is None else read.text(node, "name")
    return _file_safe(name, top.place if node is None else node.place)


def _file_safe(name: str, place: Place) -> str:
    if not NAME.fullmatch(name) or TAKEN.fullmatch(name):
        raise place.error(f"name {name!r} cannot be a file's name; {NAME_RULE}")
    return name


def _file_name(target: str) -> str:
    return re.sub(r"[^\w.+-]+|^\W+", "_", Path(target).stem)[:60]


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
    params = parameters.declared(mapping.get("params"), f"block {name!r}: ")
    layers = read.needed(mapping, "layers", f"block {name!r}")
    return Block(name, params, layers, count_nodes(layers))


def _init(node: Node | None) -> Iterator[Initialiser]:
    if node is None:
        return
    for kind, weights in read.pairs(node, "init").pairs:
        word = str(kind.value)
        if word not in signatures.kinds():
            raise kind.place.error(f"init: {read.no_module(word, signatures.kinds())}")
        for parameter, value in read.pairs(weights, f"init: {word}").pairs:
            yield _initialiser(word, str(parameter.value), value)


def _initialiser(kind: str, parameter: str, node: Node) -> Initialiser:
    made = call(node, f"init: {kind}.{parameter}", INITIALISERS)
    return Initialiser(kind, parameter, made.name, made.args, made.place)
