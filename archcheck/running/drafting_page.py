"""In the process of its own: a model that the document called, or that can be, becomes a spec."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import torch
from torch import nn

from archcheck.arguments import Argument, Arguments
from archcheck.binding.program import Program
from archcheck.binding.reporter import Names, Part
from archcheck.drafting.drafts import Draft, draft_page
from archcheck.drafting.page import Page, Seen
from archcheck.errors import ArchcheckError
from archcheck.python_model import of_object
from archcheck.running.building import Made, Silent
from archcheck.running.described import described_call
from archcheck.running.guessing import Guesses
from archcheck.running.parameter_names import WAYS
from archcheck.running.recording import Hook, Recorder, Tell
from archcheck.running.stated_inputs import said_of
from archcheck.running.varying import arguments_in
from archcheck.running.wanted import Drafted, Wanted
from archcheck.running.wire import Record
from archcheck.spec.source import one_line
from archcheck.tensors import tensors_in

T = TypeVar("T")
MOST_NAMED = 12
"""Models that an error names."""


@dataclass(frozen=True, slots=True)
class _Called:
    """A call of a model that went through, with an `Argument` for a tensor; `turn`: 0 is the document's own."""

    model: nn.Module
    call: tuple[tuple[Any, ...], dict[str, Any]]
    turn: int


class Noting(Recorder):
    """A recorder that keeps what was called; with a page, it tells that what sites see, and nothing else."""

    def __init__(self, emit: Callable[[Record], None]) -> None:
        super().__init__(emit)
        self.called: list[_Called] = []
        self.page: Page | None = None

    def value(
        self, site: int, value: T, frame: int | None = 0, part: Part = "value", names: Names | None = None, /
    ) -> T:
        """Take what a site sees, and return it."""
        if self.page is None:
            return super().value(site, value, frame, part, names)
        with contextlib.suppress(Exception):
            self._tell(Seen(site, part, self._number(value)))
        return value

    def saw(self, hook: Hook, module: nn.Module, value: Any) -> None:
        """Take what a watched module receives or gives."""
        if self.page is None:
            super().saw(hook, module, value)
            return
        with contextlib.suppress(Exception):
            self._tell(Seen(hook.site, hook.role, self._number(value), module))

    def _tell(self, seen: Seen) -> None:
        if self.page is not None:
            self.page.seen.append(seen)

    def _number(self, value: Any) -> int | None:
        tensor = next(iter(tensors_in(value)), None)
        knows = None if self.page is None else self.page.number_of
        return None if tensor is None or knows is None else knows(tensor)

    def _begin(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tell | None:
        tell = super()._begin(module, args, kwargs)
        if self._depth > 1 or self.page is not None or _is_a_layer(module):
            return tell
        noted = _Called(module, described_call(args, kwargs), self.turn)

        def told(error: BaseException | None) -> None:
            if error is None:
                self.called.append(noted)
            if tell is not None:
                tell(error)

        return told


def _is_a_layer(module: nn.Module) -> bool:
    own = type(module).__module__.startswith("torch.nn.")
    return own and not isinstance(module, nn.Sequential)


def unclaimed(program: Program, namespace: dict[str, Any], wanted: str | None) -> Iterator[Silent]:
    """Yield every model that stands there, and every class of one: those of which the document states nothing, too."""
    for name, value in reversed(list(namespace.items())):
        is_class = isinstance(value, type) and issubclass(value, nn.Module)
        if getattr(value, "__module__", None) not in ("__main__", *_SEQUENCES) or wanted not in (None, name):
            continue
        if isinstance(value, nn.Module) and not _is_a_layer(value):
            said = said_of(program, frozenset(), f"{type(value).__name__}.forward")
            yield Silent(name, (partial(Made, value),), said)
        elif is_class and value.__module__ == "__main__":
            said = said_of(program, frozenset(), f"{name}.forward")
            yield Silent(name, tuple(partial(_built, value, namespace, widths) for widths in WAYS), said)


_SEQUENCES = ("torch.nn.modules.container",)


def _built(found: Any, namespace: dict[str, Any], widths: Any) -> Made:
    guesses = Guesses(namespace, {}, widths)
    return Made(guesses.made(found), guesses.guessed)


def drafted(
    recorder: Noting, wanted: Wanted, namespace: dict[str, Any], path: str, try_all: Callable[[], None]
) -> Drafted:
    """Return the spec of the model that is wanted, or why there is none; `try_all`: calls what nothing is said of."""
    if not _of_name(recorder.called, wanted.model, namespace):
        try_all()
    called = _of_name(recorder.called, wanted.model, namespace)
    named: dict[str, _Called] = {}
    for one in called:
        named.setdefault(_name(one.model, namespace), one)
    if len(named) != 1:
        return Drafted("", error=_which(path, wanted.model, named, recorder.called, namespace))
    (name,) = named
    chosen = _chosen(called, wanted)
    target = f"{path}:{name}"
    recorder.page = page = Page(wanted.title, wanted.tellings)
    try:
        made = _draft(chosen, target, page, wanted)
    except ArchcheckError as error:
        return Drafted("", error=str(error))
    except Exception as error:  # what a document's model does when it is watched
        return Drafted("", error=one_line(f"{target}: {type(error).__name__}: {error}"))
    return Drafted(made.text, made.notes, made.summary)


def _of_name(called: Sequence[_Called], wanted: str | None, namespace: dict[str, Any]) -> list[_Called]:
    """Return the calls of the models of a name: a variable's, or a class's."""
    own = namespace.get(wanted) if wanted else None
    return [one for one in called if wanted is None or one.model is own or type(one.model).__name__ == wanted]


def _name(model: nn.Module, namespace: dict[str, Any]) -> str:
    """Return what the document calls a model: its variable, where its class is PyTorch's, else its class."""
    if type(model).__module__ == "__main__":
        return type(model).__name__
    return next((name for name, one in namespace.items() if one is model), type(model).__name__)


def _which(
    path: str,
    wanted: str | None,
    named: dict[str, _Called],
    called: Sequence[_Called],
    namespace: dict[str, Any],
) -> str:
    names = list(named) or list(dict.fromkeys(_name(one.model, namespace) for one in called))
    some = ", ".join(names[:MOST_NAMED]) + (" ..." if len(names) > MOST_NAMED else "")
    if named:
        return one_line(
            f"{path}: runs {len(names)} models; name one, as {path}:{names[0]}; there are: {some}"
        )
    if wanted is not None:
        there = f"; there are: {some}" if names else ""
        return one_line(f"{path}:{wanted}: no model of that name runs{there}")
    return one_line(
        f"{path}: no model of it runs; `archcheck verify {path}` says what did not, and --input may help"
    )


def _chosen(called: Sequence[_Called], wanted: Wanted) -> _Called:
    """Return the call that the document was judged by: its own, else one of the inputs that were tried."""
    for one in called:
        shapes = tuple(argument.shape for argument in arguments_in(one.call))
        if one.turn == 0 or shapes in wanted.calls:
            return one
    return called[0]


def _draft(chosen: _Called, target: str, page: Page, wanted: Wanted) -> Draft:
    args, kwargs = chosen.call
    while args and args[-1] is None:
        args = args[:-1]
    given = {name: one for name, one in kwargs.items() if isinstance(one, Argument)}
    subject = of_object(chosen.model, Arguments(tuple(args), given), {})
    with torch.no_grad():
        return draft_page(replace(subject, target=target), wanted.name, page, schema=wanted.schema)
