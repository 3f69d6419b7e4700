"""Plain text: code pasted between prose, in any language, what it printed, and prose that happens to parse."""

from __future__ import annotations

import pytest

from tests.read_documents import Read, passages

NET = """import torch
from torch import nn

# a small network
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)  # [1, 8, 30, 30]

# 中文
    def forward(self, x):
        \"\"\"Forward.

no indent (here
        \"\"\"
        return self.conv(x)


net = Net()
print(net)"""
PRINTED = "Net(\n  (conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\n)"
TABLE = "\n".join(
    [
        "-" * 40,
        "  Layer (type)     Output Shape   Param #",
        "=" * 40,
        "      Conv2d-1  [-1, 8, 30, 30]       224",
        "=" * 40,
        "Total params: 224",
        "-" * 40,
        "Input size (MB): 0.01",
        "-" * 40,
    ]
)


def lines(text: str) -> str:
    return text.replace("\n", "|")


PAGES: list[tuple[str, Read, str]] = [
    (
        f"A small network\n\nIt has one layer (a convolution), with 3 = 3 channels.\n\n{NET}\n\n"
        f"It prints\n\n{PRINTED}\n\nEnd.\n",
        [
            ("prose", "A small network||It has one layer (a convolution), with 3 = 3 channels."),
            ("code", lines(NET)),
            ("prose", "It prints"),
            ("output", lines(PRINTED)),
            ("prose", "End."),
        ],
        "a page in English",
    ),
    (
        f"一个小网络(CNN)\n网络结构如下:\n{NET}\n\n打印输出\n\n{PRINTED}\n评论\n",
        [
            ("prose", "一个小网络(CNN)|网络结构如下:"),
            ("code", lines(NET)),
            ("prose", "打印输出"),
            ("output", lines(PRINTED)),
            ("prose", "评论"),
        ],
        "a page in Chinese, with no blank line around",
    ),
    (
        "x = net(y)\n\n卷积\n\n  • 卷积层:x\n\nz = x\n",
        [("code", "x = net(y)"), ("prose", "卷积||• 卷积层:x"), ("code", "z = x")],
        "prose between two statements",
    ),
    (
        "net = nn.Sequential(\n    # 卷积\n    nn.ReLU(),  \t# [1, 96]\t\n\n    nn.ReLU())  #[1]\n尾\n",
        [
            ("code", "net = nn.Sequential(|    # 卷积|    nn.ReLU(),  \t# [1, 96]\t||    nn.ReLU())  #[1]"),
            ("prose", "尾"),
        ],
        "brackets over comments and blank lines",
    ),
    (
        "text\n\n    x = 1\n    y = f(\n  x)\n",
        [("prose", "text"), ("code", "x = 1|y = f(|x)")],
        "indented code",
    ),
    (
        "def f():\n    return 1\n\n  features define the layers\n\nx = f()\n",
        [("code", "def f():|    return 1"), ("prose", "features define the layers"), ("code", "x = f()")],
        "an indented sentence is not of the function",
    ),
    (
        "if a:\n    x = f(1)\n\n - an item of a list (see = below)\n",
        [("code", "if a:|    x = f(1)"), ("prose", "- an item of a list (see = below)")],
        "nor is an indented item",
    ),
    (
        "@torch.no_grad()\n@other\n\ndef f(x): return x\n"
        "if x: y = 1\nelse: y = 2\ntry:\n    z = 1\nfinally:\n    z = 2\n",
        [
            (
                "code",
                "@torch.no_grad()|@other||def f(x): return x|if x: y = 1|else: y = 2|try:|    z = 1|finally:|    z = 2",
            )
        ],
        "decorators, and what goes on at the same indent",
    ),
    (
        "import torch\nx = 1\nx\ntorch.Size([1])\n",
        [("code", "import torch|x = 1|x"), ("output", "torch.Size([1])")],
        "a name",
    ),
    (
        "if a:\n    y = f()\n\ny.shape, y\n\ny + 1\n\nz, y\n",
        [("code", "if a:|    y = f()||y.shape, y||y + 1"), ("prose", "z, y")],
        "expressions of names that were made, and one of a name that was not",
    ),
    ("a = 1\n'text'\nb = 1\n", [("code", "a = 1|'text'|b = 1")], "what says nothing, between two that do"),
    (
        "x = 1\n\n# [1]\ny = 1\n# [2]\n\n# A heading\n\nmore\n",
        [("code", "x = 1||# [1]|y = 1|# [2]"), ("prose", "# A heading||more")],
        "comments that stand at code",
    ),
    (
        ">>> x = 1\n>>> x\n1\n\nprose\n",
        [("code", "x = 1|x"), ("output", "1"), ("prose", "prose")],
        "a session",
    ),
    ("x = 1\r\n  y\r\n", [("code", "x = 1"), ("prose", "y")], "two signs a line end"),
    ("\ufeffx = 1", [("code", "x = 1")], "a byte order mark, no line end"),
    ("", [], "nothing"),
    ("\n \n\t\n", [], "blanks"),
]

