"""What the process that runs a document's code may take, held by the kernel where it has a way to hold it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

from archcheck.running.plan import Plan

MOST_FILE_BYTES = 100_000_000
"""Of any file in the temporary folder."""
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_SIGNAL_AT_PARENTS_END = 1


def limit(plan: Plan) -> None:
    """Bound CPU time, memory and files from now on; PyTorch's own libraries are loaded already.

    PyTorch reserves far more addresses than it uses, with CUDA without bounds: so what it has now is not counted, and
    on other platforms than Linux, and with CUDA, the parent alone watches the memory.
    """
    try:
        import resource
    except ImportError:  # Windows: the parent watches time and memory
        return
    seconds = int(plan.seconds) * (os.cpu_count() or 1) + 10
    wanted = [
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, MOST_FILE_BYTES),
    ]
    if sys.platform == "linux" and plan.device != "cuda":
        wanted.append((resource.RLIMIT_AS, _addresses() + plan.memory_bytes))
    for kind, most in wanted:
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (bound, bound))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the bound is an error, not the end


def _addresses() -> int:
    """Return the bytes of addresses that this process has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def end_with_parent() -> None:
    """Ask the kernel to end this process with its parent."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_SIGNAL_AT_PARENTS_END, signal.SIGKILL)


def leave_network(plan: Plan) -> None:
    """Enter a network without any interface, where the kernel lets a user do so; to be called before any thread starts.

    CUDA's driver is left as it is.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None, use_errno=True)
        user, group = os.getuid(), os.getgid()
        if plan.device != "cuda" and library.unshare(_NEW_USER | _NEW_NET) == 0:
            _stay(user, group)


def _stay(user: int, group: int) -> None:
    """Keep one's own name in the new user namespace."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with contextlib.suppress(OSError):
            Path("/proc/self", name).write_text(text, encoding="ascii")
