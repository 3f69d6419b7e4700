"""Statement by statement: a program runs in a namespace, and what cannot run is left out with its reason."""

from __future__ import annotations
import __future__

import ast
import contextlib
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from torch import nn

from archcheck.binding.reporter import REPORTER
from archcheck.running.doubts import Doubt, Doubts
from archcheck.running.guard import Refused
from archcheck.running.preparing import RUNNER, prepared
from archcheck.running.selecting import (
    changed_names,
    imported_names,
    stored_names,
    unwanted,
)
from archcheck.running.stand_ins import Missing, StandIn, StandInModule
from archcheck.spec.source import one_line

T = TypeVar("T")
MOST_CHARACTERS = 300
SHARE = 1 / 3
"""Of the time that is left, what one statement may take: those after it shall have theirs."""
LEAST_S = 0.5
"""Whatever has a time of its own has as much."""
ROUNDS_S = 2.0
"""What the rounds of a loop over data may take in all, the first left aside."""
_FLAGS = __future__.annotations.compiler_flag
"""Annotations are not worked out: what they name need not be there."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class LeftOut(Exception):  # noqa: N818 - the reason of a statement that is left out, not an error
    """The document's code came to what is not run."""


TOO_LONG = "it took more than"


class TooLong(BaseException):
    """One statement took its time."""


