"""What all tests share: which of them need a GPU, and what each leaves behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


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


@pytest.fixture
def own_modules(tmp_path: Path) -> Iterator[None]:
    """Forget what a test imports from its folder: the next one may have a module of the same name."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
