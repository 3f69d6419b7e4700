"""The models of a document that nothing called: instances that stand there, and classes that can be built."""

from __future__ import annotations

import ast
import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from torch import nn

from archcheck.binding.program import Program
from archcheck.running.guessing import WAYS, Guesses, Widths, required, written_values
from archcheck.running.stated_inputs import Said, said_of

MOST_TRIED = 8
"""Calls of one name."""


@dataclass(frozen=True, slots=True)
class Made:
    """What is to be called; `guessed`: it was made with arguments that nothing says."""

    model: Any
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Silent:
    """A model, or a function, whose sites have seen nothing; `ways`: to have it, the likeliest first.

    `what`: its class or name; `said`: what the document says of it.
    """

    what: str
    ways: tuple[Callable[[], Made], ...]
    said: Said


class Watching(Protocol):
    """What has been seen so far."""

    @property
    def reported(self) -> set[int]:
        """The sites that saw anything."""

    def has_run(self, module: nn.Module) -> bool:
        """Return whether a module was called."""

    def watches(self, module: nn.Module) -> bool:
        """Return whether a site waits for a module, or for one in it, to run."""


def silent_ones(program: Program, namespace: Mapping[str, Any], watching: Watching) -> Iterator[Silent]:
    """Yield what has claims and has seen nothing: instances first, then classes and functions, the last first.

    What stands later is made of what stands before it, and shows that too: so each is asked when its turn comes.
    """
    claimed = frozenset(site for claim in program.claims for site in claim.sites)
    by_owner = _by_owner(program, claimed)
    none: frozenset[int] = frozenset()
    code = _Code.of(program)
    for name, value in reversed(list(namespace.items())):
        if isinstance(value, nn.Module) and not watching.has_run(value):
            of_class = by_owner.get(type(value).__name__, none)
            if of_class or watching.watches(value):
                said = said_of(program, by_owner.get("", none) | of_class, f"{type(value).__name__}.forward")
                yield Silent(name, (partial(Made, value),), said)
    for owner in reversed([owner for owner in by_owner if owner]):
        found, sites = namespace.get(owner), by_owner[owner]
        if sites & watching.reported or getattr(found, "__module__", None) != "__main__":
            continue
        is_model = isinstance(found, type) and issubclass(found, nn.Module)
        if is_model or inspect.isfunction(found):
            said = said_of(program, sites, f"{owner}.forward" if is_model else owner)
            ways = (partial(_made, found, said, code, namespace, widths) for widths in WAYS)
            yield Silent(owner, tuple(ways), said)


def _by_owner(program: Program, claimed: frozenset[int]) -> dict[str, frozenset[int]]:
    """Return the sites of claims by the outermost class or function that they stand in."""
    found: dict[str, set[int]] = {}
    for site in program.sites:
        if site.number in claimed:
            found.setdefault(site.function.partition(".")[0], set()).add(site.number)
    return {owner: frozenset(sites) for owner, sites in found.items()}


@dataclass(frozen=True, slots=True)
class _Code:
    """What a program's code says of arguments: its calls by the name of what they call, and values by their names."""

    calls: Mapping[str, Sequence[ast.Call]]
    values: Mapping[str, Any]

    @classmethod
    def of(cls, program: Program) -> _Code:
        try:
            tree = ast.parse(program.source)
        except (SyntaxError, ValueError, RecursionError):
            return cls({}, {})
        calls: dict[str, list[ast.Call]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                calls.setdefault(node.func.id, []).append(node)
        return cls(calls, written_values(tree))

    def calls_of(self, name: str) -> Sequence[ast.Call]:
        """Return the calls of a name, those with the most arguments first."""
        calls = self.calls.get(name, ())
        return sorted(calls, key=lambda call: -len(call.args) - len(call.keywords))[:MOST_TRIED]


def _made(found: Any, said: Said, code: _Code, namespace: Mapping[str, Any], widths: Widths) -> Made:
    """Return a model of a class, or what a function gives: as the document calls it, or with arguments of ours.

    A function that has parameters of which the document says shapes is not called, for it takes tensors: it is
    returned, with the arguments that it takes beside them.
    """
    guesses = Guesses(namespace, code.values, widths)
    if not isinstance(found, type) and any(name in said.parameters for name, _ in required(found)):
        others = [(name, kind) for name, kind in required(found) if name not in said.parameters]
        given = {name: guesses.argument(name, kind) for name, kind in others}
        return Made(partial(found, **given) if given else found, guesses.guessed)
    for call in code.calls_of(found.__name__):
        with contextlib.suppress(Exception):
            args = [_worked_out(one, namespace) for one in call.args]
            kwargs = {one.arg: _worked_out(one.value, namespace) for one in call.keywords if one.arg}
            return Made(found(*args, **kwargs))
    return Made(guesses.made(found), guesses.guessed)


def _worked_out(expression: ast.expr, namespace: Mapping[str, Any]) -> Any:
    code = compile(ast.Expression(expression), "<call>", "eval")
    return eval(code, dict(namespace))
