"""The models of a document that nothing called: instances that stand there, and classes that can be built."""

from __future__ import annotations

import ast
import builtins
import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Protocol

import torch
from torch import nn

from archcheck.binding.program import Program
from archcheck.running.annotated import is_no_tensor, required, sides_of
from archcheck.running.guessing import Guesses, is_setting
from archcheck.running.inferring import inferred
from archcheck.running.options import Option, options_of
from archcheck.running.parameter_names import WAYS, Widths
from archcheck.running.stated_inputs import NOTHING_SAID, Inferred, Said, said_of
from archcheck.running.uses import Uses, is_used_as_setting, uses_of
from archcheck.running.written import written_values

MOST_TRIED = 8
"""Calls of one name."""
MOST_BELOW = 3
"""Classes that are tried instead of the one that they inherit from."""
MOST_CLASSES = 300
"""Of which it is asked what they are made of."""


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
        """The sites that saw anything but None."""

    def has_run(self, module: nn.Module) -> bool:
        """Return whether a module was called."""

    def ran_of(self, kind: type) -> nn.Module | None:
        """Return a module of a class that was called."""

    def watches(self, module: nn.Module) -> bool:
        """Return whether a site waits for a module, or for one in it, to run."""


def silent_ones(program: Program, namespace: Mapping[str, Any], watching: Watching) -> Iterator[Silent]:
    """Yield what has claims and has seen nothing: instances first, then classes and functions, the last first.

    What stands later is made of what stands before it, and shows that too: so each is asked when its turn comes. At the
    end come classes that are made of what is silent still.
    """
    claimed = frozenset(site for claim in program.claims for site in claim.sites)
    by_owner = _by_owner(program, claimed)
    none: frozenset[int] = frozenset()
    code = Code.of(program)
    for name, value in reversed(list(namespace.items())):
        if isinstance(value, nn.Module) and not watching.has_run(value):
            of_class = by_owner.get(type(value).__name__, none)
            inside = frozenset[int]().union(*(by_owner.get(kind, none) for kind in _kinds(value)))
            if inside - watching.reported or watching.watches(value):
                forward = f"{type(value).__name__}.forward"
                said = said_of(program, by_owner.get("", none) | of_class, forward, code.inferred)
                yield Silent(name, (partial(Made, value),), said)
    for owner in reversed([owner for owner in by_owner if owner]):
        found, sites = namespace.get(owner), by_owner[owner]
        if getattr(found, "__module__", None) != "__main__":
            continue
        is_model = isinstance(found, type) and issubclass(found, nn.Module)
        reached = sites & watching.reported
        if (is_model or inspect.isfunction(found)) and not reached:
            said = said_of(program, sites, f"{owner}.forward" if is_model else owner, code.inferred)
            kinds = (found, *_below(found, namespace))
            ways = (partial(_made, kind, said, code, namespace, widths) for kind in kinds for widths in WAYS)
            yield Silent(owner, tuple(ways), said)
        if isinstance(found, type):
            yield from _silent_methods(found, sites, program, code, namespace, watching)
    for owner, made_of in reversed(list(code.made_of.items())):
        found, inside = (
            namespace.get(owner),
            frozenset[int]().union(*(by_owner.get(one, none) for one in made_of)),
        )
        if isinstance(found, type) and issubclass(found, nn.Module) and inside - watching.reported:
            said = said_of(program, none, f"{owner}.forward", code.inferred)
            ways = (partial(_made, found, said, code, namespace, widths) for widths in WAYS)
            yield Silent(owner, tuple(ways), said)


