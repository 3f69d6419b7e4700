"""What a comment says about shapes: the dialects, and what looks like one and is none."""

from __future__ import annotations

import pytest

from archcheck.dialects import comment, shape_alone
from archcheck.dialects.stated import Statement

Sizes = list[int | str | None]


def sizes(one: Statement) -> list[Sizes]:
    return [[size.value for size in shape.sizes] for shape in one.shapes]


ONE_SHAPE: list[tuple[str, str, Sizes, str]] = [
    ("[1, 96, 54, 54]", "shape", [1, 96, 54, 54], "as a tensor's size is printed"),
    ("\t[1, 10]\t\t", "shape", [1, 10], "tabs around it"),
    ("[48, 55, 55] 最后输出的尺寸", "shape", [48, 55, 55], "words behind it, unparted"),
    ("(3, 224, 224) 图像", "shape", [3, 224, 224], "a word behind it"),
    ("【1,3,224,224】", "shape", [1, 3, 224, 224], "Chinese brackets"),
    ("（1，3，224，224）", "shape", [1, 3, 224, 224], "full-width brackets and commas"),
    ("(N, C, H, W)", "shape", ["N", "C", "H", "W"], "letters"),
    ("[2*M-1 * 2*N-1, h]", "shape", ["(2*M-1)*(2*N-1)", "h"], "a star with blanks joins sums without"),
    ("[2*M - 1 * N, h]", "shape", ["2*M-1*N", "h"], "blanks everywhere: as in Python"),
    ("(B,T,hs)", "shape", ["B", "T", "hs"], "without blanks"),
    ("(bs, 3, 224, 224)", "shape", ["bs", 3, 224, 224], "a name among numbers"),
    ("(batch_size, seq_len, d_model)", "shape", ["batch_size", "seq_len", "d_model"], "words"),
    (
        "[batch size, 2 * hid dim, src len]",
        "shape",
        ["batch_size", "2*hid_dim", "src_len"],
        "names of two words",
    ),
    ("[batch*heads, T, T]", "shape", ["batch*heads", "T", "T"], "a product"),
    ("[b x head, d, h x w]", "shape", ["b*head", "d", "h*w"], "a cross between commas is a product"),
    ("[B, H/2, W/2, 4*C]", "shape", ["B", "H/2", "W/2", "4*C"], "arithmetic"),
    ("[N, P, 3C]", "shape", ["N", "P", "3*C"], "a number against a letter"),
    ("bs*G,c//(2*G),h,w", "shape", ["bs*G", "c//(2*G)", "h", "w"], "parentheses in arithmetic"),
    ("[n(=2) * d(=1), B, h]", "shape", ["n*d", "B", "h"], "notes behind names are left out"),
    ("[B=2, C, H', W']", "shape", [2, "C", "H_prime", "W_prime"], "a value given, and primes"),
    ("[N, *, D]", "shape", ["N", "...", "D"], "any number of axes"),
    ("(N, ..., D)", "shape", ["N", "...", "D"], "the same with dots"),
    ("[B, d_1, ..., d_N]", "shape", ["B", "..."], "axes that are counted"),
    ("(d1, d2, ..., dk, C)", "shape", ["...", "C"], "from the second on"),
    ("(N, ..., N)", "shape", ["N", "...", "N"], "axes that are not counted"),
    ("(None, 56, 56, -1)", "shape", [None, 56, 56, None], "what is not said"),
    ("(B,)", "shape", ["B"], "one axis, as Python writes it"),
    ("B, C, H, W", "shape", ["B", "C", "H", "W"], "no brackets"),
    ("1, 64, 112, 112", "shape", [1, 64, 112, 112], "numbers without brackets"),
    ("batch_size, n_heads, len_q, d_k", "shape", ["batch_size", "n_heads", "len_q", "d_k"], "words without"),
    ("[B, T, C] (after transpose)", "shape", ["B", "T", "C"], "a remark behind it"),
    ("=> [1, 512, 7, 7]", "shape", [1, 512, 7, 7], "an arrow before it"),
    ("shape: (batch, seq, dim)", "shape", ["batch", "seq", "dim"], "called a shape"),
    ("shape = [2, 3]", "shape", [2, 3], "small numbers that are called a shape"),
    ("torch.Size([64, 10])", "size", [64, 10], "PyTorch's own"),
    ("torch.Size([64,10]) after pooling", "size", [64, 10], "words behind it"),
    ("[[B, T]] of shape (1, B, T)", "shape", [1, "B", "T"], "what is no value"),
    ("(S,) + batch_shape", "shape", ["S", "..."], "what is added is called a shape"),
    ("batch_shape + (S, D)", "shape", ["...", "S", "D"], "at the other end"),
    ("(S,) + batch_shape + event_shape", "shape", ["S", "..."], "two of them"),
    ("x.shape[:-1] + (h, d)", "shape", ["...", "h", "d"], "a part of a shape"),
    ("batch_shape, (D,)", "shape", ["...", "D"], "added by a comma"),
    ("state size. (ngf*8) x 8 x 9", "volume", ["(ngf*8)", 8, 9], "a factor in parentheses"),
    ("state size. ``(ngf) x 64 x 64``", "volume", ["(ngf)", 64, 64], "and backticks"),
    (r"(N, L, 2 * d\_model)", "shape", ["N", "L", "2*d_model"], "an underscore as LaTeX has it"),
    ("B x 64 x 56 x 56", "volume", ["B", 64, 56, 56], "crosses"),
    ("BxCxHxW", "volume", ["B", "C", "H", "W"], "crosses without blanks"),
    ("224x224x3", "volume", [224, 224, 3], "channels last"),
    ("224×224×3", "volume", [224, 224, 3], "a true cross"),
    ("[TxKxAxM]", "volume", ["T", "K", "A", "M"], "crosses in brackets"),
    ("batch*1*28*28", "volume", ["batch", 1, 28, 28], "stars behind a batch"),
    (r"$28 \times 28$", "sides", [28, 28], "LaTeX"),
    ("N x 1024", "sides", ["N", 1024], "two axes"),
    ("28*28", "product", [28, 28], "stars"),
    ("6@28x28", "maps", [6, 28, 28], "maps, as LeCun writes them"),
    ("b c h w", "letters", ["b", "c", "h", "w"], "as einops has it"),
    ("B H/2 W/2 4*C", "letters", ["B", "H/2", "W/2", "4*C"], "arithmetic among letters"),
    ("(b n d)", "letters", ["b", "n", "d"], "letters in parentheses"),
]


