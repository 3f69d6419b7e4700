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
        [sys.executable, "-m", "archcheck.cli", *words.split()],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "", done.stderr
    return done.stdout


def filled(text: str, folder: Path) -> str:
    """Return the README with the true output under each command; one that shows `...` is left as it is."""
    for name, content in files(text).items():
        (folder / name).write_text(content, encoding="utf-8")

    def output(match: re.Match[str]) -> str:
        if ANYTHING in match[2]:
            return match[0]
        return f"$ archcheck {match[1]}\n{run(match[1], folder)}"

    return _CONSOLE.sub(output, text)
