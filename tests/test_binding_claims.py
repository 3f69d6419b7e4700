"""What a comment, a docstring, an annotation or an output is said of."""

from __future__ import annotations

import pytest

from archcheck.binding import bind
from tests.bound import code, document, said

BESIDE = [
    ("y = conv(x)  # [N, 6, 28, 28]", ["value conv(x)"], "the value of an assignment"),
    ("y = conv(x).shape  # torch.Size([1, 6])", ["value conv(x).shape"], "all of it"),
    ("x += y  # [N, 6]", ["value after x"], "the target after it"),
    ("x[i()] += y  # [N, 6]", [], "a target that would be worked out twice"),
    ("layers += [nn.ReLU()]  # [N, 6]", ["value ReLU"], "what is added to a list"),
    ("layers.append(nn.Conv2d(3, 6, 5))  # [6, 28, 28]", ["value Conv2d"], "append returns nothing"),
    ("net(x)  # [N, 10]", ["value net(x)"], "an expression statement"),
    ("print(x.shape)  # torch.Size([1, 6])", ["value x.shape"], "what is printed"),
    (
        "print('a', x, y.size())  # torch.Size([1, 6])",
        ["value y.size()", "value x"],
        "a size before all else",
    ),
    ("print(f'{x.shape}')  # torch.Size([1, 6])", ["value print(f'{x.shape}')"], "in an f-string"),
    ("print('%s' % x.shape)  # torch.Size([1, 6])", ["value x.shape"], "formatted with %"),
    ("print('{}'.format(x.shape))  # torch.Size([1, 6])", ["value x.shape"], "formatted"),
    ("a = b; y = conv(x)  # [N, 6]", ["value conv(x)"], "the last statement of a line"),
    ("f = lambda x: x.flatten()  # [N, C]", ["value x.flatten()"], "what a lambda returns"),
    ("assert x.shape == shape  # [1, 6]", ["value x.shape"], "what an assertion is about"),
    ("z = net(x)  # [N, 3, 32, 32] -> [N, 10]", ["flow net(x)"], "a flow"),
    ("x = x.view(-1, 784)  # [N, 1, 28, 28] -> [N, 784]", ["flow x.view(-1, 784)"], "a method's flow"),
    ("x = f(x)  # x: [N, T, D]", ["value after x"], "a named variable"),
    ("self.pos = make()  # pos: [1, T, D]", ["value make()"], "the attribute that is set"),
    ("y = Conv2d(3, 6, 5)  # weights: [6, 3, 5, 5]", [], "a module has no such name: no false alarm"),
    ("y = conv(x)  # hidden: [N, T, D]", ["value conv(x)"], "a word for what stands there"),
    (
        "u = make()\ndef f(x):\n  return conv(x)  # u: [N, T]",
        ["value conv(x)"],
        "a name that it does not read",
    ),
    ("u = make()\ndef f(x):\n  return conv(x, u)  # u: [N, T]", ["value before u"], "one that it reads"),
    ("kernel = 5  # [N, 6]", [], "a number has no shape"),
    ("pass  # [N, 6]", [], "nothing stands here"),
    ("if a: y = conv(x)  # [N, 6]", ["value conv(x)"], "a statement on its header's line"),
    ("for x in loader:  # [64, 1, 28, 28]\n    pass", ["value before x"], "a loop's target, in its body"),
    ("with f() as x:  # [64, 1, 28, 28]\n    pass", ["value before x"], "a with's target"),
    ("if x is not None:  # [N, 10]\n    pass", ["value before x"], "what is asked about"),
    ("x = '# [N, 10]'", None, "a comment in a string is none"),
    ("@f  # [N, 6]\ndef g(x):\n    return x", ["return g", "parameter g.x"], "behind a decorator"),
    ("x = torch.cat([a,\n   b], dim=1)  # [N, 7]", ["value torch.cat([a,..."], "the last line of a call"),
    ("x = (y\n  .view(-1, 784)  # [N, 784]\n  .relu())", ["value y..."], "a chain up to there"),
    ("n = S(\n  nn.Conv2d(3, 6, 5),  # [6, 28, 28]\n  nn.ReLU())", ["value Conv2d"], "an element"),
    (
        "n = S(\n  nn.Conv2d(\n    3, 6, 5\n  ),  # [6, 28, 28]\n  nn.ReLU())",
        ["value Conv2d"],
        "of several lines",
    ),
    (
        "n = S(\n  nn.ReLU(),\n  nn.Linear(4, 5))  # [1, 5]",
        ["value Linear", "value S"],
        "the last element, or all",
    ),
    ("n = S(\n  a, nn.ReLU(),  # [6, 28, 28]\n  b)", ["value ReLU"], "the last of a line"),
    ("n = dict(\n  a=nn.Conv2d(3, 6, 5),  # [6, 28, 28]\n)", ["value Conv2d"], "a keyword argument"),
    ("n = {\n  'a': nn.Conv2d(3, 6, 5),  # [6, 28, 28]\n}", ["value Conv2d"], "a mapping's value"),
    ("n = S([\n  ('a', nn.Conv2d(3, 6, 5)),  # [6, 28, 28]\n])", ["value Conv2d"], "a named layer"),
    ("n = nn.Conv2d(3,\n  kernel_size=5,  # [6, 28, 28]\n  stride=1)", [], "a number among arguments"),
    ("n = S(  # [1, 28, 28]\n  nn.ReLU())", [], "behind the line that opens a module: what goes in?"),
    (
        "y = conv(x)  # Größe [N, 6]\nz = f('äö'), f(ü)  # [N, 7]",
        ["value conv(x)", "value f('äö'), f(ü)"],
        "not ASCII",
    ),
    ("y = conv(x)  # goes on\n             # [N, 6]", ["value conv(x)"], "a comment that goes on below"),
]