@pytest.mark.parametrize(("text", "layout", "expected", "why"), ONE_SHAPE)
def test_a_shape_is_read(text: str, layout: str, expected: Sizes, why: str) -> None:
    (one,) = comment(text)
    assert (one.role, one.name, one.sure) == ("value", None, True), why
    assert (one.shapes[0].layout, sizes(one)) == (layout, [expected]), why


WHOSE = [
    ("output[48, 55, 55]", [("output", None)], "against the bracket"),
    ("input[3, 224, 224]  output[48, 55, 55]", [("input", None), ("output", None)], "both on a line"),
    ("input(3, 32, 32) output(16, 28, 28)", [("input", None), ("output", None)], "in parentheses"),
    ("out: 64 x 56 x 56", [("output", None)], "a colon"),
    ("Output shape: (1, 10)", [("output", None)], "two words"),
    ("输出形状: (B, 10)", [("output", None)], "words unparted"),
    ("x: [N, T, D]", [("value", "x")], "a variable"),
    ("x_j: Source node features of shape [E, C]", [("value", "x_j")], "what it is, between"),
    ("layer (sees 16x16x32 tensor)", [("input", None)], "what a layer sees"),
    ("shape of 'x': (B, T, D)", [("value", "x")], "a name in quotes"),
    ("shape of x': (B, T, D)", [("value", "x_prime")], "a prime"),
    ("takes [B, T, D]", [("input", None)], "what is taken"),
    ("3x16x16 input", [("input", None)], "a word behind it"),
    ("a: [B, T, D]", [("value", "a")], "a variable that is an article elsewhere"),
    ("x (B, N, C)", [("value", "x")], "a name and a blank is no call"),
    ("x.shape: (2, 3)", [("value", "x")], "its shape"),
    ("x.shape == (2,3)", [("value", "x")], "compared"),
    ("pos shape: (b, n, p) where p = 2", [("value", "pos")], "a name before the word"),
    ("`q` has shape `[seq_len, B, d_k]`", [("value", "q")], "a sentence"),
    ("src = [src len, batch size]", [("value", "src")], "no code: a name has a blank"),
    ("x -> (B, T, C)", [("value", "x")], "an arrow from a name"),
    ("transpose: -> [B, T, C]", [("value", None)], "an operation is no name"),
    ("q, k, v: [B, h, T, d]", [("value", "q"), ("value", "k"), ("value", "v")], "several of one shape"),
    ("x: [B, T], y: [B]", [("value", "x"), ("value", "y")], "several shapes"),
]


