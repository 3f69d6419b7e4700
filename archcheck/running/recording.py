"""The reporter of a rewritten program: what its sites see becomes records, and modules are watched by hooks."""

from __future__ import annotations

import contextlib
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import torch
from torch import nn

from archcheck.binding.reporter import Names, Part
from archcheck.running.doubts import Doubt
from archcheck.running.observed import ABSENT, STATED, Called, Event, EventRole, Made
from archcheck.running.stand_ins import Unknown
from archcheck.running.values import Ran, made_with, tree_of
from archcheck.running.wire import Printed, Record

T = TypeVar("T")
MOST_EVENTS = 50
"""Of one site in one turn and role; the rest are counted."""
MOST_INPUTS = 1000
"""Of what goes into one site in one turn, which may be many things each time."""
MOST_PRINTED = 20_000
"""Characters that are kept of what one site prints."""

Call = tuple[nn.Module, tuple[Any, ...], dict[str, Any]]
Tell = Callable[[BaseException | None], None]


@dataclass(frozen=True, slots=True)
class Held:
    """What was seen and not handed on, and the sites that saw it."""

    records: list[Record]
    reported: set[int]


class Recorder:
    """Implements `archcheck.binding.reporter.Reporter`; `emit` hands a record on.

    `turn`: which run it is, set by who runs. `began`: is told of every outermost call of a module before it is made,
    and returns who is to be told after it, with what it raised. `reported`: the sites that saw more than what an
    expression is made of, and than None; `ran`: the modules that ran, as long as they live. `raised`: of the outermost
    call that was made last, the innermost module that raised, and what that received. `supposed`: the turn of what is
    made of supposed tensors, which are of the class `kind`, as the document's own statements run; `new_turn`: gives
    what is unfinished one of its own.
    """

    def __init__(self, emit: Callable[[Record], None]) -> None:
        self.turn = 0
        self.supposed = 0
        self.left_out = 0
        self.reported: set[int] = set()
        self._ran: weakref.WeakKeyDictionary[nn.Module, None] = weakref.WeakKeyDictionary()
        self.began: Callable[[Call], Tell | None] | None = None
        self.raised: Call | None = None
        self._last: Ran | None = None
        self._emit = emit
        self._frames = self._calls = self._depth = 0
        self._kept: Counter[tuple[int, int, str]] = Counter()
        self._printing: int | None = None
        self._printed: dict[int, str] = {}
        self._unsaid: set[int] = set()
        self.kind: type[torch.Tensor] | tuple[()] = ()
        self._touched = self._asked = self._unsure = False
        self.new_turn: Callable[[], int] = lambda: 0
        self._unfinished = 0
        self._doubtful: dict[int, bool] = {}

    def begin(self) -> None:
        """Take note that a statement of the top begins: nothing of what it does is supposed so far."""
        self._touched = self._asked = self._unsure = False

    def touched(self) -> None:
        """Take note that what runs now has to do with supposed tensors."""
        self._touched = True
        if self._printing is not None and not self.turn:
            self._doubtful.setdefault(self._printing, False)

    def unsure(self) -> None:
        """Take note that what runs now hangs on what did not run to its end, or on values that are not here."""
        self._unsure = True
        if self._printing is not None and not self.turn:
            self._doubtful.setdefault(self._printing, False)

    def doubt(self, doubt: Doubt) -> None:
        """Take note of one or the other."""
        self.touched() if doubt == "supposed" else self.unsure()

    def doubted(self) -> Doubt | None:
        """Return in which doubt is what runs now."""
        return "supposed" if self._touched else "unfinished" if self._unsure else None

    def stated(self) -> None:
        """Take note that what runs now asks a supposed tensor itself for its shape."""
        self._asked = True
        if self._printing is not None and not self.turn:
            self._doubtful[self._printing] = True

    @contextmanager
    def held(self) -> Iterator[Held]:
        """Keep back what is seen while this runs; it is as if nothing had been, until `say` hands it on."""
        emit, reported = self._emit, self.reported
        held = Held([], set())
        self._emit, self.reported = held.records.append, held.reported
        try:
            yield held
        finally:
            self._emit, self.reported = emit, reported

    def say(self, held: Held) -> None:
        """Hand on what was kept back."""
        self.reported |= held.reported
        for record in held.records:
            self._emit(record)

    def enter(self) -> int:
        """Return the number of a call of a function."""
        self._frames += 1
        return self._frames

    def value(
        self, site: int, value: T, frame: int | None = 0, part: Part = "value", names: Names | None = None, /
    ) -> T:
        """Take what a site sees, and return it; a module is watched."""
        with contextlib.suppress(Exception):  # what the document's own objects raise when they are looked at
            if isinstance(value, Unknown):
                return value
            if isinstance(value, nn.Module):
                if part != "input":
                    self._watch(site, value, _sizes(names))
            else:
                frame = self.enter() if frame is None else frame
                made = self._last.made(value) if self._last is not None and part == "value" else None
                self._event(site, frame, part, value, "", None, _sizes(names), made)
        return value

    def has_run(self, module: nn.Module) -> bool:
        """Return whether a call of a module went through."""
        with contextlib.suppress(TypeError):
            return module in self._ran
        return False

    def ran_of(self, kind: type) -> nn.Module | None:
        """Return a module of a class of which a call went through."""
        return next((one for one in self._ran if type(one) is kind), None)

    def watches(self, module: nn.Module) -> bool:
        """Return whether a site waits for a module, or for one in it, to run."""
        return any(isinstance(hook, Hook) for one in module.modules() for hook in one._forward_hooks.values())

    def printing(self, site: int | None, /) -> None:
        """Say whose is what is printed from here on."""
        self._printing = site

    def shown(self, site: int, value: T, /) -> T:
        """Take what an interactive Python would print."""
        if value is not None:
            before, self._printing = self._printing, site
            with contextlib.suppress(Exception):
                self.wrote(f"{value!r}\n{_in_lines(value)}")
            self._printing = before
        return value

    def wrote(self, text: str) -> None:
        """Take what the program prints."""
        site = self._printing
        if site is None or self.turn:
            return
        so_far = self._printed.get(site, "")
        if len(so_far) < MOST_PRINTED:
            self._printed[site] = (so_far + text)[:MOST_PRINTED]
            self._unsaid.add(site)

    def say_printed(self) -> None:
        """Hand on what was printed since the last time."""
        for site in sorted(self._unsaid):
            supposed, stated = site in self._doubtful, self._doubtful.get(site, False)
            self._emit(Printed(site, self._printed[site], supposed, stated))
        self._unsaid.clear()

    def _event(
        self,
        site: int,
        frame: int,
        role: EventRole,
        value: Any,
        kind: str,
        arguments: Any,
        names: dict[str, int] | None,
        made: Made | None = None,
    ) -> None:
        turn = self.turn or self._turn_in_doubt(value)
        key = (site, turn, role)
        self._kept[key] += 1
        if self._kept[key] > self._most(site, turn, role):
            self.left_out += 1
            return
        call = self._calls if self._depth else 0
        with torch._C.DisableTorchFunctionSubclass():
            tree = STATED if self._asked and isinstance(value, torch.Size) else tree_of(value)
        if tree != ABSENT and (
            role != "input" or kind
        ):  # what a class is made with is not what a module receives
            self.reported.add(site)
        self._emit(Event(site, turn, frame, call, role, tree, kind, arguments, names, made))

    def _turn_in_doubt(self, value: Any) -> int:
        """Return the turn of what the document's own statements show that is in doubt; 0 of what is not."""
        if self._touched or isinstance(value, self.kind):
            return self.supposed
        if self._unsure and not self._unfinished:
            self._unfinished = self.new_turn()
            self._emit(Called(self._unfinished, "", (), "unfinished"))
        return self._unfinished if self._unsure else 0

    def _most(self, site: int, turn: int, role: EventRole) -> int:
        """Return how many events are kept: of what goes in, all that belongs to the results that are."""
        if role != "input":
            return MOST_EVENTS
        return MOST_INPUTS if self._kept[site, turn, "output"] < MOST_EVENTS else 0

    def _watch(self, site: int, module: nn.Module, names: dict[str, int] | None) -> None:
        for held in module._forward_hooks.values():
            if isinstance(held, Hook) and held.site == site:
                return
        module.register_forward_pre_hook(Hook(self, site, "input", names), with_kwargs=True)
        module.register_forward_hook(Hook(self, site, "output", names), with_kwargs=True)

    def saw(self, hook: Hook, module: nn.Module, value: Any) -> None:
        """Take what a watched module receives or gives."""
        with contextlib.suppress(Exception):
            kind = type(module).__name__
            self._event(hook.site, 0, hook.role, value, kind, made_with(module), hook.names)

    @contextmanager
    def counting_calls(self) -> Iterator[None]:
        """Number the outermost calls of modules while this runs, and note which modules ran."""
        original, kind = nn.Module.__call__, cast(Any, nn.Module)

        def called(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            tell = self._begin(module, args, kwargs)
            error: BaseException | None = None
            try:
                result = original(module, *args, **kwargs)
                with contextlib.suppress(TypeError):  # a class of the document that cannot be hashed
                    self._ran[module] = None
                self._last = Ran.of(module, args, result)
            except BaseException as raised:
                error = raised
                self.raised = self.raised or (module, args, kwargs)
                raise
            finally:
                self._depth -= 1
                if tell is not None:
                    with contextlib.suppress(
                        Exception
                    ):  # what the document's own objects raise when looked at
                        tell(error)
            return result

        kind.__call__ = called
        try:
            yield
        finally:
            kind.__call__ = original

    def _begin(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tell | None:
        self._depth += 1
        if self._depth > 1:
            return None
        self._calls += 1
        self.raised = None
        with contextlib.suppress(Exception):
            return self.began((module, args, kwargs)) if self.began is not None else None
        return None


class Hook:
    """Tells what a module receives or gives; a copy of the module has the same hook, a pickled one has none."""

    def __init__(self, recorder: Recorder, site: int, role: EventRole, names: dict[str, int] | None) -> None:
        """Be one of a site's two."""
        self.recorder, self.site, self.role, self.names = recorder, site, role, names

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any = None
    ) -> None:
        """Tell it."""
        if self.role == "output":
            self.recorder.saw(self, module, output)
        else:
            self.recorder.saw(self, module, _received(args, kwargs))

    def __deepcopy__(self, _: object) -> Hook:
        return self

    def __copy__(self) -> Hook:
        return self

    def __reduce__(self) -> tuple[Callable[[], object], tuple[()]]:
        return _no_hook, ()


def _nothing(*_: object) -> None:
    """Do nothing, as a hook that came out of a pickle."""


def _no_hook() -> object:
    return _nothing


def _received(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what a module was called with: itself where it is one thing, else a list, else by name."""
    if len(args) == 1 and not kwargs:
        return args[0]
    return list(args) if not kwargs else {**{str(place): one for place, one in enumerate(args)}, **kwargs}


def _in_lines(value: Any) -> str:
    """Return a tuple that has tensors in it as a notebook shows it where these are large: a line for each."""
    if type(value) is not tuple or len(value) < 2 or not any(isinstance(one, torch.Tensor) for one in value):
        return ""
    first, *others = (f"{one!r}" for one in value)
    return "".join((f"({first},\n", *(f" {one},\n" for one in others[:-1]), f" {others[-1]})\n"))


def _sizes(names: Names | None) -> dict[str, int] | None:
    """Return the whole numbers that the code has under the names of claims."""
    found: dict[str, int] = {}
    for name, read in (names or {}).items():
        with contextlib.suppress(Exception):
            value = read()
            if type(value) is int and 0 <= value < 2**48:
                found[name] = value
    return found or None