@pytest.mark.parametrize(("text", "sites", "why"), BESIDE, ids=[why for *_, why in BESIDE])
def test_a_comment_behind_code(text: str, sites: list[str] | None, why: str) -> None:
    found = said(code(text))
    assert (None if not found else [one for _, named in found for one in named]) == sites, why


ABOVE = [
    ("# [N, 6]\ny = conv(x)", ["value conv(x)"], "what comes next"),
    ("z = f(x)\n# [N, 6]\ny = g(z)", ["value g(z)", "value f(x)"], "what comes next, then what was before"),
    ("print(x.shape)\n# torch.Size([1, 6])\ny = g(z)", ["value x.shape", "value g(z)"], "what was printed"),
    ("def f(x):\n    y = g(x)\n    # [N, 6]\nz = 1", ["value g(x)"], "the block it is indented like"),
    ("if a:\n    y = g(x)\n    # [N, 6]\nelse:\n    y = h(x)", ["value g(x)"], "not the other branch"),
    ("if a:\n    y = g(x)\nelse:  # [N, 6]\n    y = h(x)", ["value h(x)"], "behind else: what follows"),
    ("x = 1\n# x: [N, 6]\ny = g(x)", ["value before x"], "a variable where it stands"),
    ("# x: [N, 6]\nx = g(y)", ["value before x", "value after x"], "a variable that is made next"),
    ("x = 1\nif x:\n    y = g(x)\n    # x: [N, 6]", ["value after x"], "at the end of a block"),
    ("def f(x):\n    # x: [N, 6]\n    return x", ["value before x"], "a parameter"),
    ("# [N, 3] -> [N, 6]\ndef f(x):\n    return x", ["flow f"], "above a function"),
    (
        "class A:\n    # output: [N, 6]\n    def forward(self, x):\n        return x",
        ["return forward"],
        "in a class",
    ),
    (
        "def f(x):\n    # [N, 6]\n    x = g(x)",
        ["value g(x)", "value before x"],
        "what it makes, or makes it of",
    ),
    ("def f(x):\n    # [N, 6]\n    y = g(x)", ["value g(x)"], "what it makes"),
    ("if a:\n    input = g(y)\n    # input = [N]", ["value after input"], "a variable that is called input"),
    ("inputs = g(y)  # inputs: [N, 6]", ["value after inputs"], "set on the line itself"),
    ("z = g(y)  # inputs: [N, 6]", ["flow g(y)"], "which sets another"),
    ("n = S(\n  f(),\n  # [6, 28, 28]\n  g(),\n)", ["value f()", "value g()"], "between elements"),
    ("n = S(\n  # [6, 28, 28]\n  g(),\n)", ["value g()"], "before the first element"),
    ("n = S(\n  a=f(),\n  # [6, 28, 28]\n  b=g(),\n)", ["value f()", "value g()"], "between keywords"),
    ("x = 1\n\n# x: [N, 6]\ndef f(x): pass", ["parameter f.x"], "a parameter by name, above"),
    (
        "# view: [N, 6] -> [N, 2, 3]\n# permute: [N, 2, 3] -> [N, 3, 2]\ny = x.view(-1, 2, 3).permute(0, 2, 1)",
        ["flow x.view(-1, 2, 3)", "flow x.view(-1, 2, 3).permute(0, 2, 1)"],
        "calls of a chain, by their names",
    ),
    (
        "# reshape: -> [N, 2, 3]\ny = f(x).reshape(-1, 2, 3).mean(2)",
        ["value f(x).reshape(-1, 2, 3)"],
        "one of them",
    ),
    ("# multiply: -> [N, 2]\ny = (a @ b).t()", ["value a @ b"], "an operator"),
    ("# f: -> [N, 2]\ny = net.f(x).t()", ["value net.f(x)"], "a call that is no operation's"),
    ("# f(): -> [N, 2]\nf = net.f(x).t()", ["value net.f(x)"], "a call, though a variable is called so"),
    (
        "output = g(x)\n# output: [N, 6]\ny = g(output)",
        ["value before output"],
        "a variable that is called so",
    ),
    ("def f(input):\n    # input = [N, batch size]\n    return g(1)", ["value before input"], "a parameter"),
    ("# output: [N, 6]\ny = g(x)", ["flow g(x)"], "no variable is"),
    ("# flatten: [N, 6, 1] -> [N, 6]\ny = g(x)", ["flow g(x)"], "none does that: all of it is meant"),
    ("def f():\n    # x: [N, 6]\n    global x", [], "not before it is declared"),
    ("# [N, 6]", [], "nothing but a comment"),
]


