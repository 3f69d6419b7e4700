"""Markdown: where code stands in a page, what its label says, and what is prose."""

from __future__ import annotations

import pytest

from archcheck.documents import read
from tests.read_documents import Read, passages

CODE = "x = net(y)  # [1, 2]"

FENCES: list[tuple[str, Read, str]] = [
    (f"```python\n{CODE}\n```\n", [("code", CODE)], "a fence"),
    (f"~~~py\n{CODE}\n~~~\n", [("code", CODE)], "of tildes"),
    (f"````python3\n{CODE}\n```\n````\n", [("code", f"{CODE}|```")], "of four ticks, with three inside"),
    (f"``` Python\n{CODE}\n```\n", [("code", CODE)], "a capital"),
    (f'```python title="net.py"\n{CODE}\n```\n', [("code", CODE)], "a title behind the language"),
    (f"```python:net.py\n{CODE}\n```\n", [("code", CODE)], "a file's name behind a colon"),
    (f"```{{.python .input  n=3}}\n{CODE}\n```\n", [("code", CODE)], "classes"),
    (f"```{{#first .python}}\n{CODE}\n```\n", [("code", CODE)], "an identifier and a class"),
    (f"```{{python}}\n#| echo: false\n{CODE}\n```\n", [("code", f"#| echo: false|{CODE}")], "Quarto"),
    (f"```{{python, fig.width=3}}\n{CODE}\n```\n", [("code", CODE)], "with options that have a dot"),
    (f"```{{code-block}} python\n:linenos:\n:name: a\n\n{CODE}\n```\n", [("code", CODE)], "MyST, options"),
    (
        f"```{{code-cell}} ipython3\n---\ntags: [a]\n---\n{CODE}\n```\n",
        [("code", CODE)],
        "MyST, options in YAML",
    ),
    (f"```{{code-cell}}\n{CODE}\n```\n", [("code", CODE)], "a cell without a language"),
    (f"```python\n{CODE}", [("code", CODE)], "never closed, no line end"),
    ("```python\n```\n", [], "an empty fence"),
    ("```r\nx <- 3\n```\n", [], "another language"),
    ("```{r}\nx = 3\n```\n", [], "Quarto with another language"),
    ("```bash\nx=3\n```\n", [], "a shell"),
    ("```{mermaid}\nx = 3\n```\n", [], "a drawing"),
]

UNSAID: list[tuple[str, Read, str]] = [
    (f"```\n{CODE}\n```\n", [("code", CODE)], "parses and assigns"),
    ("```\nnet(x)\n```\n", [("code", "net(x)")], "parses and calls"),
    ("```\nsrc/\n  a.py\n```\n", [("prose", "src/|a.py")], "a tree of files"),
    ("```\nDropout\n```\n", [("prose", "Dropout")], "a word parses, and is no code"),
    (
        "```\nConv2d(3, 6, 5)\n```\n",
        [("prose", "Conv2d(3, 6, 5)")],
        "a layer as it is printed, before any code",
    ),
    ("```\n$ python a.py --lr 3\n```\n", [("prose", "$ python a.py --lr 3")], "a command"),
    (
        "```python\nprint(x.shape)\n```\n\n```\ntorch.Size([1, 2])\n```\n",
        [("code", "print(x.shape)"), ("output", "torch.Size([1, 2])")],
        "looks printed, behind code",
    ),
    ("```\nout: torch.Size([1, 2])\n```\n", [("prose", "out: torch.Size([1, 2])")], "printed by nothing"),
    (
        "```\nclass Net(nn.Module):\n    def f(self):\n        return = 1\n```\n",
        [("code", "class Net(nn.Module):|    def f(self):|        return = 1")],
        "code with a slip in it is code, so that it can be said",
    ),
]

OUTPUTS: list[tuple[str, Read, str]] = [
    (
        f"```python\n{CODE}\n```\n```text\nanything\n```\n",
        [("code", CODE), ("output", "anything")],
        "text behind code",
    ),
    ("```text\nanything\n```\n", [("prose", "anything")], "text before all code"),
    (
        f"```python\n{CODE}\n```\n\nIt prints\n\n```output\na\n\n b\n```\n",
        [("code", CODE), ("prose", "It prints"), ("output", "a|| b")],
        "prose between; blank lines and indent kept",
    ),
    (
        "```pycon\n>>> x = 1\n>>> for i in a:\n...     x\n...\n1\n2\n\n>>> y\n```\n",
        [("code", "x = 1|for i in a:|    x"), ("output", "1|2"), ("code", "y")],
        "a session",
    ),
    (
        "```python\n>>> x.shape\ntorch.Size([1])\n```\n",
        [("code", "x.shape"), ("output", "torch.Size([1])")],
        "a session that is called Python",
    ),
    (
        "```\nIn [1]: x = 1\n   ...: y = 2\n\nOut[1]: (1,\n 2)\n```\n",
        [("code", "x = 1|y = 2"), ("output", "(1,| 2)")],
        "a session of IPython",
    ),
]

