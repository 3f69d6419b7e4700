"""Code that the user named, imported and run: what it raises becomes one line, and what it changes is put back."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import random
import sys
import sysconfig
import warnings
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import torch

from archcheck.device import is_about_memory
from archcheck.errors import ArchcheckError, TargetError
from archcheck.spec.signatures import closest
from archcheck.spec.source import one_line
from archcheck.targets import PythonName

MOST_CHARACTERS = 300
"""What is quoted of a message that is not ours."""


@dataclass(frozen=True, slots=True)
class UserCode:
    """What the user's code is called in messages, and the `sys.path` that it runs with."""

    shown: str
    path: tuple[str, ...]

    @contextmanager
    def running(self, doing: str, look: str | None = None) -> Iterator[None]:
        """Run a block of the user's code: `doing` says what for, `look` how its traceback is seen.

        What it prints goes to stderr. Whatever it raises becomes a `TargetError` that says what and where; only what
        is said of memory comes through, for it is about the device. Paths and global state are as before.
        """
        with ExitStack() as undo:
            undo.enter_context(state_kept(self.path))
            undo.enter_context(redirect_stdout(sys.stderr))
            try:
                yield
            except (Exception, SystemExit) as error:
                if isinstance(error, ArchcheckError) or is_about_memory(error) or _is_ours(error):
                    raise
                raise TargetError(one_line(f"{self.shown}: {told(error, doing)}{look or ''}")) from error


def told(error: BaseException, doing: str) -> str:
    """Return what code raised, in a line: `making it raised ValueError at net.py:12: no such width`."""
    place = place_of(error)
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else "no message"
    if len(text) > MOST_CHARACTERS:
        text = f"{text[: MOST_CHARACTERS - 3]}..."
    return f"{doing} raised {type(error).__name__}{f' at {place}' if place else ''}: {text}"


def place_of(error: BaseException) -> str | None:
    """Return file and line of the innermost call that is neither PyTorch's, Python's own nor ours."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_near(error.filename)}:{error.lineno}"
    place, trace = None, error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if _is_users(file):
            place = f"{_near(file)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def place_here() -> str | None:
    """Return file and line of the innermost call that is being made and is the user's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if _is_users(frame.f_code.co_filename):
            return f"{_near(frame.f_code.co_filename)}:{frame.f_lineno}"
        frame = frame.f_back
    return None


_OURS = str(Path(__file__).parent) + os.sep
_OTHERS = ("<", str(Path(torch.__file__).parent) + os.sep, _OURS)
_PYTHON = sysconfig.get_paths()["stdlib"] + os.sep
_INSTALLED = ("site-packages", "dist-packages")


def _is_users(file: str) -> bool:
    if file.startswith(_OTHERS):
        return False
    return not file.startswith(_PYTHON) or any(name in file for name in _INSTALLED)


def _is_ours(error: BaseException) -> bool:
    """Return whether our own code raised an error: a bug, which keeps its traceback.

    What `rows.py` raises is the model's: the calls go through it, and PyTorch's compiled functions leave no trace.
    So is a recursion without end, whoever makes the last call of it.
    """
    if isinstance(error, RecursionError):
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    file = "" if trace is None else trace.tb_frame.f_code.co_filename
    return file.startswith(_OURS) and Path(file).name != "rows.py"


def _near(file: str) -> str:
    """Return a file as the user would write it from this folder."""
    path, here = Path(file), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


