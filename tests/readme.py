"""The README as data: the files that it shows, and the commands with the output that it shows for them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
ANYTHING = "..."

_FILE = re.compile(r"<!-- file: (\S+) -->\n```(?:yaml|python)\n(.*?)```", flags=re.DOTALL)
_CONSOLE = re.compile(r"(?<=```console\n)\$ archcheck (.*?)\n(.*?)(?=```)", flags=re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One console block: what is typed after `archcheck`, and what is shown below it."""

    words: str
    shown: str


def files(text: str) -> dict[str, str]:
    """Return the files that a README shows, by name."""
    return dict(_FILE.findall(text))


def commands(text: str) -> list[Command]:
    """Return the console blocks of a README, in order."""
    return [Command(words, shown) for words, shown in _CONSOLE.findall(text)]


def run(words: str, folder: Path) -> str:
    """Return what a command prints in `folder`; a word in the README is a word here, no shell between."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "archcheck", *words.split()],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "", done.stderr
    return done.stdout


def of_any_torch(printed: str) -> str:
    """Return what a command printed without PyTorch's version: the README is the same beside each."""
    return re.sub(r"\btorch [0-9][\w.+]*", "torch VERSION", printed)


def filled(text: str, folder: Path) -> str:
    """Return the README with the true output under each command; one with `...`, or of another PyTorch, is kept."""
    for name, content in files(text).items():
        (folder / name).write_text(content, encoding="utf-8")

    def output(match: re.Match[str]) -> str:
        if ANYTHING in match[2]:
            return match[0]
        printed = run(match[1], folder)
        fresh = of_any_torch(printed) == of_any_torch(match[2])
        return match[0] if fresh else f"$ archcheck {match[1]}\n{printed}"

    return _CONSOLE.sub(output, text)
