"""Files -> targets -> layers or lines -> claims, without running anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from archcheck.errors import ArchcheckError
from archcheck.pytest_plugin.claims import Claim
from archcheck.pytest_plugin.items import WHOLE, ClaimItem, Reporting, WholeItem
from archcheck.pytest_plugin.settings import Settings
from archcheck.pytest_plugin.verifying import Verifying
from archcheck.report.places import below
from archcheck.targets import Target, expanded

Found = Iterator[pytest.Item | pytest.Collector]


class Collecting(Reporting):
    """What a session collects beside the tests that it has anyhow."""

    def __init__(self, settings: Settings) -> None:
        """Collect as the settings say."""
        self.settings = settings

    def pytest_report_header(self) -> str:
        """Say how claims are checked."""
        if self.settings.lint:
            return "archcheck: specs are linted, nothing is run"
        return f"archcheck: device {self.settings.device}, at most {self.settings.seconds:g} s a document"

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Return what collects the claims of a file, if it is to be checked."""
        named = parent.session.isinitpath(file_path)
        if named and file_path.suffix == ".py" and not self.settings.is_test(file_path):
            return None  # pytest asks below what it is
        return self._file(file_path, parent, named=named)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> Any:
        """Return what collects the claims of a Python file that is named and has no tests: it is not imported."""
        if self.settings.is_test(module_path):
            return None
        return self._file(module_path, parent, named=parent.session.isinitpath(module_path))

    def _file(self, path: Path, parent: pytest.Collector, *, named: bool) -> pytest.Collector | None:
        if self.settings.kind_of(path, named) is None:
            return None
        return TargetFile.from_parent(parent, path=path, settings=self.settings)


class _OfTarget(pytest.Collector):
    """What collects the claims of one target, in groups."""

    def of_target(self, verifying: Verifying) -> Found:
        """Yield the groups of a target's claims, and its test of all that is no claim's."""
        try:
            claims = verifying.claims
        except ArchcheckError as error:
            raise self.CollectError(str(error)) from None
        if claims is None:
            return
        if self.config.pluginmanager.hasplugin("xdist"):
            self.add_marker(pytest.mark.xdist_group(self.name))
        groups: dict[str, list[Claim]] = {}
        for claim in claims:
            groups.setdefault(claim.group, []).append(claim)
        for name, own in groups.items():
            yield ClaimGroup.from_parent(self, name=name, claims=own, verifying=verifying)
        yield WholeItem.from_parent(self, name=WHOLE, verifying=verifying)


class TargetFile(pytest.File, _OfTarget):
    """A spec's file, or a document."""

    def __init__(self, *, settings: Settings, **more: Any) -> None:
        super().__init__(**more)
        self.settings = settings
        self.add_marker("archcheck")

    def collect(self) -> Found:
        """Yield the claims of a file, or its networks where it has several."""
        shown = below(str(self.path), self.settings.here)
        with chdir(self.settings.here):
            found = expanded(Target(Path(shown), shown))
        for target in found:
            verifying = Verifying(target, self.settings)
            if target.variant is None:
                yield from self.of_target(verifying)
            else:
                yield Variant.from_parent(self, name=target.variant, verifying=verifying)


class Variant(_OfTarget):
    """One of the networks of a file."""

    def __init__(self, *, verifying: Verifying, **more: Any) -> None:
        super().__init__(**more)
        self.verifying = verifying

    def collect(self) -> Found:
        """Yield its claims."""
        yield from self.of_target(self.verifying)


class ClaimGroup(pytest.Collector):
    """A layer's claims, or those on one line of a document."""

    def __init__(self, *, claims: list[Claim], verifying: Verifying, **more: Any) -> None:
        super().__init__(**more)
        self.claims, self.verifying = claims, verifying

    def collect(self) -> Found:
        """Yield a test a claim."""
        for claim in self.claims:
            yield ClaimItem.from_parent(self, name=claim.name, claim=claim, verifying=self.verifying)
