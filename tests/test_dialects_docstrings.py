"""What docstrings and annotations say about shapes."""

from __future__ import annotations

import pytest

from archcheck.dialects import annotation, docstring

Found = tuple[str, str | None, list[list[int | str | None]]]

GOOGLE = """Mix tokens.

Args:
    x (Tensor): features of shape (B, T, D)
    mask: where to look,
        with shape of (B, T)
    kernel_size (int): Default: (3, 3)

Returns:
    Tensor: (B, T, E)

Raises:
    ValueError: for (B, T, 3)
"""
NUMPY = """Mix tokens.

Parameters
----------
x : Tensor of shape (N, C)
    The input.
y : (N, T, D) array

Returns
-------
out : Tensor, shape (N, 10)
"""
UNNAMED = """Mix tokens.

Parameters
----------
x : Tensor of shape (N, C)
Of it nothing more is said.

Returns
-------
torch.Tensor of shape (B, C, H, H)
"""
INDENTED = """Args:
    x (Tensor): (N, C)

The text goes on, and gives a shape of nothing: (B, T, C)
"""
LISTED = """Blend $w$ in.

* `x` is the input map of shape `[B, c, h, w]`
* `w` has shape `[B, d]`
* `scale` is a number, and [0, 1] its range
* `s` are styles, one for each of many
  samples, of shape `[B, e]`

Something more about [T, B, C] is said of nothing.
"""
TORCH = r"""Mix channels.

Shape:
    - Input: :math:`(N, C_{in}, H)` or :math:`(C_{in}, H)`
    - Output: :math:`(N, C_{out}, H_\text{out})`, where H shrinks
    - weights: :math:`(C_{out}, C_{in})`

Examples:
    >>> x = torch.randn(2, 3, 4)  # (2, 3, 4)
"""
REST = """:param x: 原始图像数据, [N,1,224,224]
:param torch.Tensor y: data of shape [B, C]
:type y: Tensor
:return: scores, [N, 10]
"""
CHINESE = """
输入：
    img_feat: B, C, H, W    - 图像
输出：
    out: B, 2*C, H, W
"""
DOCSTRINGS: list[tuple[str, list[Found], str]] = [
    (
        GOOGLE,
        [
            ("input", "x", [["B", "T", "D"]]),
            ("input", "mask", [["B", "T"]]),
            ("output", "Tensor", [["B", "T", "E"]]),
        ],
        "Google's sections, an entry that goes on, none under Raises, no hyper-parameter",
    ),
    (
        NUMPY,
        [("input", "x", [["N", "C"]]), ("input", "y", [["N", "T", "D"]]), ("output", "out", [["N", 10]])],
        "NumPy's underlined sections",
    ),
    (
        UNNAMED,
        [("input", "x", [["N", "C"]]), ("output", None, [["B", "C", "H", "H"]])],
        "a result without a name",
    ),
    (
        LISTED,
        [("input", "x", [["B", "c", "h", "w"]]), ("input", "w", [["B", "d"]]), ("input", "s", [["B", "e"]])],
        "a list of parameters without a head, one that goes on",
    ),
    (INDENTED, [("input", "x", [["N", "C"]])], "text behind a section that is indented"),
    (
        TORCH,
        [
            ("input", None, [["N", "C_in", "H"]]),
            ("output", None, [["N", "C_out", "H_out"]]),
            ("input", "weights", [["C_out", "C_in"]]),
        ],
        "PyTorch's Shape section; what lacks the batch axis alone is not said twice, an example says nothing",
    ),
    (
        REST,
        [("input", "x", [["N", 1, 224, 224]]), ("input", "y", [["B", "C"]]), ("output", None, [["N", 10]])],
        "reST's fields",
    ),
    (
        CHINESE,
        [("input", "img_feat", [["B", "C", "H", "W"]]), ("output", "out", [["B", "2*C", "H", "W"]])],
        "sections in Chinese",
    ),
    (
        "input: (B, C, H, W)\nx: [B, T]",
        [("input", None, [["B", "C", "H", "W"]]), ("input", "x", [["B", "T"]])],
        "lines",
    ),
    ("out: [B, N, T]", [("output", None, [["B", "N", "T"]])], "a name for what comes out"),
    ("(B, C, H, W) -> (B, C*H*W)", [("flow", None, [["B", "C", "H", "W"], ["B", "C*H*W"]])], "a flow"),
    ("`mem` has shape `[T, B, d]`", [("input", "mem", [["T", "B", "d"]])], "a sentence"),
    ("A layer of (N, C, H, W) things.", [], "nothing says whose it is"),
    (
        "Args:\n    window (int): window size(M)\n    x: (B, M)\n    heads (int, optional): of [B, T]",
        [("input", "x", [["B", "M"]])],
        "a number has no shape",
    ),
    (
        "Args:\n    boxes (Tensor[N, 4])\n    scores (Tensor[N, 1])\nReturns:\n    iou (Tensor[N, M])",
        [("input", "boxes", [["N", 4]]), ("input", "scores", [["N", 1]]), ("output", "iou", [["N", "M"]])],
        "entries with a type alone",
    ),
    ("Args:\n    x (Tensor[N, 4]) of them\n    y (int)", [("input", None, [["N", 4]])], "more than an entry"),
    (":param int n: [B, T]\n:param x: [B, T]", [("input", "x", [["B", "T"]])], "nor has one of reST's"),
    ("Args:\n    betas: (0.9, 0.999)\n    stride: (2, 2)", [], "hyper-parameters"),
    ("", [], "empty"),
]


