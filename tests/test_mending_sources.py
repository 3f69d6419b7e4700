"""What code says of its layers: made late or not, and which axis of a sequence is time."""

from __future__ import annotations

from textwrap import dedent

import pytest

from archcheck.mending.sources import BATCH_FIRST, TIME_FIRST, UNKNOWN, has_lazy_layers, orders_of

ORDERS = [
    ("self.a = nn.GRU(d, 32)", "y = self.a(x)", TIME_FIRST, "a recurrent layer as it is"),
    ("self.a = nn.LSTM(d, 32, batch_first=True)", "y = self.a(x)", BATCH_FIRST, "told otherwise"),
    ("self.a = nn.RNN(d, 32, batch_first=False)", "y = self.a(x)", TIME_FIRST, "told so"),
    ("self.a = nn.GRU(d, 32, batch_first=first)", "y = self.a(x)", UNKNOWN, "told by a variable"),
    ("self.a = nn.GRU(d, 32, **more)", "y = self.a(x)", UNKNOWN, "perhaps told"),
    ("self.a = nn.GRU(d, 32, 2, True, True)", "y = self.a(x)", UNKNOWN, "perhaps told by its place"),
    ("self.a = nn.GRU(d, 32)", "y = self.a(x.transpose(0, 1))", UNKNOWN, "axes are moved"),
    ("self.a = nn.GRU(d, 32)", "y = self.a(rearrange(x, 'b t d -> t b d'))", UNKNOWN, "moved by a function"),
    ("self.a = GRU(d, 32), nn.GRU(d, 9, batch_first=True)", "y = x", UNKNOWN, "of both kinds"),
    ("self.a = nn.MultiheadAttention(d, 4)", "y = self.a(x, x, x)", TIME_FIRST, "attention"),
    ("self.a = nn.Linear(d, 4)", "y = self.a(x).transpose(0, 1)", BATCH_FIRST, "no such layer"),
    ("self.a = Part(d)", "y = self.a(x)", TIME_FIRST, "in a part"),
]


@pytest.mark.parametrize(("made", "called", "order", "why"), ORDERS)
def test_which_axis_of_a_sequence_is_time(made: str, called: str, order: str, why: str) -> None:
    source = f"""\
        class Part(nn.Module):
            def __init__(self, d):
                self.a = nn.GRU(d, d)

        class Net(nn.Module):
            def __init__(self, d, first, **more):
                {made}

            def forward(self, x):
                {called}

        class Other(nn.Module):
            pass
    """
    found = orders_of(dedent(source))
    assert (found["Net"], found["Part"], found["Other"]) == (order, TIME_FIRST, BATCH_FIRST), why


def test_of_no_class_the_whole_code_tells() -> None:
    assert orders_of("net = nn.Sequential(nn.GRU(3, 4))")[""] == TIME_FIRST
    assert orders_of("net = nn.Sequential(nn.Linear(3, 4))") == {"": BATCH_FIRST}


@pytest.mark.parametrize(
    ("source", "lazy"),
    [
        ("a = nn.LazyLinear(3)", True),
        ("a = LazyConv2d(3, 3)", True),
        ("a = nn.Linear(3, 4)", False),
        ("Lazy", False),
    ],
)
def test_whether_layers_are_made_late(source: str, lazy: bool) -> None:
    assert has_lazy_layers(source) is lazy
