"""A family from one file: `variants:`, the same layers with other parameters, and what is documented of each alone."""

from __future__ import annotations

from archcheck.spec import read
from archcheck.spec.source import Items, Node, Pairs, Place, Scalar

REPLACED = ("title", "class_name", "input", "batch", "training", "budget")
"""What a variant has in the place of the file's own."""
KEYS = ("title", "with", "class_name", "input", "batch", "documented", "training", "budget")
MAX_VARIANTS = 100


def names(root: Node) -> tuple[str, ...]:
    """Return the names of a file's variants in their order; none: the file is one network, or `variants:` is wrong."""
    found = root.get("variants") if isinstance(root, Pairs) else None
    if not isinstance(found, Pairs) or len(found.pairs) > MAX_VARIANTS or _alike(found):
        return ()
    return tuple(str(key.value) for key, _ in found.pairs)


def variants(top: Pairs) -> Pairs | None:
    """Return `variants:`, None where there is none. Raises `SpecError` for what is no list of them."""
    node = top.get("variants")
    if node is None:
        return None
    mapping = read.pairs(node, "variants")
    if not 1 <= len(mapping.pairs) <= MAX_VARIANTS:
        raise node.place.error(f"variants needs 1 to {MAX_VARIANTS} networks, given {len(mapping.pairs)}")
    named = next((key for key, _ in top.pairs if key.value == "name"), None)
    if named is not None:
        raise named.place.error("a variant's name is its key under 'variants:'; leave out 'name:'")
    alike = _alike(mapping)
    if alike is not None:
        one, other = alike
        why = "are one file where capitals do not count"
        raise other.place.error(f"variants {one.value!r} and {other.value!r} {why}; rename one")
    return mapping


def _alike(mapping: Pairs) -> tuple[Scalar, Scalar] | None:
    """Return two names that are one file's name on some systems."""
    seen: dict[str, Scalar] = {}
    for key, _ in mapping.pairs:
        other = seen.setdefault(str(key.value).casefold(), key)
        if other is not key:
            return other, key
    return None


def variant(mapping: Pairs, name: str) -> tuple[Scalar, Pairs]:
    """Return the name of one variant as it stands in the file, and what it says."""
    key, node = next((key, value) for key, value in mapping.pairs if key.value == name)
    said = read.pairs(node, f"variant {name!r}")
    read.only_keys(said, KEYS, f"variant {name!r}")
    return key, said


def merged(top: Pairs, said: Pairs) -> Pairs:
    """Return the top of a file as a variant has it; `with:` and `documented:` are the caller's."""
    own = {str(key.value): (key, value) for key, value in said.pairs if key.value in REPLACED}
    rest = ((key, value) for key, value in top.pairs if key.value not in own)
    return Pairs((*rest, *own.values()), top.place)


def told(top: Pairs, name: str) -> Pairs:
    """Return the top of a file with places that say which variant it is read for; the other variants are not read."""
    pairs = (
        (_told_word(key, name), _told_own(value, name) if key.value == "variants" else _told(value, name))
        for key, value in top.pairs
    )
    return Pairs(tuple(pairs), _of(top.place, name))


def _told_own(node: Node, name: str) -> Node:
    if not isinstance(node, Pairs):
        return _told(node, name)
    pairs = ((key, _told(value, name) if key.value == name else value) for key, value in node.pairs)
    return Pairs(tuple((_told_word(key, name), value) for key, value in pairs), _of(node.place, name))


def _told(node: Node, name: str) -> Node:
    if isinstance(node, Scalar):
        return _told_word(node, name)
    if isinstance(node, Items):
        return Items(tuple([_told(item, name) for item in node.items]), _of(node.place, name))
    pairs = [(_told_word(key, name), _told(value, name)) for key, value in node.pairs]
    return Pairs(tuple(pairs), _of(node.place, name))


def _told_word(word: Scalar, name: str) -> Scalar:
    return Scalar(word.value, _of(word.place, name))


def _of(place: Place, name: str) -> Place:
    return Place(place.file, place.line, place.column, name)
