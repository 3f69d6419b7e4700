"""How much is tried of what nothing called."""

from __future__ import annotations

MOST_CANDIDATES = 20
"""Calls of one model that go through."""
MOST_GROUPS = 6
"""Ways to call what nothing is known of."""
MOST_REPAIRS = 20
"""Calls that are made instead of one that fails."""
MOST_GUESSES = 2
"""Of the calls with sizes that were worked back, those that are told of."""
MOST_TRIED = {"meta": 24, "cuda": 12, "cpu": 8}
"""Calls of one model, by the device."""
MOST_VARIED = 6
"""Models that are called again with other sizes."""
MOST_ALIKE = 4
"""Calls of one function that go through, of which that is told of under which the most of what is claimed is so."""
