"""What children are called: which words are layers, which are the format's own, and names that stand for several.

A key with a dot in it is always a child's name, whatever its words mean elsewhere: `.output` is a child called
`output`, and `convs.0` is the child `0` of `convs`, which runs here and not beside the others of `convs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from archcheck.spec import claims, read, signatures
from archcheck.spec.layers import Body, Branches, Node, beside, join
from archcheck.spec.read import Scope
from archcheck.spec.source import Pairs, Place, Scalar

JOINS = tuple(signatures.JOINS)
NODES = (*JOINS, "block", "from", "aside")
"""The lower-case kinds of nodes that are no functions."""
WORDS = (*NODES, "with", "repeat", "open", "dim", "device", "share", *claims.LAYER_CLAIMS)
"""Lower-case words of the format, which no child may be called (with the functions' names) but `block`, if a body."""

NUMBER = "(?:0|[1-9][0-9]{0,8})"
STEM = r"(?!__)[\w-]{0,99}?"
RANGE = re.compile(rf"({STEM})({NUMBER})[.][.]({NUMBER}|\$\{{[^{{}}]*\}})")
"""`layer1..6`: children of one kind, each by its number."""


def kinds(node: Pairs) -> list[Scalar]:
    """Return the keys that make a mapping a layer; `block` is one where text names the block, else it is a child."""
    return [
        key
        for key, value in node.pairs
        if is_kind(str(key.value)) and (key.value != "block" or isinstance(value, Scalar))
    ]


def is_kind(word: str) -> bool:
    """Return whether a key makes a mapping a layer."""
    capital = word[:1].isupper() and "." not in word
    return capital or word in signatures.FUNCTIONS or word in NODES


def is_layer_word(node: Scalar) -> bool:
    """Return whether a scalar is a layer by itself."""
    return isinstance(node.value, str) and (node.value[:1].isupper() or node.value in signatures.FUNCTIONS)


def refuse_children(node: Pairs, scope: Scope) -> None:
    """Refuse a child whose name begins like a layer's: a word that is no kind, with a layer under it."""
    for key, value in node.pairs:
        name = str(key.value)
        if not name[:1].isupper() or "." in name or signatures.signature(name) is not None:
            continue
        if is_layer_word(value) if isinstance(value, Scalar) else isinstance(value, Pairs) and kinds(value):
            what = f"layer {join(scope.path, name)!r}: no module {name!r} in torch.nn"
            raise key.place.error(f"{what}; a child called so is '.{name}'")


def child_name(key: Scalar, scope: Scope) -> str:
    """Return the name of one child, which is a path where it is the child of another that has no body of its own."""
    written = str(key.value)
    if "." in written:
        for word in written.removeprefix(".").split("."):
            read.child_name(key, word, scope)
        return written.removeprefix(".")
    name = read.child_name(key, written, scope)
    if name == "block":  # what stands there is a body: `kinds`
        return name
    if name in WORDS:
        raise scope.error(key.place, f"{name!r} is a word of the format; a child called so is '.{name}'")
    if is_kind(name):
        raise scope.error(key.place, f"{name!r} is a layer; write branches as a list, or name each")
    return name


def branch_name(key: Scalar, scope: Scope) -> str:
    """Return the name of one branch, which stands in its join and so is no path."""
    name = child_name(key, scope)
    if "." in name:
        raise scope.error(key.place, f"{name!r} is a path; a branch stands in its join, so give it one name")
    return name


def written(name: str) -> str:
    """Return the key of a child of this name: with a dot in front where the word alone means something else."""
    return f".{name}" if name in WORDS or is_kind(name) else name


def no_child(place: Place, node: Scalar, scope: Scope) -> Exception:
    """Say what may have been meant: the key above by a word of the format, or the value by a kind of layer."""
    words = [*signatures.FUNCTIONS, *WORDS]
    for name in reversed(scope.path.split(".")):
        near = [kind for kind in signatures.kinds() if kind.lower() == name.lower()]
        near += get_close_matches(name, words, n=1, cutoff=0.75)
        if near and name not in (*words, *near):
            return scope.error(
                place, f"{read.shown(node)} is no layer: no word {name!r}; did you mean {near[0]!r}?"
            )
    hint = read.did_you_mean(node.value, [*words, *signatures.kinds()]) if isinstance(node.value, str) else ""
    hint = hint or "; a layer is written 'ReLU' or 'Conv2d: {...}'"
    return scope.error(place, f"{read.shown(node)} is no layer{hint}")


def numbered(key: Scalar, scope: Scope, most: int) -> tuple[str, range] | None:
    """Return the stem and the numbers of `layer1..6`, up to `most`; None: it is one child's name. `1..0`: none."""
    match = RANGE.fullmatch(str(key.value))
    if match is None:
        return None
    first = int(match[2])
    last = Scalar(int(match[3]) if match[3].isdigit() else match[3], key.place)
    return match[1], range(
        first, read.whole(last, f"{match[0]}: its last number", scope, first - 1, most) + 1
    )


def distinct(body: Body, scope: Scope) -> Body:
    """Return a body whose children, those of open branches included, have names of their own."""
    own, seen = [name for name, _ in body.children], set[str]()
    above = dict[str, str]()
    for name, child in _children(body):
        through = [*_above(name)] if "." in name else ()
        for path in through:
            above.setdefault(path, name)
        clash = above.get(name) or next((path for path in through if path in seen), None)
        if clash is not None:
            raise scope.error(child.place, f"{name!r} and {clash!r} in one body: one would be in the other")
        if name in seen:
            why = (
                ", to which the children of branches without a name belong"
                if len(set(own)) == len(own)
                else ""
            )
            what = "; call one something else" + (", or name the branches" if why else "")
            raise scope.error(child.place, f"{name!r} stands twice in one body{why}{what}")
        seen.add(name)
    return body


def _above(name: str) -> Iterator[str]:
    """Yield the paths that a child's name leads through: `a` and `a.b` of `a.b.c`."""
    words = name.split(".")
    return (".".join(words[:end]) for end in range(1, len(words)))


def _children(body: Body) -> Iterator[tuple[str, Node]]:
    """Yield the children of a body as a module: those of open branches are beside their join."""
    for name, child in body.children:
        yield name, child
        for branch in child.branches if isinstance(child, Branches) else ():
            if branch.name is None:
                yield from ((beside(name, inner), node) for inner, node in _children(branch.body))
