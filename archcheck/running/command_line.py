"""A document that asks its command line is given none: what it cannot do without has a value that it names itself."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_OF_TYPE: dict[Any, Any] = {int: 1, float: 0.1}
_ALTERNATIVES = re.compile(r"\s*[\w.-]{1,40}(?:\s*\|\s*[\w.-]{1,40}){1,40}\s*")


@contextmanager
def nothing_given() -> Iterator[None]:
    """Let command lines be read while this runs as if all that they must have had been given."""
    original, kind = argparse.ArgumentParser.parse_known_args, argparse.ArgumentParser
    _put(kind, _lenient(original))
    try:
        yield
    finally:
        _put(kind, original)


def _put(kind: Any, method: Any) -> None:
    kind.parse_known_args = method


def _lenient(original: Callable[..., Any]) -> Callable[..., Any]:
    def parse_known_args(self: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> Any:
        if args is None:
            for action in self._actions:
                _let_go(action)
        return original(self, args, namespace)

    return parse_known_args


def _let_go(action: argparse.Action) -> None:
    """Let an argument that must be given be left out: it is what it may be."""
    if action.required and action.default is None and action.nargs != argparse.PARSER:
        action.default = default_of(action.choices, action.help, action.type)
        action.required = action.default is None
        if not action.option_strings and not action.required:
            action.nargs = argparse.OPTIONAL


def default_of(choices: Any, help_text: str | None, kind: Any) -> Any:
    """Return a value for an argument that must be given: of its choices, of those that its help names, of its type.

    >>> default_of(("a", "b"), None, None), default_of(None, "mnist | lsun", None), default_of(None, "how many", int)
    ('a', 'mnist', 1)
    """
    if choices:
        return next(iter(choices))
    if help_text and _ALTERNATIVES.fullmatch(help_text):
        return help_text.partition("|")[0].strip()
    return _OF_TYPE.get(kind, "" if kind in (None, str) else None)