@pytest.mark.parametrize(("text", "expected", "why"), WHOSE)
def test_it_is_said_of_whom(text: str, expected: list[tuple[str, str | None]], why: str) -> None:
    assert [(one.role, one.name) for one in comment(text)] == expected, why
    assert all(one.sure for one in comment(text)), why


UNNAMED = [
    ("Caution: Source node features of shape [E, C]", "a word of a sentence"),
    ("note: Source node features of shape [E, C]", "a word that is of nothing"),
    ("x: some text. Source node features of shape [E, C]", "another sentence"),
    ("reshape: Source node features of shape [E, C]", "an operation"),
]


@pytest.mark.parametrize(("text", "why"), UNNAMED)
def test_it_is_not_said_of_a_word(text: str, why: str) -> None:
    (one,) = comment(text)
    assert (one.name, one.sure) == (None, False), why


@pytest.mark.parametrize(
    ("text", "role", "why"),
    [
        ("Reshape from [B, T, D]", "input", "what it is made from"),
        ("then [B, T, D] from it", "value", "the word behind it"),
    ],
)
def test_what_something_is_made_from_goes_in(text: str, role: str, why: str) -> None:
    (one,) = comment(text)
    assert one.role == role, why


FLOWS: list[tuple[str, list[Sizes], str]] = [
    ("[B, 3, 32, 32] -> [B, 16, 30, 30]", [["B", 3, 32, 32], ["B", 16, 30, 30]], "an arrow"),
    ("[N,1,224,224] → [N,256,6,6]", [["N", 1, 224, 224], ["N", 256, 6, 6]], "a true arrow"),
    ("(B, T) => (B, T, C) --> (B, C)", [["B", "T"], ["B", "T", "C"], ["B", "C"]], "a chain of others"),
    ("[B, H, W, C] to [B, C, H, W]", [["B", "H", "W", "C"], ["B", "C", "H", "W"]], "a word"),
    ("(B, S, D) becomes (B, D)", [["B", "S", "D"], ["B", "D"]], "a verb"),
    ("(B, S, D) -split-> (B, S, H, W)", [["B", "S", "D"], ["B", "S", "H", "W"]], "a word in the arrow"),
    ("in: [B, 3] -> out: [B, 5]", [["B", 3], ["B", 5]], "labels on both"),
    ("b n (h d) -> b h n d", [["b", "n", "h*d"], ["b", "h", "n", "d"]], "einops' parentheses are a product"),
    ("52,52,128 -> 26,26,256", [[52, 52, 128], [26, 26, 256]], "without brackets"),
    ("104,104,128 -> 52,52,256", [[104, 104, 128], [52, 52, 256]], "not a number of nine digits"),
    ("NLD -> LND", [["N", "L", "D"], ["L", "N", "D"]], "letters at a stretch"),
    ("224 -> 112", [[224], [112]], "one axis"),
    ("(T,) -> (B, T)", [["T"], ["B", "T"]], "one entry beside a clear shape"),
]


@pytest.mark.parametrize(("text", "expected", "why"), FLOWS)
def test_a_way_through_is_read(text: str, expected: list[Sizes], why: str) -> None:
    (one,) = comment(text)
    assert (one.role, one.sure, sizes(one)) == ("flow", True, expected), why


OPERANDS = [
    ("(B, T, C) @ (B, C, T) -> (B, T, T)", [["B", "T", "T"]], "a product gives the last"),
    ("(B, T, C) + (1, T, C) -> (B, T, C)", [["B", "T", "C"]], "a sum"),
    ("[N, h, P, c] x [N, h, c, P] -> [N, h, P, P]", [["N", "h", "P", "P"]], "a cross between brackets"),
    ("(B, T), (B, S) -> (B, T, S)", [["B", "T", "S"]], "a comma"),
    ("(B, T, C) + (1, T, C)", [], "operands alone are the value of nothing"),
    ("(B, T, C) -> softmax", [], "what becomes something else is not the value"),
]