class ForDocuments:
    """What a prepared tree knows as `__archcheck_run__`; `left_out`: is told where it comes to what is not run."""

    def __init__(self, left_out: Callable[[], None]) -> None:
        self._left_out = left_out

    def leave_out(self, why: str) -> None:
        """End what a training loop stands in; the document's code may catch that."""
        self._left_out()
        raise LeftOut(why)

    def first_rounds(self, values: Iterable[T], why: str, most: int) -> Iterator[T]:
        """Give the first of some values; where there are more, or time is up, end what the loop over them stands in."""
        end = time.monotonic() + ROUNDS_S
        for place, value in enumerate(values):
            if place >= most or (place and time.monotonic() > end):
                self.leave_out(why)
            yield value

    @staticmethod
    def decorator(make: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """Return the decorator that a call makes; a stand-in's leaves what it decorates as it is."""
        if isinstance(make, StandIn | StandInModule):
            return lambda decorated: decorated
        made: Callable[..., Any] = make(*args, **kwargs)
        return made


Suppose = Callable[[Iterable[str], int, int], Iterable[tuple[str, Any]]]
"""Return what stands for variables that a statement on these lines, the first and the last, would have set."""


class Runner:
    """Runs trees in one namespace. `skip`: is told the line, the reason, and whether the statement had begun.

    `prepare`: changes the tree of a statement before it runs; `suppose`: says what stands for what did not run;
    `doubt`: is told where a statement has to do with what is in doubt; `doubted`: says whether what ran came to that.
    """

    def __init__(
        self,
        namespace: dict[str, Any],
        name: str,
        end: float,
        skip: Callable[[int, str, bool], None],
        at: Callable[[int], None],
        prepare: Callable[[ast.Module], ast.Module] = prepared,
        suppose: Suppose = lambda names, first, last: (),
        doubt: Callable[[Doubt], None] = lambda doubt: None,
        doubted: Callable[[], Doubt | None] = lambda: None,
    ) -> None:
        self._prepare, self._suppose, self._doubt, self._doubted = prepare, suppose, doubt, doubted
        self._doubts = Doubts(namespace)
        self._within: Doubt | None = None
        self._left_within = False
        self._namespace, self._name, self._end, self._skip, self._at = namespace, name, end, skip, at
        self._imported: Mapping[str, str] = {}
        self._failed_to = 0
        namespace[RUNNER] = ForDocuments(self._left_something)

    def run(self, tree: ast.Module) -> None:
        """Run every statement of a program that is to run."""
        self._imported = self._doubts.imported = imported_names(tree)
        for statement in tree.body:
            ready: list[ast.stmt] = []
            with self._guarded(statement):  # an expression of thousands of terms is too deep to walk through
                ready = self._prepare(ast.Module([statement], [])).body
            self._block(ready)

    def _block(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        if _is_report(statement):
            self._report(statement)
            return
        self._at(statement.lineno)
        before, self._within = self._within, self._take_note(statement)
        self._left_within = False
        self._run_one(statement)
        self._look_back(statement)
        self._within = before

    def _left_something(self) -> None:
        self._left_within = True

    def _run_one(self, statement: ast.stmt) -> None:
        why = unwanted(statement, self._imported)
        if why is not None:
            self._leave(statement, why, failed=False)
        elif isinstance(statement, ast.If):
            self._branch(statement)
        elif isinstance(statement, ast.With):
            self._with(statement)
        else:
            with self._guarded(statement):
                self._execute(statement)

    def _take_note(self, statement: ast.stmt) -> Doubt | None:
        """Return in which doubt is what a statement has to do with; say so, and follow what it sets."""
        self._doubts.defines(statement)
        heads = _heads(statement)
        doubt = self._within or next(filter(None, map(self._doubts.concern, heads)), None)
        if doubt is None and heads == [statement]:
            self._doubts.settles(statement)
        elif doubt is not None:
            self._doubt(doubt)
            self._doubts.passes_on(statement, doubt)
        return doubt

    def _look_back(self, statement: ast.stmt) -> None:
        """Take note of what a statement came to that was not known before, though it ran to its end."""
        if self._left_within:
            self._doubts.leaves(statement)
        if self._within is None and (doubt := self._doubted()) is not None:
            self._doubts.passes_on(statement, doubt)

    def _report(self, statement: ast.stmt) -> None:
        """Run what only reports: what a statement that failed left behind is not what the document means."""
        if statement.lineno > self._failed_to or _method(statement) == "printing":
            with contextlib.suppress(Exception):
                self._execute(statement)

    def _branch(self, statement: ast.If) -> None:
        chosen: list[ast.stmt] = []
        with self._guarded(statement):
            chosen = statement.body if self._value(statement.test) else statement.orelse
        self._block(chosen)

    def _with(self, statement: ast.With) -> None:
        with self._guarded(statement), ExitStack() as stack:
            for item in statement.items:
                entered = stack.enter_context(self._value(item.context_expr))
                if item.optional_vars is not None:
                    self._assign(item.optional_vars, entered)
            self._block(statement.body)

    def _execute(self, statement: ast.stmt) -> None:
        if isinstance(statement, _DEFINITIONS):
            try:
                self._run_with(statement, 0)  # some libraries look at annotations, and mean the objects
            except (NameError, AttributeError, TypeError, ImportError, Missing):
                self._run_with(self._with_defaults_known(statement), _FLAGS)
        else:
            self._run_with(statement, _FLAGS)

    def _with_defaults_known(self, statement: ast.stmt) -> ast.stmt:
        """Return a function whose defaults that need a library which is not there need it when they are used."""
        if isinstance(statement, ast.FunctionDef):
            for defaults in (statement.args.defaults, statement.args.kw_defaults):
                for place, default in enumerate(defaults):
                    if default is not None:
                        name = f"{_DEFAULT}{default.lineno}_{default.col_offset}"
                        defaults[place] = self._default(default, name)
        return statement

    def _default(self, default: ast.expr, name: str) -> ast.expr:
        try:
            self._value(default)
        except Missing as lacking:
            self._namespace[name] = StandIn("default", str(lacking))
            return ast.copy_location(ast.Name(name, ast.Load()), default)
        except Exception:  # whatever else it raises is raised again where the function is defined
            return default
        return default

    def _run_with(self, statement: ast.stmt, flags: int) -> None:
        code = compile(ast.Module([statement], []), self._name, "exec", flags=flags, dont_inherit=True)
        exec(code, self._namespace)

    def _value(self, expression: ast.expr) -> Any:
        code = compile(ast.Expression(expression), self._name, "eval", flags=_FLAGS, dont_inherit=True)
        return eval(code, self._namespace)

    def _assign(self, target: ast.expr, value: object) -> None:
        self._namespace[_ENTERED] = value
        source = ast.copy_location(ast.Name(_ENTERED, ast.Load()), target)
        self._execute(ast.copy_location(ast.Assign([target], source), target))
        del self._namespace[_ENTERED]

    @contextmanager
    def _guarded(self, statement: ast.stmt) -> Iterator[None]:
        """Let nothing out of a statement; it has a part of the time that is left, and no more."""
        try:
            with alarm((self._end - time.monotonic()) * SHARE):
                yield
        except (LeftOut, Missing, Refused) as reason:
            self._leave(statement, one_line(str(reason))[:MOST_CHARACTERS], failed=False)
        except SystemExit as error:
            if error.code not in (None, 0):
                self._leave(statement, said_of(error), failed=True)
        except BaseException as error:  # whatever a document raises, the others go on
            self._leave(statement, said_of(error), failed=True)

    def _leave(self, statement: ast.stmt, why: str, *, failed: bool) -> None:
        """Say why a statement was left out; what it would have set or changed is unset: the old is not meant."""
        self._failed_to = max(self._failed_to, statement.end_lineno or statement.lineno)
        self._doubts.leaves(statement)
        changed = (
            name for name in changed_names(statement) if isinstance(self._namespace.get(name), _CHANGING)
        )
        for name in (*stored_names(statement), *changed):
            self._namespace.pop(name, None)
        self._skip(statement.lineno, why, failed)
        last = statement.end_lineno or statement.lineno
        supposed = dict(self._suppose(sorted(stored_names(statement)), statement.lineno, last))
        self._namespace.update(supposed)
        self._doubts.supposed(supposed.keys())


_DEFAULT = "__archcheck_default_"
_ENTERED = "__archcheck_entered__"
_CHANGING = (nn.Module, list, dict, set)
"""Of values that a statement was to change: what is left of those is not what the document means."""


def said_of(error: BaseException) -> str:
    """Return what was raised in one line: `NameError: name 'train_iter' is not defined`."""
    if isinstance(error, TooLong | LeftOut | Missing | Refused):
        return one_line(str(error))[:MOST_CHARACTERS]
    try:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    except Exception:  # the document's own class of errors
        lines = []
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return one_line(text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 3]}...")


def _heads(statement: ast.stmt) -> list[ast.AST]:
    """Return what a statement does itself: of a block, whose statements run one by one, what stands in its head."""
    match statement:
        case ast.If(test=test):
            return [test]
        case ast.With(items=items):
            return [*items]
    return [statement]


def _method(statement: ast.stmt) -> str | None:
    """Return the method of the reporter that a statement is a call of; None for a statement of the document."""
    if (
        isinstance(statement, ast.Try) and len(statement.body) == 1
    ):  # a variable that may not be there is tried
        statement = statement.body[0]
    call = statement.value if isinstance(statement, ast.Expr) else None
    function = call.func if isinstance(call, ast.Call) else None
    owner = function.value if isinstance(function, ast.Attribute) else None
    if isinstance(function, ast.Attribute) and isinstance(owner, ast.Name) and owner.id == REPORTER:
        return function.attr
    return None


def _is_report(statement: ast.stmt) -> bool:
    """Return whether a statement is only there to report, and none of the document's."""
    method = _method(statement)
    return method == "printing" or (method == "value" and isinstance(statement, ast.Try))


def took_too_long(error: str | None) -> bool:
    """Return whether that is why something failed."""
    return error is not None and error.startswith(TOO_LONG)


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise `TooLong` in what takes longer, where the platform can; blocks inside others have their own time.

    Less than `LEAST_S` is given to nothing.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    most = max(seconds, LEAST_S)

    def ring(*_: object) -> None:
        raise TooLong(f"{TOO_LONG} {most:.3g} s")

    handler = signal.signal(signal.SIGALRM, ring)
    before = signal.setitimer(signal.ITIMER_REAL, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, before[0])
        if handler is not None:
            signal.signal(signal.SIGALRM, handler)
