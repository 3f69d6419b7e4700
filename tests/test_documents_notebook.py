"""Notebooks: cells, what they printed, and where each line stands in the JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archcheck.documents import Document, Edit, edited, read
from archcheck.errors import DocumentError

Cells = list[tuple[str, int | None, str]]


def code(source: str | list[str], *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": list(outputs)}


def book(*cells: object, **more: object) -> str:
    return json.dumps(
        {"cells": list(cells), "metadata": {}, "nbformat": 4, **more}, indent=1, ensure_ascii=False
    )


def kernel(**said: str) -> dict[str, Any]:
    return {"metadata": {"kernelspec": said}}


def cells(text: str) -> Cells:
    document = read("a.ipynb", text)
    return [(one.kind, one.cell, "|".join(line.text for line in one.lines)) for one in document.passages]


STREAM = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]}
RESULT = {"output_type": "execute_result", "data": {"text/html": "<b>", "text/plain": ["torch.Size([1])"]}}
SHOWN = {"output_type": "display_data", "data": {"image/png": "AAAA", "text/plain": "<Figure>"}}
ERROR = {"output_type": "error", "traceback": ["no"], "text": "no"}

BOOKS: list[tuple[str, Cells, str]] = [
    (book(code(["x = 1\n", "y = 2"])), [("code", 1, "x = 1|y = 2")], "a list of lines"),
    (book(code("x = 1\ny = 2\n")), [("code", 1, "x = 1|y = 2")], "one text"),
    (book(code(["x =", " 1\r\n", "y = 2"])), [("code", 1, "x = 1|y = 2")], "a line in two pieces"),
    (book({"cell_type": "markdown", "source": "# A"}, code("x")), [("prose", 1, "# A"), ("code", 2, "x")], "prose"),
    (
        book(code("x", STREAM, RESULT, ERROR, SHOWN)),
        [("code", 1, "x"), ("output", 1, "a|b"), ("output", 1, "torch.Size([1])"), ("output", 1, "<Figure>")],
        "what was printed",
    ),
    (book(code("%matplotlib inline\nx = 1\n!ls\ny = !ls\nx?")), [("code", 1, "|x = 1|||")], "magics, lines kept"),
    (book(code("x = (1\n% 2)")), [("code", 1, "x = (1|% 2)")], "a remainder is no magic"),
    (book(code("%%time\nx = 1")), [("code", 1, "|x = 1")], "a magic of a cell of Python"),
    (book(code("%%bash\nx = 1", STREAM), code("y")), [("code", 2, "y")], "a cell of a shell"),
    (book(code("%%writefile a.py\nx = 1")), [("code", 1, "|x = 1")], "a cell that writes Python"),
    (book(code("%%writefile a.txt\nx = 1")), [], "a cell that writes text"),
    (book(code(""), code("\n \n")), [], "empty cells"),
    (book(code("x"), **kernel(name="ir", language="R")), [], "a kernel of R"),
    (book(code("x"), **kernel(name="julia-1.9", language="julia")), [], "of Julia"),
    (book(code("x"), **kernel(name="conda", display_name="x")), [("code", 1, "x")], "a kernel that does not say"),
    (book(code("x"), **kernel(language="Python")), [("code", 1, "x")], "a kernel of Python"),
    (
        json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "language": "python", "input": ["x"], "outputs": [
            {"output_type": "pyout", "text": ["1"]}]}]}], "nbformat": 3}),
        [("code", 1, "x"), ("output", 1, "1")],
        "format 3",
    ),
    ("\ufeff" + book(code("x")), [("code", 1, "x")], "a byte order mark"),
    (book(code("x = '\\ud83d\\ude00'\ny")).replace("\\\\u", "\\u"), [("code", 1, "x = '😀'|y")], "escapes"),
    (book(code("x = 1 # \\ud83d.\\u0000\ny")).replace("\\\\u", "\\u"), [("code", 1, "x = 1 # �.�|y")], "none"),
    (book(code("x\\u000ay")).replace("\\\\u", "\\u"), [("code", 1, "x|y")], "a line end written as a number"),
    (book(None, 3, [], {}, {"cell_type": "code"}, {"cell_type": "code", "source": [1, None, {}]}), [], "odd cells"),
    (book(code("x", *({"output_type": kind, "data": 3, "text": 3} for kind in ("stream", "display_data")))), [
        ("code", 1, "x")], "odd outputs"),
    (json.dumps({"cells": [{"cell_type": "code", "source": "x", "outputs": [None, 3, []], "metadata": 3}],
                 "metadata": {"kernelspec": 3, "language_info": []}}), [("code", 1, "x")], "odd keys"),
    (json.dumps({"worksheets": [3, {"cells": 3}, {}]}), [], "odd worksheets"),
    ('{"cells": [], "a": ' + "9" * 5000 + ', "b": NaN}', [], "numbers of any length"),
]  # fmt: skip

REFUSED = [
    ("", "a.ipynb:1:1: is not JSON: Expecting value; save the notebook again", "nothing"),
    ("{\n 'a': 1}", "a.ipynb:2:2: is not JSON: Expecting property name", "other quotes"),
    ('{"cells": []} x', "a.ipynb:1:15: is not JSON: Extra data", "more behind it"),
    ('{"cells": ["', "a.ipynb:1:12: is not JSON: Unterminated string", "cut off"),
    ('{"cells": ["\\u12"]}', "is not JSON: Invalid \\uXXXX escape", "half an escape"),
    ("[]", "a.ipynb: has no list of cells, so it is no notebook; save it as .ipynb of format 4", "no object"),
    ('{"cells": 3}', "a.ipynb: has no list of cells", "no list"),
    ("[" * 100_000, "a.ipynb: is nested too deep for a notebook; save it again", "nested"),
    ('{"a":' * 100_000, "a.ipynb: is nested too deep for a notebook", "nested objects"),
]


@pytest.mark.parametrize(
    ("text", "expected"), [pytest.param(text, read, id=why) for text, read, why in BOOKS]
)
def test_a_notebook(text: str, expected: Cells) -> None:
    assert cells(text) == expected


@pytest.mark.parametrize(
    ("text", "message"), [pytest.param(text, said, id=why) for text, said, why in REFUSED]
)
def test_what_is_no_notebook(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read("a.ipynb", text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_places_name_the_cell() -> None:
    document = read("a.ipynb", book({"cell_type": "raw", "source": ""}, code("x\ny", STREAM, RESULT)))
    places = [document.place(one, one.lines[-1]) for one in document.passages]
    assert places == ["a.ipynb:cell 2:2", "a.ipynb:cell 2 output:2", "a.ipynb:cell 2 output:3"]


SOURCES = ["x = 1  # [1]\ny\n", 'a "b" \\ c\t#[1]\r\nz', "中文 # [1]\n😀 = 2", "\n\nx", "a\x07\u2028b\nc"]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_every_character_can_be_written_anew(source: str, ascii_only: bool, pieces: int) -> None:
    """Each character of each line is replaced: the notebook then holds it, and nothing else in it is another."""
    cut = len(source) // pieces + 1
    parts = [source[at : at + cut] for at in range(0, len(source), cut)]
    raw = json.dumps({"cells": [code(parts)]}, ensure_ascii=ascii_only, indent=1)
    document = read("a.ipynb", raw)
    for line in document.passages[0].lines:
        for column in range(len(line.text)):
            assert replaced(document, Edit(line, column, column + 1, '"é')) == expected(
                source, line.number, column, '"é'
            )


def replaced(document: Document, edit: Edit) -> str:
    source = json.loads(edited(document, [edit]))["cells"][0]["source"]
    return "".join(source)


def expected(source: str, number: int, column: int, text: str) -> str:
    end = "\r\n" if "\r\n" in source else "\n"
    lines = source.split(end)
    line = lines[number - 1]
    lines[number - 1] = line[:column] + text + line[column + 1 :]
    return end.join(lines)


@pytest.mark.parametrize(
    ("raw", "written", "why"),
    [
        ('{"cells":[{"cell_type":"code","source":["# \\u4e2d [1]"]}]}', "\\u00d7", "the file escapes"),
        ('{"cells":[{"cell_type":"code","source":["# 中 [1]"]}]}', "×", "the file does not"),
        ('{"cells":[{"cell_type":"code","source":["#   [1]"]}]}', "×", "the file has nothing to escape"),
        ('{"cells":[{"cell_type":"code","source":["# \\\\u4 [1]"]}]}', "×", "a backslash and a u"),
        ('{"cells":[{"cell_type":"code","source":["# \\u001b [1]"]}]}', "×", "an escape that all files have"),
    ],
)
def test_new_text_is_written_as_the_file_writes(raw: str, written: str, why: str) -> None:
    document = read("a.ipynb", raw)
    (line,) = document.passages[0].lines
    column = line.text.index("1")
    assert edited(document, [Edit(line, column, column + 1, "×")]) == raw.replace("[1]", f"[{written}]"), why