@pytest.mark.parametrize(("text", "expected", "why"), DOCSTRINGS)
def test_a_docstring_says_what_goes_in_and_out(text: str, expected: list[Found], why: str) -> None:
    found = docstring(text)
    read = [
        (one.role, one.name, [[size.value for size in shape.sizes] for shape in one.shapes]) for one in found
    ]
    assert read == expected, why
    assert all(text[one.start : one.end] == one.text for one in found), why
    assert all(one.sure for one in found), why


def test_columns_count_from_the_beginning_of_the_docstring() -> None:
    (one,) = docstring("Mix.\n\nArgs:\n    x: Tensor of shape (B, 64)\n")
    batch, width = one.shapes[0].sizes
    assert (batch.start, width.start, width.end) == (36, 39, 41)


@pytest.mark.parametrize(
    ("text", "claims", "why"),
    [
        ("Args:\n    size (Tuple[int, int]): as (H, W)", 0, "a tuple of numbers"),
        ("Args:\n    size (tuple of ints): as (H, W)", 0, "in words"),
        ("Args:\n    maps (tuple of Tensor): each (B, H, W)", 1, "a tuple of tensors"),
        ("Args:\n    maps (Tuple[Tensor, int]): each (B, H, W)", 1, "tensors among them"),
    ],
)
def test_a_type_that_has_no_shape(text: str, claims: int, why: str) -> None:
    assert len(docstring(text)) == claims, why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Args:\n    img_size: size (224, 224)", "a setting's value"),
        ("Args:\n    x: (B, T, D) or None or (B, D)", "alternatives"),
        ("Args:\n    depths (tuple): default [3, 3, 27, 3]", "a default"),
    ],
)
def test_what_may_be_a_setting_is_not_sure(text: str, why: str) -> None:
    assert not any(one.sure for one in docstring(text)), why


ANNOTATIONS: list[tuple[str, list[int | str | None], list[str], str]] = [
    ('Float[Tensor, "b c h w"]', ["b", "c", "h", "w"], ["b", "c", "h", "w"], "names"),
    (
        'Float[torch.Tensor, "*batch 3 h w"]',
        ["...", 3, "h", "w"],
        ["*batch", "3", "h", "w"],
        "any number of axes",
    ),
    (
        "Int64[Tensor, '#b ... dim=3 h//2 _']",
        [None, "...", 3, "h//2", None],
        ["#b", "...", "3", "h//2", "_"],
        "marks",
    ),
    ('jt.Float32[Array, "n"] | None', ["n"], ["n"], "or None"),
    ('Optional[Float[Tensor, "b n"]]', ["b", "n"], ["b", "n"], "Optional"),
    ('Float[Tensor, "批 n"]', [None, "n"], ["批", "n"], "columns are in characters"),
    ('TensorType["b", 3, -1]', ["b", 3, None], ["b", "3", "-1"], "torchtyping"),
    ('Float[Tensor, ""]', [], [], "a scalar has no axes"),
]


@pytest.mark.parametrize(("text", "values", "written", "why"), ANNOTATIONS)
def test_an_annotation_says_every_axis(
    text: str, values: list[int | str | None], written: list[str], why: str
) -> None:
    one = annotation(text)
    assert one is not None, why
    (shape,) = one.shapes
    assert ([size.value for size in shape.sizes], shape.layout) == (values, "letters"), why
    assert [text[size.start : size.end] for size in shape.sizes] == written, why


@pytest.mark.parametrize(
    "text",
    ["Tensor", "list[int]", 'Literal["b c"]', 'dict[str, "b c"]', 'Annotated[Tensor, "b c"]', "Float[Tensor]", "", "(",
     'Float[Tensor, "b\\tc"]', 'Union[Float[Tensor, "b"], int]', 'TensorType[b:3, "c"]', "\0", "[" * 5000],
)  # fmt: skip
def test_any_other_annotation_says_nothing(text: str) -> None:
    assert annotation(text) is None
