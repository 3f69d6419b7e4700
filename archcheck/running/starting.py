"""How the process of a document is started: forked from one that has PyTorch loaded already, or on its own."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Protocol

from archcheck.running.environment import environment

CHILD = ("-m", "archcheck.running")
"""What Python is told to run."""
FORKS = sys.platform == "linux"
"""Elsewhere a process with libraries such as PyTorch's cannot be forked, or not safely."""
MOST_BYTES = 100_000
"""Of one message to the process that forks."""
RUNS = 1000
"""What stands for the exit code of a process that has not ended."""
_LOOK_S = 0.005


class Process(Protocol):
    """What who follows a process knows of it; `subprocess.Popen` is one."""

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """What it reads."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """What it writes."""

    def poll(self) -> int | None:
        """Return its exit code, less than 0 for a signal, or None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code. Raises `subprocess.TimeoutExpired`."""


def load_ahead(device: str) -> None:
    """Begin to load PyTorch for documents that are about to be run, where that can be done ahead."""
    if FORKS:
        _keeper_of(environment(Path(tempfile.gettempdir()), device))


def started(
    child: Sequence[str], folder: Path, around: Mapping[str, str], said: IO[bytes], seconds: float
) -> Process:
    """Start a process in a folder.

    `around`: its environment; `said`: where its errors go; `seconds`: what it may take until it runs.
    """
    if FORKS and tuple(child) == CHILD:
        keeper = _keeper_of(around)
        with contextlib.suppress(OSError, ValueError):
            return keeper.fork(folder, around, said, seconds)
        keeper.end()  # it has ended, or hangs: a process of its own says why
        _keeper.cache_clear()
    return subprocess.Popen(
        [sys.executable, *child],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said,
        cwd=folder,
        env=dict(around),
        start_new_session=True,
    )


def _keeper_of(around: Mapping[str, str]) -> Keeper:
    """Return the process that forks, with an environment in which no folder is one document's."""
    folder = around["HOME"]
    shared = {name: tempfile.gettempdir() if value == folder else value for name, value in around.items()}
    return _keeper(os.getpid(), tuple(shared.items()))


@lru_cache(maxsize=1)
def _keeper(_: int, around: tuple[tuple[str, str], ...]) -> Keeper:
    """Return the process that forks in an environment; the number is ours, for a fork of us has its own."""
    return Keeper(dict(around))


class Keeper:
    """A process that loads PyTorch once, runs nothing itself, and forks a process for every document.

    A fork is as clean as a process that was started on its own: what one document does to it, no other sees.
    """

    def __init__(self, around: Mapping[str, str]) -> None:
        """Start it; it loads while we go on."""
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", *CHILD, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=around,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.end = weakref.finalize(self, _let_go, self._socket, process)

    def fork(self, folder: Path, around: Mapping[str, str], said: IO[bytes], seconds: float) -> Forked:
        """Return a new process. Raises OSError, ValueError where there is none in time."""
        reads, asks = os.pipe()
        tells, writes = os.pipe()
        stdin, stdout = os.fdopen(asks, "wb"), os.fdopen(tells, "rb")
        order = {"folder": str(folder), "environment": dict(around)}
        try:
            pid = self.ask(order, (reads, writes, said.fileno()), seconds)
            return Forked(self, pid, stdin, stdout)
        except (OSError, ValueError):
            stdin.close()
            stdout.close()
            raise
        finally:
            os.close(reads)
            os.close(writes)

    def ask(self, order: Mapping[str, object], handles: Sequence[int] = (), seconds: float = 5.0) -> int:
        """Return the number that is the answer to an order. Raises OSError, ValueError."""
        with self._lock:
            self._socket.settimeout(max(seconds, _LOOK_S))
            socket.send_fds(self._socket, [json.dumps(order).encode()], handles)
            return int(self._socket.recv(MOST_BYTES))


def _let_go(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """End the process that forks: it ends when nobody can ask it any more, and its forks end with it."""
    ours.close()
    process.kill()
    process.wait()


class Forked:
    """A process that another one forked for us."""

    def __init__(self, keeper: Keeper, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        """Be a process that runs."""
        self.pid, self.stdin, self.stdout = pid, stdin, stdout
        self._keeper = keeper
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, less than 0 for a signal, or None while it runs."""
        if self._code is None:
            try:
                code = self._keeper.ask({"of": self.pid})
            except (OSError, ValueError):  # it ends with the one that forked it
                code = -signal.SIGKILL
            self._code = None if code == RUNS else code
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code. Raises `subprocess.TimeoutExpired`."""
        end = time.monotonic() + (math.inf if timeout is None else timeout)
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(CHILD, timeout or 0)
            time.sleep(_LOOK_S)
        return code
