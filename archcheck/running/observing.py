"""The parent: a document's code is run by `python -m archcheck.running`, and ended when its time is up."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import psutil

from archcheck.documents.document import Document
from archcheck.running.environment import environment
from archcheck.running.joining import joined
from archcheck.running.observed import Called, Event, Observed, Skipped, lacks_values
from archcheck.running.plan import Plan
from archcheck.running.starting import CHILD, Process, started
from archcheck.running.wanted import Drafted, Wanted
from archcheck.running.wire import MOST_CHARACTERS, At, Done, Printed, Request, line_of_request, record_of
from archcheck.spec.source import one_line
from archcheck.units import bytes_text

MOST_BYTES = 100_000_000
"""Of all records together: far more than the bounded events of any document."""
LEAST_S = 5.0
"""Time that a second run on the CPU needs at least, for PyTorch alone takes some of it."""
SLACK_BYTES = 1_500_000_000
"""What Python and PyTorch take themselves."""
_LOOK_S = 0.1
_TOO_MANY = b""
"""What no process writes as a line."""


def observe(document: Document, plan: Plan, *, child: Sequence[str] = CHILD) -> Observed:
    """Run a document's code in a process of its own and return all that it showed, also where it was cut short.

    On the meta device nothing is computed; where something fails there for want of values, all is run again on the
    CPU with the time that is left: what the run shows counts that shows more, and what only the other came to.
    `child`: what Python is told to run, for tests.
    """
    end = time.monotonic() + plan.seconds
    first = _Run(document, plan, child).observed()
    left = end - time.monotonic()
    if plan.device != "meta" or left < LEAST_S or not _wants_values(first):
        return first
    second = _Run(document, replace(plan, device="cpu", seconds=left), child).observed()
    more = len(second.seen) - len(first.seen)
    better = more > 0 or (more == 0 and second.error is None)
    return joined(second, first) if better else joined(first, second)


def draft(document: Document, plan: Plan, wanted: Wanted, *, child: Sequence[str] = CHILD) -> Drafted:
    """Run a document's code in a process of its own, and return the spec of a network of it."""
    run = _Run(document, plan, child, wanted)
    observed = run.observed()
    if run.gathered.drafted is not None:
        return run.gathered.drafted
    return Drafted("", error=observed.error or "its process said nothing")


def _wants_values(observed: Observed) -> bool:
    """Return whether anything failed because tensors of the meta device have no values."""
    went = {one.what for one in observed.called if one.error is None and one.origin != "supposed"}
    reasons = [
        *(one.why for one in observed.skipped if one.failed),
        *(one.error for one in observed.called if one.what not in went),
    ]
    return any(lacks_values(why) for why in reasons if why)


@dataclass(slots=True)
class _Gathered:
    """The records of a run as they come in."""

    events: list[Event] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    called: list[Called] = field(default_factory=list)
    printed: dict[int, str] = field(default_factory=dict)
    doubtful: dict[int, bool] = field(default_factory=dict)
    at: int | None = None
    drafted: Drafted | None = None
    done: Done | None = None

    def add(self, line: bytes) -> None:
        """Keep the record of a line; what is no record is let go."""
        match record_of(line):
            case Event() as event:
                self.events.append(event)
            case Skipped() as skipped:
                self.skipped.append(skipped)
            case Called() as called:
                self.called.append(called)
            case Printed(site, text, supposed, stated):
                self.printed[site] = text
                if supposed:
                    self.doubtful[site] = stated
            case At(number):
                self.at = number
            case Drafted() as drafted:
                self.drafted = drafted
            case Done() as done:
                self.done = done

    def observed(self, device: str, error: str | None) -> Observed:
        events, skipped, called = tuple(self.events), tuple(self.skipped), tuple(self.called)
        at = self.at if error else None
        left_out = self.done.left_out if self.done else 0
        return Observed(
            device, events, skipped, called, self.printed, error, at or None, left_out, self.doubtful
        )


class _Run:
    """One process, from its start to its end."""

    def __init__(
        self, document: Document, plan: Plan, child: Sequence[str], wanted: Wanted | None = None
    ) -> None:
        file = str(Path(document.path).resolve())
        until = time.time() + plan.seconds
        self.request = line_of_request(Request(document.path, document.text, file, plan, until, wanted))
        self.plan, self.child = plan, child
        self.end = time.monotonic() + plan.seconds
        self.gathered = _Gathered()

    def observed(self) -> Observed:
        """Run it."""
        with (
            tempfile.TemporaryDirectory(prefix="archcheck-", ignore_cleanup_errors=True) as folder,
            tempfile.TemporaryFile() as said,
            self._process(Path(folder), said) as process,
        ):
            error = self._follow(process) or self._ended(process, said)
        return self.gathered.observed(self.plan.device, error)

    @contextmanager
    def _process(self, folder: Path, said: IO[bytes]) -> Iterator[Process]:
        left = self.end - time.monotonic()
        process = started(self.child, folder, environment(folder, self.plan.device), said, left)
        try:
            yield process
        finally:
            _end(process)

    def _follow(self, process: Process) -> str | None:
        """Take records until there are no more; return why the process must be ended before."""
        lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._ask, args=(process,), daemon=True).start()
        threading.Thread(target=_read, args=(process, lines), daemon=True).start()
        looked = 0.0
        while (now := time.monotonic()) < self.end:
            if now - looked > _LOOK_S:
                looked = now
                if why := self._too_much(process):
                    return why
            with contextlib.suppress(queue.Empty):
                line = lines.get(timeout=_LOOK_S)
                if line is None:
                    return None
                if line == _TOO_MANY:
                    return f"it reports more than {bytes_text(MOST_BYTES)}"
                self.gathered.add(line)
        return f"it took more than {self.plan.seconds:.3g} s; --timeout gives it more"

    def _ask(self, process: Process) -> None:
        assert process.stdin is not None, "it was asked for"
        with contextlib.suppress(OSError, ValueError), process.stdin:  # it may have ended before it read all
            process.stdin.write(self.request.encode())

    def _too_much(self, process: Process) -> str | None:
        try:
            taken = psutil.Process(process.pid).memory_info().rss
        except psutil.Error:
            return None
        if taken <= self.plan.memory_bytes + SLACK_BYTES:
            return None
        return f"it took more than {bytes_text(self.plan.memory_bytes)} of memory"

    def _ended(self, process: Process, said: IO[bytes]) -> str | None:
        """Return how the process ended where it did not say that all was done."""
        if self.gathered.done is not None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.5, self.end - time.monotonic()))
        said.seek(0)
        last = (said.read(MOST_CHARACTERS).decode(errors="replace").strip().splitlines() or [""])[-1]
        return one_line(f"its process {_code_text(process.poll())}{f': {last}' if last else ''}")


def _code_text(code: int | None) -> str:
    if code is None:
        return "closed its output"
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"


def _read(process: Process, lines: queue.SimpleQueue[bytes | None]) -> None:
    """Hand on the lines of a process until it ends, or until they are too many."""
    assert process.stdout is not None, "it was asked for"
    taken = 0
    with contextlib.suppress(OSError, ValueError):
        while taken < MOST_BYTES and (line := process.stdout.readline(MOST_CHARACTERS)):
            taken += len(line)
            lines.put(line)
    lines.put(None if taken < MOST_BYTES else _TOO_MANY)


def _end(process: Process) -> None:
    """End a process and all that it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)  # also where it has ended: what it started may go on
        else:
            os.kill(process.pid, signal.SIGTERM)  # which ends it at once on Windows
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.close()
