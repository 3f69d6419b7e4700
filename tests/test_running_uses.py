"""What a parameter is given of which neither its name nor its type says anything: by what the code does with it."""

from __future__ import annotations

import ast

import pytest

from archcheck.running.uses import Use, is_used_as_setting, uses_of
from tests.test_documented import statuses, verified
from tests.test_running_supposing import folder  # noqa: F401

BODIES: list[tuple[str, Use | None, str]] = [
    ("for one in p: pass", Use("list"), "a loop over it"),
    ("[one for one in enumerate(p)]", Use("list"), "also through a function"),
    ("for one, other in zip(p[:-1], p[1:]): pass", Use("list"), "over parts of it"),
    ("p[5]", Use("list", 6), "an index, of so many"),
    ("p[-1] + p[0]", Use("list"), "its ends"),
    ("f(*p)", Use("list"), "put in as arguments"),
    ("len(p)", Use("list"), "its length"),
    ("for i in range(len(p)):\n    for one in p[i]: pass", Use("list", deep=True), "a list of lists"),
    ("for one in p:\n    for other in one: pass", Use("list", deep=True), "a loop in a loop"),
    ("x[:, :p]", Use("whole"), "the end of a slice"),
    ("x.view(-1, 2 * p + 1)", Use("whole"), "a part of a size"),
    ("torch.zeros((1, p))", Use("whole"), "a size in a tuple"),
    ("q = p\nx.repeat(1, q)", Use("whole"), "by another name"),
    ("p(64)", Use("call"), "called"),
    ("x > p ** 2", Use("number"), "a number"),
    ("x if not p else 0", Use("truth"), "asked whether"),
    ("if p and x: p[0]", Use("list"), "asked whether, and a list"),
    ("p.shape", None, "a tensor"),
    ("x + p", None, "a sum, of anything"),
    ("f(p)", None, "passed on to a function that is not here"),
]


@pytest.mark.parametrize(("body", "wanted", "why"), BODIES, ids=[row[2] for row in BODIES])
def test_what_the_code_does_with_a_parameter(body: str, wanted: Use | None, why: str) -> None:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    assert uses_of(ast.parse(f"def run(x, p):\n{lines}\n"))["run"].get("p") == wanted, why


KEPT = """\
def sample(x, count): return x[:, :count]

class Net:
    def __init__(self, widths, few):
        self.all = widths
        self.few = few

    def run(self, x):
        for one in self.all: pass
        return sample(x, self.few)
"""


APPLIED = """class Layer:
    def __init__(self, attention, feed, norm_layer, block):
        self.attention, self.feed, self.norm = attention, feed, norm_layer(8)
        self.feed = feed
        self.attention = attention
        self.block = block

    def build(self):
        return self.block(8)

    def forward(self, x):
        x, weights = self.attention(x, x)
        return self.feed(x), weights
"""


def test_what_a_forward_calls_is_no_class_of_modules() -> None:
    wanted = {"attention": Use("applied"), "feed": Use("applied", 1)}
    assert uses_of(ast.parse(APPLIED))["Layer"] == {**wanted, "norm_layer": Use("call"), "block": Use("call")}


def test_what_an_object_keeps_and_what_is_passed_on() -> None:
    assert uses_of(ast.parse(KEPT))["Net"] == {"widths": Use("list"), "few": Use("whole")}


@pytest.mark.parametrize(
    ("name", "use", "others", "wanted"),
    [
        ("count", Use("whole"), False, True),
        ("batch_size", Use("whole"), False, False),  # as many as there are
        ("radius", Use("number"), True, True),  # shapes are stated of the others alone
        ("radius", Use("number"), False, False),
        ("x", Use("list"), True, False),  # a tensor has parts, too
        ("x", None, True, False),
    ],
)
def test_which_parameters_of_a_function_are_no_tensors(
    name: str, use: Use | None, others: bool, wanted: bool
) -> None:
    assert is_used_as_setting(name, use, others=others) is wanted


SAMPLED = """\
import torch
from torch import nn

def nearest(radius, few, points, centres):
    '''
    Args:
        points: [B, N, 3]
        centres: [B, S, 3]
    '''
    B, S, _ = centres.shape
    far = torch.cdist(centres, points)
    order = torch.arange(points.shape[1]).repeat(B, S, 1) * (far > radius ** 2)
    return order[:, :, :few]  # {stated}

class Head(nn.Module):
    def __init__(self, stack, norm, last):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(stack[:-1], stack[1:])])
        self.norm = norm(8) if last else nn.Identity()

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)  # {wide}
        return self.norm(x)
"""


@pytest.mark.parametrize(
    ("stated", "wide", "wanted"),
    [
        ("[B, S, few]", "(N, D)", {13: {"agrees"}, 23: {"agrees"}}),
        ("[B, N, few]", "(N, D, T)", {13: {"unchecked"}, 23: {"unchecked"}}),
    ],
)
def test_models_and_functions_that_are_made_by_use(
    stated: str, wide: str, wanted: dict[int, set[str]]
) -> None:
    found = statuses(verified("head.py", SAMPLED.format(stated=stated, wide=wide)))
    assert {line: found[line] for line in wanted} == wanted


TESTS = """\
import pytest
import torch
from torch import nn

@pytest.mark.parametrize("last, wide", [(True, 7), (False, 8)])
@pytest.mark.parametrize("heads", (4, 2))
@pytest.mark.parametrize("kind", [pytest.param("a", id="first")])
def test_wide(last, wide, heads, kind):
    x = torch.zeros(2, wide, heads, requires_grad=last)
    (x * {"a": 2}[kind]).sum().backward()
    assert x.grad.shape == (2, 7, 4)
    assert x.grad.shape == (2, 8, 4)
"""


def test_a_test_has_the_values_that_it_is_parametrized_with_and_gradients() -> None:
    assert statuses(verified("test_wide.py", TESTS)) == {11: {"agrees"}, 12: {"unchecked"}}
