"""Functions that could not be called, or not to their ends, are called supposing what the document states."""

from __future__ import annotations

import contextlib
import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from archcheck.arguments import Argument
from archcheck.binding.program import Program
from archcheck.running.annotated import TENSORS, is_no_tensor, kind_of
from archcheck.running.building import Code, built
from archcheck.running.calling import Caller
from archcheck.running.candidates import REQUIRED
from archcheck.running.executing import LEAST_S, alarm
from archcheck.running.guessing import Guesses, is_setting
from archcheck.running.letters import EVEN, PRIMES
from archcheck.running.observed import Called, Event
from archcheck.running.parameter_names import WAYS
from archcheck.running.recording import Held
from archcheck.running.stand_ins import Unknown
from archcheck.running.stated_inputs import said_of
from archcheck.running.supposing import Supposing
from archcheck.running.trying import tensor_of
from archcheck.running.uses import is_used_as_setting

MOST_S = 10.0
"""All such calls may take."""
EACH_S = 1.5
"""One of them may."""
MOST_PATHS = 8
"""Calls of one function by which branches are come to that the others did not take."""
_MODELS = ("model", "net", "network")
"""What a function calls the document's model."""
_PLAIN = frozenset({"", "<lambda>"})


@dataclass(frozen=True, slots=True)
class _Unseen:
    """A function of the document with claims of which nothing was seen; `name`: qualified, its class before it."""

    name: str
    sites: frozenset[int]


def call_supposing(
    program: Program, namespace: dict[str, Any], supposing: Supposing, caller: Caller, end: float
) -> None:
    """Call the functions of which anything that is claimed was not seen, until `end` at the latest."""
    end = min(end - LEAST_S, time.monotonic() + MOST_S)
    unseen = [*_unseen(program, namespace, caller.seen)]
    code = Code.of(program) if unseen else None
    for one in unseen:
        if code is None or time.monotonic() > end:
            return
        function = None
        with contextlib.suppress(BaseException), alarm(EACH_S):  # whatever a document raises, or waits for
            function = _function(one.name, namespace, code)
        if function is not None:
            with contextlib.suppress(
                BaseException
            ):  # what a document's own objects raise when they are looked at
                _Calls(program, namespace, supposing, caller, code, one, function, end).make()


def _unseen(program: Program, namespace: Mapping[str, Any], reported: set[int]) -> Iterator[_Unseen]:
    claimed = {site for claim in program.claims for site in claim.sites[:1]} - reported
    found: dict[str, set[int]] = {}
    for site in program.sites:
        first, _, rest = site.function.partition(".")
        if site.number in claimed and first not in _PLAIN:
            of_class = isinstance(namespace.get(first), type) and rest
            name = f"{first}.{rest.partition('.')[0]}" if of_class else first
            found.setdefault(name, set()).add(site.number)
    for name, sites in found.items():
        yield _Unseen(name, frozenset(sites))


def _function(name: str, namespace: Mapping[str, Any], code: Code) -> Callable[..., Any] | None:
    """Return a function of the document, or a method of an object of its; None of what is none."""
    owner, _, method = name.partition(".")
    found = namespace.get(owner)
    if getattr(found, "__module__", None) != "__main__":
        return None
    if not isinstance(found, type):
        return found if inspect.isfunction(found) else None
    if not method or method == "__init__":
        return None
    value = _object(found, namespace, code)
    return value if method == "forward" and isinstance(value, nn.Module) else getattr(value, method, None)


def _object(found: type, namespace: Mapping[str, Any], code: Code) -> Any:
    """Return an object of a class: the document's own, one that can be made, or one that lacks everything."""
    for widths in WAYS:
        try:
            return built(found, code, namespace, widths)
        except Exception:  # whatever a document raises
            continue
    bare: Any = object.__new__(found)
    if isinstance(bare, nn.Module):
        nn.Module.__init__(bare)
    return bare


