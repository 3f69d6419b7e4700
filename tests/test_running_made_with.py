"""What a module was made with are the document's words for its sizes."""

from __future__ import annotations

from torch import nn

from archcheck.running.made_with import arguments_kept, sizes_made_with
from archcheck.running.trying import names_in
from tests.running_pages import called, run


class Base(nn.Module):
    def __init__(self, heads: int, width: int = 8) -> None:
        super().__init__()
        self.inner = nn.Linear(width, width)


class Heir(Base):
    def __init__(self, width: int, *, rate: float = 0.5, last: bool = True, depth: int | None = None) -> None:
        super().__init__(4, 2 * width)
        self.rate, self.last, self.depth = rate, last, depth


def test_numbers_by_the_names_that_who_makes_it_uses() -> None:
    with arguments_kept():
        made = Heir(6)
    assert sizes_made_with(made) == {"heads": 4, "width": 6}
    assert sizes_made_with(made.inner) == {"in_features": 12, "out_features": 12}
    assert sizes_made_with(Heir(6)) == {}, "nobody looks"
    assert names_in({"width": 3, "depth": 2}, made) == {"heads": 4, "width": 6, "depth": 2}


def test_what_a_module_keeps_goes_before() -> None:
    with arguments_kept():
        made = Base(4, 8)
    made.width = 16  # type: ignore[assignment]
    assert names_in({}, made)["width"] == 16


PAGE = """\
import torch
from torch import nn

class PerHead(nn.Module):
    '''Mixes each head alone.'''

    def __init__(self, heads: int, d_k: int):
        super().__init__()
        self.conv = nn.Conv1d(heads * d_k, heads * d_k, 3, padding=1)

    def forward(self, x):
        '''`x` has shape `[seq_len, batch_size, heads, d_k]`'''
        s, b, h, d = x.shape
        x = x.permute(1, 2, 3, 0).reshape(b, h * d, s)
        return self.conv(x)  # [batch_size, heads * d_k, seq_len]
"""


def test_a_class_that_keeps_nothing_gets_inputs_of_its_own_sizes() -> None:
    (shape,) = (one[0] for one in called(run(PAGE), "made up"))
    assert shape[2:] == (4, 32), "what it was made with"
