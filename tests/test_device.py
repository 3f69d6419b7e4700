"""Devices: what `--device` means, what it says where there is none, what memory is left."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
import torch

from archcheck import device as devices
from archcheck.errors import DeviceError


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Return a function that gives this machine a number of GPUs, and MPS or not."""

    def made(gpus: int = 0, mps: bool = False, cuda: str | None = None) -> None:
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.version, "cuda", cuda)

    return made


@pytest.mark.parametrize(
    ("name", "gpus", "mps", "wanted"),
    [
        ("auto", 0, False, "cpu"),
        ("auto", 2, False, "cuda:0"),
        ("auto", 0, True, "mps"),
        ("auto", 1, True, "cuda:0"),
        ("cpu", 2, True, "cpu"),
        ("cuda", 1, False, "cuda:0"),
        ("cuda:1", 2, False, "cuda:1"),
        ("mps", 0, True, "mps"),
        ("meta", 0, False, "meta"),
    ],
)
def test_choose(machine, name: str, gpus: int, mps: bool, wanted: str) -> None:  # type: ignore[no-untyped-def]
    machine(gpus, mps)
    assert str(devices.choose(name)) == wanted


NAMES = "write auto, cpu, cuda, cuda:N, mps or meta"


@pytest.mark.parametrize(
    ("name", "gpus", "cuda", "message"),
    [
        ("cuda", 0, None, "--device cuda: not here (this PyTorch is built without CUDA); there are: cpu, meta"),
        ("cuda", 0, "13.0", "--device cuda: not here (PyTorch sees 0 CUDA devices); there are: cpu, meta"),
        ("cuda:3", 2, "13.0",
         "--device cuda:3: not here (PyTorch sees 2 CUDA devices); there are: cpu, cuda:0, cuda:1, meta"),
        ("mps", 0, None, "--device mps: not here (this machine or this PyTorch has none); there are: cpu, meta"),
        ("gpu", 0, None, f"--device gpu: no such device name; {NAMES}"),
        ("cuda:x", 1, "13.0", f"--device cuda:x: no such device name; {NAMES}"),
        ("cuda:", 1, "13.0", f"--device cuda:: no such device name; {NAMES}"),
        ("cpu:1", 0, None, f"--device cpu:1: no such device name; {NAMES}"),
        ("", 0, None, f"--device : no such device name; {NAMES}"),
    ],
)  # fmt: skip
def test_what_is_not_here(machine, name: str, gpus: int, cuda: str | None, message: str) -> None:  # type: ignore[no-untyped-def]
    machine(gpus, cuda=cuda)
    with pytest.raises(DeviceError) as raised:
        devices.choose(name)
    assert str(raised.value) == message


def test_a_containers_limit_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("400\n")
    (tmp_path / "memory.stat").write_text("anon 100\ninactive_file 50\n")
    monkeypatch.setattr(devices, "CGROUP", tmp_path)
    assert devices.free_bytes(torch.device("cpu")) == 1000 - 400 + 50  # files that nobody uses are given up
    (tmp_path / "memory.max").write_text("max\n")
    assert devices.free_bytes(torch.device("cpu")) == pytest.approx(
        psutil.virtual_memory().available, rel=0.2
    )


def test_meta_takes_no_memory() -> None:
    devices.require(10**30, torch.device("meta"), "anything")


def test_describe_says_what_a_number_must_be_read_with() -> None:
    described = devices.describe(torch.device("cpu"))
    assert described["torch"] == torch.__version__
    assert described["threads"] == torch.get_num_threads()
    assert described["device_memory_bytes"] == psutil.virtual_memory().total
    assert described["device_name"]


@pytest.mark.gpu
def test_a_real_gpu_is_described() -> None:
    described = devices.describe(devices.choose("cuda"))
    assert described["device"] == "cuda:0"
    assert described["device_name"] == torch.cuda.get_device_name(0)
    free = devices.free_bytes(torch.device("cuda:0"))
    assert free is not None
    assert 0 < free <= described["device_memory_bytes"]  # type: ignore[operator]
