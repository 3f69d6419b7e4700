"""A function, or a method, that nothing called: of the calls that go through, that under which the most is so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

from torch import nn

from archcheck.running import bounds
from archcheck.running.building import Silent
from archcheck.running.candidates import Group, of_axes, of_code, of_function, of_layers
from archcheck.running.executing import took_too_long
from archcheck.running.first_layer import first_layers
from archcheck.running.trying import fitting, names_in
from archcheck.running.went import Went

if TYPE_CHECKING:
    from archcheck.running.calling import Caller


def try_function(caller: Caller, function: Callable[..., Any], silent: Silent) -> str | None:
    """Call a function with what is stated of it, else with what its code, its layers or its claims' axes say.

    Return why nothing goes through.
    """
    owner = getattr(getattr(function, "func", function), "__self__", None)
    model = owner if isinstance(owner, nn.Module) else None
    names = names_in(caller.namespace, model)
    layers = first_layers(model) if model else ()
    stated = of_function(function, silent.said, names)
    one, error = caller.first_that_goes(function, silent.what, stated) if stated else (None, None)
    went = [one] if one is not None else []
    if not went and not took_too_long(error):
        entering = of_layers(model, function, silent.said, names) if model is not None else ()
        groups = chain(entering, of_code(function, silent.said, layers, names))
        went, wrong = _that_fits(caller, groups, function, silent.what)
        error = wrong if took_too_long(wrong) else error or wrong
    if not went and not took_too_long(error):
        went = caller.first_of(of_axes(function, silent.said, layers, names), function, silent.what)
    caller.tell_best(function, silent.what, went)
    return None if went else error or "no input that was tried goes through"


def _that_fits(
    caller: Caller, groups: Iterable[Group], function: Callable[..., Any], what: str
) -> tuple[list[Went], str | None]:
    """Return the call under which the most of what is claimed is so, or why none goes through."""
    went: list[Went] = []
    error = None
    for group in groups:
        one, wrong = caller.first_that_goes(function, what, group)
        if took_too_long(wrong):
            return [], wrong
        error = error or wrong
        went += [] if one is None else [one]
        if len(went) == bounds.MOST_ALIKE or (one is not None and _all_fit(caller, one)):
            break
    return sorted(went, key=lambda one: -fitting(one.held, caller.stated))[:1], error


def _all_fit(caller: Caller, went: Went) -> bool:
    """Return whether all that a call showed is as it is stated."""
    return fitting(went.held, caller.stated) == len(went.held.reported & caller.stated.keys())
