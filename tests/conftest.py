"""What all tests share: tests marked `gpu` run one after another, or skip with a reason where there is no CUDA."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    for item in marked:
        item.add_marker(pytest.mark.xdist_group("gpu"))
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device; PyTorch sees none"))
