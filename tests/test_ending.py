"""How a run ends: what to do next, quietly where that is asked for, and without a traceback whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_line import may_be_interrupted, run
from tests.terminal import ROOT

GOOD = "input: [3]\nlayers:\n  - Linear: {out_features: 4}\n    output: [4]\n"
BAD = "input: [3]\nlayers:\n  - Linear: {out_features: 4}\n    output: [5]\n    params: 17\n"
PAGE = """
```python
import torch
from torch import nn

y = nn.Linear(3, 4)(torch.ones(2, 3))  # [2, 5]
```
"""
SET_RIGHT = (
    "    set the spec right; or, where its document is wrong, say so: {documented: VALUE, wrong: WHY}\n"
)
REWRITE = "    archcheck verify --diff page.md shows what would be so instead, --fix writes it\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "good.yaml": GOOD,
        "bad.yaml": BAD,
        "page.md": PAGE,
        "broken.yaml": "input: [",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (("lint", "bad.yaml"), "2 of 2 checks do not hold: bad.yaml:4, bad.yaml:5\n" + SET_RIGHT),
        (("verify", "page.md"), "1 check does not hold: page.md:6\n" + REWRITE),
        (
            ("verify", "good.yaml", "bad.yaml", "page.md", "--device", "cpu"),
            "2 of 3 targets do not hold: bad.yaml, page.md\n" + REWRITE + SET_RIGHT,
        ),
        (
            ("lint", "broken.yaml", "bad.yaml", "good.yaml"),
            "1 of 3 targets cannot be checked: broken.yaml\n1 of 3 targets does not hold: bad.yaml\n"
            + SET_RIGHT,
        ),
    ],
)
def test_the_last_lines_say_what_fails_and_what_to_do(words: tuple[str, ...], last: str) -> None:
    assert run(*words).stdout.endswith("\n\n" + last)


def test_what_it_says_of_a_document_works() -> None:
    run("verify", "--fix", "page.md")
    done = run("verify", "page.md")
    assert (done.exit_code, "not hold" in done.stdout) == (0, False)


@pytest.mark.parametrize(
    "words", [("lint", "good.yaml"), ("lint", "good.yaml", "good.yaml"), ("lint", "broken.yaml")]
)
def test_nothing_is_to_be_done_where_all_is_well_or_the_error_says_it(words: tuple[str, ...]) -> None:
    assert "not hold" not in run(*words).stdout


@pytest.mark.parametrize(
    "words",
    [
        ("lint", "good.yaml"),
        ("verify", "good.yaml", "--device", "cpu"),
        ("profile", "good.yaml", "--device", "meta", "--no-witnesses"),
        ("compare", "good.yaml", "good.yaml"),
    ],
    ids=" ".join,
)
def test_quiet_says_nothing_where_all_is_well(words: tuple[str, ...]) -> None:
    done = run(*words, "-q")
    assert (done.exit_code, done.output) == (0, "")
    assert run(*words).stdout != ""


@pytest.mark.parametrize("where", [("-o", "pages"), ("--format", "html")])
def test_quiet_names_no_page_that_was_written(where: tuple[str, str]) -> None:
    words = ("report", "good.yaml", *where)
    done = run(*words, "-q")
    assert (done.exit_code, done.output) == (0, "")
    assert Path("pages" if "pages" in where else "archcheck.html").exists()


def test_quiet_still_names_a_stale_page() -> None:
    done = run("report", "good.yaml", "--check", "-q")
    assert (done.exit_code, "README.md: stale" in done.stderr) == (1, True)


def test_quiet_says_what_fails_and_no_more() -> None:
    done = run("lint", "good.yaml", "bad.yaml", "-q")
    assert done.exit_code == 1
    assert "bad.yaml:4" in done.stdout
    assert "good.yaml" not in done.stdout
    assert run("lint", "broken.yaml", "-q").stderr == run("lint", "broken.yaml").stderr != ""


def test_quiet_still_holds_a_budget(folder: Path) -> None:
    (folder / "small.yaml").write_text(GOOD + "budget: {params: 15}\n", encoding="utf-8")
    done = run("profile", "small.yaml", "--device", "meta", "--no-witnesses", "-q")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("small.yaml:5: params: 16, the budget allows 15 (1 over)\n")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("lint", "-q", "-v"), "-q and -v: one shows less and one more; leave one of them out"),
        (("profile", "-q", "-v"), "-q and -v: one shows less and one more; leave one of them out"),
        (("verify", "-q", "--format", "csv"), "-q: is for what people read; --format csv has all there is"),
        (
            ("compare", "a", "b", "-q", "--format", "json"),
            "-q: is for what people read; --format json has all there is",
        ),
    ],
)
def test_quiet_contradicts_more(words: tuple[str, ...], error: str) -> None:
    done = run(*words)
    assert (done.exit_code, done.stderr) == (2, f"archcheck: {error}\n")


def test_an_interrupt_ends_it_in_a_line(folder: Path) -> None:
    os.mkfifo(folder / "never.yaml")  # which nobody writes to, so it is read for ever
    code = "from archcheck.cli import main; print('ready', flush=True); main()"
    begun = subprocess.Popen(
        [sys.executable, "-c", code, "lint", "never.yaml"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=may_be_interrupted,
    )  # fmt: skip
    assert begun.stdout is not None
    assert begun.stdout.readline() == "ready\n"
    time.sleep(0.5)
    begun.send_signal(signal.SIGINT)
    _, said = begun.communicate(timeout=20)
    assert (begun.returncode, said.strip()) == (130, "archcheck: interrupted")


@pytest.mark.parametrize(
    "command", ["list", "lint -v", "schema", "--help", "verify --help", "completion bash"]
)
def test_a_reader_that_left_is_no_error(command: str) -> None:
    line = f"{sys.executable} -m archcheck {command} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("0\n", "")
