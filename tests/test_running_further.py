"""Parameters that may be left out are given once what nobody called went through without them."""

from __future__ import annotations

import pytest

from archcheck import documents
from archcheck.binding import bind
from archcheck.judging.judge import judge
from archcheck.running.observing import observe
from archcheck.running.plan import Plan

PAGE = """\
import torch
from torch import nn

class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q = nn.Linear(dim, dim)

    def forward(self, x, mask=None, memory=None):
        '''
        Args:
            x: (B, N, D)
            mask: (B, N), True where it counts
        '''
        # memory: [..., D]
        q = self.q(x)
        a = q @ q.transpose(1, 2)
        if mask is not None:
            a = a.masked_fill(~mask[:, None], 0.0)  # {masked}
        if memory is not None:
            return self.q(memory)  # [..., D]
        return a

class Tables:
    def rows(self, grid, offset=None):
        '''
        Args:
            grid: (H, W)
            offset: (H, W, 2)
        '''
        found = grid.flatten()  # (HW,)
        if offset is not None:
            found = offset.flatten(0, 1)  # {rows}
        return found

def pool(x, valid=None, axis=None, sizes: "Optional[list[int]]" = None):
    '''
    Args:
        x: (B, N, C)
        valid: (B, N)
        sizes: (H, W)
    '''
    if valid is not None:
        valid = valid.unsqueeze(1)  # {pooled}
    return x.mean(1)
"""
RIGHT = {"masked": "(B, N, N)", "rows": "(H*W, 2)", "pooled": "(B, 1, N)"}
WRONG = {"masked": "(B, N, D)", "rows": "(2, H*W)", "pooled": "(B, N, 1)"}


def _statuses(**said: str) -> dict[str, str]:
    document = documents.read("page.py", PAGE.format(**said))
    program = bind(document)
    verdicts = judge(program, observe(document, Plan(seconds=120)))
    return {one.said: one.status for one in verdicts.checks if one.source == "comment" and one.said}


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_what_runs_only_where_all_is_given(name: str) -> None:
    right = _statuses(**RIGHT)
    assert right[RIGHT[name]] == "agrees"
    assert right["[..., D]"] == "agrees"
    assert _statuses(**{**RIGHT, name: WRONG[name]})[WRONG[name]] != "agrees"