@dataclass(frozen=True, slots=True)
class _Calls:
    """The calls of one function; a call counts by how many sites saw what was made, and not what is only stated."""

    program: Program
    namespace: dict[str, Any]
    supposing: Supposing
    caller: Caller
    code: Code
    unseen: _Unseen
    function: Callable[..., Any]
    end: float

    def make(self) -> None:
        """Make them until `end`, and tell of those that show anything."""
        left = set(self.unseen.sites)
        best: tuple[tuple[int, ...], bool] = PRIMES, False
        most: tuple[Called, Held] | None = None
        slow = False
        for free, whole in ((PRIMES, False), (PRIMES, True), (EVEN, False), (EVEN, True)):
            if time.monotonic() > self.end:
                break
            began = time.monotonic()
            made = self._call(free, whole, {})
            slow = time.monotonic() - began > EACH_S
            if most is None or len(_shown(made[1])) > len(_shown(most[1])):
                most, best = made, (free, whole)
            if slow or left <= _shown(made[1]):
                break
        if most is None:
            return
        left -= self._told(most, left)
        tried: set[int] = set()
        while not slow and left - tried and len(tried) < MOST_PATHS and time.monotonic() < self.end:
            site = min(left - tried)
            tried.add(site)
            path = self.supposing.stated.path_to(site)
            if path:
                left -= self._told(self._call(*best, path), left)

    def _told(self, made: tuple[Called, Held], left: set[int]) -> set[int]:
        shown = _shown(made[1])
        if shown & left:
            self.caller.tell(*made)
        return shown

    def _call(
        self, free: tuple[int, ...], whole: bool, path: Mapping[tuple[int, int], bool]
    ) -> tuple[Called, Held]:
        with self.supposing.under(free, whole=whole, path=path) as under:
            turn, held = self._seen(lambda: self.function(**self._arguments()))
        called = Called(turn, self.unseen.name, (), "supposed", line=under.line)
        return called, Held([*under.settled(held.records)], held.reported)

    def _seen(self, call: Callable[[], object]) -> tuple[int, Held]:
        recorder = self.caller.recorder
        recorder.begin()
        recorder.turn = turn = self.caller.next_turn()
        time_for_it = alarm(min(EACH_S, self.end - time.monotonic()))
        with recorder.held() as held, contextlib.suppress(BaseException), time_for_it, torch.no_grad():
            call()
        recorder.turn = 0
        return turn, held

    def _arguments(self) -> dict[str, Any]:
        """Return what the parameters get: tensors of what is stated, sizes that letters have, and what may be meant."""
        everywhere = frozenset(one.number for one in self.program.sites)
        said = said_of(self.program, everywhere, self.unseen.name, self.code.inferred)
        owner = getattr(self.function, "__self__", self.function)
        begin = self.supposing.stated.head(self.unseen.name)
        letters = self.supposing.letters(owner if isinstance(owner, nn.Module) else None)
        guesses = self.code.guesses(self.namespace, WAYS[0])
        parameters = [one for one in _parameters(self.function) if one.kind in REQUIRED]
        given: dict[str, Any] = {}
        for one in parameters:
            stated = self.supposing.stated.of(self.unseen.name, one.name, *begin)
            known = said.parameters.get(one.name, stated)
            if known is None and one.default is one.empty:
                known = said.inferred.get(one.name)
            if known is not None and not is_no_tensor(one.annotation):
                given[one.name] = self.supposing.tensor(one.name, known, letters)
        given = {**self._as_before(parameters), **self._alike(parameters, given), **given}
        others = (one for one in parameters if one.name not in given)
        return given | {one.name: self._other(one, letters.found, guesses) for one in others}

    @staticmethod
    def _alike(parameters: Sequence[inspect.Parameter], given: Mapping[str, torch.Tensor]) -> dict[str, Any]:
        """Return tensors of the first one's shape for parameters of which only the type is known."""
        first = next(iter(given.values()), None)
        if first is None:
            return {}
        tensors = (one.name for one in parameters if kind_of(one.annotation) in TENSORS)
        with torch._C.DisableTorchFunctionSubclass():
            return {name: torch.zeros_like(first).as_subclass(torch.Tensor) for name in tensors}

    def _as_before(self, parameters: Sequence[inspect.Parameter]) -> dict[str, Any]:
        """Return the tensors of that call of a model that came the furthest; a function may take what is none."""
        before = self.caller.furthest.get(self.unseen.name.removesuffix(".forward"))
        if before is None or not isinstance(self.function, nn.Module):
            return {}
        args, kwargs = before[1].call
        named = {**dict(zip((one.name for one in parameters), args, strict=False)), **kwargs}
        tensors = {name: one for name, one in named.items() if isinstance(one, Argument)}
        return {name: tensor_of(one, self.supposing.device) for name, one in tensors.items()}

    def _other(self, parameter: inspect.Parameter, letters: Mapping[str, int], guesses: Guesses) -> Any:
        name = parameter.name
        if name in letters:
            return letters[name]
        if parameter.default is not parameter.empty:
            return parameter.default
        if name in self.namespace:
            return self.namespace[name]
        if name in _MODELS and (model := _whole_model(self.namespace, self.code)) is not None:
            return model
        use = self.code.uses.get(self.unseen.name, {}).get(name)
        if (
            is_no_tensor(parameter.annotation)
            or is_setting(name, parameter.annotation)
            or is_used_as_setting(name, use, others=False)
        ):
            with contextlib.suppress(
                Exception
            ):  # nothing says it, or the document's own code was asked and failed
                return guesses.argument(name, parameter.annotation, use)
        return Unknown(name)


def _parameters(function: Callable[..., Any]) -> Iterable[inspect.Parameter]:
    called = function.forward if isinstance(function, nn.Module) else function
    return inspect.signature(called).parameters.values()


def _whole_model(namespace: Mapping[str, Any], code: Code) -> Any:
    """Return a model of the last class of the document that can be made: it is made of those before."""
    for found in reversed([*namespace.values()]):
        if isinstance(found, type) and issubclass(found, nn.Module) and found.__module__ == "__main__":
            for widths in WAYS:
                with contextlib.suppress(Exception):  # whatever a document raises
                    return built(found, code, namespace, widths)
    return None


def _shown(held: Held) -> set[int]:
    """Return the sites that saw a tensor that was made."""
    events = (one for one in held.records if isinstance(one, Event) and one.role != "input")
    return {one.site for one in events if not isinstance(one.value, str | None)}
