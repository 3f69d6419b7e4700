"""The process of its own: a document is read and bound again, the process sealed, its code run, its models called."""

from __future__ import annotations

import ast
import io
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import torch

from archcheck.binding.program import Program
from archcheck.binding.reporter import REPORTER
from archcheck.running.calling import Caller
from archcheck.running.command_line import nothing_given
from archcheck.running.data_sets import Pictures
from archcheck.running.devices import on_device
from archcheck.running.drawn import labels_of
from archcheck.running.executing import Runner
from archcheck.running.going_on import SUPPOSING, going_on
from archcheck.running.guard import Guard, Refused
from archcheck.running.importing import Importer, folders_beside, project_of
from archcheck.running.limits import limit
from archcheck.running.made_with import arguments_kept
from archcheck.running.observed import Called, Skipped
from archcheck.running.preparing import prepared
from archcheck.running.recording import Recorder
from archcheck.running.stand_ins import class_builder
from archcheck.running.stated_names import StatedNames
from archcheck.running.supposed_calls import call_supposing
from archcheck.running.supposing import Supposing, tensors_of
from archcheck.running.trying import names_in
from archcheck.running.uncompiled import leave_compiler
from archcheck.running.wanted import Drafted, Wanted
from archcheck.running.wire import At, Done, Record, Request, line_of

Read = Callable[[Request], tuple[Program, ast.Module]]
"""Read and bind a document: its program, and the tree that reports."""

SEED = 0
THREADS = 2
AT_EXIT = 0.05
"""Of the time, the part that is kept for saying what was seen."""


def bound(request: Request) -> tuple[Program, ast.Module]:
    """Read and bind the document that is asked for."""
    from archcheck import binding, documents

    program = binding.bind(documents.read(request.path, request.text))
    return program, ast.Module(binding.instrumented(program), [])


def serve(request: Request, read: Read) -> NoReturn:
    """Run a document's code; this process is good for nothing after it, and ends."""
    records = _own_output()
    program, tree = read(request)
    folders = folders_beside(request.file)
    leave_compiler()
    guard = Guard(Path.cwd(), project_of(request.file) or folders[-1], records)
    limit(request.plan)
    errors, write, leave = os.dup(2), os.write, os._exit
    _quiet_errors()
    guard.install()
    session = _Session(request, program, tree, guard, _Lines(records))
    try:
        session.run()
    except Exception as error:  # the document's own are told of where they are raised
        write(errors, _own_error(error).encode())
        leave(1)
    leave(0)  # threads and exit functions of the document are not waited for


