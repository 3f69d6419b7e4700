"""What a class or function of a document may be given where the document does not call it: by its parameters' names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any

import torch
from torch import nn

from archcheck.running.annotated import (
    LISTS,
    MANY,
    SIDES,
    SIMPLE,
    TENSORS,
    WHOLES,
    has_tensors,
    kind_of,
    parametrized,
    required,
    sides_of,
    unset_numbers,
)
from archcheck.running.letters import BATCHES, LENGTHS
from archcheck.running.own_settings import Settings
from archcheck.running.parameter_names import Widths, by_words, keeps_shapes
from archcheck.running.stand_ins import Passing
from archcheck.running.uses import Use, Uses

_FEW = 4
"""As much as what only counts may be: fewer than there are of anything."""
MOST_WANTED = 6
"""So many things that a class turns out to need are given it, one after the other."""
MOST_DEPTH = 3
"""Of modules that are made to be given to modules."""
_OPTIMIZERS = ("optimizer", "optimiser", "optim")
"""What ends a name of what steps: of one that steps elsewhere, for no shape hangs on a step."""
_MANY = {"filter_sizes": (3, 4, 5), "kernel_sizes": (3, 5), "kernels": (3, 5)}
_SETTINGS = (
    *("config", "configs", "configuration", "conf", "cfg", "args", "hparams", "hps", "flags"),
    *("opt", "opts", "options", "params", "settings"),
)


@dataclass(slots=True)
class Guesses:
    """Makes arguments; `namespace`: the document's variables; `written`: values that its code has under a name.

    `uses`: what its code does with the parameters of its classes and functions.
    `guessed`: whether any argument so far is one that nothing in the document says.
    """

    namespace: Mapping[str, Any]
    written: Mapping[str, Any]
    widths: Widths
    uses: Mapping[str, Uses] = field(default_factory=dict)
    depth: int = 0
    guessed: bool = field(default=False)

    def made(self, found: Callable[..., Any], **given: Any) -> Any:
        """Return what a class makes, or a function gives, with arguments of ours. Raises what these raise.

        `given`: those that are chosen. Whole numbers that are None where they are left out are given where it cannot
        be made without.
        """
        uses = self.uses.get(getattr(found, "__qualname__", ""), {})
        given = {**parametrized(found), **given}
        missing = ((name, kind) for name, kind in required(found) if name not in given)
        given |= {name: self.argument(name, kind, uses.get(name)) for name, kind in missing}
        for _ in range(MOST_WANTED):
            try:
                return found(**given)
            except (
                Exception
            ) as error:  # whatever a document raises: it may be for want of a number, or of a setting
                unset = (name for name in unset_numbers(found) if name not in given)
                more = {name: self.argument(name, "int") for name in unset}
                if not more and not _filled_up(given.values(), error):
                    raise
                given |= more
        return found(**given)

    def argument(self, name: str, annotation: object = None, use: Use | None = None) -> Any:
        """Return what a parameter may be given, by its name, type or use. Raises ValueError where none says it."""
        if name in self.namespace and not isinstance(self.namespace[name], type):
            value = self.namespace[name]
            self.guessed |= not isinstance(
                value, bool | int | float | str
            )  # a net of this name may be another
            return value
        if name in self.written and (self.widths.written or isinstance(self.written[name], str)):
            return self.written[name]
        self.guessed = True
        kind = kind_of(annotation)
        if (own := self._of_class(kind)) is not None:
            return own
        if (word := name.lower().rpartition("_")[2]) in _SETTINGS:
            return self._settings(word)
        if kind in TENSORS:
            raise ValueError(f"nothing says what its argument {name} is")
        if (model := self._model(name, kind, use)) is not None:
            return model
        found = self._of_kind(name, kind, annotation)
        if found is None:
            found = self._given_by(name)
        if use is not None and not kind:
            found = self._used(found, use, name)
        if found is None:
            raise ValueError(f"nothing says what its argument {name} is")
        return found

    def _settings(self, word: str) -> Any:
        """Return the variable that keeps settings, an object of a class that does and needs nothing, or ours."""
        for name, value in reversed(list(self.namespace.items())):
            if (word in name.lower() or "config" in name.lower()) and isinstance(value, dict):
                return value
            if isinstance(value, type) and name.lower().endswith(("config", "args")):
                with contextlib.suppress(Exception):
                    return self._filled(value())
        words = {name: value for name, value in self.written.items() if isinstance(value, str)}
        return Settings(self.argument, words)

    def _filled(self, settings: Any) -> Any:
        """Return settings with a size for each that is -1 until somebody knows it."""
        for name, value in list(getattr(settings, "__dict__", {}).items()):
            if type(value) is int and value == -1 and (size := by_words(name, self.widths)) is not None:
                with contextlib.suppress(Exception):
                    setattr(settings, name, size)
        return settings

    def _of_class(self, kind: str) -> Any:
        """Return an object of a class of the document that is no module."""
        found = self.namespace.get(kind)
        is_own = (
            isinstance(found, type) and found.__module__ == "__main__" and not issubclass(found, nn.Module)
        )
        if not is_own or found is None or self.depth >= MOST_DEPTH:
            return None
        return self._filled(self._deeper().made(found))

    def _given_by(self, name: str) -> Any:
        """Return what a function of the document gives that needs nothing, and is called after the parameter."""
        for one, value in self.namespace.items():
            is_own = isinstance(value, FunctionType) and value.__module__ == "__main__" and len(name) > 3
            if is_own and name.lower() in one.lower() and not any(required(value)):
                with contextlib.suppress(Exception):
                    return value()
        return None

    def _model(self, name: str, kind: str, use: Use | None) -> Any:
        """Return a module of the class that a parameter's annotation is, or of the document's own called so."""
        classes = {
            one.lower(): value
            for one, value in self.namespace.items()
            if isinstance(value, type) and issubclass(value, nn.Module) and value is not nn.Module
        }
        found = classes.get(kind.lower())
        if found is None:
            called = classes.get(name.replace("_", "").lower())
            found = called if called is not None and called.__module__ == "__main__" else None
        if found is not None and self.depth < MOST_DEPTH:
            return self._deeper().made(found)
        return _in_place_of(name, use) if kind == "Module" else None

    def _deeper(self) -> Guesses:
        return replace(self, depth=self.depth + 1, guessed=False)

    def _used(self, found: Any, use: Use, name: str) -> Any:
        """Return what is used so, made of what the name says, if it says anything: of a list, each part."""
        if use.kind == "list" and (found is None or type(found) is int):
            part = self.widths.other if found is None else found
            parts = [part] * use.parts
            return [[*parts] for _ in parts] if use.deep else parts
        if found is not None:
            return found
        if use.kind == "applied":
            return _in_place_of(name, use)
        if use.kind == "call":
            return nn.Identity if keeps_shapes(name) else Passing
        return {"truth": False, "whole": _FEW}.get(use.kind, self.widths.other)

    def _of_kind(self, name: str, kind: str, annotation: object) -> Any:
        if kind in ("bool", "float"):
            return kind == "float" and 0.1
        word = name.lower().rpartition("_")[2]
        if word == "device":
            return torch.get_default_device()
        if word in _OPTIMIZERS:
            return torch.optim.SGD([torch.zeros(1, requires_grad=True)])
        if kind == "str":
            return None
        if name.lower() in _MANY:
            return list(_MANY[name.lower()])
        if name.lower() in ("norm_shape", "normalized_shape"):
            return self.widths.other
        size = by_words(name, self.widths)
        if kind in MANY and not WHOLES.isdisjoint(name.lower().split("_")):
            return sides_of(annotation, len(SIDES))
        if kind in MANY:
            return None if size is None else [size, size] if kind in LISTS else (size, size)
        return (self.widths.other if kind == "int" else None) if size is None else size


def _in_place_of(name: str, use: Use | None) -> nn.Module:
    """Return a module for a parameter of which nothing says which it is."""
    if keeps_shapes(name):
        return nn.Identity()
    passing = Passing()
    passing.parts = use.parts if use is not None and use.kind == "applied" else 1
    return passing


def _filled_up(given: Iterable[object], error: Exception) -> bool:
    """Give settings of ours what a class asked for in vain: None, and a number where that is reckoned with."""
    settings = [one for one in given if isinstance(one, Settings)]
    filled = sum(one.with_none() for one in settings)
    if not filled and "NoneType" in str(error):
        filled = sum(one.with_numbers() for one in settings)
    return filled > 0


def is_setting(name: str, annotation: object) -> bool:
    """Return whether a parameter of a function that takes tensors is none of them: by its type, or as `num_heads`."""
    kind, words = kind_of(annotation), name.lower().split("_")
    if name.lower() in BATCHES + LENGTHS:  # as many as the tensors have
        return False
    if kind and has_tensors(annotation):
        return False
    if kind:
        return kind in (*SIMPLE, *MANY, "Module")
    if words[-1] in _OPTIMIZERS:
        return True
    return len(words) > 1 and (
        words[0] in ("n", "num") or words[-1] in ("size", "dim", "heads", "prob", "rate")
    )
