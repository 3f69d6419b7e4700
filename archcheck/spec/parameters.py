"""Parameters: what `params:` of a file or a block declares, what `with:` gives, and `${...}` filled in with them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from archcheck.spec import read
from archcheck.spec.arithmetic import Parameter
from archcheck.spec.read import Scope
from archcheck.spec.source import Items, Node, Pairs, Place, Scalar

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_WORD = 100
MAX_PARAMETERS = 64
"""Of a file or a block: they are worked out wherever the block stands."""
_NONE: Mapping[str, Parameter] = {}
TEXTS = ("says", "why", "wrong", "repr", "dataset")
"""The document's words, or ours on them: what stands there is meant as it is written."""
WORD_RULE = f"a word of at most {MAX_WORD} characters"


def declared(node: Node | None, what: str) -> Pairs | None:
    """Return the parameters under `params:`, each with its default; null: must be given. `what`: whose they are.

    A default that is written as `${...}` is worked out where the parameters are used.
    """
    if node is None:
        return None
    mapping = read.pairs(node, "params")
    if len(mapping.pairs) > MAX_PARAMETERS:
        raise node.place.error(f"{what}{len(mapping.pairs)} parameters; at most {MAX_PARAMETERS}")
    for key, value in mapping.pairs:
        name = str(key.value)
        if not NAME.fullmatch(name):
            raise key.place.error(f"{what}a parameter's name is a word, given {name!r}")
        if isinstance(value, Scalar) and read.is_expression(value):
            read.check_expression(value)
        elif not _is_null(value):
            _checked(value, name, read.TOP)
    return mapping


def values(
    params: Pairs | None,
    given: Node | None = None,
    what: str = "params:",
    place: Place | None = None,
    scope: Scope = read.TOP,
    around: Mapping[str, Parameter] = _NONE,
) -> Mapping[str, Parameter]:
    """Return every parameter that holds inside: those `around`, and its own, which win.

    `given` is `with:`, read in the `scope` that it stands in; a default sees those `around` and the ones before it.
    `what` and `place`: who needs them, for messages; without a place nobody can give them.
    """
    own = () if params is None else params.pairs
    there = _given(given, tuple(str(key.value) for key, _ in own), what, scope)
    found = dict(around)
    for key, default in own:
        name = str(key.value)
        if name in there:
            found[name] = there[name]
        elif not _is_null(default):
            found[name] = _checked(default, name, Scope(scope.path, found))
        elif place is None:
            raise key.place.error(f"params: {name} is null, and there are no variants to give it")
        else:
            raise scope.error(place, f"{what} needs 'with: {{{name}: ...}}'")
    return found


def _given(node: Node | None, known: tuple[str, ...], what: str, scope: Scope) -> Mapping[str, Parameter]:
    if node is None:
        return {}
    mapping = read.pairs(node, "with", scope)
    read.only_keys(mapping, known, what, scope)
    return {str(key.value): _checked(value, str(key.value), scope) for key, value in mapping.pairs}


def _checked(node: Node, name: str, scope: Scope) -> Parameter:
    """Return the value of one parameter."""
    value = read.resolve(node, scope) if isinstance(node, Scalar) else None
    if value is None:
        raise scope.error(node.place, f"{name} needs a number or a word, given {read.shown(node)}")
    if isinstance(value, str) and not _is_word(value):
        raise scope.error(node.place, f"{name} needs {WORD_RULE}, given {read.shown(node)}")
    if isinstance(value, int | float) and not abs(value) <= read.MAX_SIZE:
        raise scope.error(node.place, f"{name} must be {_limit(value)}, given {value}")
    return value


def _limit(value: float) -> str:
    return f"at least {-read.MAX_SIZE}" if value < 0 else f"at most {read.MAX_SIZE}"


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _is_word(text: str) -> bool:
    return bool(text.strip()) and len(text) <= MAX_WORD and text.isprintable() and "${" not in text


def filled(node: Node, scope: Scope) -> Node:
    """Return a tree with every value that is `${...}` alone worked out, but for texts; under `at:` inside text too."""
    if isinstance(node, Scalar):
        alone = isinstance(node.value, str) and read.EXPRESSION.fullmatch(node.value.strip())
        return read.worked_out(node, scope) if alone else node
    if isinstance(node, Items):
        return Items(tuple(filled(item, scope) for item in node.items), node.place)
    pairs = ((key, _filled(key, value, scope)) for key, value in node.pairs)
    return Pairs(tuple(pairs), node.place)


def _filled(key: Scalar, value: Node, scope: Scope) -> Node:
    if key.value in TEXTS:
        return value
    return read.filled(value, scope) if key.value == "at" else filled(value, scope)
