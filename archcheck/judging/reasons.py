"""Why a claim was not checked: the first reason that is known."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Sequence

from archcheck.binding.program import Claim, Program, Site
from archcheck.running.observed import Called, Observed, Skipped

UNREACHED = "nothing that ran came here"


class Reasons:
    """What a run says of the statements that it did not come to.

    `skipped`: by the first line of the statement of the program's top that was left out; line 0 is of what could not
    be built or called after all of them, by its name.
    """

    def __init__(self, program: Program, observed: Observed) -> None:
        self._sites = {site.number: site for site in program.sites}
        self._skipped = {one.line: one for one in observed.skipped}
        self._starts = sorted(self._skipped)
        self._ends = _ends(program.source)
        self._failed = {called.what: called for called in observed.called if called.error}
        self._not_built = dict(
            one.why.split(": ", 1) for one in observed.skipped if not one.line and ": " in one.why
        )
        self._error = observed.error

    def unseen(self, claim: Claim, unknown: str = UNREACHED) -> str:
        """Return why nothing was seen of a claim; `unknown`: where nothing says why."""
        if not claim.sites:
            return claim.why or "nothing that runs is near it"
        return self.unseen_at(claim.sites, unknown)

    def unseen_at(self, sites: Sequence[int], unknown: str = UNREACHED) -> str:
        """Return why sites saw nothing: the first reason that is known."""
        for site in (self._sites[number] for number in sites):
            skipped, called = self._left_out(site), self._not_called(site)
            if skipped is not None:
                return f"not run: {skipped.why}" if not skipped.failed else skipped.why
            if called is not None and called.error is not None:
                return f"{called.what} could not be called: {called.error}"
            built = next((one for one in site.function.split(".") if one in self._not_built), None)
            if built is not None:
                return f"{built}: {self._not_built[built]}"
        return self._error or unknown

    def _left_out(self, site: Site) -> Skipped | None:
        place = bisect_right(self._starts, site.line) - 1
        if place < 0:
            return None
        start = self._starts[place]
        return self._skipped[start] if site.line <= self._ends.get(start, start) else None

    def _not_called(self, site: Site) -> Called | None:
        owners = site.function.split(".")
        return next((self._failed[one] for one in owners if one in self._failed), None)


def _ends(source: str) -> dict[int, int]:
    """Return the last line of each statement of the program's top, by its first."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {node.lineno: node.end_lineno or node.lineno for node in body}
