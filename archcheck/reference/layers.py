"""`archcheck help layers`, and `archcheck help Conv2d`: what each layer takes, gives and costs, from its rule."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from archcheck import body_schema, meanings
from archcheck.reference.layout import code, listing, paragraph, sections
from archcheck.rules import RULES
from archcheck.rules.base import Kind
from archcheck.rules.joins import JOINS
from archcheck.spec import signatures
from archcheck.spec.signatures import Argument, needs

_OTHER = re.compile(r"See `(\w+)`")
"""How a rule's docstring names the rule that has the formula."""


def text() -> str:
    """Return the page: every layer and function by family, and the joins."""
    families: dict[str, list[str]] = {}
    for word, kind in RULES.items():
        families.setdefault(_function(kind.rule).__module__.rpartition(".")[2], []).append(word)
    return sections(
        paragraph(
            "Capitalised: classes of torch.nn. Lower case: functions, which leave no module behind. "
            "`archcheck help WORD` has a word's arguments, and the formulas of what it gives and costs."
        ),
        *((family, paragraph(", ".join(words))) for family, words in families.items()),
        ("joins of branches", paragraph(", ".join(JOINS))),
    )


def layer_text(word: str) -> str:
    """Return what a layer, a function or a join takes, gives and costs. Raises KeyError for another word."""
    if word in JOINS:
        names = (name for name in inspect.signature(JOINS[word]).parameters if name in body_schema.WORDS)
        beside = [(name, body_schema.WORDS[name]) for name in names]
        words = [("Words beside it", listing(beside))] if beside else []
        formula = ("What it gives and costs", _formula(JOINS[word]))
        return sections(word, paragraph(body_schema.WORDS[word]), *words, formula)
    kind, signature = RULES[word], signatures.signature(word)
    arguments = (
        [] if signature is None else [(one.name, _told(word, kind, one)) for one in signature.arguments]
    )
    required = [one.name for one in signature.arguments if one.required] if signature else []
    given = ", ".join(f"{name}: ..." for name in required if name not in kind.fills)
    parts: list[str | tuple[str, str]] = [word, code(f"{{{word}: {{{given}}}}}" if given else word)]
    if arguments:
        parts.append(("Arguments", listing(arguments)))
    if kind.inputs != (1,):
        parts.append(("Tensors that it takes", "  " + " or ".join(map(str, kind.inputs))))
    return sections(*parts, ("What it gives and costs", _formula(kind.rule)))


def _told(word: str, kind: Kind, argument: Argument) -> str:
    meaning = meanings.told(meanings.of_layer(word, argument.name), argument)
    filled = (
        " Worked out where it is left out, checked where it is stated." if argument.name in kind.fills else ""
    )
    return f"{meaning} Takes {needs(argument)}.{filled}"


def _formula(rule: Callable[..., Any]) -> str:
    """Return the docstring of a rule, or of its family where one stands for all: formulas, units, their source."""
    function = _function(rule)
    page = sys.modules[function.__module__]
    told = inspect.getdoc(function) or inspect.getdoc(page) or ""
    other = _OTHER.match(told)
    more = inspect.getdoc(getattr(page, other[1])) if other else None
    return code(f"{told}\n\n{more}" if more else told)


def _function(rule: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(rule, partial):
        rule = rule.func
    return rule
