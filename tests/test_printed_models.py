"""Printed models, line by line: what only PyTorch's versions print differently is harmless, all else is told."""

from __future__ import annotations

import random

import pytest
from torch import nn

from archcheck.checks.printed_models import MOST_LINES, first_difference


def net(*lines: str) -> str:
    return "\n".join(("Net(", *(f"  {line}" for line in lines), ")"))


HARMLESS = [
    # as an older PyTorch printed it, as this one does, which and why
    ("ReLU(inplace)", "ReLU(inplace=True)", "1.1: a flag"),
    ("ReLU()", "ReLU(inplace=False)", "a default"),
    ("ReLU ()", "ReLU()", "0.3: a blank"),
    ("ReLU (inplace)", "ReLU(inplace=True)", "0.3: both"),
    ("LeakyReLU(0.2, inplace)", "LeakyReLU(negative_slope=0.2, inplace=True)", "0.4: without names"),
    ("LeakyReLU(negative_slope=0.2, inplace)", "LeakyReLU(negative_slope=0.2, inplace=True)", "1.0"),
    ("Linear (400 -> 120)", "Linear(in_features=400, out_features=120, bias=True)", "0.2: an arrow"),
    ("Linear(in_features=400, out_features=120)", "Linear(in_features=400, out_features=120, bias=True)",
     "0.3: no bias"),
    ("BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True)",
     "BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)", "0.3"),
    ("Dropout(p=0.5)", "Dropout(p=0.5, inplace=False)", "1.1"),
    ("Dropout (p = 0.5)", "Dropout(p=0.5, inplace=False)", "0.2"),
    ("MaxPool2d (size=(2, 2), stride=(2, 2), dilation=(1, 1))",
     "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)", "0.2: names and sides"),
    ("AvgPool2d(kernel_size=7, stride=1, padding=0, ceil_mode=False, count_include_pad=True)",
     "AvgPool2d(kernel_size=7, stride=1, padding=0)", "0.3 said more"),
    ("LayerNorm(torch.Size([512]), eps=1e-05, elementwise_affine=True)",
     "LayerNorm((512,), eps=1e-05, elementwise_affine=True)", "0.4"),
    ("LayerNorm((512,), eps=1e-05, elementwise_affine=True)",
     "LayerNorm((512,), eps=1e-05, elementwise_affine=True, bias=True)", "a default that came later"),
    ("Upsample(scale_factor=2, mode=nearest)", "Upsample(scale_factor=2.0, mode='nearest')", "1.0: quotes"),
    ("Softmax()", "Softmax(dim=1)", "1.0 did not print it"),
    ("GELU()", "GELU(approximate='none')", "1.11"),
    ("AdaptiveAvgPool2d(output_size=7)", "AdaptiveAvgPool2d(output_size=(7, 7))", "one number for both sides"),
    ("_LinearWithBias(in_features=8, out_features=8, bias=True)",
     "NonDynamicallyQuantizableLinear(in_features=8, out_features=8, bias=True)", "1.6: attention's last layer"),
    ("Linear(in_features=8, out_features=8, bias=True)",
     "NonDynamicallyQuantizableLinear(in_features=8, out_features=8, bias=True)", "1.5"),
    ("Parameter containing: [torch.FloatTensor of size 3x4]",
     "Parameter containing: [torch.float32 of size 3x4 (cuda:0)]", "a machine's type and device"),
]  # fmt: skip


@pytest.mark.parametrize(("older", "newer", "why"), HARMLESS)
def test_what_only_versions_print_differently(older: str, newer: str, why: str) -> None:
    assert first_difference(net(f"(0): {older}"), net(f"(0): {newer}")) is None, why
    assert first_difference(net(f"(0): {newer}"), net(f"(0): {older}")) is None, "the other way round"


WRONG = [
    ("ReLU(inplace)", "ReLU()", "the flag matters"),
    ("Linear(in_features=400, out_features=120)", "Linear(in_features=400, out_features=120, bias=False)",
     "no default"),
    ("Linear (400 -> 120)", "Linear(in_features=120, out_features=400, bias=True)", "the other way"),
    ("Dropout(p=0.5)", "Dropout(p=0.1, inplace=False)", "another number"),
    ("MaxPool2d(kernel_size=(2, 3), stride=2)", "MaxPool2d(kernel_size=2, stride=2)", "unequal sides"),
    ("Softmax(dim=0)", "Softmax(dim=1)", "both say it"),
    ("Linear(in_features=8, out_features=8, bias=True)", "Bilinear(in_features=8, out_features=8, bias=True)",
     "another class"),
    ("Mine(width=3)", "Mine()", "a class of which no default is known"),
    ("Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))", "Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2))",
     "an argument"),
    ("Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), new=1)", "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))",
     "a name that no version has"),
    ("Parameter containing: [torch.FloatTensor of size 3x4]",
     "Parameter containing: [torch.FloatTensor of size 3x5]", "the size is the model's"),
]  # fmt: skip


