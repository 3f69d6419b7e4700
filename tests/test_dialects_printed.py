"""What a document shows as printed, what its prose hints at, and what it tells archcheck."""

from __future__ import annotations

import pytest

from archcheck.dialects import PrintedModel, PrintedTable, directive, printed, prose
from archcheck.dialects.stated import Statement
from archcheck.errors import UsageError

TORCHINFO = """Model:
==========================================================================================
Layer (type (var_name):depth-idx)        Input Shape               Output Shape              Param #
==========================================================================================
Net (Net)                                [4, 1, 8, 8]              [4, 3]                    --
├─Sequential (body): 1-1                 [4, 1, 8, 8]              [4, 2, 6, 6]              --
│    └─Conv2d (0): 2-1                   [4, 1, 8, 8]              [4, 2, 6, 6]              20
├─Linear (head): 1-2                     [4, 72]                   [4, 3]                    1,219
├─Linear (head): 1-3                     [4, 72]                   [4, 3]                    (recursive)
==========================================================================================
Total params: 1,239
Total mult-adds (M): 0.01
==========================================================================================
Input size (MB): 0.00
==========================================================================================
behind
"""
TORCHSUMMARY = """----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1              [-1, 2, 6, 6]              20
            Linear-2                    [-1, 3]           1,219
================================================================
Total params: 1,239
----------------------------------------------------------------
"""


def table(text: str) -> PrintedTable:
    (one,) = [found for found in printed(text) if isinstance(found, PrintedTable)]
    return one


def test_a_table_of_torchinfo_is_read_row_by_row() -> None:
    one = table(TORCHINFO)
    assert one.tool == "torchinfo"
    assert [(row.depth, row.type, row.name, row.index, row.params) for row in one.rows] == [
        (0, "Net", "Net", None, None),
        (1, "Sequential", "body", "1-1", None),
        (2, "Conv2d", "0", "2-1", 20),
        (1, "Linear", "head", "1-2", 1219),
        (1, "Linear", "head", "1-3", None),
    ]
    conv = one.rows[2]
    assert conv.received is not None
    assert conv.given is not None
    assert [size.value for size in conv.received.sizes] == [4, 1, 8, 8]
    assert [TORCHINFO[size.start : size.end] for size in conv.given.sizes] == ["4", "2", "6", "6"]
    assert one.totals == {"total params": "1,239", "total mult-adds (m)": "0.01", "input size (mb)": "0.00"}
    assert TORCHINFO[one.end :] == "\nbehind\n", "the table ends at its last rule"
    assert TORCHINFO[conv.start : conv.end].startswith("│    └─Conv2d")


def test_a_table_of_torchsummary_is_read_row_by_row() -> None:
    one = table(TORCHSUMMARY)
    given = [[size.value for size in row.given.sizes] for row in one.rows if row.given is not None]
    assert (one.tool, given) == ("torchsummary", [[None, 2, 6, 6], [None, 3]])
    assert [(row.type, row.index, row.depth, row.params) for row in one.rows] == [
        ("Conv2d", "1", None, 20),
        ("Linear", "2", None, 1219),
    ]
    assert one.totals == {"total params": "1,239"}


WITHOUT_DEPTH = """Layer (type (var_name))      Input Shape      Output Shape     Param #
============================================================================
Net (Net)                    [4, 1, 8, 8]     [4, 3]           --
├─Conv2d (body)              [4, 1, 8, 8]     [4, 2, 6, 6]     (20)
============================================================================
"""
PARAMETERS = """Layer (type:depth-idx)                   Param #
=================================================
Net                                      --
├─Linear: 1-1                            1,219
=================================================
"""


def test_a_table_of_torchinfo_may_leave_out_the_depth() -> None:
    one = table(WITHOUT_DEPTH)
    (conv,) = [row for row in one.rows if row.type == "Conv2d"]
    assert conv.received is not None
    assert conv.given is not None
    assert (one.tool, conv.name, conv.params) == ("torchinfo", "body", 20)
    assert [size.value for size in conv.received.sizes] == [4, 1, 8, 8]
    assert [size.value for size in conv.given.sizes] == [4, 2, 6, 6]


def test_a_table_of_torchinfo_may_have_no_shapes() -> None:
    one = table(PARAMETERS)
    assert [(row.type, row.given, row.params) for row in one.rows] == [
        ("Net", None, None),
        ("Linear", None, 1219),
    ]


def test_a_table_that_breaks_off_keeps_its_rows() -> None:
    half = TORCHSUMMARY[: TORCHSUMMARY.index("Total")]
    assert [row.type for row in table(half).rows] == ["Conv2d", "Linear"]


@pytest.mark.parametrize(
    "text", ["Layer (type)\n====\n", "=" * 30, "A table\n-----\n", TORCHINFO.replace("Layer", "")]
)
def test_what_has_no_head_is_no_table(text: str) -> None:
    assert not any(isinstance(one, PrintedTable) for one in printed(text))


NET = "Net(\n  (body): Sequential(\n    (0): Linear(in_features=4, out_features=2, bias=True)\n  )\n)"


@pytest.mark.parametrize(
    ("text", "start", "why"),
    [
        (NET, 0, "alone"),
        (f"{NET}and a sentence", 0, "words against its last bracket"),
        (f"before\n{NET}\nNet(3)\n", 7, "lines around it"),
        (f"net: {NET}", 5, "a name before it"),
        (NET.replace("Net(", "Net ("), 0, "a blank, as PyTorch 0.3 printed"),
    ],
)
def test_a_printed_model_is_known(text: str, start: int, why: str) -> None:
    (one,) = [found for found in printed(text) if isinstance(found, PrintedModel)]
    assert (one.type, one.text.replace("Net (", "Net("), one.start) == ("Net", NET, start), why
    assert text[one.start : one.end] == one.text, why


