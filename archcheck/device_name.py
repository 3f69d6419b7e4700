"""What a device may be called; whether it is here, only PyTorch knows."""

from __future__ import annotations

import re

NAMES = "auto, cpu, cuda, cuda:N, mps or meta"
_NAME = re.compile(r"auto|cpu|cuda(?::[0-9]+)?|mps|meta")


def is_device_name(name: str) -> bool:
    """Return whether a device may be called so.

    >>> is_device_name("cuda:1"), is_device_name("gpu")
    (True, False)
    """
    return _NAME.fullmatch(name) is not None