@contextmanager
def state_kept(path: tuple[str, ...] | None = None) -> Iterator[None]:
    """Put back what code may change for everyone: paths, folder, random states, PyTorch's defaults, warnings.

    `path`: what `sys.path` is for as long as the block runs; None leaves it as it is.
    """
    with ExitStack() as undo:
        undo.callback(_set_path, sys.path, tuple(sys.path))
        undo.callback(os.chdir, Path.cwd())
        undo.callback(random.setstate, random.getstate())
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            undo.callback(numpy.random.set_state, numpy.random.get_state())
        undo.callback(_put_back, torch.get_default_device())
        undo.callback(torch.set_default_dtype, torch.get_default_dtype())
        undo.callback(torch.set_grad_enabled, torch.is_grad_enabled())
        undo.callback(_set_threads, torch.get_num_threads())
        undo.enter_context(torch.random.fork_rng(devices=_devices_in_use()))
        undo.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # advice to the code's author is no answer of ours
        if path is not None:
            sys.path[:] = path
        yield


def _devices_in_use() -> list[int]:
    begun = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    return list(range(torch.cuda.device_count())) if begun else []


def _set_path(path: list[str], before: tuple[str, ...]) -> None:
    path[:] = before
    sys.path = path  # code may have put another list there


def _put_back(device: torch.device) -> None:
    if torch.get_default_device() != device:
        torch.set_default_device(None if device.type == "cpu" else device)


def _set_threads(count: int) -> None:
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)


def load_object(name: PythonName, shown: str) -> tuple[Any, UserCode]:
    """Import the code that the user named, and return the object and how more of its code is run.

    The current folder can be imported from while this runs, as for `python -m`; a file's own folder, as for
    `python FILE`. Raises `TargetError`: no such module, no such object, or what the code raised.
    """
    here = str(Path.cwd())
    code = UserCode(shown, (here, *(one for one in sys.path if one != here)))
    look = f'; `python -c "{import_line(name)}"` shows the whole traceback'
    with code.running("importing it", look):
        importlib.invalidate_caches()
        module = _file_module(Path(name.module)) if name.is_file else _named_module(name.module, shown)
        found = _member(module, name, shown)
        return found, UserCode(shown, tuple(sys.path))


def import_line(name: PythonName) -> str:
    """Return Python that imports the code and calls it `m`."""
    if not name.is_file:
        return f"import {name.module} as m"
    path = Path(name.module)
    return f"import sys; sys.path.insert(0, {str(path.parent)!r}); import {path.stem} as m"


def _named_module(name: str, shown: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        parent, _, last = error.name.rpartition(".")
        where = getattr(sys.modules.get(parent), "__path__", None) if parent else None
        near = closest(last, [found.name for found in pkgutil.iter_modules(where)])
        hint = f"; did you mean {f'{parent}.{near}' if parent else near!r}?" if near else ""
        raise TargetError(f"{shown}: no module {error.name!r}, in this folder or installed{hint}") from None


def _file_module(path: Path) -> ModuleType:
    """Return a file's module: under its own name in its package, if its folder is one."""
    path = path.resolve()
    names, folder = [path.stem], path.parent
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        names.insert(0, folder.name)
        folder = folder.parent
    sys.path.insert(0, str(folder))
    if len(names) > 1:
        return importlib.import_module(".".join(names if path.stem != "__init__" else names[:-1]))
    return _lone_module(path)


def _lone_module(path: Path) -> ModuleType:
    name = path.stem
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return known
    spec = importlib.util.find_spec(name) if known is None and name.isidentifier() else None
    if spec is None or spec.origin != str(path):  # the name is another module's
        name = f"{name}_{zlib.crc32(str(path).encode()):08x}"
        if name in sys.modules:
            return sys.modules[name]
        spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None, "a .py file has a loader"
    assert spec.loader is not None, "a .py file has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look for it there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _member(module: ModuleType, name: PythonName, shown: str) -> Any:
    value: Any = module
    for depth, part in enumerate(parts := name.object.split(".")):
        try:
            value = getattr(value, part)
        except AttributeError:
            owner = ".".join((name.module, *parts[:depth]))
            near = closest(part, [one for one in dir(value) if not one.startswith("_")])
            hint = f"; did you mean {near!r}?" if near else ""
            raise TargetError(one_line(f"{shown}: {owner} has no {part!r}{hint}")) from None
    return value