PROSE = [  # parses as Python, or nearly
    ("Dropout", "a word"),
    ("代码", "a word in Chinese"),
    ("model.py", "a file's name"),
    ("2.1", "a number"),
    ("1, 2", "two"),
    ("Note: this", "an annotation"),
    ("import duties fell (see above), which = nothing", "a keyword first"),
    ("from here on, all is well", "another"),
    ("global warming", "a statement in letters"),
    ("not true", "an expression"),
    ("AlexNet (2012)", "a call in letters"),
    ("Conv2d(3, 96, 11)", "a layer named in prose"),
    ("softmax(x)", "a formula"),
    ("torch.Size([1, 2])", "printed by nothing"),
    ("[1, 2, 3]", "a list"),
    ("don't (ever", "an open quote and bracket"),
    ("@someone", "a name of a user"),
    ("---------------------------\nOne  two\n---------------------------", "a table before any code"),
    ("class A fires (see = there) and so on, and is from the other and not this", "long, with few marks"),
    (
        "import java.util.List; public class Net { int x = 1; void f() { g(x); } from import class }",
        "another language",
    ),
]

PRINTED_LINES = [
    ("torch.Size([1, 2])", "a size"),
    ("Conv2d output shape: \t torch.Size([1, 96, 54, 54])", "a label and a size"),
    ("tensor([[1., 2.],\n        [3., ...]])", "a tensor over two lines"),
    ("tensor([1.], grad_fn=<AddBackward0>)", "what does not parse"),
    ("(1, 2)", "a tuple"),
    ("[[1, 2], [3, 4]]", "lists"),
    ("(tensor([[1, 2],\n         [3, 4]]),\n torch.Size([2, 2]))", "a tuple over three lines"),
    (PRINTED, "a model"),
    (TABLE, "a table of layers"),
    (TABLE.split("\n", 1)[1], "a table that has lost its first ruler"),
]

BROKEN: list[tuple[str, Read, str]] = [
    (
        "Code\n\nimport torchfrom torch import nnclass Net(nn.Module):def __init__(self):super().__init__()\n\nEnd\n",
        [
            ("prose", "Code"),
            (
                "code",
                "import torchfrom torch import nnclass Net(nn.Module):def __init__(self):super().__init__()",
            ),
            ("prose", "End"),
        ],
        "the line ends are lost",
    ),
    (
        "import torch\nclass Net:\n    def f(self):\n        x = = 1\n        return x\n\nnet = Net()\n\nEnd\n",
        [
            ("code", "import torch"),
            ("code", "class Net:|    def f(self):|        x = = 1|        return x||net = Net()"),
            ("prose", "End"),
        ],
        "a slip: what stands before it is apart, what hangs on it is not",
    ),
    (
        "class Net(nn.Module):\ndef f(self):\nreturn self.g(1)\n",
        [("code", "class Net(nn.Module):|def f(self):"), ("prose", "return self.g(1)")],
        "the indent is lost",
    ),
    (
        "net = nn.Sequential(\n    nn.ReLU()\n    nn.ReLU(),\n)\n",
        [("code", "net = nn.Sequential(|    nn.ReLU()|    nn.ReLU(),|)")],
        "a comma is lost",
    ),
    (
        "def f(x):\n    print('a)\n    return x\n",
        [("code", "def f(x):|    print('a)|    return x")],
        "a quote is lost",
    ),
]


@pytest.mark.parametrize(
    ("text", "expected"), [pytest.param(*row[:2], id=row[2]) for row in [*PAGES, *BROKEN]]
)
def test_a_page(text: str, expected: Read) -> None:
    assert passages("page.txt", text) == expected


@pytest.mark.parametrize("text", [pytest.param(text, id=why) for text, why in PROSE])
def test_prose_that_parses_is_prose(text: str) -> None:
    assert passages("page.txt", f"a\n\n{text}\n\nb\n") == [("prose", f"a||{lines(text)}||b")]


@pytest.mark.parametrize("text", [pytest.param(text, id=why) for text, why in PRINTED_LINES])
def test_what_was_printed(text: str) -> None:
    assert passages("page.txt", f"print(x)\n\n{text}\n\nb\n") == [
        ("code", "print(x)"),
        ("output", lines(text)),
        ("prose", "b"),
    ]


@pytest.mark.parametrize("name", ["page.txt", "README", "notes.adoc"])
def test_any_other_name_is_plain_text(name: str) -> None:
    assert passages(name, "a\n\nx = 1\n") == [("prose", "a"), ("code", "x = 1")]
