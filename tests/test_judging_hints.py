"""What would make a stated shape true of a layer that ran: the arithmetic of the layer, in a document's own order."""

from __future__ import annotations

import pytest

from archcheck.dialects.stated import Layout, Size, StatedShape
from archcheck.judging.hints import layer_hint, product_hint

CONV = {"out_channels": 96, "kernel_size": 11, "stride": 4, "padding": 2}
WHY = (
    "(224 + 2*2 - 11) // 4 + 1 = 55; 54 needs padding 0 or 1, an input side of 219 to 222, or kernel 13 to 16"
)


def stated(layout: Layout, *values: int | str | None) -> StatedShape:
    return StatedShape(tuple(Size(value, 0, 1) for value in values), layout, 0, 1)


# 54 - 1 = 53 = (side + 2*padding - kernel) // 4, so side + 2*padding - kernel is 212 to 215.
HINTS = [
    ("Conv2d", stated("shape", 1, 96, 54, 54), WHY, "with its batch axis"),
    ("Conv2d", stated("shape", 96, 54, 54), WHY, "without"),
    ("Conv2d", stated("shape", "N", 96, 54, 54), WHY, "a letter for it"),
    ("Conv2d", stated("sides", 54, 54), WHY, "the sides alone"),
    ("Conv2d", stated("volume", 54, 54, 96), WHY, "channels last"),
    ("Conv2d", stated("shape", 1, 48, 55, 55), "out_channels is 96", "another number of channels"),
    ("Conv2d", stated("shape", "N", "...", 54), None, "axes that are not said"),
    ("Conv2d", stated("shape", "N", 96, "H/2", 54), None, "arithmetic"),
    ("Mine", stated("shape", 1, 96, 54, 54), None, "no rule for it"),
]


@pytest.mark.parametrize(("kind", "shape", "wanted", "why"), HINTS)
def test_a_hint_says_what_would_make_it_true(
    kind: str, shape: StatedShape, wanted: str | None, why: str
) -> None:
    assert layer_hint(kind, CONV, (1, 3, 224, 224), (1, 96, 55, 55), shape) == wanted, why


@pytest.mark.parametrize("arguments", [{**CONV, "padding": 1}, {}, {**CONV, "kernel_size": "eleven"}])
def test_a_layer_that_ran_otherwise_has_no_hint(arguments: dict[str, int | str]) -> None:
    assert layer_hint("Conv2d", arguments, (1, 3, 224, 224), (1, 96, 55, 55), stated("sides", 50, 50)) is None


def test_the_batch_of_the_run_is_no_axis_to_explain() -> None:
    shape = stated("shape", 1, 96, 54, 54)
    assert layer_hint("Conv2d", CONV, (7, 3, 224, 224), (7, 96, 55, 55), shape) == WHY


def test_a_product_says_what_it_comes_to() -> None:
    assert product_hint(stated("product", 16, 6, 5)) == "16*6*5 is 480"
    assert product_hint(stated("product", 16, "H", 5)) is None