@pytest.mark.parametrize(("text", "sites", "why"), ABOVE, ids=[why for *_, why in ABOVE])
def test_a_comment_on_a_line_of_its_own(text: str, sites: list[str], why: str) -> None:
    assert [one for _, named in said(code(text)) for one in named] == sites, why


STEPS = [
    ("# transpose: -> [N, 6]\nq = q * scale\ny = q.t()", False, "a step of what comes further down"),
    ("# transpose: -> [N, 6]\nq = f(q)", True, "a call may do that"),
    ("# Transpose: [N, 6]\nq = q * scale", True, "a heading"),
]


@pytest.mark.parametrize(("text", "sure", "why"), STEPS, ids=[why for *_, why in STEPS])
def test_what_is_done_by_no_call(text: str, sure: bool, why: str) -> None:
    assert [one.statement.sure for one in code(text).claims] == [sure], why


OF_FUNCTIONS = [
    ("def f(self, x):  # x: [N, 6]\n    return x", [["parameter f.x"]], "by name"),
    ("def f(self, x, y):  # [N, 6]\n    return x", [["parameter f.x"]], "the first besides self"),
    ("def f(self, x):  # [N, 6] -> [N, 7]\n    return x", [["flow f"]], "the way through"),
    (
        "def f(\n  x,  # [N, 6]\n  y: Tensor = 1,  # [N, 7]\n): pass",
        [["parameter f.x"], ["parameter f.y"]],
        "line by line",
    ),
    ("def f(\n  x=None,\n  y=None,  # [N, 6]\n): pass", [["parameter f.y"]], "behind a default"),
    ("def f(x,\n  y=(8, 8),  # (H, W)\n): pass", [], "a default that has no shape"),
    ("def f(x, y: Tuple[int, int]):\n    'y: (N, 6)'", [], "an annotation that has no shape"),
    ("def f(x, y: Optional[List[Tensor]]):\n    'y: (N, 6)'", [["parameter f.y"]], "one that may have one"),
    ("def f(x, y: int | Tensor):\n    'y: (N, 6)'", [["parameter f.y"]], "one of two has one"),
    ("def f(x, y=3):\n    'x: (N, 6)'", [["parameter f.x"]], "another's default"),
    (
        'def f(x, *, y=(3, 3), z):\n    """z: (N, 6)\n    y: (N, 6)"""',
        [["parameter f.z"]],
        "by keyword alone",
    ),
    ("def f(\n  # [N, 6]\n  x,\n): pass", [["parameter f.x"]], "above a parameter"),
    ("def f(\n  x,\n) -> T:  # [N, 6]\n    pass", [["return f", "parameter f.x"]], "behind the closing line"),
    (
        'def f(x):\n    """\n    :param x: [N, 6]\n    :return: [N, 7]\n    """',
        [["parameter f.x"], ["return f"]],
        "docstring",
    ),
    ('def f(x):\n    """Input: [N, 6]"""', [["parameter f.x"]], "an input without a name"),
    (
        'class A:\n    """Input: [N, 6]\n    Output: [N, 7]"""\n    def forward(self, x): pass',
        [["parameter A.forward.x"], ["return forward"]],
        "a class's docstring is of its forward",
    ),
    ('class A:\n    """Output: [N, 6]"""\n    x = 1', [[]], "a class that has none"),
    (
        'class A:\n    def __init__(self, c):\n        """Output: [N, 6]"""\n    def forward(self, x): pass',
        [["return forward"]],
        "what __init__ says of the output",
    ),
    (
        'def f(x: Float[Tensor, "n c"]) -> Float[Tensor, "n d"]: pass',
        [["parameter f.x"], ["return f"]],
        "annotations",
    ),
    (
        'def f(x):\n    """x: [N, 6]\n    y: [N, 7]"""\n    y = x\n    if x:\n        return z, y\n    return y',
        [["parameter f.x"], ["value before y", "value before y"]],
        "what is returned by its name",
    ),
    (
        'def f(x):\n    """y: [N, 7]"""\n    def g(y):\n        return y\n    return g',
        [[]],
        "by another function",
    ),
    ('x: Float[Tensor, "n c"] = g()', [["value after x"]], "of a variable"),
    ('x: Float[Tensor, "n c"]', [], "of a variable that gets no value"),
    ('"""Output: [N, 6]"""', [[]], "a module's docstring"),
]