def _own_error(error: Exception) -> str:
    """Return what went wrong in archcheck itself, and where, in a line."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}:{last.lineno}"
    return f"an error of archcheck's own, please report it: {type(error).__name__}: {error} ({where})\n"


class _Lines:
    """Writes records, each in one piece."""

    def __init__(self, records: int) -> None:
        self._records, self._write = records, os.write

    def __call__(self, record: Record) -> None:
        left = line_of(record).encode()
        while left:
            left = left[self._write(self._records, left) :]


class _Session:
    """One run of a document's code, and the calls of its models after it."""

    def __init__(
        self,
        request: Request,
        program: Program,
        tree: ast.Module,
        guard: Guard,
        emit: Callable[[Record], None],
    ) -> None:
        self.request, self.program, self.tree, self.guard, self.emit = request, program, tree, guard, emit
        self.end = time.monotonic() + (request.until - time.time()) * (1 - AT_EXIT)
        self.recorder = self._recorder()
        self.output = _Output(self.recorder.wrote)
        project = project_of(request.file)
        self.importer = Importer(folders_beside(request.file), guard, self._run_beside, project)

    def run(self) -> None:
        """Run the statements, then call the models that nothing called."""
        plan = self.request.plan
        namespace = self._namespace()
        self._settle()
        place = on_device(torch.device(plan.device))
        with place as device, nothing_given(), arguments_kept(), self.recorder.counting_calls():
            device.labels.asked, Pictures.label = self.recorder.unsure, labels_of(self.recorder.unsure)
            caller = Caller(self.program, plan, namespace, self.recorder, self.emit, self.end, device)
            supposing = self._supposing(namespace)
            self._runner(namespace, caller, supposing).run(self.tree)
            self._at(0)
            caller.call_all()
            call_supposing(self.program, namespace, supposing, caller, self.end)
            if self.request.wanted is not None:
                self.emit(self._drafted(self.request.wanted, namespace, caller))
        self.recorder.say_printed()
        self.emit(Done(self.recorder.left_out))

    def _supposing(self, namespace: dict[str, Any]) -> Supposing:
        self.recorder.kind = kind = tensors_of(self.recorder.touched, self.recorder.stated)
        device, names = torch.device(self.request.plan.device), partial(names_in, namespace)
        supposing = namespace[SUPPOSING] = Supposing(StatedNames(self.program), kind, device, names)
        return supposing

    def _runner(self, namespace: dict[str, Any], caller: Caller, supposing: Supposing) -> Runner:
        functions = supposing.stated.functions()
        self.recorder.new_turn = caller.next_turn

        def ready(tree: ast.Module) -> ast.Module:
            return going_on(prepared(tree), functions)

        def suppose(names: Iterable[str], first: int, last: int) -> Iterator[tuple[str, Any]]:
            for name, tensor in supposing.of_names(names, first, last):
                self.recorder.supposed = self.recorder.supposed or caller.next_turn()
                shape = (*tensor.shape,)
                self.emit(Called(self.recorder.supposed, name, (shape,), "supposed", line=first))
                yield name, tensor

        shown = f"<{self.request.path}>"
        of_doubt = self.recorder.doubt, self.recorder.doubted
        return Runner(namespace, shown, self.end, self._skip, self._at, ready, suppose, *of_doubt)

    def _recorder(self) -> Recorder:
        if self.request.wanted is None:
            return Recorder(self.emit)
        from archcheck.running.drafting_page import Noting  # only then: it takes a while

        return Noting(self.emit)

    def _drafted(self, wanted: Wanted, namespace: dict[str, Any], caller: Caller) -> Drafted:
        from archcheck.running.drafting_page import Noting, drafted, unclaimed

        recorder = self.recorder
        assert isinstance(recorder, Noting), "a spec is asked for"

        def try_all() -> None:
            for silent in unclaimed(self.program, namespace, wanted.model):
                if time.monotonic() < self.end and not recorder.called:
                    caller.call(silent)

        return drafted(recorder, wanted, namespace, self.request.path, try_all)

    def _namespace(self) -> dict[str, Any]:
        main = ModuleType("__main__")
        sys.modules["__main__"] = main  # classes of the document, and their pickles, look for it there
        given = self.importer.namespace
        given.update(__import__=self.importer, input=_no_input, breakpoint=_nothing)
        given["__build_class__"] = class_builder(given["__build_class__"])
        namespace = vars(main)
        namespace.update(__builtins__=given, __file__=self.request.file)
        namespace[REPORTER] = self.recorder
        return namespace

    def _settle(self) -> None:
        """Put the process as a script finds it: its own arguments, an empty input, our output; and one seed."""
        torch.set_num_threads(THREADS)
        torch.manual_seed(SEED)
        sys.argv = [self.request.file]
        sys.stdin = io.StringIO()
        sys.stdout = sys.stderr = self.output

    def _skip(self, line: int, why: str, failed: bool) -> None:
        self.emit(Skipped(line, why, failed))

    def _at(self, line: int) -> None:
        sys.stdout = sys.stderr = self.output  # a document may have put others there, or closed them
        self.recorder.say_printed()
        self.recorder.begin()
        self.emit(At(line))

    def _run_beside(self, file: Path, module: ModuleType) -> str | None:
        """Run a file beside the document; return what failed first in it."""
        wrong: list[str] = []
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError) as error:
            return f"{type(error).__name__}: {error}"
        namespace = vars(module)
        namespace["__builtins__"] = self.importer.namespace
        Runner(namespace, str(file), self.end, lambda _, why, __: wrong.append(why), _nothing).run(tree)
        return wrong[0] if wrong else None


class _Output(io.TextIOBase):
    """Where a document prints: it cannot be closed, and keeps nothing itself."""

    def __init__(self, wrote: Callable[[str], None]) -> None:
        super().__init__()
        self._wrote = wrote

    def write(self, text: str, /) -> int:
        """Hand text on."""
        self._wrote(text)
        return len(text)

    def close(self) -> None:
        """Stay open."""

    def writable(self) -> bool:
        """Return that it can be written."""
        return True


def _own_output() -> int:
    """Return a handle of the output that is ours alone; what the document writes to its own goes nowhere."""
    records = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 0)
    return records


def _quiet_errors() -> None:
    os.dup2(1, 2)


def _no_input(*_: object) -> NoReturn:
    raise Refused("it would ask for input")


def _nothing(*_: object, **__: object) -> None:
    """Do nothing."""