def _below(found: Any, namespace: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the first classes of the document that inherit from one, for that may be no more than a frame."""
    if isinstance(found, type):
        below = (one for one in namespace.values() if isinstance(one, type) and issubclass(one, found))
        yield from islice((one for one in below if one is not found), MOST_BELOW)


def _kinds(model: nn.Module) -> set[str]:
    """Return the names of the classes that a model is made of."""
    return {type(one).__name__ for one in model.modules()}


def _silent_methods(
    found: type,
    sites: frozenset[int],
    program: Program,
    code: Code,
    namespace: Mapping[str, Any],
    watching: Watching,
) -> Iterator[Silent]:
    """Yield the methods of a class that have claims and have seen nothing."""
    by_method: dict[str, set[int]] = {}
    for site in program.sites:
        if site.number in sites:
            by_method.setdefault(".".join(site.function.split(".")[:2]), set()).add(site.number)
    for name, own in by_method.items():
        method = name.rpartition(".")[2]
        if own & watching.reported or (method.startswith("__") and method != "__call__") or "." not in name:
            continue
        said = said_of(program, frozenset(own), name, code.inferred)
        kinds = (found, *_below(found, namespace))
        ways = (
            partial(method_of, kind, method, said, code, namespace, widths)
            for kind in kinds
            for widths in WAYS
        )
        others = (
            partial(method_of, found, method, said, code, namespace, WAYS[1], option)
            for option in code.options.get(found.__name__, ())
        )
        yield Silent(name, (*ways, *others), said)


def _made_of(tree: ast.Module) -> Mapping[str, frozenset[str]]:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)][:MOST_CLASSES]
    known = {node.name for node in classes}
    direct = {
        node.name: {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} & known for node in classes
    }
    return {name: frozenset(_reached(name, direct)) for name in direct}


def _reached(name: str, direct: Mapping[str, set[str]]) -> set[str]:
    """Return what a name leads to, in any number of steps, but for itself."""
    found: set[str] = set()
    todo = [name]
    while todo:
        new = direct[todo.pop()] - found
        found |= new
        todo += new
    return found - {name}


def method_of(
    found: type,
    method: str,
    said: Said,
    code: Code,
    namespace: Mapping[str, Any],
    widths: Widths,
    option: Option | None = None,
) -> Made:
    """Return a method of an object of the document, or of one that is made for it; with an option, only of such."""
    made = _object(found, said, code, namespace, widths, option)
    function = _with_settings(getattr(made.model, method), said, code.guesses(namespace, widths))
    return Made(function.model, made.guessed or function.guessed)


def built(found: type, code: Code, namespace: Mapping[str, Any], widths: Widths) -> Any:
    """Return an object of a class: the document's own, or one that is made. Raises what making it raises."""
    return _object(found, NOTHING_SAID, code, namespace, widths).model


def _object(
    found: type,
    said: Said,
    code: Code,
    namespace: Mapping[str, Any],
    widths: Widths,
    option: Option | None = None,
) -> Made:
    values = reversed(list(namespace.values()))
    parts = (part for one in values for part in (one.modules() if isinstance(one, nn.Module) else (one,)))
    own = next((part for part in parts if type(part) is found), None)
    key = (found, widths, str(torch.get_default_device()), option)
    own = own if option is None else None
    made = Made(own) if own is not None else code.built.get(key)
    if made is None:
        made = code.built[key] = _made(found, said, code, namespace, widths, option)
    return made


def _with_settings(function: Any, said: Said, guesses: Guesses) -> Made:
    """Return a function that takes tensors, with the arguments of which nothing says that they are any."""
    given: dict[str, Any] = {}
    uses = guesses.uses.get(getattr(function, "__qualname__", ""), {})
    for name, kind in required(function):
        if is_no_tensor(kind) and name in said.known:
            given[name] = sides_of(kind, len(said.known[name]))
            guesses.guessed = True
        elif name not in said.known and (
            is_setting(name, kind) or is_used_as_setting(name, uses.get(name), others=bool(said.parameters))
        ):
            given[name] = guesses.argument(name, kind, uses.get(name))
    return Made(partial(function, **given) if given else function, guesses.guessed)


def _by_owner(program: Program, claimed: frozenset[int]) -> dict[str, frozenset[int]]:
    """Return the sites of claims by the outermost class or function that they stand in."""
    found: dict[str, set[int]] = {}
    for site in program.sites:
        if site.number in claimed:
            found.setdefault(site.function.partition(".")[0], set()).add(site.number)
    return {owner: frozenset(sites) for owner, sites in found.items()}


@dataclass(frozen=True, slots=True)
class Code:
    """What a program's code says of arguments: its calls and values by their names, and shapes.

    `made_of`: by the name of a class, those of the classes that it is made of, and these of, in turn; `options`: what
    else a class may be made with; `uses`: what is done with parameters; `built`: what was made of a class for its
    methods, on each device.
    """

    calls: Mapping[str, Sequence[ast.Call]]
    values: Mapping[str, Any]
    inferred: Mapping[str, Inferred]
    made_of: Mapping[str, frozenset[str]]
    options: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    uses: Mapping[str, Uses] = field(default_factory=dict)
    built: dict[tuple[type, Widths, str, Option | None], Made] = field(default_factory=dict)

    @classmethod
    def of(cls, program: Program) -> Code:
        """Return what the code of a program says; of code that does not parse, nothing."""
        try:
            tree = ast.parse(program.source)
        except (SyntaxError, ValueError, RecursionError):
            return cls({}, {}, {}, {})
        calls: dict[str, list[ast.Call]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                calls.setdefault(node.func.id, []).append(node)
        return cls(
            calls, written_values(tree), inferred(program), _made_of(tree), options_of(tree), uses_of(tree)
        )

    def guesses(self, namespace: Mapping[str, Any], widths: Widths) -> Guesses:
        """Return what makes arguments as the code has them."""
        return Guesses(namespace, self.values, widths, self.uses)

    def calls_of(self, name: str) -> Sequence[ast.Call]:
        """Return the calls of a name, those with the most arguments first."""
        calls = self.calls.get(name, ())
        return sorted(calls, key=lambda call: -len(call.args) - len(call.keywords))[:MOST_TRIED]


def _made(
    found: Any,
    said: Said,
    code: Code,
    namespace: Mapping[str, Any],
    widths: Widths,
    option: Option | None = None,
) -> Made:
    """Return a model of a class, or what a function gives: as the document calls it, or with arguments of ours.

    A function that has parameters of which the document says shapes is not called, for it takes tensors: it is
    returned, with the arguments that it takes beside them.
    """
    guesses = code.guesses(namespace, widths)
    if option is not None:
        return Made(guesses.made(found, **dict([option])), True)
    if not isinstance(found, type) and any(name in said.known for name, _ in required(found)):
        return _with_settings(found, said, guesses)
    for call in code.calls_of(found.__name__):
        with contextlib.suppress(Exception):  # whatever a document raises: another call may do
            names = _Names(guesses)
            args = [_worked_out(one, namespace, names) for one in call.args]
            kwargs = {one.arg: _worked_out(one.value, namespace, names) for one in call.keywords if one.arg}
            return Made(found(*args, **kwargs), guesses.guessed)
    try:
        return Made(guesses.made(found), guesses.guessed)
    except Exception:  # what it takes for a number may be a tensor
        if isinstance(found, type):
            raise
        return _with_settings(found, said, guesses)


def _worked_out(expression: ast.expr, namespace: Mapping[str, Any], names: Mapping[str, Any]) -> Any:
    code = compile(ast.Expression(expression), "<call>", "eval")
    return eval(code, dict(namespace), names)


class _Names(Mapping[str, Any]):
    """The variables around a call that stands in a function: arguments of its, which are guessed."""

    def __init__(self, guesses: Guesses) -> None:
        self._guesses = guesses

    def __getitem__(self, name: str) -> Any:
        if name in self._guesses.namespace or hasattr(builtins, name):
            raise KeyError(name)
        try:
            return self._guesses.argument(name)
        except ValueError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
