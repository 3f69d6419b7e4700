"""Reading `source:` and `sources:`, the documents whose claims a spec has, and which of them says what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcheck.spec import read
from archcheck.spec.layers import By, Source, Spec
from archcheck.spec.source import Node, Pairs, Scalar

KEYS = ("title", "url", "author", "year", "lines")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,29}")
NAME_RULE = "a letter, then letters, digits, '_' and '-', at most 30"
MAX_SOURCES = 20
"""Each is a column where sources contradict each other."""


def sources(top: Pairs) -> tuple[Source, ...]:
    """Read the documents of a spec; that of `source:` has no name. The first is that of claims which name none."""
    one, several = top.get("source"), top.get("sources")
    if several is None:
        return () if one is None else (_source(one, "source", None),)
    if one is not None:
        raise several.place.error("a spec has 'source:' or 'sources:', not both")
    mapping = read.pairs(several, "sources")
    if not 1 <= len(mapping.pairs) <= MAX_SOURCES:
        raise several.place.error(f"sources needs 1 to {MAX_SOURCES} documents, given {len(mapping.pairs)}")
    return tuple(_named(key, value) for key, value in mapping.pairs)


def check(spec: Spec) -> Spec:
    """Return the spec, if every source that a claim names is there. Raises `SpecError`."""
    names = [source.name for source in spec.sources if source.name is not None]
    for by in _named_by_claims(spec):
        if by.name not in names:
            raise by.place.error(f"by: no source {by.name!r}{_instead(by.name, names)}")
    return spec


def _instead(name: str, names: list[str]) -> str:
    if not names:
        return "; name the documents under 'sources:'"
    return read.did_you_mean(name, names) or f"; there are: {', '.join(names)}"


def _named_by_claims(spec: Spec) -> Iterator[By]:
    return (claim.by for _, claim in spec.all_claims() if claim.by is not None)


def _named(key: Scalar, node: Node) -> Source:
    name = str(key.value)
    if not NAME.fullmatch(name):
        raise key.place.error(f"{name!r} is no name of a source: {NAME_RULE}")
    return _source(node, f"source {name!r}", name)


def _source(node: Node, what: str, name: str | None) -> Source:
    mapping = read.pairs(node, what)
    read.only_keys(mapping, KEYS, what)
    words = {key: value for key in KEYS if key != "year" and (value := mapping.get(key)) is not None}
    texts = {key: read.text(value, f"{what}: {key}") for key, value in words.items()}
    read.needed(mapping, "title", what)
    year = mapping.get("year")
    return Source(
        title=texts["title"],
        url=texts.get("url"),
        author=texts.get("author"),
        year=None if year is None else read.whole(year, f"{what}: year"),
        lines=texts.get("lines"),
        name=name,
    )