@pytest.mark.parametrize(("documented", "printed", "why"), WRONG)
def test_what_differs(documented: str, printed: str, why: str) -> None:
    found = first_difference(net(f"(0): {documented}"), net(f"(0): {printed}"))
    said = f"line 2 of the printed model: documented (0): {documented}, printed (0): {printed}"
    assert found == (2, said), why


def test_names_count() -> None:
    found = first_difference(net("(fc): ReLU(inplace)"), net("(act): ReLU(inplace=True)"))
    assert found is not None


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.one, self.act = nn.Linear(width, width), nn.ReLU()


def each_written_out(count: int, width: int = 4) -> str:
    """Return what PyTorch 1 printed of a list of blocks."""
    lines = [line for place in range(count) for line in f"({place}): {Block(width)!r}".splitlines()]
    return "\n".join(("ModuleList(", *(f"  {line}" for line in lines), ")"))


def test_equal_layers_of_a_list_were_printed_each() -> None:
    printed = repr(nn.ModuleList(Block(4) for _ in range(6)))
    assert "(0-5): 6 x Block(" in printed, "PyTorch still prints them once"
    assert first_difference(each_written_out(6), printed) is None
    assert first_difference(printed, each_written_out(6)) is None
    wrong = first_difference(each_written_out(5), printed)
    assert wrong is not None
    assert wrong[1].endswith("documented ), printed (5): Block(")
    other = first_difference(each_written_out(6, width=8), printed)
    assert other is not None
    assert other[0] == 3, "the first layer of the first block"


def test_lists_in_lists_are_written_out() -> None:
    def nested() -> nn.ModuleList:
        return nn.ModuleList(nn.ModuleList(nn.Tanh() for _ in range(2)) for _ in range(3))

    each = "\n".join(
        ("ModuleList(",
         *(line for outer in range(3) for line in (
             f"  ({outer}): ModuleList(", "    (0): Tanh()", "    (1): Tanh()", "  )")),
         ")")
    )  # fmt: skip
    assert first_difference(each, repr(nested())) is None


def test_a_list_without_end_is_not_written_out() -> None:
    huge = f"ModuleList(\n  (0-{MOST_LINES * 9}): {MOST_LINES * 9 + 1} x Tanh()\n)"
    assert first_difference(huge, huge.replace("Tanh", "ReLU")) is not None
    nested = "ModuleList(\n  (0-999): 1000 x ModuleList(\n    (0-999): 1000 x Tanh()\n  )\n)"
    assert first_difference(nested, nested.replace("Tanh", "ReLU")) is not None


WRAPPED = "DataParallel(\n  (module): Net(\n    (0): Tanh()\n  )\n)"


def test_several_gpus_put_something_around_a_model() -> None:
    assert first_difference(WRAPPED, net("(0): Tanh()")) is None
    found = first_difference(WRAPPED, net("(0): ReLU()"))
    assert found == (3, "line 3 of the printed model: documented (0): Tanh(), printed (0): ReLU()")


DOTS = [
    (("(0): Tanh()", "..."), True, "the rest"),
    (("...", "(3): ReLU()"), True, "all before"),
    (("(0): Tanh()", "...", "(3): ReLU()"), True, "what is between"),
    (("(0): ReLU()", "..."), False, "a line that is there is compared"),
    (("...", "(3): Tanh()"), False, "and behind them"),
    (("(0): Tanh()", "...", *["(9): ReLU()"] * 9), False, "more than there is"),
]


@pytest.mark.parametrize(("lines", "holds", "why"), DOTS)
def test_dots_stand_for_any_lines(lines: tuple[str, ...], holds: bool, why: str) -> None:
    real = net("(0): Tanh()", "(1): Tanh()", "(2): Tanh()", "(3): ReLU()")
    assert (first_difference(net(*lines), real) is None) is holds, why


def test_any_text_is_compared() -> None:
    letters = random.Random(5)
    for _ in range(300):
        one, other = (
            "".join(letters.choices("()[]:=,.- x0123Net\n '", k=letters.randrange(60))) for _ in "ab"
        )
        assert first_difference(one, one) is None
        found = first_difference(one, other)
        assert found is None or found[0] >= 1
