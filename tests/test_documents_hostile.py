"""Files that nobody would write on purpose: passages or one clear line, soon, and never a traceback."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from archcheck import documents
from archcheck.documents import SUFFIXES, is_document, read
from archcheck.errors import DocumentError
from tests.read_documents import prove

FILES: dict[str, tuple[str, bytes, str]] = {
    "a picture": ("a.md", b"\x89PNG\r\n\x1a\n", "a.md:1: is not UTF-8 text (byte 0); save the file as UTF-8"),
    "half a letter": ("a.txt", b"a\n\xe4\xb8", "a.txt:2: is not UTF-8 text (byte 2); save the file as UTF-8"),
    "UTF-16": ("a.rst", "x = 1\n".encode("utf-16"), "a.rst:1: is not UTF-8 text (byte 0)"),
    "UTF-16 without a mark": ("a.rst", "x = 1\n".encode("utf-16-le"), "a.rst:1:2: is not text: has a NUL"),
    "a NUL": ("a.py", b"x = 1\ny\0\n", "a.py:2:2: is not text: has a NUL; save the file as UTF-8"),
    "a NUL in a notebook": ("a.ipynb", b'{"cells": ["\0"]}', "a.ipynb:1:13: is not text: has a NUL"),
    "Python that is no text": ("a.py", b"\xff\xfe", "a.py:1: is not UTF-8 text (byte 0)"),
    "an encoding nobody knows": (
        "a.py",
        b"# coding: klingon\n",
        "a.py:1: has an encoding that Python does not know",
    ),
    "an encoding of bytes": ("a.py", b"# coding: rot13\n", "a.py:1: "),
    "two encodings": (
        "a.py",
        b"\xef\xbb\xbf# coding: latin-1\n",
        "a.py:1: has an encoding that Python does not",
    ),
    "not its encoding": ("a.py", b"# coding: ascii\n\n\xe9", "a.py:3: is not ascii text (byte 17)"),
    "a broken notebook": ("a.ipynb", b'{"cells": [', "a.ipynb:1:12: is not JSON: Expecting value"),
    "an empty notebook": ("a.ipynb", b"", "a.ipynb:1:1: is not JSON: Expecting value"),
    "too many bytes": (
        "a.md",
        b"a" * 50_000_000,
        "a.md: has more than 40000000 bytes, the most of a document",
    ),
    "too many lines": (
        "a.md",
        b"\n" * 1_000_001,
        "a.md: has 1000001 lines; the most of a document is 1000000",
    ),
    "too many lines of Windows": ("a.md", b"\r\n" * 1_000_001, "a.md: has 1000001 lines; "),
}


@pytest.mark.parametrize(("name", "data", "message"), FILES.values(), ids=FILES.keys())
def test_a_file_that_is_no_document(
    name: str, data: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        read(name)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.md")
    for name, message in [
        ("no.md", "no.md: no such file"),
        (".", ".: is a folder; name a document in it"),
        ("pipe.md", "pipe.md: is no regular file; copy what it gives into a file"),
        ("a\0.md", "a\\x00.md: "),
        ("two\nlines.md", "two\\nlines.md: no such file"),
        ("a" * 5000, "a" * 5000 + ": cannot be read: File name too long"),
    ]:
        with pytest.raises(DocumentError) as caught:
            read(name)
        assert str(caught.value).startswith(message)


@pytest.mark.parametrize("name", [f"a{suffix}" for suffix in SUFFIXES if suffix != ".ipynb"])
@pytest.mark.parametrize("text", ["", "\n", "\ufeff", " ", "\r", "\x0c", "\u2028"])
def test_next_to_nothing(name: str, text: str) -> None:
    assert all(passage.kind == "code" and name == "a.py" for passage in read(name, text).passages)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [("a.MD", True), ("b/a.ipynb", True), ("a.txt", True), ("a.yaml", False), (".md", False), ("md", False)],
)
def test_is_document(path: str, is_one: bool) -> None:
    assert is_document(path) is is_one


PIECES = [
    "```",
    "```python\n",
    "~~~",
    "    ",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "> ",
    "- ",
    "1. ",
    "#",
    "::",
    ".. code::",
    ".. ",
    ">>> ",
    "... ",
    "In [1]: ",
    "import torch\n",
    "class A:\n",
    "def f(x):\n",
    "x = 1",
    "(",
    ")",
    "[",
    "]",
    "'",
    '"""',
    "\\",
    ":",
    "=",
    "@",
    "%",
    "!",
    "?",
    "x",
    "x.y",
    " # [1, 2]",
    "torch.Size([1])",
    "--------------------",
    "====================",
    "A(\n  (a): B()\n",
    "中",
    "，",
    "<div>",
    "{note}",
    "`",
    "\x0c",
    "\u2028",
    "\ufeff",
    "é",
    "else:",
    "return",
    "|",
    "{",
    "}",
    "0x",
    "1e",
    "%%bash\n",
    ":a: b\n",
]


