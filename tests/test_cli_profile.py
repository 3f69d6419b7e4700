"""`archcheck profile` on the command line: its settings, a sweep of batches, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archcheck.cli.sweep import batches, settings_of
from archcheck.errors import UsageError
from archcheck.profiling.settings import Settings
from tests import command_line

NET = "input: [4]\nlayers:\n  - Linear: {in_features: 4, out_features: 2}\n"
QUICK = (
    "--device",
    "cpu",
    "--repeat",
    "3",
    "--warmup",
    "0",
    "--no-witnesses",
    "--no-ceilings",
    "--no-memory",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> tuple[int, str, str]:
    """Return the exit code, what is printed, and what is said on stderr, as a process would end."""
    done = command_line.run(*words)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def results(*words: str) -> list[dict[str, Any]]:
    code, out, said = run("profile", "net.yaml", *QUICK, "--format", "json", *words)
    assert (code, said) == (0, "")
    made: list[dict[str, Any]] = json.loads(out)["results"]
    return made


@pytest.mark.parametrize(
    ("text", "sizes"),
    [(None, (None,)), ("3", (3,)), ("1,2,4", (1, 2, 4)), ("8, 2", (8, 2))],
    ids=str,
)
def test_batches_are_read_in_the_order_they_are_written(
    text: str | None, sizes: tuple[int | None, ...]
) -> None:
    assert batches(text) == sizes


@pytest.mark.parametrize("text", ["", "0", "1,0", "-1", "1.5", "2,", "1 2", "many", "\u0664"])
def test_what_is_no_batch_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        batches(text)
    assert str(raised.value) == (
        f"--batch {text}: needs whole numbers of at least 1, with commas between, as in 1,2,4,8"
    )


def test_a_batch_twice_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^--batch 2,4,02: the same batch twice$"):
        batches("2,4,02")


def test_witnesses_are_asked_once_a_sweep() -> None:
    assert [(one.batch, one.witnesses) for one in settings_of(Settings(), (1, 2, 4))] == [
        (1, True),
        (2, False),
        (4, False),
    ]
    assert not next(settings_of(Settings(witnesses=False), (1,))).witnesses


def test_a_sweep_gives_a_profile_a_batch_and_a_small_table() -> None:
    made = results("--batch", "1,4")
    assert [one["batch"] for one in made] == [1, 4]
    assert {one["totals"]["macs"] for one in made} == {8}
    assert made[1]["layers"][0]["batch_operations"]["mul_adds"] == 32

    code, out, _ = run("profile", "net.yaml", *QUICK, "--batch", "1,4")
    assert code == 0
    assert out.count("parameters  10") == 1
    assert [line.split()[0] for line in out.splitlines()[-2:]] == ["1", "4"]
    assert run("profile", "net.yaml", *QUICK, "--batch", "1,4", "-v")[1].count("parameters  10") == 2


def test_a_step_of_training_by_the_command_line() -> None:
    (made,) = results("--mode", "train", "--batch", "2")
    assert (made["mode"], made["optimizer"]) == ("train", "SGD(lr=0.01)")
    assert list(made["steps"]) == ["forward", "backward", "optimizer"]
    assert {len(step["samples_ms"]) for step in made["steps"].values()} == {3}


def test_a_convention_by_the_command_line() -> None:
    (made,) = results("--convention", "fvcore")
    assert (made["told"]["convention"], made["told"]["amount"]) == ("fvcore", 8)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--batch", "two"),
            "--batch two: needs whole numbers of at least 1, with commas between, as in 1,2,4,8",
        ),
        (("--mode", "eval"), "mode eval: no such mode; write one of inference, train"),
        (("--warmup", "-1"), "warmup -1.0: needs a number of seconds, 0 or more"),
        (("--seconds", "inf"), "seconds inf: needs a number of seconds, 0 or more"),
        (("--repeat", "0"), "repeat 0: needs a whole number of at least 1"),
        (("--batch", "9" * 20), f"batch {'9' * 20}: needs at most 2147483647"),
        (("-o", "no/such.txt"), "no/such.txt: cannot be written: No such file or directory"),
        (("--cuda-graph", "--device", "cpu"), "cuda_graph: there are none on cpu; --device cuda has them"),
        (
            ("--compile", "--device", "meta"),
            "compile: nothing is run on meta, so it would change nothing; leave it out",
        ),
        (("--cuda-graph", "--compile"), "cuda_graph and compile: one of them at a time"),
        (
            ("--channels-last", "--device", "cpu", "--repeat", "1", "--no-witnesses"),
            "net.yaml: the network at batch 1: channels_last: no input has the four axes of images; leave it out",
        ),
        (
            ("--convention", "mine", "--device", "meta"),
            "convention mine: no such convention; write one of "
            "torch, fvcore, torchinfo, thop, ptflops, paper, netscope",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_meant_is_one_line_and_exit_code_2(words: tuple[str, ...], said: str) -> None:
    assert run("profile", "net.yaml", *words) == (2, "", f"archcheck: {said}\n")