@pytest.mark.parametrize(
    "text", ["Net(\n", "Net(\n  (0): Linear()", "f(\n  a,\n)", "Linear(in_features=4)", NET[:-2]]
)
def test_what_is_no_whole_model_is_none(text: str) -> None:
    assert not any(isinstance(one, PrintedModel) for one in printed(text))


LINES: list[tuple[str, list[tuple[str, str | None, str, bool]], str]] = [
    ("torch.Size([64, 10])", [("value", None, "size", True)], "print(x.shape)"),
    ("Conv2d output shape: \t torch.Size([1, 6, 28, 28])", [("output", "Conv2d", "size", True)], "whose"),
    ("Linear output shape: (1, 10)", [("output", "Linear", "shape", True)], "a tuple"),
    ("Output shape: (1, 10)", [("output", None, "shape", True)], "of all"),
    ("x.shape: torch.Size([2, 3])", [("value", "x", "size", True)], "a name"),
    (
        "torch.Size([2, 3]) torch.Size([4])",
        [("value", None, "size", False)] * 2,
        "which is which is not said",
    ),
    ("(1, 10)", [("value", None, "shape", False)], "any tuple"),
    ("Out[3]: torch.Size([64, 10])", [("value", None, "size", True)], "a notebook's prompt"),
    ("Out [3]:", [], "no shape of one axis"),
    ("tensor([[1, 2], [3, 4]])", [], "values"),
    ("<Figure size 640x480 with 1 Axes>", [], "a picture"),
    ("size: (64, 48) <- of it", [("value", None, "shape", True)], "an arrow, and no object"),
    ("Epoch [1, 10], loss 0.5", [], "progress"),
    ("Accuracy of (N, C) is high", [], "a sentence"),
]


@pytest.mark.parametrize(("text", "expected", "why"), LINES)
def test_printed_lines(text: str, expected: list[tuple[str, str | None, str, bool]], why: str) -> None:
    found = [one for one in printed(f"first\n{text}\nlast") if isinstance(one, Statement)]
    assert [(one.role, one.name, one.shapes[0].layout, one.sure) for one in found] == expected, why
    assert all(one.start >= 6 for one in found), why


PROSE: list[tuple[str, list[tuple[str, str]], str]] = [
    ("The network takes an input of (1, 224, 224).", [("input", "(1, 224, 224)")], "a bracket"),
    ("图像大小为224 × 224 × 3，卷积核为11×11", [("input", "224 × 224 × 3")], "Chinese; the kernel is none"),
    (r"We feed $28 \times 28$ pictures.", [("input", r"28 \times 28")], "LaTeX, the word behind it"),
    ("a batch of N x 3 x 32 x 32", [("value", "N x 3 x 32 x 32")], "a letter for the batch"),
    ("one\ntwo 3x64x64 images", [("input", "3x64x64")], "the second line"),
    ("输出的特征图为55×55×96", [("value", "55×55×96")], "an output"),
    ("the picture is cropped to a crop (64, 64)", [("input", "(64, 64)")], "a crop as large as a picture"),
    ("self.fc = nn.Linear(4096, 100)", [], "a call"),
    ("x = torch.ones((64, 1, 28, 28))", [("value", "(64, 1, 28, 28)")], "a call's own shape"),
    ("最终输出层为softmax,将输出转化为概率值,用于预测", [], "a sentence with commas"),
    ("a 3x3 kernel, stride (2, 2), 16x16 patches", [], "hyper-parameters"),
    ("sizes (C=3, H=224)", [("value", "(C=3, H=224)")], "sizes with their names"),
    ("12 people, 13 of them with 14 hats", [], "numbers with no mark beside them that is of a shape"),
    ("see (1) and [2, 3], version 1.13.1, (B, C, H, W)", [], "citations, versions, letters alone"),
]


@pytest.mark.parametrize(("text", "expected", "why"), PROSE)
def test_prose_hints(text: str, expected: list[tuple[str, str]], why: str) -> None:
    found = prose(text)
    assert [(one.role, one.text) for one in found] == expected, why
    assert all(text[one.start : one.end] == one.text and not one.sure for one in found), why


def test_a_directive_gives_the_arguments() -> None:
    one = directive(" archcheck: input=(1, 128):int64<99, (1, 3, 8, 8), mask=(1, 128):bool")
    assert one is not None
    first, second = one.arguments.tensors[:2]
    assert (first.shape, first.dtype, first.high, second.shape) == ((1, 128), "int64", 99, (1, 3, 8, 8))
    mask = one.arguments.by_name["mask"]
    assert mask == type(first)((1, 128), "bool")


def test_a_comment_that_is_no_directive_tells_nothing() -> None:
    assert directive(" input=(1, 3, 8, 8) is what archcheck: takes") is None


DIRECTIVE_ERRORS = [
    (
        "archcheck: shape=(1, 3)",
        "# archcheck: shape=(1, 3): write input=(1, 3, 224, 224) or input=(1, 128):int64, mask=(1, 128):bool",
    ),
    (
        "archcheck: input=(1, 3):int6",
        "# archcheck: input=(1, 3):int6: no type 'int6'; did you mean 'int64'?",
    ),
    (
        "archcheck: input=(1, n)",
        "# archcheck: input=(1, n): write a shape, batch axis included, as 1,3,224,224 or 1,128:int64<30522; "
        "given '1, n'",
    ),
    (
        "archcheck: input=" + "(" * 2000,
        f"# {'archcheck: input=' + '(' * 183}...: has more than 1000 characters",
    ),
]


@pytest.mark.parametrize(("text", "message"), DIRECTIVE_ERRORS)
def test_a_wrong_directive_is_one_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        directive(text)
    assert str(error.value) == message