@pytest.mark.parametrize(("text", "expected", "why"), OPERANDS)
def test_of_operands_only_the_result_is_kept(text: str, expected: list[Sizes], why: str) -> None:
    assert [(one.role, sizes(one)[0]) for one in comment(text)] == [("value", one) for one in expected], why


OPERATIONS = [
    ("permute: [B, T, C] -> [T, B, C]", "permute", "a flow"),
    ("view: -> [B, T, 3, C]", "view", "what it gives"),
    ("x.view: [B*T, C] -> [B, T, C]", "view", "a method of something"),
    ("x: [B, T, C]", None, "a variable"),
    ("[B, T, C] -> [T, B, C]", None, "nothing"),
    ("then reshape it to [B, T, C]", None, "a word among others"),
]


@pytest.mark.parametrize(("text", "operation", "why"), OPERATIONS)
def test_what_is_done(text: str, operation: str | None, why: str) -> None:
    assert {one.operation for one in comment(text)} == {operation}, why


PERHAPS = [
    ("[3, 4, 6, 3]", "blocks of a stage"),
    ("[64, 128, 256, 512]", "widths of stages"),
    ("[2, 3]", "data"),
    ("(w, h)", "the size of a picture"),
    ("7x7", "a kernel"),
    ("[B]", "a letter in brackets"),
    ("(K1, K1, K2)", "names that are counted"),
    ("[K1, J1]", "names that are counted, of two kinds"),
    ("a 3x3 output of it", "a kernel's sides, but of an output"),
    ("src = [src_len, batch]", "code, or a shape"),
    ("(B, T), (B, S)", "which of them is which value"),
    ("[4, 3, 32, 32] = 4, 3, 1024", "arithmetic of sizes"),
    ("[B, D, T] * [B, T, 1] = [B, D, 1]", "a product that may be squeezed behind it"),
    ("[B, T, C] or [B, C]", "alternatives"),
    ("was (B, T, C)", "what it was"),
    ("e.g., with lengths (B, T, C) this is", "an example"),
    ("transpose x then it has shape (3, 2)", "an x between words is no cross"),
    ("token embeddings of shape (b, t, d)", "a phrase says whose"),
    ("[B, T, C] if causal", "on a condition"),
    ("(16, 3, 3),", "an entry of a list, commented out"),
    ("output is [batch, 1], but we want [batch]", "what is not wanted is there, or was"),
    ("shape (B, T, D) instead of (T, B, D)", "one of two, and which is for words to say"),
]


@pytest.mark.parametrize(("text", "why"), PERHAPS)
def test_what_may_be_something_else_is_not_sure(text: str, why: str) -> None:
    found = comment(text)
    assert found, why
    assert not any(one.sure for one in found), why


