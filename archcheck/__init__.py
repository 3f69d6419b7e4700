"""archcheck checks what documents say of a network's layers against the real network.

    >>> import archcheck
    >>> archcheck.lint("alexnet_half").ok
    True

Importing it imports next to nothing: each name brings what it needs when it is first asked for, and torch and pandas
are imported when something is run or tabulated.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcheck.api import build, compare, count, explain, ledger, lint, load, profile, verify
    from archcheck.claim_ledger import Ledger
    from archcheck.comparing.comparison import Comparison, Side
    from archcheck.costs import LayerCost, Profile
    from archcheck.errors import ArchcheckError, DeviceError, SpecError, TargetError, UsageError, WriteError
    from archcheck.explanation import Explanation
    from archcheck.operations import Count
    from archcheck.profiling.settings import Settings
    from archcheck.results import Check, Verification

__version__ = "0.1.0"

__all__ = [
    "ArchcheckError",
    "Check",
    "Comparison",
    "Count",
    "DeviceError",
    "Explanation",
    "LayerCost",
    "Ledger",
    "Profile",
    "Settings",
    "Side",
    "SpecError",
    "TargetError",
    "UsageError",
    "Verification",
    "WriteError",
    "build",
    "compare",
    "count",
    "explain",
    "ledger",
    "lint",
    "load",
    "profile",
    "verify",
]

_ELSEWHERE = {
    "Check": "results",
    "Comparison": "comparing.comparison",
    "Count": "operations",
    "Explanation": "explanation",
    "LayerCost": "costs",
    "Ledger": "claim_ledger",
    "Profile": "costs",
    "Settings": "profiling.settings",
    "Side": "comparing.comparison",
    "Verification": "results",
}
"""Where a class is; errors are in `errors`, functions in `api`."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _ELSEWHERE.get(name) or ("errors" if name.endswith("Error") else "api")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
