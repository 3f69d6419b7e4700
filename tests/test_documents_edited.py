"""Documents written back: the columns that were edited, and not another byte."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archcheck.documents import Edit, edited, read
from archcheck.errors import DocumentError

PAGES = {
    "a.md": "# A\r\n\r\n- b\r\n\r\n\t```py\r\n\tx = 1  # [1]\r\n\t```\r\n\r\n> ```\r\n> y = 2\t# [1]\r\n> ```",
    "b.md": "\ufeff    x = 1 # [1]\r    y = 2 # [1]\r",
    "c.rst": "A::\n\n\tx = 1  # [1]\n\ty = 2\n\n>>> z  # [1]\n(1,)\n",
    "d.py": "\ufeff# [1]\r\n\tx = 1  # 中 [1]\x0c\n",
    "e.txt": "中\n  x = 1  # [1]\n  y = 1\n\u2028z = 2 # [1]",
}


@pytest.mark.parametrize("path", PAGES)
def test_each_claim_is_written_in_its_place(path: str) -> None:
    text = PAGES[path]
    document = read(path, text)
    edits = [
        Edit(line, line.text.index("[1]") + 1, line.text.index("[1]") + 2, "345")
        for passage in document.passages
        for line in passage.lines
        if "[1]" in line.text
    ]
    assert len(edits) == text.count("[1]")
    random.Random(0).shuffle(edits)
    assert edited(document, edits) == text.replace("[1]", "[345]")


@pytest.mark.parametrize("path", PAGES)
def test_no_edit_no_change(path: str) -> None:
    assert edited(read(path, PAGES[path]), []) == PAGES[path]


def test_edits_in_one_line_and_of_no_width() -> None:
    document = read("a.py", "x = [1, 2]\n")
    (line,) = document.passages[0].lines
    assert edited(document, [Edit(line, 8, 9, "20"), Edit(line, 5, 6, ""), Edit(line, 10, 10, " # new")]) == (
        "x = [, 20] # new\n"
    )


@pytest.mark.parametrize("second", [(4, 6), (5, 5 - 1)])
def test_edits_that_overlap_are_a_slip_of_the_caller(second: tuple[int, int]) -> None:
    document = read("a.py", "x = [1, 2]\n")
    (line,) = document.passages[0].lines
    with pytest.raises(ValueError, match="overlap"):
        edited(document, [Edit(line, 3, 5, ""), Edit(line, *second, "")])


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    data = "# -*- coding: latin-1 -*-\r\nx = 1  # é [1]\r\n".encode("latin-1")
    path.write_bytes(data)
    document = read(str(path))
    line = document.passages[0].lines[1]
    new = edited(document, [Edit(line, 12, 13, "×")])
    assert new.encode(document.encoding) == data.replace(b"[1]", b"[\xd7]")
    with pytest.raises(DocumentError, match="its encoding 'iso-8859-1' has no '中'; save the file as UTF-8"):
        edited(document, [Edit(line, 12, 13, "中")])