NO_SHAPES = [
    "", " ", "('plane', 'car', 'bird')", "1.13.1", "x[:, 0]", "x[0, 1]", "(0, 1)", "betas=(0.9, 0.999)",
    "kernel (3, 3)", "stride (2,2)", "kernel_size=(3, 3), stride=(1, 1)", "3x3 conv", "1x1 convolution",
    "16x16 patches", "3x3的卷积核", "2024-01-02", "[1]", "[1, 2, 3]", "0-255", "range (0, 255)",
    "mean (0.5, 0.5, 0.5)", "lies in [l, h]", "https://a.example/b(1, 2)", "$1,000", "61,100,840",
    "nn.Conv2d(3, 64, 3),", "x = x.view(-1, 784)", "self.layers = [2, 2, 2, 2]", "x = [1, 3, 224, 224]",
    "B,C,H,W = 4,8,16,16", "B, T, C = x.shape", "return x.view(B, T, C)", "for i in range(3):",
    "x = conv(x)  # [B, C, H, W]", "O(n*d)", "f(x) -> y", "str -> int", "(Tensor, int, int) -> Tensor",
    "type: (List[int], List[int]) -> int", "noqa: E501", "(0, 2, 1, 3)", "dim (1, 2)", "pad (1,1)",
    "In[395]:", "Out[4]:",
    "lr 1e-3 -> 1e-4", "epoch 1 -> 2", "lr: 10 -> 20", "[docs]", "Q, K, V projections", "(R, G, B)",
    "(A, B, C)", "[x1, y1, x2, y2]", "(x, y)", "in_channels, out_channels, kernel_size, stride", "w, h",
    "a b c", "batch size", "16 MB", "(batch) of images", "(optional)", "(see B and C)", "2x faster",
    "8 x as fast", "anchors [10, 13, 16, 30]", "options: [M, S, MS]", "(224+2*2-11)//4+1 = 55", "16*5*5 = 400",
    "n*d", "the exp of max", "[B, T](x)", "weight([B, T]) is", "[-1, -1]", "(1) first, (2) second", "{B, C}",
    "input_size=(1, 197, 768), # (batch, patches, dim)", "shape = (1, 3, 8, 8),", "[10, 21, 12]])",
    "of shape [batch] + data_shape",
    "[[1, 2], [3, 4]]", "[[1., 2.], [3., 4.]]", "[[12, 40, 7],", "[[[1, 2], [3, 4]]]", "[[a, b], [c, d]]",
    "(B, T) x (T, D)", "(nf) x 3 x 3",
    "scaled to [-1, 1]", "from (-1, 1)", "f in [l, h+q) is then put into [l, h]", "$i \\in [1, l]$",
    "[K1, K2]", "[K1, K1, K2, K2]", "[1, 2, ..., T]", "[0, 1, 2, ...]", "the symbols (x_1, ..., x_n)",
    "(W_left, W_right, H_top, H_bottom)", "[(s1, next1, r1), (s2, next2, r2)]", "(h, w order)", "with (ndim==5)",
    'keys "1x1", "3x3"', '["input_size"]', "a 3x3 grouped one", "its own k x k pool", "size: 327 MB", "size (GB)",
    "Resize(size=(224, 224), interpolation=bilinear)", "as Pool(k=(5, 9, 13))", "new input (feature) resolution",
    "a tuple of (patches, grid_size)", "grid: (H, W) tuple for it", "Interpolate only once for this (h, w)",
    "input_size=(3, 448, 448), crop=1.0,", "batch_shape + S",
    "[B, T", "B, T)", "(B, T]", "(batch, *, *, ...)", "N = [C*T/P]",
    "RGB -> BGR", "sizes where it halves: [True, True, False]", "leave out what has more than MAX_LEN tokens",
    "the height (H) and the width (W) -> (C, H, W)", "projects D (model width) into V (vocabulary size)",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_SHAPES)
def test_what_is_no_shape_is_no_claim(text: str) -> None:
    assert comment(text) == ()


ALONE = [
    (" (2, 5)", [2, 5], "small numbers"),
    ("[2, 5]", [2, 5], "in square brackets"),
    ("-> (1, 2, 3)", [1, 2, 3], "numbers in a row, behind an arrow"),
    (" (7,)", [7], "one axis"),
    (" (2, 5) of them", None, "words behind it"),
    (" e.g. (2, 5)", None, "words before it"),
    (" (B, 5)", None, "a name"),
    (" (2, 5), (3, 5)", None, "two"),
    (" 25", None, "no bracket"),
]


@pytest.mark.parametrize(("text", "expected", "why"), ALONE)
def test_a_bracket_alone(text: str, expected: Sizes | None, why: str) -> None:
    one = shape_alone(text)
    assert (sizes(one)[0] if one else None) == expected, why
    assert one is None or (text[one.start : one.end] == one.text and one.sure), why


def test_columns_are_of_the_text() -> None:
    text = "  then x: [N, 16, H_{out}]  ok"
    (one,) = comment("  x: [N, 16, H_{out}]")
    assert (one.start, one.end, one.text) == (2, 21, "x: [N, 16, H_{out}]")
    assert [(size.start, size.end) for size in one.shapes[0].sizes] == [(6, 7), (9, 11), (13, 20)]
    assert text[6:7] != "N", "the control row: of another text they are others"


def test_a_directive_is_no_claim() -> None:
    assert comment(" archcheck: input=(1, 3, 224, 224)") == ()
