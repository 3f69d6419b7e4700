"""Why a claim was not checked: the first reason that is known."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from archcheck.binding.program import Claim, Program, Site
from archcheck.running.observed import Called, Observed, Skipped
from archcheck.running.selecting import changed_names, stored_names

ELSE = "it may be said of something else"
OURS = "it does not hold for the sizes that were tried, but these are not the document's"
FOLLOWS_NOT = "it does not follow from what was taken as the document states it"
UNFINISHED = "it may be so because of what was left out before it, or of values that are not here"
GOES_IN = "that is what goes in"
UNREACHED = "nothing that ran came here"
_UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")

_WORD = re.compile(r"[^\W\d]\w*")


class Reasons:
    """What a run says of the statements that it did not come to.

    `skipped`: by the first line of the statement of the program's top that was left out; line 0 is of what could not
    be built or called after all of them, by its name.
    """

    def __init__(self, program: Program, observed: Observed) -> None:
        self._sites = {site.number: site for site in program.sites}
        self._skipped = {one.line: one for one in observed.skipped}
        self._starts = sorted(self._skipped)
        self._statements = _statements(program.source)
        self._places = program.places
        self._failed = {called.what: called for called in observed.called if called.error}
        self._not_built = dict(
            one.why.split(": ", 1) for one in observed.skipped if not one.line and ": " in one.why
        )
        self._error = observed.error
        self._makers: dict[str, list[int]] = {}
        for line in self._starts:
            for name in stored_names(self._statements[line]) if line in self._statements else ():
                self._makers.setdefault(name, []).append(line)
        self._firsts: dict[int, Skipped] = {}
        self._unseen: dict[tuple[tuple[int, ...], str], str] = {}

    def unseen(self, claim: Claim, unknown: str = UNREACHED) -> str:
        """Return why nothing was seen of a claim; `unknown`: where nothing says why."""
        if not claim.sites:
            return claim.why or "nothing that runs is near it"
        return self.unseen_at(claim.sites, unknown)

    def unseen_at(self, sites: Sequence[int], unknown: str = UNREACHED) -> str:
        """Return why sites saw nothing: the first reason that is known."""
        key = (*sites,), unknown
        if key not in self._unseen:
            self._unseen[key] = self._why_unseen(sites, unknown)
        return self._unseen[key]

    def _why_unseen(self, sites: Sequence[int], unknown: str) -> str:
        for site in (self._sites[number] for number in sites):
            skipped, called = self._left_out(site), self._not_called(site)
            if skipped is not None:
                return self._cause(skipped)
            if called is not None and called.error is not None:
                return f"{called.what} could not be called: {called.error}"
            built = next((one for one in site.function.split(".") if one in self._not_built), None)
            if built is not None:
                return f"{built}: {self._not_built[built]}"
        return self._error or unknown

    def taken(self, site: int) -> str:
        """Return why what stands at a site is only what was taken as the document states it."""
        where = self._sites[site]
        called = self._not_called(where)
        if called is not None:
            return f"{called.what} could not be called: {called.error}"
        for name in () if where.function else _WORD.findall(where.text):
            lines = self._makers.get(name, [])
            before = bisect_right(lines, where.line)
            if before:
                return self._cause(self._skipped[lines[before - 1]])
        return GOES_IN

    def not_made(self, claim: Claim) -> str | None:
        """Return why what a claim names was not made, where the statement did not run that sets it.

        What else is near is another value: `# images: [64, 1, 28, 28]` above `images, labels = next(batches)`.
        """
        skipped = self._left_out(self._sites[claim.sites[0]]) if claim.sites else None
        node = None if skipped is None else self._statements.get(skipped.line)
        if skipped is None or node is None:
            return None
        named = _WORD.findall(claim.line.text[: claim.column + claim.statement.shapes[0].start])
        return (
            self._cause(skipped) if named and named[-1] in stored_names(node) | changed_names(node) else None
        )

    def _cause(self, skipped: Skipped) -> str:
        """Return why a statement did not run; where a name is not there, why what makes it did not, from the first."""
        if not skipped.failed:
            return f"not run: {skipped.why}"
        first = self._first(skipped)
        if first is skipped:
            return skipped.why
        _, place = self._places[first.line - 1]
        return f"{skipped.why}, since line {place.number} did not run: {first.why}"

    def _first(self, skipped: Skipped) -> Skipped:
        """Return the statement that did not run for whose want one did not, from one to the next."""
        passed = []
        while skipped.line not in self._firsts and (maker := self._maker(skipped)) is not None:
            passed.append(skipped.line)
            skipped = maker
        first = self._firsts.setdefault(skipped.line, skipped)
        self._firsts |= dict.fromkeys(passed, first)
        return first

    def _maker(self, skipped: Skipped) -> Skipped | None:
        """Return the last statement before one that would have made the name which is not there."""
        name = _UNDEFINED.match(skipped.why)
        lines = [] if name is None else self._makers.get(name[1], [])
        before = bisect_left(lines, skipped.line)
        return self._skipped[lines[before - 1]] if before else None

    def _left_out(self, site: Site) -> Skipped | None:
        place = bisect_right(self._starts, site.line) - 1
        if place < 0:
            return None
        start = self._starts[place]
        node = self._statements.get(start)
        last = start if node is None else node.end_lineno or start
        return self._skipped[start] if site.line <= last else None

    def _not_called(self, site: Site) -> Called | None:
        owners = site.function.split(".")
        return next((self._failed[one] for one in owners if one in self._failed), None)


def _statements(source: str) -> dict[int, ast.stmt]:
    """Return the statements of the program's top, by their first line."""
    try:
        return {node.lineno: node for node in ast.parse(source).body}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
