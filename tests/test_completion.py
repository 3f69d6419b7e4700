"""What the Tab key completes, asked as each shell's script asks, and in bash itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archcheck import targets
from tests.command_line import run

ROOT = Path(__file__).resolve().parent.parent
FAMILY = """
variants:
  low: {}
  high: {}
input: [3]
layers: [ReLU]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ladder.yaml").write_text(FAMILY, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("{", encoding="utf-8")
    (tmp_path / "resources").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(shell: str, line: str) -> str:
    """Return what archcheck answers a shell whose last word is to be completed."""
    *_, last = words = line.split(" ")
    word = last if shell == "fish" else str(len(words) - 1)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "_ARCHCHECK_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": word,
    }
    code = (
        "import sys; from archcheck.cli import main\ntry: main()\nfinally: assert 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("shell", "one", "files"),
    [
        ("bash", "plain,resnet50\n", "file,nothing_be\n"),
        ("zsh", "plain\nresnet50\n_\n", "file\nnothing_be\n_\n"),
        ("fish", "plain,resnet50\n", "file,nothing_be\n"),
    ],
)
def test_each_shell_gets_networks_and_files_without_torch(shell: str, one: str, files: str) -> None:
    answer = asked(shell, "archcheck verify resnet5").replace("plain\nresnet50_paper\n_\n", "")
    assert answer.replace("plain,resnet50_paper\n", "") == one
    assert asked(shell, "archcheck verify nothing_be") == files


def names(line: str) -> list[str]:
    return [one.removeprefix("plain,") for one in asked("bash", line).split()]


def test_commands_options_and_their_words() -> None:
    assert names("archcheck ve") == ["verify"]
    assert names("archcheck lint --mut") == ["--mutate", "--mutate-min"]
    assert names("archcheck profile x --device c") == ["cpu", "cuda"]
    assert names("archcheck lint --format j") == ["json", "junit"]
    assert names("archcheck completion ") == ["bash", "zsh", "fish"]


def test_networks_stand_beside_the_files_here() -> None:
    found = names("archcheck compare res")
    assert {"resnet", "resnet18", "resources/"} <= {*found}
    assert {one.shown for one in targets.networks()} <= {*names("archcheck list ")}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("archcheck lint ladder.yaml:", ["ladder.yaml:low", "ladder.yaml:high"]),
        ("archcheck lint ladder.yaml:h", ["ladder.yaml:high"]),
        ("archcheck lint ladder.yaml : h", ["high"]),  # so bash has it, in three words
        ("archcheck lint ladder.yaml :", ["low", "high"]),
        ("archcheck lint broken.yaml:", []),
        ("archcheck lint gone.yaml:", []),
    ],
)
def test_variants_of_a_file(line: str, found: list[str]) -> None:
    assert names(line) == found


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("archcheck", "verify", "vgg16_"), ["vgg16_bn", "vgg16_c"]),
        (("archcheck", "lint", "ladder.yaml", ":", "lo"), ["low"]),
        (("archcheck", "lint", "ladder.yaml", ":"), ["low", "high"]),
    ],
)
def test_bash_completes_with_the_script(folder: Path, words: tuple[str, ...], found: list[str]) -> None:
    program = folder / "resources" / "archcheck"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m archcheck "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    script = (
        'eval "$(archcheck completion bash)"\n'
        f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}\n"
        "fn=$(complete -p archcheck | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $fn archcheck\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.split(), done.stderr) == (found, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_archcheck(shell: str) -> None:
    done = run("completion", shell)
    assert done.exit_code == 0
    assert f"_ARCHCHECK_COMPLETE={shell}_complete" in done.stdout


def test_a_shell_that_nobody_knows_is_refused() -> None:
    done = run("completion", "tcsh")
    assert (done.exit_code, "'tcsh' is not one of 'bash', 'zsh', 'fish'" in done.stderr) == (2, True)
