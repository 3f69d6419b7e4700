"""How what nothing called was called: by which inputs claims are judged, and by which not."""

from __future__ import annotations

from archcheck.binding.program import Site
from archcheck.running.observed import DOUBTS, Called

TRIED = ("option", "comment", "claim", "first layer", "made up")
"""Inputs that we chose: of several, the one by which most claims hold is the one that the document means."""
SAID = ("option", "comment")
"""Inputs that somebody says for us."""
GUESSED = ("first layer", "made up", "other sizes")
"""Inputs that nobody speaks of."""


def is_of(called: Called, site: Site) -> bool:
    """Return whether a site stands in what was called: a class, one of its methods, or a function."""
    what = called.what.partition(" ")[0]
    return site.function == what or site.function.startswith(f"{what}.")


def is_vain(called: Called | None, site: Site) -> bool:
    """Return whether a site saw what we gave a parameter of what then failed: that it was given says nothing."""
    if called is None or called.error is None or called.origin not in TRIED or called.origin in SAID:
        return False
    own = site.kind == "parameter" and site.function.partition(".")[0] == called.what.partition(".")[0]
    return own and not called.error.startswith("needs ")


def is_in_doubt(called: Called | None) -> bool:
    """Return whether what a turn showed was made of what the document states, or hangs on what did not run."""
    return called is not None and called.origin in DOUBTS


def is_no_call_of_it(called: Called) -> bool:
    """Return whether a call of ours may not be what the document means: it failed, or all its tensors were alike."""
    if called.origin not in TRIED or called.origin in SAID:
        return False
    return called.error is not None or (len(called.inputs) > 1 and len(set(called.inputs)) == 1)
