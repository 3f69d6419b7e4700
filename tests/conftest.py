"""What all tests share: tests marked `gpu` skip with a reason where there is no CUDA device, or run first."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if torch.cuda.is_available():  # one after another: what runs beside others begins with the second half
        items.sort(key=lambda item: item.get_closest_marker("gpu") is None)
        return
    for item in marked:
        item.add_marker(pytest.mark.skip(reason="needs a CUDA device; PyTorch sees none"))