@pytest.mark.parametrize(("text", "sites", "why"), OF_FUNCTIONS, ids=[why for *_, why in OF_FUNCTIONS])
def test_what_is_said_of_functions(text: str, sites: list[list[str]], why: str) -> None:
    assert [named for _, named in said(code(text))] == sites, why


SEVERAL = [
    ("a, b = f(x)  # [N, 6], [N, 7]", [["value after a"], ["value after b"]], "as many as targets"),
    (
        "return_ = 1\ndef f():\n    return a, b  # [N, 6], [N, 7]",
        [["value a"], ["value b"]],
        "what is returned",
    ),
    (
        "for i, (x, y) in f():  # [N, 6], [N, 7]\n    pass",
        [["value before x"], ["value before y"]],
        "the last targets",
    ),
    ("def f(self, x, y):  # [N, 6], [N, 7]\n    pass", [["parameter f.x"], ["parameter f.y"]], "parameters"),
    (
        "n = nn.Conv2d(3, 6, 5)  # input(3, 32, 32) output(6, 28, 28)",
        [["flow Conv2d"]] * 2,
        "two ends of a layer",
    ),
]


@pytest.mark.parametrize(("text", "sites", "why"), SEVERAL, ids=[why for *_, why in SEVERAL])
def test_several_claims_of_one_comment(text: str, sites: list[list[str]], why: str) -> None:
    assert [named for _, named in said(code(text))] == sites, why


