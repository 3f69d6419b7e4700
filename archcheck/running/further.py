"""Parameters that may be left out, and of which the document says a shape: called again, they are given.

What the code does with a mask, or with a second input, runs only then.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from torch import nn

from archcheck.binding.program import Program
from archcheck.running.annotated import is_no_tensor
from archcheck.running.building import Code, Made, Silent, Watching, method_of
from archcheck.running.candidates import REQUIRED
from archcheck.running.opening import Opened, Opening, opened, said_inside
from archcheck.running.parameter_names import WAYS, Widths
from archcheck.running.stated_inputs import Said, said_of

MOST_FURTHER = 40
"""Functions that are called once more."""


class Asking:
    """A function that cannot do without some of the parameters that may be left out."""

    def __init__(self, call: Callable[..., Any], function: Callable[..., Any], names: Sequence[str]) -> None:
        """Call `call` with arguments for the parameters of `function`."""
        self.func, self._call = function, call
        self.__name__ = getattr(function, "__name__", "")
        self.__signature__ = _asking(inspect.signature(function), names)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return self._call(*args, **kwargs)


def _asking(signature: inspect.Signature, names: Sequence[str]) -> inspect.Signature:
    """Return a signature with parameters that need an argument, by name."""
    parameters = [
        one.replace(default=one.empty, kind=one.KEYWORD_ONLY) if one.name in names else one
        for one in signature.parameters.values()
    ]
    return signature.replace(parameters=sorted(parameters, key=lambda one: one.kind))


def further_ones(program: Program, namespace: Mapping[str, Any], watching: Watching) -> Iterator[Silent]:
    """Yield functions with claims that have seen nothing, and with parameters of shapes that nobody gave them."""
    code, inside = Code.of(program), opened(program)
    unseen = ((name, own) for name, own in _by_function(program).items() if own - watching.reported)
    for name, own in islice(unseen, MOST_FURTHER):
        if own - watching.reported:
            said = said_of(program, own, name, code.inferred)
            ways = tuple(_ways(name, said, code, namespace, watching))
            if ways:
                yield Silent(f"{name} in full", ways, said)
            if name in inside and own - watching.reported:
                made = partial(_opening, name, inside[name], said, code, namespace, watching)
                ways = tuple(partial(made, widths) for widths in WAYS)
                yield Silent(f"{name} with an object", ways, said_inside(said, inside[name]))


def _by_function(program: Program) -> Mapping[str, frozenset[int]]:
    """Return the sites of claims by the function, or the method of a class, that they stand in."""
    claimed = {site for claim in program.claims for site in claim.sites}
    found: dict[str, set[int]] = {}
    for site in program.sites:
        if site.number in claimed and site.function:
            found.setdefault(".".join(site.function.split(".")[:2]), set()).add(site.number)
    return {name: frozenset(sites) for name, sites in found.items()}


def _ways(
    name: str, said: Said, code: Code, namespace: Mapping[str, Any], watching: Watching
) -> Iterator[Callable[[], Made]]:
    """Yield how to have a function that takes what it may be given: all of it, then each thing alone."""
    owner, _, method = name.partition(".")
    found = namespace.get(owner)
    if getattr(found, "__module__", None) != "__main__" or (method.startswith("__") and method != "__call__"):
        return
    function = getattr(found, method, None) if method and isinstance(found, type) else found
    if function is None or not inspect.isfunction(function):
        return
    optional = _optional(function, said)
    for names in (
        [optional, *([one] for one in optional)] if len(optional) > 1 else [optional] * len(optional)
    ):
        if not method:
            yield partial(_made, function, names)
        elif isinstance(found, type):
            yield partial(_made_of, found, method, names, said, code, namespace, watching)


def _optional(function: Callable[..., Any], said: Said) -> list[str]:
    """Return the parameters that are None where they are left out, and of which a shape is known."""
    return [
        one.name
        for one in inspect.signature(function).parameters.values()
        if one.kind in REQUIRED
        and one.default is None
        and one.name in said.known
        and not is_no_tensor(one.annotation)
    ]


def _made(function: Callable[..., Any], names: Sequence[str]) -> Made:
    return Made(Asking(function, function, names), True)


def _opening(
    name: str,
    parameters: Opened,
    said: Said,
    code: Code,
    namespace: Mapping[str, Any],
    watching: Watching,
    widths: Widths,
) -> Made:
    """Return a function, or a method, that takes what is in its parameters."""
    owner, _, method = name.partition(".")
    found = namespace[owner]
    if method:
        whole, function = _whole(found, method, said, code, namespace, watching, widths)
        return Made(Opening(whole, function, parameters), True)
    return Made(Opening(found, found, parameters), True)


def _made_of(
    found: type,
    method: str,
    names: Sequence[str],
    said: Said,
    code: Code,
    namespace: Mapping[str, Any],
    watching: Watching,
) -> Made:
    whole, function = _whole(found, method, said, code, namespace, watching, WAYS[1])
    return Made(Asking(whole, function, names), True)


def _whole(
    found: type,
    method: str,
    said: Said,
    code: Code,
    namespace: Mapping[str, Any],
    watching: Watching,
    widths: Widths,
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return how to call a method of a module that ran, or of an object that stands there or is made, and itself."""
    ran = watching.ran_of(found) if issubclass(found, nn.Module) else None
    function = getattr(ran, method) if ran else method_of(found, method, said, code, namespace, widths).model
    owner = getattr(getattr(function, "func", function), "__self__", None)
    return (owner if method == "forward" and callable(owner) else function), function
