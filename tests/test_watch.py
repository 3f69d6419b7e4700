"""`archcheck lint --watch`, as a process of its own: save, and see the verdict."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command_line import may_be_interrupted, run

GOOD = "input: [4]\nlayers:\n  - Linear: {out_features: 2}\n    output: [2]\n"
WRONG = GOOD.replace("output: [2]", "output: [3]")
BROKEN = GOOD.replace("Linear", "Linaer")
SECONDS = 20
"""How long a line may take on a busy machine before it counts as never coming."""


class Watch:
    """A running watch: what it prints, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, words: str) -> str:
        """Return what is printed up to the first line that has `words`."""
        seen: list[str] = []
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                seen.append(self.lines.get(timeout=0.1))
            except queue.Empty:
                continue
            if words in seen[-1]:
                return "".join(seen)
        pytest.fail(f"no line with {words!r} in {SECONDS} s, but {''.join(seen)!r}")


@contextmanager
def watch(folder: Path, *names: str) -> Iterator[Watch]:
    command = [sys.executable, "-m", "archcheck", "lint", "--watch", *names]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ},
        preexec_fn=may_be_interrupted,
    ) as process:  # fmt: skip
        try:
            one = Watch(process)
            one.until("watching")
            yield one
        finally:
            process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    for name in ("a", "b"):
        (tmp_path / "specs" / f"{name}.yaml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_only_what_a_save_changed_is_checked_again_and_ctrl_c_ends_it(folder: Path) -> None:
    with watch(folder) as one:
        spec = folder / "specs" / "a.yaml"
        spec.write_text(WRONG, encoding="utf-8")
        told = one.until("documented 3, inferred 2")
        assert "specs/a.yaml:4" in told
        assert "b.yaml" not in told
        spec.write_text(BROKEN, encoding="utf-8")
        one.until("no module 'Linaer' in torch.nn; did you mean 'Linear'?")
        spec.write_text(GOOD, encoding="utf-8")
        one.until("1 claim: 1 agrees")
        one.process.send_signal(signal.SIGINT)
        assert one.process.wait(SECONDS) == 130
        assert "Traceback" not in one.until("archcheck: interrupted")


def test_new_renamed_and_deleted_files_are_noticed(folder: Path) -> None:
    with watch(folder) as one:
        specs = folder / "specs"
        (specs / "c.yaml").write_text(WRONG, encoding="utf-8")
        one.until("specs/c.yaml:4")
        (specs / ".b.yaml.tmp").write_text(WRONG, encoding="utf-8")
        (specs / ".b.yaml.tmp").replace(specs / "b.yaml")  # as editors save
        one.until("specs/b.yaml:4")
        (specs / "a.yaml").unlink()
        one.until("archcheck: specs/a.yaml: is gone")


def test_one_file_is_watched_alone(folder: Path) -> None:
    with watch(folder, "specs/a.yaml") as one:
        (folder / "specs" / "b.yaml").write_text(WRONG, encoding="utf-8")
        (folder / "specs" / "a.yaml").write_text(BROKEN, encoding="utf-8")
        assert "b.yaml" not in one.until("no module 'Linaer'")


@pytest.mark.parametrize("words", [("--mutate",), ("--mutate-min", "0.5"), ("-o", "x.txt")])
def test_what_makes_no_sense_with_it_is_refused(words: tuple[str, ...]) -> None:
    result = run("lint", "--watch", *words)
    assert (result.exit_code, result.stderr) == (
        2,
        "archcheck: --watch: shows verdicts as files are saved; not with --mutate, --mutate-min, --also or -o\n",
    )


def test_without_files_there_is_nothing_to_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("lint", "--watch")
    assert (result.exit_code, result.stderr) == (
        2, "archcheck: --watch: there is no specs/ here; name the specs to watch\n",
    )  # fmt: skip
