"""The README: its files, commands and code do what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archcheck.cli import cli
from tests.readme import ANYTHING, README, commands, files, of_any_torch, run

TEXT = README.read_text(encoding="utf-8")
COMMANDS = commands(TEXT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in files(TEXT).items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def pattern(shown: str) -> str:
    """Return a regular expression: any white space for white space, rules of any length, anything for `...`."""
    words = re.sub(r"-{3,}", "---", shown).split()
    return r"\s+".join(".*?".join(map(re.escape, word.split(ANYTHING))) for word in words)


def plain(printed: str) -> str:
    return re.sub(r"-{3,}", "---", printed).strip()


def test_there_are_files_and_commands() -> None:
    assert {"lenet5.yaml", "paper.yaml", "tour.yaml"} <= files(TEXT).keys()
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_commands_print_what_is_shown(folder: Path, command: object) -> None:
    printed = run(command.words, folder)  # type: ignore[attr-defined]
    shown: str = command.shown  # type: ignore[attr-defined]
    if ANYTHING not in shown:
        assert of_any_torch(printed) == of_any_torch(shown)
    else:
        assert re.fullmatch(pattern(shown), plain(printed), flags=re.DOTALL), printed


def test_the_pattern_can_fail() -> None:
    assert re.fullmatch(pattern("a  ----\n1 ... x"), plain("a --\n1   2.5 ms x")) is None
    assert re.fullmatch(pattern("a  ----\n1 ... x"), plain("a -----\n1   2.5 ms x"))
    assert re.fullmatch(pattern("a  ----\n1 ... x"), plain("a -----\n2   2.5 ms x")) is None


def test_the_python_code_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"(?<!-->\n)```python\n(.*?)```", TEXT, flags=re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert "2 statements are known to be wrong" in capsys.readouterr().out


def test_every_command_is_in_the_table() -> None:
    listed = re.findall(r"^\| `archcheck (\w+)", TEXT, flags=re.MULTILINE)
    assert sorted(listed) == sorted(cli.commands)


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert link.startswith("https://") or (README.parent / link).is_file(), link