SENTENCES = [
    (
        "# We make it a column\n# of the shape (3, 1), and go on\ny = f(x)",
        False,
        "a sentence that began above",
    ),
    ("# We make it a column.\n# of the shape (3, 1), and go on\ny = f(x)", True, "a sentence of its own"),
    ("# Columns\n# shape: (3, 1)\ny = f(x)", True, "a label of its own"),
    (
        "x = 1  # We make it a column\n# of the shape (3, 1), and go on\ny = f(x)",
        True,
        "a comment behind code",
    ),
    (
        "def f(x, outputs):\n    enc_outputs, h = g(x)\n    # outputs: [N, 6]\n    return h",
        False,
        "short for another that is set there",
    ),
    ("def f(x):\n    outputs, h = g(x)\n    # outputs: [N, 6]\n    return h", True, "what is set there"),
    (
        "def f(x, outputs):\n    other, h = g(x)\n    # outputs: [N, 6]\n    return h",
        True,
        "what is there already",
    ),
]


@pytest.mark.parametrize(("text", "sure", "why"), SENTENCES, ids=[why for *_, why in SENTENCES])
def test_what_is_in_doubt(text: str, sure: bool, why: str) -> None:
    assert [claim.statement.sure for claim in code(text).claims] == [sure], why


LEFT_OUT = [
    ("# def f(x):\n#     # [N, 6]\n#     y = g(x)\n#     return y\nz = 1", 0, "a function"),
    ("# a = g(x)\n# [N, 6]\n# b = h(a)\nz = f(x)", 0, "statements"),
    ("# a = g(x)\n# [N, 6]\nz = f(x)", 1, "one line is an example"),
    ("# We make it flat.\n# if it is not\n# [N, 6]\nz = f(x)", 1, "words"),
    (
        "print(z)  # prints [[11, 2, 3],\n          #         [ 4, 5, 16],\n          #         [7, 8, 19]]",
        0,
        "rows",
    ),
    ("# prints [[11, 2],\n# [4, 5]]\n# [4, 5, 16]\nz = f(x)", 1, "behind the rows"),
    ("# [[11, 2], [4, 5]] are\n# [4, 5, 16]\nz = f(x)", 1, "an array on one line"),
    ("# a = g(x)\n# b = h(a)\n\n# [N, 6]\nz = f(x)", 1, "a block of its own"),
]


@pytest.mark.parametrize(("text", "claims", "why"), LEFT_OUT, ids=[why for *_, why in LEFT_OUT])
def test_code_that_was_left_out_says_nothing(text: str, claims: int, why: str) -> None:
    assert len(code(text).claims) == claims, why


def test_a_claim_knows_where_it_stands() -> None:
    program = bind(
        document(
            ("prose", "Text."),
            ("code", '  x = "ä"; y = f(x)  # ü [N, 6]\n  def g(a):\n    """Text.\n    a: [N, 7]"""'),
        )
    )
    where = [
        (one.line.number, one.line.text[one.column + one.statement.shapes[0].start :][:6])
        for one in program.claims
    ]
    assert where == [(3, "[N, 6]"), (6, "[N, 7]")]


