"""How the process of a document is started: a fork is as clean as a process of its own, and ends as one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest

from archcheck.documents.document import Document
from archcheck.running import starting
from archcheck.running.environment import environment
from archcheck.running.observing import observe
from archcheck.running.plan import Plan
from archcheck.running.starting import Forked, Keeper
from tests.running_pages import run, shapes, whys

pytestmark = pytest.mark.skipif(not starting.FORKS, reason="forks are Linux's")
SPOILS = """\
    import os, sys
    import torch
    torch.Tensor.t = torch.nn.Bilinear = None
    os.environ["SPOILT"] = "yes"
    sys.setrecursionlimit(100)
    sys.path.clear()
    sys.modules["json"] = None
    os.mkdir("left")
    x = torch.zeros(2, 3)  # [2, 3]
    """
CLEAN = """\
    import os, sys
    import torch
    x = torch.zeros(2 + len(os.listdir(".")), 3)  # [2, 3]
    y = torch.nn.Bilinear(3, 3, 4)(torch.zeros(2, 3), torch.zeros(2, 3)).t()  # [4, 2]
    import json
    z = torch.zeros(sys.getrecursionlimit(), 2 + ("SPOILT" in os.environ))  # [1000, 2]
    w = torch.zeros(len(sys.argv), 2 + (sys.path[0] == os.getcwd() == os.environ["HOME"]))  # [1, 3]
    """


def test_what_one_document_spoils_no_other_sees() -> None:
    assert shapes(run(SPOILS)) == [(2, 3)]
    clean = run(CLEAN)
    assert whys(clean) == {}
    assert shapes(clean) == [(2, 3), (4, 2), (1000, 2), (1, 3)]


def test_a_fork_and_a_process_of_its_own_see_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"{CLEAN}\n    v = torch.zeros(len(os.environ), len(sys.path))  # [N, M]\n"
    forked = run(code)
    monkeypatch.setattr(starting, "FORKS", False)
    assert run(code) == forked


@contextmanager
def fork(keeper: Keeper, folder: Path) -> Iterator[tuple[Forked, IO[bytes]]]:
    """Fork a process, and give it with what it reads."""
    with (folder / "said").open("wb") as said:
        forked = keeper.fork(folder, environment(folder, "meta"), said, 60)
    assert forked.stdin is not None
    assert forked.stdout is not None
    with contextlib.suppress(BrokenPipeError), forked.stdout, forked.stdin:
        yield forked, forked.stdin


def gone(pid: int) -> bool:
    """Return whether a process ends soon."""
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_a_fork_ends_as_it_is_ended_or_fails_and_with_the_process_that_forked_it(tmp_path: Path) -> None:
    keeper = Keeper(environment(Path(tempfile.gettempdir()), "meta"))
    with fork(keeper, tmp_path) as (forked, _):
        assert (forked.poll(), os.getpgid(forked.pid)) == (None, forked.pid)
        with pytest.raises(subprocess.TimeoutExpired):
            forked.wait(0.05)
        os.kill(forked.pid, signal.SIGKILL)
        assert forked.wait() == forked.poll() == -signal.SIGKILL
    with fork(keeper, tmp_path) as (forked, stdin):
        stdin.write(b"no request")
        stdin.close()
        assert forked.wait(60) == 1
        assert "JSONDecodeError" in (tmp_path / "said").read_text(encoding="utf-8")
    with fork(keeper, tmp_path) as (forked, _):
        keeper.end()
        assert gone(forked.pid)
        assert forked.poll() == -signal.SIGKILL


def test_all_ends_with_us() -> None:
    code = """if True:
        import os
        from archcheck.documents.document import Document
        from archcheck.running.observing import observe
        from archcheck.running.plan import Plan
        observe(Document("page.md", "", ()), Plan())
        (child,) = __import__("psutil").Process().children()
        print(child.pid, flush=True)
        os.kill(os.getpid(), 9)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert gone(int(done.stdout))


def test_where_the_process_that_forks_is_gone_another_takes_its_place() -> None:
    document = Document("page.md", "", ())
    assert observe(document, Plan()).error is None
    (before,) = running()
    os.kill(before, signal.SIGKILL)
    assert observe(document, Plan()).error is None
    assert observe(document, Plan()).error is None
    assert running().isdisjoint({before})


def running() -> set[int]:
    """Return the processes of ours that run."""
    return {one.pid for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE}


def test_another_environment_is_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"import sys\nimport torch\nx = torch.zeros(2, 2 + sys.path.count({str(tmp_path)!r}))  # [2, N]\n"
    assert shapes(run(code)) == [(2, 2)]
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    assert shapes(run(code)) == [(2, 3)]
    assert len(running()) == 1


def test_a_process_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('no PyTorch here')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    observed = observe(Document("page.md", "", ()), Plan())
    assert observed.error == "its process ended with exit code 1: ImportError: no PyTorch here"
