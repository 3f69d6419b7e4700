"""The bytes that operators read and write: operands and results once each, but for those that pick or only rename."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from tests.counted import a, cost_of, whole

ROWS: list[tuple[Callable[..., Any], tuple[Any, ...], tuple[int, int], str]] = [
    # function, operands, (bytes read, bytes written), why
    (torch.add, (a(10), a(10)), (80, 40), "two read, one written"),
    (lambda x, y: x.add_(y), (a(10), a(10)), (80, 40), "in place: read and written"),
    (lambda x: x + 1, (a(10),), (40, 40), "a number is no memory"),
    (torch.add, (a(10, dtype=torch.float16), a(10)), (60, 40), "each in its own type"),
    (lambda x: x + x[:1].expand(10), (a(10),), (44, 40), "what is expanded from one element is read once"),
    (lambda x: x.view(2, 5).t()[0].unsqueeze(0), (a(10),), (0, 0), "views"),
    (lambda x: x.reshape(5, 2).detach(), (a(10),), (0, 0), "views too"),
    (lambda x: x.t().contiguous(), (a(2, 5),), (40, 40), "a copy"),
    (lambda x: torch.empty_like(x), (a(10),), (0, 0), "memory that nobody touches"),
    (lambda x: torch.zeros_like(x), (a(10),), (0, 40), "zeros are written, and nothing is read"),
    (lambda x: x.fill_(1.0), (a(10),), (0, 40), "nor where they replace what was there"),
    (lambda x: torch.arange(10, device=x.device), (a(1),), (0, 80), "numbers in a row"),
    (lambda x, y: x.copy_(y), (a(10), a(10)), (40, 40), "what is written over is not read"),
    (lambda x: x.to(torch.float16), (a(10),), (40, 20), "another type"),
    (lambda i, x: F.embedding(i, x), (whole(3), a(1000, 4)), (24 + 48, 48), "three rows of a thousand"),
    (lambda x, i: x[i], (a(1000, 4), whole(3)), (24 + 48, 48), "the same by index"),
    (lambda x, i: x.index_select(0, i), (a(1000, 4), whole(3)), (24 + 48, 48), "and by index_select"),
    (lambda x, i: x.gather(0, i), (a(1000, 4), whole(3, 4)), (96 + 48, 48), "and by gather"),
    (lambda x, i: x.index_put_((i,), x[:3]), (a(1000, 4), whole(3)), (24 + 48, 48), "three rows written, in place"),
    (torch.mm, (a(2, 3), a(3, 5)), (24 + 60, 40), "a product"),
    (lambda x, m, v: F.batch_norm(x, m, v), (a(2, 5), a(5), a(5)), (80, 40), "a norm by kept statistics"),
    (lambda x, m, v: F.batch_norm(x, m, v, training=True), (a(2, 5), a(5), a(5)), (80, 80), "by its own, given too"),
    (lambda x: torch.add(x, x, out=x.new_empty(10)), (a(10),), (80, 40), "`out` is written, not read"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "given", "moved", "why"), ROWS, ids=[row[3] for row in ROWS])
def test_what_is_read_and_written(
    function: Callable[..., Any], given: tuple[Any, ...], moved: tuple[int, int], why: str
) -> None:
    cost = cost_of(function, *given)
    assert cost is not None
    assert (cost.bytes_read, cost.bytes_written) == moved, why


def test_a_bag_reads_its_rows_and_not_the_table() -> None:
    """Six rows of 16 bytes, 48 of indices, 16 of offsets: nothing of the other 994 rows."""
    large = cost_of(lambda i, o, x: F.embedding_bag(i, x, o), whole(6), whole(2), a(1000, 4))
    small = cost_of(lambda i, o, x: F.embedding_bag(i, x, o), whole(6), whole(2), a(6, 4))
    assert large is not None
    assert large == small
    assert large.bytes_read == 6 * 16 + 48 + 16
