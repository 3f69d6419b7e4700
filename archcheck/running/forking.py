"""In the process that forks: PyTorch is loaded once, and every document gets a fork that has run nothing."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from archcheck.running.limits import end_with_parent
from archcheck.running.starting import MOST_BYTES, RUNS

IDLE_S = 600.0
"""How long PyTorch is kept loaded for a document that may come."""


def become_one(handle: int) -> None:
    """Fork a process for every order that comes through a socket; return in the fork, and never elsewhere."""
    _load()
    orders = socket.socket(fileno=handle)
    forks = 0
    while True:
        _wait(orders)
        message, handles, _, _ = socket.recv_fds(orders, MOST_BYTES, 3)
        if not message:
            os._exit(0)
        order = json.loads(message)
        if not handles:
            orders.send(str(_ended(order["of"])).encode())
            continue
        if forks == 1:
            _load_more()
        forks += 1
        if os.fork() == 0:
            _settle(order, handles)
            orders.send(str(os.getpid()).encode())
            orders.close()
            return
        for one in handles:
            os.close(one)


def _wait(orders: socket.socket) -> None:
    """Wait for an order; end where none comes for long, and no fork runs."""
    while not select.select([orders], [], [], IDLE_S)[0]:
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            continue
        os._exit(0)


def _load() -> None:
    """Load what every document needs, and leave it out of what is looked through for garbage."""
    import archcheck.binding
    import archcheck.documents
    import archcheck.running.child  # noqa: F401

    gc.collect()
    gc.freeze()


def _load_more() -> None:
    """Load what most documents make PyTorch load; the only document of a run may do without."""
    import torch.fx.experimental.symbolic_shapes  # noqa: F401

    gc.freeze()


def _ended(pid: int) -> int:
    """Return the exit code of a fork."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if ended else RUNS


def _settle(order: Mapping[str, Any], handles: Sequence[int]) -> None:
    """Put a fork where a process stands that was started on its own."""
    os.setsid()
    end_with_parent()
    for place, handle in enumerate(handles):
        os.dup2(handle, place)
        os.close(handle)
    os.chdir(order["folder"])
    sys.path.insert(0, order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    tempfile.tempdir = None
