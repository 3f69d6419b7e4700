"""Whole processes in turn, A B A B ..., and the ratio of their fastest times.

Other work on the machine only ever adds time, so the fastest run of several is the one least disturbed.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def cpu_seconds(command: Sequence[str], folder: Path) -> float:
    """Return the processor time that one run of a command takes; its exit code must be 0."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def ratio(command: Sequence[str], other: Sequence[str], folder: Path, runs: int = 5) -> float:
    """Return how many times as long `command` takes as `other`; one run of each warms the caches."""
    cpu_seconds(command, folder), cpu_seconds(other, folder)
    pairs = [(cpu_seconds(command, folder), cpu_seconds(other, folder)) for _ in range(runs)]
    return min(ours for ours, _ in pairs) / min(theirs for _, theirs in pairs)


def archcheck(*words: str) -> list[str]:
    """Return the command that runs archcheck in a process of its own."""
    return [sys.executable, "-m", "archcheck", *words]


def python(code: str) -> list[str]:
    """Return the command that runs Python code in a process of its own."""
    return [sys.executable, "-c", code]


def peak_megabytes(code: str) -> float:
    """Return the most memory (resident) that Python code takes in a process of its own.

    From `/proc`: what `getrusage` says of a child begins at the size of the process that started it.
    """
    tell = (
        "\nimport sys\nprint(open('/proc/self/status').read().split('VmHWM:')[1].split()[0], file=sys.stderr)"
    )
    done = subprocess.run(python(code + tell), capture_output=True, text=True, check=True)
    return int(done.stderr.split()[-1]) / 1000
