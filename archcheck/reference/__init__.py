"""The reference: what `archcheck help` shows, made of the tables that the code itself works by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archcheck.conventions import CONVENTIONS
from archcheck.reference import (
    claims,
    codes,
    contract_page,
    conventions_page,
    documents_page,
    layers,
    rules_page,
    spec_page,
)
from archcheck.rules import RULES
from archcheck.rules.joins import JOINS

__all__ = ["TOPICS", "Topic", "text_of", "words"]


@dataclass(frozen=True, slots=True)
class Topic:
    """A page of the reference: what it is about, and what makes its text."""

    about: str
    text: Callable[[], str]


TOPICS: Mapping[str, Topic] = {
    "spec": Topic("the spec format, key by key", spec_page.text),
    "claims": Topic("what may be claimed, how numbers are read, what verdicts mean", claims.text),
    "layers": Topic("every layer, function and join; `archcheck help Conv2d` for one", layers.text),
    "documents": Topic("how shapes are written beside code, and how documents are run", documents_page.text),
    "conventions": Topic("what other tools count; `archcheck help fvcore` for one", conventions_page.text),
    "exit-codes": Topic("how commands end, and the errors", codes.text),
    "json": Topic("every key of the JSON output", contract_page.text),
    "rules": Topic("how to write the rule of a new layer", rules_page.text),
}
"""The pages, by the word that names them."""


def words() -> tuple[str, ...]:
    """Return every word that the reference has something on."""
    return (*TOPICS, *RULES, *JOINS, *CONVENTIONS)


def text_of(word: str) -> str:
    """Return what the reference has on a word. Raises KeyError where that is nothing."""
    if word in TOPICS:
        return TOPICS[word].text()
    if word in RULES or word in JOINS:
        return layers.layer_text(word)
    return conventions_page.convention_text(word)
