"""Shapes of parameters that the code of a function says, and calls of what nothing calls that rest on them."""

from __future__ import annotations

import pytest
from torch import nn

from archcheck import binding, documents
from archcheck.running.first_layer import first_layers
from archcheck.running.inferring import inferred
from archcheck.running.letters import Letters
from archcheck.running.stated_inputs import Sizes
from tests.running_pages import called, run, shapes, whys

BODIES: list[tuple[str, Sizes | None, str]] = [
    ("B, T, C = x.shape", ("B", "T", "C"), "as it is unpacked"),
    ("B, T, C = x.size()", ("B", "T", "C"), "by its method"),
    ("B, _ = x.shape", ("B", "x_1"), "an axis without a name"),
    ("B, *rest = x.shape", None, "any number of axes"),
    ("T, C = x.shape[-2:]", None, "some of its axes"),
    ("y = x.permute(0, 2, 3, 1)", ("N", "C", "H", "W"), "all axes in order"),
    ("y = x.transpose(1, 2)", ("N", "T", "D"), "the last axis that is spoken of"),
    ("T = x.shape[1]", ("N", "D"), "one of its sizes"),
    ("y = f(x[:, 0])  # n x 4", ("n", 4), "as many axes as another shape inside"),
    ("y = f(x[:, 0])  # [n, m]", ("N", "D"), "letters alone say no more"),
    ("T = x.size(-2)", ("N", "D"), "one from behind"),
    ("y = x[:, 0, None, :]", ("N", "T", "D"), "an index an axis"),
    ("x = f(x)\n    B, T, C = x.shape", None, "another value under the name"),
    ("x = x.transpose(1, 2)", ("N", "T", "D"), "what was passed, on the line that changes it"),
    ("# x: [N, L, 8]\n    B, T, C = x.shape", ("N", "L", 8), "a comment goes before it"),
    ("# z is n x 4, x is m x 8\n    y = f(x, z)", ("m", 8), "a comment that says of each its own"),
    ("y = x[:, 1:]  # [N, 21] -> [N, 20]", ("N", 21), "what an index goes into"),
    ("# `z` and `x` have shape `[N, L, 8]`\n    y = f(z)", ("N", "L", 8), "a comment that names several"),
    ("y = f(z)  # x has 8: [N, L, 8]", None, "one that names it otherwise"),
    ("x = f(x)\n    # `x` has shape [N, L, 8]\n    y = f(x)", None, "a comment on what it is later"),
    ("y = self.query(x)  # [N, L, D] -> [N, L, 8]", ("N", "L", "D"), "what goes into a layer"),
    ("y = f(z)  # [N, L, D] -> [N, L, 8]", None, "something else does"),
    ("return x", None, "nothing"),
]


@pytest.mark.parametrize(("body", "sizes", "why"), BODIES, ids=[row[2] for row in BODIES])
def test_what_code_says_of_a_parameter(body: str, sizes: Sizes | None, why: str) -> None:
    text = f"class Net:\n  def run(self, x, z=1):\n    {body}\n"
    found = inferred(binding.bind(documents.read("net.py", text)))
    assert found["Net.run"].shapes.get("x") == sizes, why


PASSED = """\
def overlap(boxes, others, scale=1):
    '''
    Args:
        boxes (Tensor[N, 4]): some
        others (Tensor[M, 4]): others
    '''
    return boxes @ others.T

class Matcher:
    def match(self, a, b, c, d):
        c = c + 1
        first = overlap(a, others=b)
        return self.best(first, c, d=d)

    def best(self, scores, boxes, d):
        '''
        Args:
            boxes: (K, 4)
            d: (K, D)
        '''
        return scores
"""


def test_what_is_passed_on_has_the_shape_that_is_stated_there() -> None:
    found = inferred(binding.bind(documents.read("match.py", PASSED)))["Matcher.match"].shapes
    assert found == {"a": ("N", 4), "b": ("M", 4), "d": ("K", "D")}, "c is another value by then"


METHODS = """\
    import torch
    from torch import nn

    class Heads(nn.Module):
        def __init__(self, d_model, heads):
            super().__init__()
            self.heads, self.d_k = heads, d_model // heads
            self.query = nn.Linear(d_model, d_model)

        def split(self, x, batch_size):
            B, T, D = x.shape
            return x.view(batch_size, -1, self.heads, self.d_k)  # (B, T, heads, d_k)

        def forward(self, q, k):
            q = self.query(q)  # (B, T, D) -> (B, T, D)
            B, S, D = k.shape
            return q @ k.transpose(1, 2)  # (B, T, S)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.heads = Heads(12, 3)

        def forward(self, x):
            return self.heads(x, x)

    net = Net()
    """


def test_methods_and_parts_of_a_model_that_nothing_calls() -> None:
    observed = run(METHODS)
    assert whys(observed) == {}
    made = {one.what: one for one in observed.called if one.origin != "other sizes"}
    assert set(made) == {"net", "Heads.split"}
    assert made["net"].inputs == ((2, 7, 12),)
    assert made["Heads.split"].origin == "made up"
    assert (2, 7, 7) in shapes(observed, "value", made["net"].turn)
    assert made["Heads.split"].inputs == ((2, 7, 12),)
    assert shapes(observed, "value", made["Heads.split"].turn) == [(2, 7, 3, 4)]


def test_a_function_whose_code_says_what_it_takes_is_called() -> None:
    code = """\
        import torch

        def attend(query, key):
            B, H, T, D = query.shape
            B, H, S, D = key.shape
            return query @ key.transpose(-2, -1)  # (B, H, T, S)

        def mixed(query, mixing_ratio, batch_size):
            B, T = query.shape
            return query.view(batch_size, T) * (1 if mixing_ratio < 1 else 2)  # (B, T)

        def other(query):
            return torch.relu(query)  # (B, T)
        """
    observed = run(code)
    (other,), (one,), (query, key) = called(observed, "made up")
    assert shapes(observed, "value", 1) == [other]
    assert shapes(observed, "value", 2) == [one]
    assert (query[:2], query[3]) == (key[:2], key[3])
    assert shapes(observed, "value", 3) == [(*query[:3], key[2])]


def test_what_runs_before_a_layer_of_a_library_that_is_not_there() -> None:
    code = """\
        import torch
        from torch import nn
        from nowhere import Attention

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed = nn.Linear(12, 8)
                self.layers = nn.ModuleList([Attention(8) for _ in range(2)])

            def forward(self, x):
                x = self.embed(x)  # (B, T, 8)
                for layer in self.layers:
                    x = layer(x)  # (B, T, 9)
                return x

        size = Attention(8)
        """
    observed = run(code)
    assert whys(observed)[17] == "needs nowhere, which is not installed"
    assert {one.error for one in observed.called if one.origin != "supposed"} == {
        "needs nowhere, which is not installed"
    }
    (seen,) = [shape for turn in (1, 2) for shape in shapes(observed, "value", turn)]
    assert isinstance(seen, tuple)
    assert seen[-1] == 8


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [("B", "batch", True), ("batch_size", "bs", True), ("N", "batch", False), ("B", "T", False)],
    ids=["a letter and its word", "two words", "another letter", "another axis"],
)
def test_words_for_a_batch_have_one_size(first: str, second: str, same: bool) -> None:
    sizes = Letters({}, first_layers(nn.Linear(3, 4))[0]).shape((first, second))
    assert (sizes[0] == sizes[1]) is same
