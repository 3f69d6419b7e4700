"""The table of all operators' rules: every name is one of PyTorch's, and stands on one page."""

from __future__ import annotations

from collections import Counter

import torch

from archcheck.counting.ops import BYTES, OPS, PAGES

ELSEWHERE = {"flex_attention", "prim::device", "prim::layout"}
"""Operators that PyTorch's dispatcher does not list: functions of functions, and what is asked of a tensor."""


def of_pytorch() -> set[str]:
    """Return the operators that PyTorch has, an in-place form under the name of the other."""
    full = [name.split(".")[0] for name in torch._C._dispatch_get_all_op_names()]
    names = {name.removeprefix("aten::") for name in full}
    return names | {name.removesuffix("_") for name in names if not name.endswith("__")}


def test_every_rule_is_of_an_operator() -> None:
    assert set(OPS) - of_pytorch() - ELSEWHERE == set()


def test_no_operator_has_two_rules() -> None:
    entered = Counter(name for page in PAGES for name in page.OPS)
    assert [name for name, count in entered.items() if count > 1] == []


def test_what_has_bytes_of_its_own_has_a_rule() -> None:
    assert set(BYTES) <= set(OPS)