PLACES: list[tuple[str, Read, str]] = [
    (f"a\n\n    {CODE}\n\nb\n", [("prose", "a"), ("code", CODE), ("prose", "b")], "indented"),
    (f"a\n    {CODE}\n", [("prose", f"a|{CODE}")], "indented in a paragraph: prose"),
    (
        f"- a\n\n  ```py\n  {CODE}\n\n    b\n  ```\n",
        [("prose", "- a"), ("code", f"{CODE}||  b")],
        "in an item",
    ),
    (
        f"1. a\n   - b\n     ~~~py\n     {CODE}\n",
        [("prose", "1. a|- b"), ("code", CODE)],
        "in an item of an item",
    ),
    (f"- a\n\n\t\t{CODE}\n", [("prose", "- a"), ("code", CODE)], "tabs, of which the item takes half of one"),
    (
        f"> a\n> ```py\n> {CODE}\n>\n> b = x\n> ```\n",
        [("prose", "a"), ("code", f"{CODE}||b = x")],
        "in a quote",
    ),
    (f">```py\n>{CODE}\n>```\n", [("code", CODE)], "in a quote without blanks"),
    (f"> - a\n>   ```py\n>   {CODE}\n", [("prose", "- a"), ("code", CODE)], "in an item of a quote"),
    (
        f"!!! note\n\n    ```py\n    {CODE}\n    ```\n",
        [("prose", "!!! note"), ("code", CODE)],
        "in a note of MkDocs",
    ),
    (
        f"````{{note}}\na\n```{{code-block}} python\n{CODE}\n```\n````\n",
        [("prose", "a"), ("code", CODE)],
        "in a note of MyST",
    ),
    ("<div>\n```py\nx = 1\n```\n</div>\n", [("prose", "<div>|```py|x = 1|```|</div>")], "HTML has no fences"),
    (f"\ufeff```py\r\n{CODE}\r\n```\r\n", [("code", CODE)], "a byte order mark, two signs a line end"),
    (f"```py\r{CODE}\r```", [("code", CODE)], "carriage returns alone"),
    (
        "# Net\n\n| a | b |\n|---|---|\n| 1x2 | c |\n",
        [("prose", "# Net||| a | b |||---|---||| 1x2 | c |")],
        "a table",
    ),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [pytest.param(text, read, id=why) for text, read, why in [*FENCES, *UNSAID, *OUTPUTS, *PLACES]],
)
def test_a_page(text: str, expected: Read) -> None:
    assert passages("page.md", text) == expected


def test_a_magic_leaves_its_line_empty() -> None:
    text = "```python\n%matplotlib inline\nif a:\n    !ls \\\n      b\nx = 1\n```\n"
    (passage,) = read("page.md", text).passages
    assert passage.text == "\nif a:\n    pass\n\nx = 1\n"
    assert [line.number for line in passage.lines] == [2, 3, 4, 5, 6]


BOOK = """
```{.python .input}
from mxnet import np
```
```{.python .input}
#@tab pytorch
import torch
```
```{.python .input}
#@tab tensorflow
import tensorflow
```
```{.python .input}
#@tab all
x = 1
```
"""


def test_of_a_book_in_several_frameworks_pytorch_is_kept() -> None:
    kept = [("code", "#@tab pytorch|import torch"), ("code", "#@tab all|x = 1")]
    assert passages("book.md", BOOK) == kept


def test_a_page_for_one_framework_needs_no_tabs() -> None:
    assert passages("book.md", "```{.python .input}\nimport torch\n```\n") == [("code", "import torch")]


@pytest.mark.parametrize("item", ["- a", "7. a", "  - a", "a word"])
@pytest.mark.parametrize("behind", ["\n```py\nx = 1\n```\n", "\n    x = 1\n", "  ```py\n  x = 1\n  ```\n"])
def test_a_long_list_changes_nothing_behind_it(item: str, behind: str) -> None:
    """Runs of lines that can hold no code are made short for the parser."""
    short, long = (passages("page.md", f"{item}\n" * times + behind)[1:] for times in (5, 500))
    assert long == short


def test_a_long_run_inside_a_fence_is_kept() -> None:
    lines = [f"x{n} = {n}" for n in range(200)]
    text = "- a\n\n  ```yaml\n" + "  - b\n" * 200 + "  ```\n\n```python\n" + "\n".join(lines) + "\n```\n"
    assert passages("page.md", text) == [("prose", "- a"), ("code", "|".join(lines))]
