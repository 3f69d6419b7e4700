"""What a document's code may not do: foreign files, other programs, the network. A seat belt, and no jail.

Python tells an audit hook of what is about to be done, and the hook refuses. That stops code that does what tutorials
do (downloads, checkpoints, `os.system`), and accidents; it does not hold code that is written to get out, for compiled
code does not ask. Who runs documents of people who may mean harm needs a container around archcheck.
"""

from __future__ import annotations

import os
import signal
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Audited = tuple[Any, ...]


class Refused(PermissionError):  # noqa: N818 - the reason of a statement that is left out, not an error
    """What a document's code was about to do and may not; a PermissionError, for libraries know how to do without."""


class Guard:
    """The audit hook. `folder`: may be read and written; `beside`: of its Python files may be read; None: no such."""

    def __init__(self, folder: Path, beside: Path | None, records: int) -> None:
        self._folder = os.path.realpath(folder)
        self._readable = (self._folder, *_installed())
        self._importable = tuple(os.path.realpath(one) for one in sys.path if one)
        self._beside = None if beside is None else os.path.realpath(beside)
        self._records = records
        self._importing = 0
        self._rules: Mapping[str, Callable[[Audited], None]] = self._all_rules()

    def install(self) -> None:
        """Refuse from now on; Python has no way back."""
        sys.addaudithook(self.heard)
        for module, name in _ENDING:  # of which no hook hears
            if hasattr(module, name):
                setattr(module, name, _refusing("end this process"))

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Stand around the import of an installed library: it may load libraries of its own."""
        self._importing += 1
        try:
            yield
        finally:
            self._importing -= 1

    def heard(self, event: str, args: Audited) -> None:
        """Refuse what is about to be done, or do nothing."""
        rule = self._rules.get(event)
        if rule is not None:
            rule(args)

    def _all_rules(self) -> dict[str, Callable[[Audited], None]]:
        rules: dict[str, Callable[[Audited], None]] = {"open": self._open}
        for event in ("os.listdir", "os.scandir"):
            rules[event] = lambda args: self._read(args[0])
        for event in _CHANGES_ONE:
            rules[event] = lambda args: self._write(args[0])
        for event in _CHANGES_TWO:
            rules[event] = self._write_both
        for event in ("ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle"):
            rules[event] = self._foreign
        for what, events in _NEVER.items():
            for event in events:
                rules[event] = _refusing(what)
        return rules

    def _open(self, args: Audited) -> None:
        path, _, flags = args
        if isinstance(flags, int) and flags & _WRITING:
            self._write(path)
        else:
            self._read(path)

    def _write(self, path: object) -> None:
        if self._is_handle(path):
            return
        real = _real(path)
        if real != os.devnull and not _is_in(real, self._folder):
            raise Refused(f"it would write {_text(path)}")

    def _write_both(self, args: Audited) -> None:
        self._write(args[0])
        self._write(args[1])

    def _read(self, path: object) -> None:
        if self._is_handle(path):
            return
        real = _real(path)
        if real in _DEVICES or any(_is_in(real, root) for root in self._readable):
            return
        beside = self._beside is not None and _is_in(real, self._beside)
        # A library that PYTHONPATH names may load more of itself later; one installed to be edited lies anywhere.
        known = beside or self._importing or any(_is_in(real, root) for root in self._importable)
        if known and (real.endswith(_CODE) or Path(real).is_dir()):
            return
        raise Refused(f"it would read {_text(path)}")

    def _is_handle(self, path: object) -> bool:
        """Return whether it is the number of a file that is open already; ours is not for others to open."""
        if isinstance(path, int) and path == self._records:
            raise Refused("it would write what archcheck reports")
        return isinstance(path, int)

    def _foreign(self, _: Audited) -> None:
        if not self._importing:
            raise Refused("it would load a compiled library")


def _refusing(what: str) -> Callable[[Audited], None]:
    def refuse(*_: object) -> None:
        raise Refused(f"it would {what}")

    return refuse


def _real(path: object) -> str:
    if path is None:
        return os.path.realpath(".")
    return os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]


def _text(path: object) -> str:
    return "a folder" if path is None else os.fsdecode(path)  # type: ignore[arg-type]


def _is_in(path: str, root: str) -> bool:
    return path == root or path.startswith(root if root.endswith(os.sep) else root + os.sep)


def _installed() -> Iterator[str]:
    """Yield the folders of Python and of what is installed, our own package among them."""
    paths = sysconfig.get_paths()
    named = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    ours = str(Path(__file__).resolve().parents[1])
    for one in {*named, *site.getsitepackages(), *_entries(), ours}:
        yield os.path.realpath(one)


def _entries() -> Iterator[str]:
    """Yield the entries of the import path that only hold installed code."""
    for one in sys.path:
        if {"site-packages", "dist-packages", "lib-dynload"} & set(Path(one).parts) or one.endswith(".zip"):
            yield one


_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CODE = (".py", ".pyc", ".pyi", ".so", ".pyd", ".pth")
_DEVICES = {
    *(os.devnull, "/dev/urandom", "/dev/random", "/dev/zero"),
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/etc/localtime", "/etc/timezone", "/etc/mime.types"),
    *("/etc/os-release", "/usr/lib/os-release"),
}
_CHANGES_ONE = (
    *("os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.truncate", "os.utime", "os.chflags"),
    *("os.setxattr", "os.removexattr", "os.mkfifo", "os.mknod", "sqlite3.connect"),
)
_ENDING = tuple(
    (module, name)
    for module in (os, sys.modules.get(os.name), signal)
    for name in ("_exit", "abort", "raise_signal")
    if module is not None
)
"""What ends a process at once, and in which modules it is."""
_CHANGES_TWO = ("os.rename", "os.link", "os.symlink")
_NEVER = {
    "start another program": (
        *("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile"),
        *("subprocess.Popen", "pty.spawn", "webbrowser.open"),
    ),
    "end another program": ("os.kill", "os.killpg", "signal.pthread_kill"),
    "use the network": (
        *(
            "socket.connect",
            "socket.bind",
            "socket.getaddrinfo",
            "socket.gethostbyname",
            "socket.gethostbyaddr",
        ),
        *("socket.getnameinfo", "socket.sendto", "socket.sendmsg", "urllib.Request", "http.client.connect"),
        *("ftplib.connect", "smtplib.connect", "poplib.connect", "imaplib.open", "telnetlib.Telnet.open"),
    ),
    "change the limits that hold it": ("resource.setrlimit", "resource.prlimit", "os.setpgid"),
}
