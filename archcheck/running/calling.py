"""After a document's own statements: models that nothing called are called, and those that ran with other sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import torch
from torch import nn

from archcheck.binding.program import Program
from archcheck.running import bounds
from archcheck.running.again import Again
from archcheck.running.building import Silent, silent_ones
from archcheck.running.calling_functions import try_function
from archcheck.running.candidates import (
    Candidate,
    Group,
    candidates,
    of_axes,
)
from archcheck.running.devices import OnDevice
from archcheck.running.executing import SHARE, TooLong, alarm, took_too_long
from archcheck.running.executing import said_of as raised
from archcheck.running.first_layer import Ours, first_layers
from archcheck.running.further import further_ones
from archcheck.running.observed import Called, Origin, Skipped, lacks_values
from archcheck.running.own_calls import OwnCalls
from archcheck.running.plan import Given, Plan
from archcheck.running.recording import Held, Recorder
from archcheck.running.repairing import repaired
from archcheck.running.scaling import scaled
from archcheck.running.stand_ins import is_passing
from archcheck.running.stated_inputs import stated_by_site
from archcheck.running.trying import (
    axes_of,
    fitting,
    has_letters,
    has_ours,
    is_guess,
    is_itself,
    names_in,
    tensor_of,
    untouched,
)
from archcheck.running.varying import arguments_in, with_arguments
from archcheck.running.went import Kept, Went
from archcheck.running.wire import Record

LACKING = "needs "
"""How an error of a call begins that came to a library which is not there."""
GUESSED = ("first layer", "made up")
"""Where a call comes from that nobody speaks of: it is not told of where it fails."""


class Caller:
    """Calls the models of a program that has run; every call is a turn of its own."""

    def __init__(
        self,
        program: Program,
        plan: Plan,
        namespace: dict[str, Any],
        recorder: Recorder,
        emit: Callable[[Record], None],
        end: float,
        place: OnDevice,
    ) -> None:
        self._program, self._plan, self.namespace = program, plan, namespace
        self.recorder, self._emit, self._end = recorder, emit, end
        self._place, self._lacking, self._share = place, False, SHARE
        self._later: list[tuple[Silent, str]] = []
        self._again: list[Kept] = []
        self._guessed = False
        self.stated = stated_by_site(program)
        self._partly: set[str] = set()
        self.furthest: dict[str, tuple[int, Candidate]] = {}
        """Of what was called, how many sites the call showed that came the furthest, and that call."""
        self.seen: set[int] = set()
        """Sites that saw anything in the document's own run, or in a call of which somebody speaks."""
        self._turns = 0
        self._went: list[
            tuple[Any, Any]
        ] = []  # what was called, and the copy of it that was: so that both live
        recorder.began = OwnCalls(namespace, recorder, emit, self._keep_own)

    def _keep_own(self, model: nn.Module, what: str, call: Any) -> None:
        self._keep(Kept(model, what, call, self._place.device))

    def call_all(self) -> None:
        """Call what nothing called, then again with other sizes what went through."""
        self.seen |= self.recorder.reported
        self.recorder.began = None
        known = self._program, self.namespace, self.recorder
        for find in (silent_ones, further_ones):
            with self._noted("what nothing called"):
                for silent in find(*known):
                    if self._late():
                        return
                    self.call(silent)
        again = Again(self, self._end, always=self._plan.again)
        every = self._plan.again or has_letters(self._program)
        for kept in (one for one in self._again if every or has_ours(one.call)):
            with self._place.elsewhere(kept.device), self._noted(kept.what):
                again.call(kept)
        with self._place.elsewhere(torch.device("cpu")):  # last, for that may take all the time that is left
            for silent, wrong in self._later:
                if self._late():
                    self._emit(Skipped(0, f"{silent.what}: {wrong}", True))
                else:
                    self.call(silent)

    def next_turn(self) -> int:
        """Return the number of a turn that nothing had before."""
        self._turns += 1
        return self._turns

    @contextmanager
    def _noted(self, what: str) -> Iterator[None]:
        """Let nothing out that a document's own objects raise when they are looked at; say that they did."""
        try:
            yield
        except BaseException as error:  # whatever that is: `sys.exit()` too
            self._emit(Skipped(0, f"{what}: {raised(error)}", True))

    def call(self, silent: Silent) -> None:
        """Call what nothing called, with what may be meant; what fails for want of values is kept for the CPU."""
        self._lacking, wrong = False, None
        with self._noted(silent.what):
            wrong = self._call(silent)
        if wrong is not None and self._lacking and self._place.device.type == "meta":
            self._later.append((silent, wrong))
        elif wrong is not None:
            self._emit(Skipped(0, f"{silent.what}: {wrong}", True))

    def _call(self, silent: Silent) -> str | None:
        """Call what nothing called, and return why nothing goes through."""
        given = [one for one in self._plan.inputs if one.what in (None, silent.what)]
        wrong = None
        for make in silent.ways:
            try:
                with self._in_time():
                    made = make()
            except BaseException as error:  # whatever a document raises
                wrong = wrong or f"it cannot be built: {raised(error)}"
                self._lacking |= lacks_values(raised(error))
                if isinstance(error, TooLong):
                    break
                continue
            self._guessed = made.guessed
            why = self._tried(made.model, silent, given)
            if why is None:
                return None
            wrong = wrong or why
            if self._lacking and self._place.device.type == "meta":
                break  # another way to make it has no values, either
        return wrong

    def _tried(self, model: Any, silent: Silent, given: list[Given]) -> str | None:
        """Call what was made, and return why that does not go through; None where it does, or is nothing to call."""
        if isinstance(model, nn.Module):
            has_forward = type(model).forward is not nn.Module.forward
            return self._try(model, silent, given) if has_forward else "it has no forward to be called"
        if callable(model) and (silent.said.known or is_itself(model, silent.what)):
            return try_function(self, model, silent)
        return None

    def _try(self, model: nn.Module, silent: Silent, given: list[Given]) -> str | None:
        """Call a model with what somebody says; where that does not go through, or nobody does, with what may.

        Return why nothing goes through.
        """
        went: list[Went] = []
        tried, wrong = 0, ""
        enough = bounds.MOST_CANDIDATES if silent.said.numbers else 1  # letters hold for any size
        for group in candidates(model, silent.said, given, names_in(self.namespace, model)):
            if went and group[0].origin in GUESSED and not is_guess(silent):
                break
            if len(went) >= enough or tried >= bounds.MOST_TRIED[self._plan.device]:
                break
            if self._late() or took_too_long(wrong):
                went = [one.by_chance() for one in went]
                break
            if went and axes_of(group[0]) < axes_of(went[0].candidate):
                continue  # without a batch axis much goes through that is not meant
            tried += len(group)
            one, error = self.first_that_goes(model, silent.what, group)
            went += [] if one is None else [one]
            wrong = (error if took_too_long(error) else wrong or error) or ""
        if not went and not took_too_long(wrong):
            groups = of_axes(model.forward, silent.said, first_layers(model), names_in(self.namespace, model))
            went = self.first_of(groups, model, silent.what)
        went = [*self._scaled(model, silent.what, went), *went]
        self.tell_best(model, silent.what, went)
        return f"none of {tried} inputs goes through; the first: {wrong}" if tried and not went else None

    def _scaled(self, model: Callable[..., Any], what: str, went: Sequence[Went]) -> list[Went]:
        """Return the call with the sides that the document states of what comes of a call with sides of ours."""
        for one in went[:1]:
            call = scaled(one.candidate.call, one.held.records, self.stated)
            again = (
                None if call is None else self._repaired(model, what, replace(one.candidate, call=call))[0]
            )
            return [] if again is None else [again]
        return []

    def first_of(self, groups: Iterable[Group], model: Callable[..., Any], what: str) -> list[Went]:
        """Return the first call of the first group that has one that goes through; of none nothing is told."""
        for group in islice(groups, bounds.MOST_GROUPS):
            for candidate in group if not self._late() else ():
                went, (called, _) = self._repaired(model, what, candidate)
                if went is not None:
                    return [went]
                if took_too_long(called.error):
                    return []
        return []

    def _repaired(
        self, model: Callable[..., Any], what: str, candidate: Candidate
    ) -> tuple[Went | None, tuple[Called, Held]]:
        """Make a call; where it fails for sizes of ours, make it with those that its errors want.

        Return how it went, and how it went first.
        """
        todo, seen, first = [candidate], [candidate], None
        while todo and len(seen) <= bounds.MOST_REPAIRS:
            one = todo.pop(0)
            tried = untouched(model)
            called, held = self.turn(tried, what, one)
            first = first or (called, held)
            self._note(what, one, held)
            if called.error is None:
                return Went(called, held, one, tried), first
            if took_too_long(called.error) or self._late():
                break
            more = (replace(one, call=call) for call in repaired(one.call, called.error))
            new = [other for other in more if other not in seen]
            todo, seen = [*new, *todo], [*seen, *new]
        assert first is not None, "one call is made"
        return None, first

    def _note(self, what: str, candidate: Candidate, held: Held) -> None:
        """Keep the call of each thing that came the furthest."""
        sites = len(held.reported)
        if what not in self.furthest or sites > self.furthest[what][0]:
            self.furthest[what] = sites, candidate

    def first_that_goes(
        self, model: Callable[..., Any], what: str, group: Sequence[Candidate]
    ) -> tuple[Went | None, str | None]:
        """Make the first call of a group that goes through, or return why none does; a wrong guess is not told of."""
        wrong: list[tuple[Called, Held]] = []
        for candidate in group:
            went, failed = self._repaired(model, what, candidate)
            if went is not None:
                return went, None
            wrong.append(failed)
            if took_too_long(failed[0].error):
                break  # others of its kind would, too
        partly = next((one for one in wrong if (one[0].error or "").startswith(LACKING)), None)
        if partly is not None and what not in self._partly:  # what ran before it came to the library is so
            self._partly.add(what)
            self.tell(*partly)
        elif group[0].origin not in GUESSED:
            self.tell(*wrong[0])
        return None, wrong[0][0].error

    def tell_best(self, model: Callable[..., Any], what: str, went: list[Went]) -> None:
        """Tell of what was said, and of the guesses under which the most of what is claimed is so."""
        said = [one for one in went if one.candidate.origin != "first layer"]
        guessed = sorted(
            (one for one in went if one not in said), key=lambda one: -fitting(one.held, self.stated)
        )
        for one in (told := [*said, *guessed[: bounds.MOST_GUESSES]]):
            self.tell(one.called, one.held)
        if told and not any(known is model for known, _ in self._went):
            self._went.append((model, told[0].tried))
            self._keep(Kept(told[0].tried, what, told[0].candidate.call, self._place.device))

    def _keep(self, kept: Kept) -> None:
        """Keep a model and a call of it that went through, to make that again with other sizes."""
        if len(self._again) < bounds.MOST_VARIED and not any(one.model is kept.model for one in self._again):
            self._again.append(kept)

    def _late(self) -> bool:
        return time.monotonic() > self._end

    def turn(self, model: Callable[..., Any], what: str, candidate: Candidate) -> tuple[Called, Held]:
        """Call a model as a turn of its own, and return how it went and what was seen."""
        self.recorder.turn = turn = self.next_turn()
        with self.recorder.held() as held:
            error, _ = self.returned(model, candidate.call)
        self.recorder.turn = 0
        shapes = tuple(one.shape for one in arguments_in(candidate.call))
        ours = tuple(tuple(axis for axis, size in enumerate(one) if isinstance(size, Ours)) for one in shapes)
        made_up = self._guessed and candidate.origin != "other sizes"
        origin: Origin = "made up" if made_up else candidate.origin
        return Called(turn, what, shapes, origin, error, ours, passing=is_passing(model)), held

    def tell(self, called: Called, held: Held) -> None:
        """Hand on what a call showed."""
        if called.error is None and called.origin != "made up":
            self.seen |= held.reported
        self.recorder.say(held)
        self._emit(called)

    def returned(self, model: Callable[..., Any], call: Any) -> tuple[str | None, Any]:
        """Make a call, and return why it failed, or what came out."""
        try:
            args, kwargs = with_arguments(call, partial(tensor_of, device=self._place.device))
            # what takes no tensor makes its own, and may train with them
            with self._in_time(), torch.set_grad_enabled(not arguments_in(call)):
                return None, model(*args, **kwargs)
        except BaseException as error:  # whatever a document raises
            self._lacking |= lacks_values(raised(error))
            return raised(error), None

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Give a call its share of the time that is left: half of it after each that took too long."""
        try:
            with alarm((self._end - time.monotonic()) * self._share):
                yield
        except TooLong:
            self._share /= 2
            raise
