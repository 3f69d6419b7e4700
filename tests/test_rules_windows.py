from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcheck.errors import BadArgument, RefusedInput
from archcheck.rules import windows
from archcheck.rules.windows import fit, padded, per_side, resized, taps, transposed, window, window_ceil

SETTINGS = settings(max_examples=200, derandomize=True, deadline=None, database=None)
SIDE, KERNEL, STRIDE = st.integers(1, 40), st.integers(1, 7), st.integers(1, 5)


def places(n: int, kernel: int, stride: int, padding: int, dilation: int) -> list[range]:
    """Slide a window by hand: every place where all of it lies on the padded side."""
    starts = range(-padding, n + padding, stride)
    windows = [range(start, start + dilation * (kernel - 1) + 1, dilation) for start in starts]
    return [at for at in windows if at[-1] < n + padding]


@SETTINGS
@given(SIDE, KERNEL, STRIDE, st.integers(0, 4), st.integers(1, 3))
def test_window_counts_what_sliding_by_hand_finds(n: int, k: int, s: int, p: int, d: int) -> None:
    assert max(window(n, k, s, p, d), 0) == len(places(n, k, s, p, d))


@SETTINGS
@given(SIDE, KERNEL, STRIDE, st.data(), st.integers(1, 3))
def test_window_ceil_adds_at_most_a_window_that_starts_inside(
    n: int, k: int, s: int, data: st.DataObject, d: int
) -> None:
    p = data.draw(st.integers(0, k // 2))
    floor, ceil = window(n, k, s, p, d), window_ceil(n, k, s, p, d)
    left_over = (n + 2 * p - d * (k - 1) - 1) % s != 0
    next_start = floor * s - p
    assert ceil == floor + (left_over and next_start < n)


@SETTINGS
@given(SIDE, KERNEL, STRIDE, st.integers(0, 4), st.integers(1, 3))
def test_transposed_undoes_window(n: int, k: int, s: int, p: int, d: int) -> None:
    dropped = (n + 2 * p - d * (k - 1) - 1) % s
    assert transposed(window(n, k, s, p, d), k, s, p, dropped, d) == n


ALEXNET = [  # https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html, by hand
    (227, 11, 4, 0, 55, "as it must have been"),
    (224, 11, 4, 0, 54, "as the paper says"),
    (224, 11, 4, 2, 55, "as torchvision has it"),
    (55, 3, 2, 0, 27, "its first pooling"),
    (27, 5, 1, 2, 27, "padding of half a kernel keeps the side"),
    (2, 3, 1, 0, 0, "no window fits"),
]


@pytest.mark.parametrize(("n", "kernel", "stride", "padding", "count", "why"), ALEXNET)
def test_window_table(n: int, kernel: int, stride: int, padding: int, count: int, why: str) -> None:
    assert window(n, kernel, stride, padding) == count, why


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_fit_refuses_what_window_counts_as_nothing(ceil_mode: bool) -> None:
    assert fit(6, 4, 3, 0, ceil_mode=ceil_mode) == 1 + ceil_mode
    with pytest.raises(RefusedInput, match=r"^kernel 9 is more than the padded side 4 \(2 \+ 2\*1\)$"):
        fit(2, 9, 1, 1, ceil_mode=ceil_mode)


@SETTINGS
@given(st.integers(1, 30), st.integers(1, 30))
def test_taps_adds_up_the_adaptive_windows(n: int, m: int) -> None:
    by_hand = sum(-(-(i + 1) * n // m) - i * n // m for i in range(m))
    assert taps((n,), (m,)) == by_hand
    assert taps((n, 3), (m, 2)) == by_hand * 4


def test_one_number_in_a_sequence_counts_for_every_side() -> None:
    assert per_side(2, 3, "stride") == per_side((2,), 3, "stride") == (2, 2, 2)
    assert per_side((1, 2, 3), 3, "stride") == (1, 2, 3)
    with pytest.raises(BadArgument, match=r"^stride: \[1, 2\] has 2 numbers, needs 1 or 3$"):
        per_side((1, 2), 3, "stride")


@pytest.mark.parametrize(
    ("before", "after", "mode", "length"),
    [
        (2, 3, "zeros", 10),
        (-2, 3, "zeros", 6),
        (4, 4, "reflect", 13),
        (5, 5, "circular", 15),
        (9, 9, "replicate", 23),
        (-2, 3, "circular", 6),
    ],
)
def test_padded_sides(before: int, after: int, mode: str, length: int) -> None:
    assert padded(5, before, after, mode) == length


@pytest.mark.parametrize(
    ("before", "after", "mode"),
    [
        (-2, -3, "zeros"),
        (-6, 9, "zeros"),
        (5, 0, "reflect"),
        (6, 0, "circular"),
        (-2, 4, "circular"),
        (-5, 1, "circular"),
        (-5, 0, "replicate"),
    ],
)
def test_padding_that_no_mode_can_do(before: int, after: int, mode: str) -> None:
    with pytest.raises(RefusedInput):
        padded(5, before, after, mode)


def test_resizing_takes_a_size_or_a_factor() -> None:
    names = ("size", "scale_factor")
    assert resized((4, 5), 3, None, names) == (3, 3)
    assert resized((4, 5), None, (0.5, 2.0), names) == (2, 10)
    with pytest.raises(BadArgument, match=r"^size: needs either size or scale_factor$"):
        resized((4, 5), 3, 2.0, names)


def test_the_examples_in_the_docstrings() -> None:
    failed, attempted = doctest.testmod(windows)
    assert attempted >= 8
    assert failed == 0
