"""The tests: one a claim, and one a target, of all that is no claim's."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from archcheck.pytest_plugin.claims import Claim
from archcheck.pytest_plugin.verifying import Verifying
from archcheck.report.places import Place, place_of_check, place_of_error, text_of
from archcheck.report.values import about, check_text
from archcheck.results import FAILING, Check

KNOWN_WRONG = "archcheck known wrong"
"""The property of a test whose claim is known to be wrong."""
WHOLE = "whole"
"""The name of a target's test of all that is no claim's."""
LINT = "--archcheck-lint runs no document's code"
NO_REASON = "no reason is known"
NOT_PRINTED = "what the run printed says nothing of it"


class Wrong(Exception):  # noqa: N818 - a verdict on what is documented, not an error of the program
    """What a test fails with: where that is, what is to be told, line by line, and that in short, without the place."""

    def __init__(self, place: Place, lines: Sequence[str], short: str) -> None:
        super().__init__("\n".join(lines))
        self.place, self.short = place, short


class _Item(pytest.Item):
    """A test of one target."""

    def __init__(self, *, verifying: Verifying, **more: Any) -> None:
        super().__init__(**more)
        self.verifying = verifying

    def runtest(self) -> None:
        """Verify the target, if no other of its tests did, and judge this one's part of that."""
        settings, target = self.verifying.settings, self.verifying.target
        if settings.lint and target.is_document:
            pytest.skip(LINT)
        result = self.verifying.result
        if result.error is not None:
            place, short = place_of_error(result, settings.here)
            raise Wrong(place, [result.error], short)
        self.judge()

    def judge(self) -> None:
        """Pass, skip or fail by the verification."""
        raise NotImplementedError

    def told(self, check: Check) -> tuple[Place, list[str]]:
        """Return where a check's claim stands, and what there is to say of it, with its place, line by line."""
        result = self.verifying.result
        place = place_of_check(result, check, self.verifying.settings.here)
        first, *notes = text_of(result, check).split("\n")
        return place, [f"{_where(place)}: {first}", *(f"    {note}" for note in notes)]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what a failure shows: of what is wrong its lines alone, and in the summary the first of them."""
        wrong = excinfo.value
        if not isinstance(wrong, Wrong):
            return super().repr_failure(excinfo, style)
        shown = excinfo.getrepr(style="value")
        crash = shown.reprcrash
        if crash is not None:
            crash.path, crash.lineno = wrong.place.path, wrong.place.line or 1
            placed = self.config.getoption("tbstyle") == "line"  # which puts the place before it
            crash.message = wrong.short if placed else f"{_where(wrong.place)}: {wrong.short}"
        return shown


class ClaimItem(_Item):
    """The test of one claim."""

    def __init__(self, *, claim: Claim, **more: Any) -> None:
        super().__init__(**more)
        self.claim = claim

    def judge(self) -> None:
        """Pass, skip or fail by the check of the claim."""
        check = self.verifying.checks.get(self.claim.key)
        if check is None:  # a column of a printed table that the run's has not
            pytest.skip(NOT_PRINTED)
        if check.status == "unchecked":
            pytest.skip(check.hint or NO_REASON)
        place, lines = self.told(check)
        if check.status in FAILING:
            raise Wrong(place, lines, check_text(check).removeprefix(f"{about(check)}: {check.quantity}: "))
        if check.status == "known wrong":
            self.user_properties.append((KNOWN_WRONG, check.wrong))
            self.add_report_section("call", KNOWN_WRONG, "\n".join(lines))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the claim's file, its line from 0, and its name."""
        check = self.claim.check
        line = None if check.line is None or check.at is not None else check.line - 1
        return self.path, line, _title(self)


class WholeItem(_Item):
    """The test of all that is no claim's: that the network is built and runs, the document's own calls go through."""

    def judge(self) -> None:
        """Fail by the first check that fails and is no claim's, and tell of all."""
        failing = self.verifying.failing
        if failing:
            told = [self.told(check) for check in failing]
            first, *notes = text_of(self.verifying.result, failing[0]).split("\n")
            silent = failing[0].inferred is None and failing[0].seen is None
            short = ": ".join([first, *notes]) if silent else first
            raise Wrong(told[0][0], [line for _, lines in told for line in lines], short)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the target's file and the test's name."""
        return self.path, None, _title(self)


def _title(item: pytest.Item) -> str:
    """Return what stands above a failure; of what a node's id ends in, pytest would take the dots for classes."""
    return item.nodeid.replace("::", " ")


def _where(place: Place) -> str:
    return ":".join(str(part) for part in (place.path, place.cell or place.line) if part is not None)


class Reporting:
    """What is told of the tests of a session."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell that a test is skipped where its claim stands, and not here."""
        report = yield
        if isinstance(item, _Item) and report.skipped and isinstance(report.longrepr, tuple):
            path, line, _ = item.reportinfo()
            report.longrepr = (str(path), 1 if line is None else line + 1, report.longrepr[2])
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Count what is known to be wrong: it passes, and is not to be forgotten."""
        passed = terminalreporter.getreports("passed")
        count = sum(any(name == KNOWN_WRONG for name, _ in report.user_properties) for report in passed)
        if count:
            claims = "claim" if count == 1 else "claims"
            terminalreporter.write_line(f"archcheck: {count} {claims} known to be wrong; -rP shows them")