def test_what_does_not_parse_costs_only_itself() -> None:
    program = bind(
        document(
            ("code", "y = f(x)  # [N, 6]"),
            ("code", "x = 1\ny = = 2"),
            ("code", "return 3"),
            ("code", "z = g(x)  # [N, 7]"),
        )
    )
    assert [(one.line.number, one.message) for one in program.problems] == [
        (4, "it does not parse: invalid syntax"),
        (6, "it does not parse: 'return' outside function"),
    ]
    assert [named for _, named in said(program)] == [["value f(x)"], ["value g(x)"]]
    assert [program.places[site.line - 1][1].number for site in program.sites] == [1, 8]


def test_code_without_line_ends_is_told_so() -> None:
    text = "import torchfrom torch import nnclass Net(nn.Module):def __init__(self):super().__init__()"
    text += "def forward(self, x):return x"
    [problem] = code(text).problems
    assert problem.message == (
        "the code has lost its line ends: some 7 statements stand on this line; write it out with line ends"
    )


def test_a_class_that_is_written_again_has_sites_of_its_own() -> None:
    text = "class Net:\n    def forward(self, x):\n        return f(x)  # [N, 6]"
    program = bind(document(("code", text), ("code", text)))
    assert [(site.function, site.line) for site in program.sites] == [("Net.forward", 3), ("Net.forward", 6)]


def test_an_output_is_of_the_code_before_it() -> None:
    text = "import a\nx = f()\nprint(x.shape)\nx.shape"
    program = bind(
        document(("code", text), ("prose", "It gives"), ("output", "torch.Size([1, 6])\ntorch.Size([1, 7])"))
    )
    named = ["printed x = f()", "printed print(x.shape)", "shown x.shape"]
    assert said(program) == [("torch.Size([1, 6])", named), ("torch.Size([1, 7])", named)]
    assert [claim.line.text for claim in program.claims] == ["torch.Size([1, 6])", "torch.Size([1, 7])"]
    assert [claim.line.text[claim.column + claim.statement.start] for claim in program.claims] == ["t", "t"]


def test_a_printed_model_is_of_the_code_before_it() -> None:
    model = "Net(\n  (a): Linear(in_features=2, out_features=3, bias=True)\n)"
    program = bind(document(("code", "print(net)"), ("output", f"Text\n{model}")))
    [exhibit] = program.exhibits
    assert (exhibit.line.text, [program.sites[one - 1].text for one in exhibit.sites]) == (
        "Net(",
        ["print(net)"],
    )


@pytest.mark.parametrize(
    ("passages", "why"),
    [
        ([("output", "torch.Size([1, 6])")], "no code stands before it"),
        ([("code", "x = = 1"), ("output", "torch.Size([1, 6])")], "the code before it does not parse"),
        ([("code", "import a"), ("output", "torch.Size([1, 6])")], "the code before it prints nothing"),
        ([("code", "x = 1  # [N, 6]")], "nothing that has a shape stands here"),
        ([("code", '"""Output: [N, 6]"""')], "it stands beside no function that could be watched"),
        ([("code", 'class A:\n    def __init__(self):\n        """Output: [N, 6]"""')], "'A' has no forward"),
        (
            [("code", 'class A:\n    """Args:\n        y: [N, 6]"""\n    def forward(self, x): pass')],
            "'A.forward' has no parameter 'y'",
        ),
        ([("code", "x = Net()  # weights: [N, 6]")], "the code has no 'weights' here"),
    ],
)
def test_a_claim_that_nothing_can_report_says_why(passages: list[tuple[str, str]], why: str) -> None:
    [claim] = bind(document(*passages)).claims  # type: ignore[arg-type]
    assert (claim.sites, claim.why) == ((), why)


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("for a in b:\n    x = f(a)  # [N, 6]", True),
        ("while a:\n    x = f(a)  # [N, 6]", True),
        ("for a in f(b): pass\nx = g(a)  # [N, 6]", False),
        ("for a in b:\n    def g():\n        return f(a)  # [N, 6]", False),
        ("x = [\n    f(a)  # [N, 6]\n    for a in b]", True),
    ],
)
def test_what_stands_in_a_loop_says_so(text: str, repeated: bool) -> None:
    assert code(text).sites[0].repeated is repeated
