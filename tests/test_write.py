"""The writer: a file is whole or absent, whatever stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcheck.errors import WriteError
from archcheck.report.write import check, write


@pytest.mark.parametrize(
    ("raised", "caught"),
    [(KeyboardInterrupt(), KeyboardInterrupt), (OSError(28, "No space left"), WriteError)],
)
def test_what_stood_there_stays_and_nothing_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: BaseException, caught: type[BaseException]
) -> None:
    def stopped(*_: object) -> Path:
        raise raised

    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(caught):
        write("new", str(path))
    assert [one.name for one in tmp_path.iterdir()] == ["out.txt"]
    assert path.read_text(encoding="utf-8") == "old"


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    write("new", str(path))
    assert (path.read_text(encoding="utf-8"), path.stat().st_mode & 0o777) == ("new\n", 0o640)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("-", None),
        ("new.txt", None),
        ("old.txt", None),
        ("folder", "Is a directory"),
        ("no/new.txt", "No such file or directory"),
        ("old.txt/new.txt", "No such file or directory"),
    ],
)
def test_what_cannot_be_written_is_known_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, problem: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.txt").write_text("old", encoding="utf-8")
    Path("folder").mkdir()
    if problem is None:
        check(name)
    else:
        with pytest.raises(WriteError, match=f"^{name}: cannot be written: {problem}$"):
            check(name)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "old.txt"]
