"""Devices: choose one, describe it, say what memory it has left, wait for it."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import torch

from archcheck.device_name import NAMES, is_device_name
from archcheck.errors import DeviceError, SpecError
from archcheck.results import Plain
from archcheck.units import bytes_text

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux says what memory a container may have."""


def choose(name: str) -> torch.device:
    """Return the device that `--device` names; `auto` is the accelerator if there is one, else the CPU.

    Raises `DeviceError`, which lists what there is.
    """
    there = available()
    if name == "auto":
        return torch.device(there[1] if len(there) > 2 else "cpu")
    if not is_device_name(name):
        raise DeviceError(f"--device {name}: no such device name; write {NAMES}")
    if name in there or (name == "cuda" and "cuda:0" in there):
        return torch.device("cuda:0" if name == "cuda" else name)
    why = _why_not(name.partition(":")[0])
    raise DeviceError(f"--device {name}: not here ({why}); there are: {', '.join(there)}")


def available() -> tuple[str, ...]:
    """Return the devices of this machine: the CPU first, accelerators next, `meta` last."""
    cuda = tuple(f"cuda:{number}" for number in range(torch.cuda.device_count()))
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    return ("cpu", *cuda, *mps, "meta")


def _why_not(kind: str) -> str:
    if kind == "cuda" and torch.version.cuda is None:
        return "this PyTorch is built without CUDA"
    if kind == "cuda":
        return f"PyTorch sees {torch.cuda.device_count()} CUDA devices"
    return "this machine or this PyTorch has none"


def free_bytes(device: torch.device) -> int | None:
    """Return the memory that a network could take on `device`; None where nothing is taken (`meta`)."""
    if device.type == "meta":
        return None
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    free = psutil.virtual_memory().available
    return min(free, *_container_limits(free))


def _container_limits(free: int) -> tuple[int, ...]:
    """Return what a container's limit leaves (cgroup v2), or `free` where there is none.

    Pages of files that nobody uses any more count as used there, but are given up when memory is asked for.
    """
    try:
        limit = (CGROUP / "memory.max").read_text().strip()
        used = int((CGROUP / "memory.current").read_text())
        stat = dict(line.split() for line in (CGROUP / "memory.stat").read_text().splitlines())
        cached = int(stat["inactive_file"])
    except (OSError, ValueError, KeyError):
        return (free,)
    return (int(limit) - used + cached,) if limit.isdigit() else (free,)


def require(need_bytes: int, device: torch.device, who: str) -> None:
    """Raise `DeviceError` if a network of `need_bytes` does not fit on `device`; nothing has been taken yet."""
    free = free_bytes(device)
    if free is not None and need_bytes > free:
        raise DeviceError(
            f"{who} needs {bytes_text(need_bytes)} and {device} has {bytes_text(free)} free; "
            "--device meta checks shapes without memory"
        )


@contextmanager
def memory_errors(device: torch.device, who: str) -> Iterator[None]:
    """Turn every way in which PyTorch says that an allocation failed into one `DeviceError`.

    Only CUDA and MPS have an error type for it, and what quotes PyTorch (a builder, a trace) has another.
    """
    try:
        yield
    except (RuntimeError, MemoryError, SpecError) as error:
        if not is_about_memory(error):
            raise
        raise DeviceError(
            f"{who} does not fit: {device} has no memory left; a smaller batch takes less, --device meta takes none"
        ) from None


def is_about_memory(error: BaseException) -> bool:
    """Return whether an error says that an allocation failed: nothing about the network."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in _OUT_OF_MEMORY)


_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
"""PyTorch's words on CUDA and MPS, on Linux and on Windows."""


def synchronise(device: torch.device) -> None:
    """Wait until `device` has done all that was asked of it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


@contextmanager
def torch_warnings_ignored() -> Iterator[None]:
    """Let PyTorch's advice to a network's author pass: it is about code, and no verdict on a document."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def random_state_kept(device: torch.device) -> Iterator[None]:
    """Put torch's random state back, the CPU's and the device's: some layers draw numbers even in evaluation."""
    with ExitStack() as states:
        if device.type == "mps":  # fork_rng speaks of numbered devices, which MPS does not have
            states.callback(torch.mps.set_rng_state, torch.mps.get_rng_state())
        states.enter_context(torch.random.fork_rng(devices=[device] if device.type == "cuda" else []))
        yield


def describe(device: torch.device) -> dict[str, Plain]:
    """Return what a measured number must be read with: device, memory, threads, versions."""
    described: dict[str, Plain] = {
        "device": str(device),
        "device_name": _name(device),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
    }
    if device.type == "cuda":
        described["device_memory_bytes"] = torch.cuda.get_device_properties(device).total_memory
        described["cuda"] = torch.version.cuda
    elif device.type == "cpu":
        described["device_memory_bytes"] = psutil.virtual_memory().total
    return described


def _name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"cpu": _cpu_name(), "mps": "Apple GPU", "meta": "no device: shapes only"}[device.type]


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
