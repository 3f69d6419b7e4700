"""archcheck checks what documents say of a network's layers against the real network.

    >>> import archcheck
    >>> archcheck.lint("alexnet_half").ok
    True

Importing it imports neither torch nor pandas; what needs them imports them when it is called.
"""

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