@pytest.mark.parametrize("name", ["a.md", "a.rst", "a.txt", "a.py"])
@pytest.mark.parametrize("seed", range(5))
def test_any_text_is_read_and_its_lines_know_their_place(name: str, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        document = read(name, "".join(chance.choices(PIECES, k=chance.randrange(1, 80))))
        for passage in document.passages:
            prove(document, passage)


@pytest.mark.parametrize("seed", range(100))
def test_any_notebook_is_read_or_refused_in_one_line(seed: int) -> None:
    chance = random.Random(seed)
    source = "".join(chance.choices(PIECES, k=chance.randrange(1, 30)))
    whole = json.dumps({"cells": [{"cell_type": "code", "source": source.splitlines(keepends=True)}]})
    chars = list(whole)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(chars))
        chars[at : at + chance.randrange(3)] = chance.choice(['"', "\\", "{", "]", "\\u", "\\ud800", "3", ""])
    try:
        read("a.ipynb", "".join(chars))
    except DocumentError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most are read


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_any_bytes_are_read_or_refused_in_one_line(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    for seed in range(40):
        path.write_bytes(random.Random(seed).randbytes(seed * 5))
        try:
            read(str(path))
        except DocumentError as error:
            assert "\n" not in str(error)  # noqa: PT017 - some are read


CLASS = "class A(nn.Module):\n    def __init__(self, a='x'):\n        self.c = f(3)  # [1, 2]\n\n\n"
REPEATED = {
    "sentences": "It has (as said) 3 = 3 channels, and so on, and so on.\n",
    "Chinese": "卷积网络(CNN)有 x = 3 层\n",
    "classes": CLASS,
    "brackets that stay open": "f(\n",
    "strings that stay open": "x = '''\n",
    "heads without blocks": "class A:\n",
    "slips": "def f(x):\n    y = = 1\n\n",
    "items": "- a\n",
    "fences": "```\nx = f(y)\n```\n\n",
    "indented": "a::\n\n    x = 1\n\n",
    "a session": ">>> x\n1\n",
    "rulers": f"{'-' * 30}\nA  B\n",
    "models cut off": "x = 1\nA(\n  (a): B(\n",
    "notes": ".. note::\n\n   a\n\n",
    "decorators": "@a\n",
    "carriage returns": "x\r",
    "tuples that stay open": "x = 1\n(1,\n",
}
ONE_LINE = {
    "letters": "a" * 5_000_000,
    "brackets": "(" * 3_000_000,
    "a sum": f"x = {'1+' * 500_000}1\n",
    "signs": f"x = {'-' * 500_000}1\n",
}
MAGICS = "%time\n" + "f(\n" * 4


def long(text: str, lines: int) -> str:
    return text * (lines // (text.count("\n") + text.count("\r")))


SLOW = pytest.mark.slow
LENGTHS = [
    pytest.param(10_000, 2.0, id="10,000 lines"),
    pytest.param(100_000, 8.0, marks=SLOW, id="100,000 lines"),
]
"""How many lines, and the seconds of the processor that they may take: on a quiet machine it is a quarter of that.

What is not linear takes minutes for the longer ones.
"""


@pytest.mark.parametrize("name", ["a.md", "a.rst", "a.txt", "a.py"])
@pytest.mark.parametrize(("lines", "most"), LENGTHS)
@pytest.mark.parametrize("kind", REPEATED)
def test_a_long_file_takes_no_long_time(name: str, kind: str, lines: int, most: float) -> None:
    text = long(REPEATED[kind], lines)
    assert seconds(lambda: read(name, text)) < most


@pytest.mark.parametrize("name", ["a.md", "a.rst", "a.txt", "a.py"])
@pytest.mark.parametrize("kind", ONE_LINE)
def test_a_long_line_takes_no_long_time(name: str, kind: str) -> None:
    assert seconds(lambda: read(name, ONE_LINE[kind])) < 2.0


@pytest.mark.parametrize(("lines", "most"), LENGTHS)
@pytest.mark.parametrize("as_list", [True, False], ids=["a list of lines", "one text"])
@pytest.mark.parametrize("text", [CLASS, MAGICS], ids=["classes", "magics and brackets"])
def test_a_long_notebook_takes_no_long_time(text: str, as_list: bool, lines: int, most: float) -> None:
    whole = long(text, lines)
    source = whole.splitlines(keepends=True) if as_list else whole
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 10_000_000}}
    book = json.dumps({"cells": [{"cell_type": "code", "source": source, "outputs": [picture]}]})
    assert seconds(lambda: read("a.ipynb", book)) < most


def seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def test_a_reader_is_imported_when_it_is_needed() -> None:
    code = "import sys; from archcheck.documents import read; read('a.txt', 'x'); print('markdown_it' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_facade_names_what_it_gives() -> None:
    assert all(hasattr(documents, name) for name in documents.__all__)
    assert sorted(documents.__all__, key=str.lower) == sorted(
        ["SUFFIXES", "Document", "Edit", "Kind", "Line", "Passage", "edited", "is_document", "read"],
        key=str.lower,
    )


def test_odd_escapes_in_code_warn_nobody() -> None:
    assert [one.kind for one in read("a.txt", "x = '\\d' # [1]\ny = 1 is 1\n").passages] == ["code"]
